/**
 * A consumer: takes values out and looks at each. A value must be one that was encoded, its serial in a segment that a
 * producer was given and above the last serial of that producer that this consumer saw. In runs that kill, each is also
 * marked in the ledger right after the call that took it out, so that a second taker finds the mark.
 */
import type { ConcurrentQueue } from "../../../index.js";
import { Activity } from "./activity.js";
import type { Assignment } from "./assignment.js";
import type { Values } from "./encoding.js";
import { Hand } from "./hand.js";
import { DRAIN, GATHER, NEVER_PUSHED, OUT_OF_ORDER, TWICE } from "./ledger.js";
import { Saboteur } from "./sabotage.js";

/** Looks at an empty queue, in a row, before it sleeps between them. */
const PATIENCE = 64;

export class Consumer extends Hand {
  /** Room for a bout, and the same room cut into batches. */
  readonly #values: Values;
  readonly #batches: readonly Values[];
  /** The last serial seen of each producer. */
  readonly #last: Float64Array;
  readonly #saboteur: Saboteur | undefined;
  /** Looks at an empty queue in a row. */
  #looks = 0;

  constructor(assignment: Assignment, queue: ConcurrentQueue<number | boolean>) {
    super(assignment, queue);
    const { batch, bout } = this;
    const values = this.encoding.room(bout);
    this.#values = values;
    this.#batches = Array.from({ length: Math.floor(bout / batch) }, (_, i) =>
      values.subarray(i * batch, (i + 1) * batch),
    );
    this.#last = new Float64Array(assignment.shape.producers).fill(-1);
    if (assignment.sabotage !== undefined) {
      const producerOf = (value: number) =>
        this.ledger.owners[this.encoding.decode(value) >>> assignment.shape.segmentBits];
      this.#saboteur = new Saboteur(assignment.sabotage, producerOf);
    }
  }

  protected begins(): void {
    this.#last.fill(-1);
  }

  protected follows(phase: number): boolean {
    if (phase === GATHER) return false;
    for (let i = 0; i < this.bouts; i++) {
      if (!this.#consume()) return phase !== DRAIN && this.#waits();
    }
    this.maybeReplaceHandle();
    return true;
  }

  protected override leave(): void {
    if (this.#saboteur?.forgetsToDrop !== true) super.leave();
  }

  /** One bout. False: the queue was empty. */
  #consume(): boolean {
    const taken = this.#takeSomehow();
    if (taken === 0) return false;
    this.#looks = 0;
    const values = this.#saboteur?.tamper(this.#values, taken) ?? this.#values;
    this.#receive(values, values === this.#values ? taken : values.length);
    this.ledger.publish(this.seat, this.tally);
    return true;
  }

  #takeSomehow(): number {
    try {
      return this.#take();
    } catch (error) {
      // Only the room for batches can be lacking. Values come out one by one without it.
      this.refused(error);
      return this.#popEach(1);
    }
  }

  /** Takes values out, in one of the ways there are, into `#values`. Answers how many. */
  #take(): number {
    if (this.batch === 1) return this.#popEach(this.bout);
    if (!this.random.oneIn(8)) return this.#popBatches();
    if (this.random.oneIn(2)) return this.#popEach(this.killable ? 1 : 16);
    this.does(Activity.popMany);
    const values = this.queue.popMany(1 + this.random.below(this.batch));
    for (let i = 0; i < values.length; i++) this.#values[i] = +(values[i] as number | boolean);
    return values.length;
  }

  #popEach(max: number): number {
    this.does(Activity.pop);
    const { queue } = this;
    const values = this.#values;
    let taken = 0;
    for (; taken < max; taken++) {
      const value = queue.pop();
      if (value === undefined) break;
      values[taken] = +value;
    }
    return taken;
  }

  #popBatches(): number {
    this.does(Activity.popInto);
    let taken = 0;
    for (const batch of this.#batches) {
      const popped = this.queue.popInto(batch);
      taken += popped;
      if (popped < this.batch) break;
    }
    return taken;
  }

  #waits(): true {
    if (++this.#looks < PATIENCE) return true;
    this.does(Activity.waitingForValues);
    this.nap();
    return true;
  }

  #receive(values: Values, count: number): void {
    this.tally.count = (this.tally.count + count) | 0;
    if (this.encoding.tellsSerial) this.#checkSerials(values, count);
    else this.#add(values, count);
  }

  /** Values that can only be counted. */
  #add(values: Values, count: number): void {
    const { tally } = this;
    for (let i = 0; i < count; i++) {
      tally.sum = (tally.sum + (values[i] as number)) | 0;
      tally.xor ^= values[i] as number;
    }
  }

  #checkSerials(values: Values, count: number): void {
    const { encoding, ledger, tally } = this;
    const { segmentBits } = ledger.shape;
    const { owners } = ledger;
    const last = this.#last;
    for (let i = 0; i < count; i++) {
      const value = values[i] as number;
      const serial = encoding.decode(value);
      const producer = owners[serial >>> segmentBits] ?? -1;
      tally.sum = (tally.sum + serial) | 0;
      tally.xor ^= serial;
      if (producer < 0 || encoding.encode(serial) !== value) {
        this.#fault(NEVER_PUSHED, value, serial);
        continue;
      }
      if (this.killable && !ledger.mark(serial)) this.#fault(TWICE, value, serial);
      if (serial <= (last[producer] as number)) this.#fault(OUT_OF_ORDER, value, serial);
      last[producer] = serial;
    }
  }

  #fault(kind: number, value: number, serial: number): void {
    this.ledger.noteFault(this.seat, kind, value, serial);
  }
}
