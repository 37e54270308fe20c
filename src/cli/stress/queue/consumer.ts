/**
 * A consumer: takes values out, in all the ways there are, and has each looked at.
 */
import type { ConcurrentQueue } from "../../../index.js";
import { Activity } from "./activity.js";
import type { Assignment } from "./assignment.js";
import type { Values } from "./encoding.js";
import { Hand } from "./hand.js";
import { DRAIN, GATHER } from "./ledger.js";

export class Consumer extends Hand {
  /** Room for a bout. */
  readonly #values: Values | unknown[];
  /** The same room cut into batches; none where `popInto` takes nothing. */
  readonly #batches: readonly Values[];
  readonly #one: unknown[] = [undefined];

  constructor(assignment: Assignment, queue: ConcurrentQueue<unknown>) {
    super(assignment, queue);
    const { batch, bout } = this;
    const room = this.encoding.room(bout);
    this.#values = room ?? new Array<unknown>(bout);
    const batches = room === undefined ? 0 : Math.floor(bout / batch);
    this.#batches = Array.from({ length: batches }, (_, i) => (room as Values).subarray(i * batch, (i + 1) * batch));
  }

  protected begins(): void {
    this.taker.begins();
  }

  protected follows(phase: number): boolean {
    if (phase === GATHER) return false;
    for (let i = 0; i < this.bouts; i++) {
      if (this.#consume() > 0) this.proceeds();
      else if (phase === DRAIN) return false;
      else return this.waits(Activity.waitingForValues);
    }
    this.maybeReplaceHandle();
    return true;
  }

  /** One bout. Answers how many values it took. */
  #consume(): number {
    try {
      return this.#take();
    } catch (error) {
      // Only the room for batches can be lacking. Values come out one by one without it.
      this.refused(error);
      return this.#popEach(1);
    }
  }

  #take(): number {
    const few = this.killable ? 1 : 16;
    if (this.batch === 1) return this.#popOrLook(this.bout);
    if (!this.random.oneIn(8)) return this.#batches.length > 0 ? this.#popBatches() : this.#popMany(this.batch);
    return this.random.oneIn(2) ? this.#popOrLook(few) : this.#popMany(1 + this.random.below(this.batch));
  }

  /** Payloads are looked at where they lie, now and then. Not by one who cheats: it keeps what it was lent. */
  #popOrLook(max: number): number {
    const lends = this.encoding.blocks > 0 && !this.taker.cheats && this.random.oneIn(4);
    return lends ? this.#lookAtEach(max) : this.#popEach(max);
  }

  #popEach(max: number): number {
    this.does(Activity.pop);
    const { queue } = this;
    const values = this.#values as unknown[];
    let taken = 0;
    for (; taken < max; taken++) {
      const value = queue.pop();
      if (value === undefined) break;
      values[taken] = value;
    }
    return this.#received(values, taken);
  }

  #lookAtEach(max: number): number {
    this.does(Activity.popWith);
    let taken = 0;
    while (taken < max && this.queue.popWith(this.#look) === true) taken++;
    return taken;
  }

  readonly #look = (value: unknown): true => {
    this.#one[0] = value;
    this.#received(this.#one, 1);
    return true;
  };

  #popMany(max: number): number {
    this.does(Activity.popMany);
    const values = this.queue.popMany(max);
    return this.#received(values, values.length);
  }

  #popBatches(): number {
    this.does(Activity.popInto);
    let taken = 0;
    for (const batch of this.#batches) {
      const popped = this.queue.popInto(batch);
      taken += popped;
      if (popped < this.batch) break;
    }
    return this.#received(this.#values, taken);
  }

  #received(values: ArrayLike<unknown>, count: number): number {
    if (count > 0) this.taker.receive(values, count);
    return count;
  }
}
