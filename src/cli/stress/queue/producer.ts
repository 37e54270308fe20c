/**
 * A producer: takes segments of serials from the ledger and pushes their values in order, until there are none left or it
 * is told to stop. What it may push is written down before, what it has pushed after every bout.
 */
import type { ConcurrentQueue } from "../../../index.js";
import { Activity } from "./activity.js";
import type { Assignment } from "./assignment.js";
import type { Values } from "./encoding.js";
import { Hand } from "./hand.js";
import { RUN, type Segment } from "./ledger.js";

/**
 * From this many values in the queue on, producers wait for the consumers. In runs that kill there are few, so that
 * threads meet at the same blocks, and often at an empty queue.
 */
const BACKLOG = 2 ** 17;
const SHORT_BACKLOG = 2 ** 12;

const NONE: Segment = { index: -1, first: 0, length: 0 };

export class Producer extends Hand {
  #segment = NONE;
  /** How many values of the segment were pushed. */
  #offset = 0;
  /** A batch of values, as `pushMany` takes them. */
  readonly #values: (number | boolean)[] | Values;

  constructor(assignment: Assignment, queue: ConcurrentQueue<number | boolean>) {
    super(assignment, queue);
    this.#values = assignment.type === "bool" ? new Array(this.batch).fill(false) : this.encoding.room(this.batch);
  }

  protected begins(): void {
    this.#segment = NONE;
    this.#offset = 0;
  }

  protected follows(phase: number): boolean {
    if (phase !== RUN) return false;
    if (this.#offset === this.#segment.length && !this.#takeSegment()) {
      this.does(Activity.outOfValues);
      this.nap();
      return true;
    }
    if (this.queue.size >= (this.killable ? SHORT_BACKLOG : BACKLOG)) {
      this.does(Activity.waitingForRoom);
      this.nap();
      return true;
    }
    for (let i = 0; i < this.bouts && this.#offset < this.#segment.length; i++) this.#push();
    this.maybeReplaceHandle();
    return true;
  }

  #takeSegment(): boolean {
    this.#segment = this.ledger.takeSegment(this.seat) ?? NONE;
    this.#offset = 0;
    return this.#segment !== NONE;
  }

  /** One bout of pushing. */
  #push(): void {
    const { index, length } = this.#segment;
    const end = Math.min(this.#offset + this.bout, length);
    this.ledger.attempt(index, end);
    try {
      if (this.batch === 1) this.#pushEach(end);
      else if (this.random.oneIn(8)) this.#pushOddly(end);
      else this.#pushBatches(end);
    } catch (error) {
      this.refused(error);
    }
    // Fewer went in: what did not is not being pushed any more.
    if (this.#offset < end) this.ledger.attempt(index, this.#offset);
    this.ledger.confirm(index, this.#offset);
    this.ledger.publish(this.seat, this.tally);
  }

  #pushEach(end: number): void {
    this.does(Activity.push);
    const { queue, encoding, tally } = this;
    const { first } = this.#segment;
    for (let serial = first + this.#offset; serial < first + end; serial++) {
      const value = encoding.encode(serial);
      queue.push(value);
      this.#offset++;
      const told = encoding.decode(+value);
      tally.count = (tally.count + 1) | 0;
      tally.sum = (tally.sum + told) | 0;
      tally.xor ^= told;
    }
  }

  #pushBatches(end: number): void {
    while (this.#offset < end) {
      const wanted = Math.min(this.batch, end - this.#offset);
      if (this.#pushBatch(wanted) < wanted) return;
    }
  }

  /** A few values alone, or a batch of another size. */
  #pushOddly(end: number): void {
    if (this.random.oneIn(2)) this.#pushBatch(Math.min(1 + this.random.below(this.batch), end - this.#offset));
    else this.#pushEach(Math.min(end, this.#offset + (this.killable ? 1 : 16)));
  }

  /** Answers how many went in: fewer than wanted when the heap is exhausted. */
  #pushBatch(wanted: number): number {
    const { encoding, tally } = this;
    const values = this.#values as (number | boolean)[];
    const first = this.#segment.first + this.#offset;
    for (let i = 0; i < wanted; i++) values[i] = encoding.encode(first + i);
    this.does(Activity.pushMany);
    const pushed = this.queue.pushMany(wanted === values.length ? values : values.slice(0, wanted));
    this.#offset += pushed;
    tally.count = (tally.count + pushed) | 0;
    for (let i = 0; i < pushed; i++) {
      const told = encoding.decode(+(values[i] as number | boolean));
      tally.sum = (tally.sum + told) | 0;
      tally.xor ^= told;
    }
    return pushed;
  }
}
