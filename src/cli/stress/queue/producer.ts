/**
 * A producer: takes segments of serials from the ledger and pushes their values in order, until there are none left or it
 * is told to stop. What it may push is written down before, what it has pushed after every bout. Where it pushes by force,
 * it takes out what it displaces, and has that looked at as a consumer has.
 */
import type { ConcurrentQueue } from "../../../index.js";
import { Activity } from "./activity.js";
import type { Assignment } from "./assignment.js";
import { Hand } from "./hand.js";
import { PUSHED, RUN, type Segment, type Tally } from "./ledger.js";

/**
 * From this many values in an unbounded queue on, producers wait for the consumers. In runs that kill there are few, so that
 * threads meet at the same blocks, and often at an empty queue.
 */
const BACKLOG = 2 ** 17;
const SHORT_BACKLOG = 2 ** 12;

const NONE: Segment = { index: -1, first: 0, length: 0 };

export class Producer extends Hand {
  readonly #force: boolean;
  readonly #backlog: number;
  #pushed: Tally;
  #segment = NONE;
  /** How many values of the segment were pushed. */
  #offset = 0;
  /** A batch of values, as `pushMany` takes them: in a typed array, where its elements are values of the type. */
  readonly #values: unknown[];
  readonly #displaced: unknown[] = [undefined];

  constructor(assignment: Assignment, queue: ConcurrentQueue<unknown>) {
    super(assignment, queue);
    const { type, force } = assignment;
    const room = type === "bool" ? undefined : this.encoding.room(this.batch);
    this.#values = (room ?? new Array(this.batch).fill(undefined)) as unknown[];
    this.#force = force;
    const backlog = this.killable ? SHORT_BACKLOG : BACKLOG;
    this.#backlog = queue.capacity === Number.POSITIVE_INFINITY ? backlog : Number.POSITIVE_INFINITY;
    this.#pushed = this.ledger.tallyOf(this.seat, PUSHED);
  }

  protected begins(): void {
    this.#segment = NONE;
    this.#offset = 0;
    this.#pushed = this.ledger.tallyOf(this.seat, PUSHED);
    this.taker.begins();
  }

  protected follows(phase: number): boolean {
    if (phase !== RUN) return false;
    if (this.#offset === this.#segment.length && !this.#takeSegment()) {
      this.does(Activity.outOfValues);
      this.nap();
      return true;
    }
    if (this.queue.size >= this.#backlog) {
      this.does(Activity.waitingForConsumers);
      this.nap();
      return true;
    }
    for (let i = 0; i < this.bouts && this.#offset < this.#segment.length; i++) {
      if (this.#push()) this.proceeds();
      else return this.waits(Activity.waitingForRoom);
    }
    this.maybeReplaceHandle();
    return true;
  }

  #takeSegment(): boolean {
    this.#segment = this.ledger.takeSegment(this.seat) ?? NONE;
    this.#offset = 0;
    return this.#segment !== NONE;
  }

  /** One bout of pushing. False: nothing went in. */
  #push(): boolean {
    const { index, length } = this.#segment;
    const from = this.#offset;
    const end = Math.min(from + this.bout, length);
    this.ledger.attempt(index, end);
    try {
      this.#pushSomehow(end);
    } catch (error) {
      this.refused(error);
    }
    // Fewer went in: what did not is not being pushed any more.
    if (this.#offset < end) this.ledger.attempt(index, this.#offset);
    this.ledger.confirm(index, this.#offset);
    this.ledger.publish(this.seat, PUSHED, this.#pushed);
    return this.#offset > from;
  }

  #pushSomehow(end: number): void {
    if (this.batch > 1 && this.random.oneIn(8)) this.#pushOddly(end);
    else if (this.#force) this.#forceEach(end);
    else if (this.batch === 1) this.#pushEach(end);
    else this.#pushBatches(end);
  }

  /** A few values alone, or a batch of another size. */
  #pushOddly(end: number): void {
    if (this.random.oneIn(2)) this.#pushBatch(Math.min(1 + this.random.below(this.batch), end - this.#offset));
    else this.#pushEach(Math.min(end, this.#offset + (this.killable ? 1 : 16)));
  }

  #pushEach(end: number): void {
    this.does(Activity.push);
    const { queue, encoding } = this;
    const { first } = this.#segment;
    while (this.#offset < end) {
      const serial = first + this.#offset;
      const value = encoding.encode(serial);
      let pushed = false;
      try {
        this.transit.departs(serial);
        pushed = queue.push(value);
      } finally {
        if (!pushed) encoding.release(value);
      }
      if (!pushed) {
        this.ledger.noteFull(this.seat);
        return;
      }
      this.#count(serial);
    }
  }

  #forceEach(end: number): void {
    this.does(Activity.forcePush);
    const { queue, encoding, taker } = this;
    const { first } = this.#segment;
    while (this.#offset < end) {
      const serial = first + this.#offset;
      const value = encoding.encode(serial);
      let displaced: unknown;
      try {
        this.transit.departs(serial);
        displaced = queue.forcePush(value);
      } catch (error) {
        encoding.release(value);
        throw error;
      }
      this.#count(serial);
      if (displaced === undefined) continue;
      this.#displaced[0] = displaced;
      taker.receive(this.#displaced, 1);
    }
  }

  #pushBatches(end: number): void {
    while (this.#offset < end) {
      const wanted = Math.min(this.batch, end - this.#offset);
      if (this.#pushBatch(wanted) < wanted) return;
    }
  }

  /** Answers how many went in: fewer than wanted when the queue is full or the heap exhausted. */
  #pushBatch(wanted: number): number {
    const { encoding } = this;
    const values = this.#values;
    const first = this.#segment.first + this.#offset;
    let encoded = 0;
    let pushed = 0;
    try {
      for (; encoded < wanted; encoded++) values[encoded] = encoding.encode(first + encoded);
      for (let i = 0; i < wanted; i++) this.transit.departs(first + i);
      this.does(Activity.pushMany);
      pushed = this.queue.pushMany(wanted === values.length ? values : values.slice(0, wanted));
    } finally {
      for (let i = pushed; i < encoded; i++) encoding.release(values[i]);
    }
    for (let i = 0; i < pushed; i++) this.#count(first + i);
    if (pushed === 0) this.ledger.noteFull(this.seat);
    return pushed;
  }

  /** Takes a value that went in into account. */
  #count(serial: number): void {
    const tally = this.#pushed;
    const told = this.encoding.told(serial);
    this.#offset++;
    tally.count = (tally.count + 1) | 0;
    tally.sum = (tally.sum + told) | 0;
    tally.xor ^= told;
  }
}
