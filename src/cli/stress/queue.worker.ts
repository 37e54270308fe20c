/**
 * Producers and consumers. A producer takes segments of serials and pushes their values in order, until there are none left or it is
 * told to stop. What it may push is written down before, what it has pushed after every bout: a short stretch of calls. Where it pushes
 * by force, it takes out what it displaces, and verifies that as a consumer does. A consumer takes values out in all the ways there
 * are, until the queue is closed and empty.
 */
import { ConcurrentQueue } from "../../index.js";
import { leak } from "./leak.js";
import { type Encoding, encodingOf, type Values } from "./queue/encoding.js";
import { type Segment, Serials } from "./queue/serials.js";
import { type QueueSeat, Sums, Verifier } from "./queue/verifier.js";

const [PUSHED, DISPLACED, FULL, REFUSALS] = [1, 2, 3, 4] as const;
const [PUSH, PUSH_MANY, FORCE_PUSH, POP, POP_MANY, POP_INTO, POP_WITH] = [0, 1, 2, 3, 4, 5, 6] as const;
const [REPLACING, NO_VALUES, NO_ROOM, BACKLOGGED, NO_MEMORY, LEAVING] = [7, 8, 9, 10, 11, 12] as const;

/** Values of a bout where nobody is killed. */
const BOUT = 1024;
/** Bouts between two looks at whether to go on where everybody may be killed, and a bout is one call. */
const CALLS = 16;
/** How often in a row a worker that finds an empty queue, or a full one, tries again before it sleeps in between. */
const PATIENCE = 64;
const NAP_MS = 1;
/** The first sleep after a queue that was empty or full. Each is twice as long as the one before, up to a whole nap. */
const BLINK_MS = 1 / 32;
/**
 * From this many values in an unbounded queue on, producers wait for the consumers. In runs that kill there are few, so that threads
 * meet at the same blocks, and often at an empty queue.
 */
const BACKLOG = 2 ** 17;
const SHORT_BACKLOG = 2 ** 12;

abstract class QueueWorker {
  protected readonly seat: QueueSeat;
  protected readonly encoding: Encoding;
  protected readonly serials: Serials;
  protected readonly verifier: Verifier;
  protected readonly batch: number;
  /** Whether workers are killed in this run: then a bout is one call. */
  protected readonly killable: boolean;
  /** At most this many values pass between two entries on the board. */
  protected readonly bout: number;
  protected readonly bouts: number;
  protected queue: ConcurrentQueue<unknown>;
  /** Tries in a row that came to nothing. */
  #tries = 0;

  constructor(seat: QueueSeat) {
    const { queue, shape, size, seed } = seat.orders;
    this.seat = seat;
    this.queue = ConcurrentQueue.open(queue);
    this.encoding = encodingOf(seat.options.type, { seed, size, heap: this.queue.heap });
    this.serials = new Serials(seat.board.words, shape);
    this.verifier = new Verifier(seat, this.encoding, this.serials);
    this.batch = seat.options.batch;
    this.killable = shape.marks;
    this.bout = this.killable ? this.batch : Math.max(this.batch, BOUT);
    this.bouts = this.killable ? CALLS : 1;
  }

  work(): void {
    this.seat.awaitBeginning();
    while (this.goesOn()) {
      if (this.workABit()) this.#maybeReplaceHandle();
    }
    this.seat.does(LEAVING);
    if (this.seat.cheats("leak")) leak(this.queue);
    this.queue.drop();
  }

  protected abstract goesOn(): boolean;

  /** Some bouts. False: it had to wait. */
  protected abstract workABit(): boolean;

  /** The queue let nothing in, or nothing out: tries again, at once at first and then after a nap. */
  protected waits(activity: number): false {
    if (++this.#tries < PATIENCE) return false;
    this.seat.does(activity);
    this.seat.sleep(Math.min(NAP_MS, BLINK_MS * 2 ** (this.#tries - PATIENCE)));
    return false;
  }

  protected proceeds(): void {
    this.#tries = 0;
  }

  protected refused(error: unknown): void {
    this.seat.does(NO_MEMORY);
    this.seat.refused(error, REFUSALS);
  }

  /** Now and then, the handle is another one: the queue's count goes up and down while everybody works. */
  #maybeReplaceHandle(): void {
    if (!this.seat.random.oneIn(this.killable ? 8 : 64)) return;
    this.seat.does(REPLACING);
    const old = this.queue;
    this.queue = old.clone();
    old.drop();
  }
}

// ── producers ──

const NONE: Segment = { index: -1, first: 0, length: 0 };

class Producer extends QueueWorker {
  readonly #backlog: number;
  readonly #sums: Sums;
  #segment = NONE;
  /** How many values of the segment were pushed. */
  #offset = 0;
  /** A batch of values, as `pushMany` takes them: in a typed array where that has elements of the type. */
  readonly #values: unknown[];
  readonly #displaced: unknown[] = [undefined];

  constructor(seat: QueueSeat) {
    super(seat);
    const room = seat.options.type === "bool" ? undefined : this.encoding.room(this.batch);
    this.#values = (room ?? new Array(this.batch).fill(undefined)) as unknown[];
    const backlog = this.killable ? SHORT_BACKLOG : BACKLOG;
    this.#backlog = this.queue.capacity === Number.POSITIVE_INFINITY ? backlog : Number.POSITIVE_INFINITY;
    this.#sums = new Sums(seat, "In");
  }

  protected goesOn(): boolean {
    if (this.seat.isDone) return false;
    if (this.#offset < this.#segment.length) return true;
    this.#segment = this.serials.take(this.seat.number) ?? NONE;
    this.#offset = 0;
    return this.#segment !== NONE;
  }

  protected workABit(): boolean {
    if (this.queue.size >= this.#backlog) {
      this.seat.does(BACKLOGGED);
      this.seat.sleep(NAP_MS);
      return false;
    }
    for (let i = 0; i < this.bouts && this.#offset < this.#segment.length; i++) {
      if (!this.#push()) return this.waits(NO_ROOM);
      this.proceeds();
    }
    return true;
  }

  /** One bout. False: nothing went in. */
  #push(): boolean {
    const { index, length } = this.#segment;
    const from = this.#offset;
    const end = Math.min(from + this.bout, length);
    this.serials.attempt(index, end);
    try {
      this.#pushSomehow(end);
    } catch (error) {
      this.refused(error);
    }
    // Fewer went in: the others are not being pushed any more.
    if (this.#offset < end) this.serials.attempt(index, this.#offset);
    this.serials.confirm(index, this.#offset);
    this.#sums.publish();
    this.seat.count(PUSHED, this.#offset - from);
    return this.#offset > from;
  }

  #pushSomehow(end: number): void {
    const { random, options } = this.seat;
    const isOdd = this.batch > 1 && random.oneIn(8);
    // Now and then, a few values alone, or a batch of another size.
    if (isOdd && random.oneIn(2)) this.#pushBatch(Math.min(1 + random.below(this.batch), end - this.#offset));
    else if (isOdd) this.#pushEach(Math.min(end, this.#offset + (this.killable ? 1 : 16)), false);
    else if (options.force || this.batch === 1) this.#pushEach(end, options.force);
    else while (this.#offset < end && this.#pushBatch(Math.min(this.batch, end - this.#offset)));
  }

  #pushEach(end: number, force: boolean): void {
    const { queue, encoding, seat, verifier } = this;
    const displaced = this.#displaced;
    seat.does(force ? FORCE_PUSH : PUSH);
    while (this.#offset < end) {
      const serial = this.#segment.first + this.#offset;
      const value = encoding.encode(serial);
      let isIn = false;
      try {
        seat.clock.departs(serial);
        if (force) [displaced[0], isIn] = [queue.forcePush(value), true];
        else isIn = queue.push(value);
      } finally {
        if (!isIn) encoding.release(value);
      }
      if (!isIn) {
        seat.count(FULL);
        return;
      }
      this.#count(serial);
      if (displaced[0] === undefined) continue;
      verifier.receive(displaced, 1);
      seat.count(DISPLACED);
      displaced[0] = undefined;
    }
  }

  /** Whether all went in. Fewer do when the queue is full or the heap exhausted. */
  #pushBatch(wanted: number): boolean {
    const { encoding, seat } = this;
    const values = this.#values;
    const first = this.#segment.first + this.#offset;
    let [encoded, pushed] = [0, 0];
    seat.does(PUSH_MANY);
    try {
      for (; encoded < wanted; encoded++) values[encoded] = encoding.encode(first + encoded);
      for (let i = 0; i < wanted; i++) seat.clock.departs(first + i);
      pushed = this.queue.pushMany(wanted === values.length ? values : values.slice(0, wanted));
    } finally {
      for (let i = pushed; i < encoded; i++) encoding.release(values[i]);
    }
    for (let i = 0; i < pushed; i++) this.#count(first + i);
    if (pushed === 0) seat.count(FULL);
    return pushed === wanted;
  }

  /** Takes a value that went in into account. */
  #count(serial: number): void {
    this.#offset++;
    this.#sums.add(this.encoding.told(serial));
  }
}

// ── consumers ──

class Consumer extends QueueWorker {
  /** Room for a bout. */
  readonly #values: Values | unknown[];
  /** The same room cut into batches; none where `popInto` takes nothing. */
  readonly #batches: readonly Values[];
  readonly #one: unknown[] = [undefined];

  constructor(seat: QueueSeat) {
    super(seat);
    const { batch, bout } = this;
    const room = this.encoding.room(bout);
    this.#values = room ?? new Array<unknown>(bout);
    const batches = room === undefined ? 0 : Math.floor(bout / batch);
    this.#batches = Array.from({ length: batches }, (_, i) => (room as Values).subarray(i * batch, (i + 1) * batch));
  }

  protected goesOn(): boolean {
    return !this.queue.isFinished;
  }

  protected workABit(): boolean {
    for (let i = 0; i < this.bouts; i++) {
      if (this.#consume() === 0) return this.waits(NO_VALUES);
      this.proceeds();
    }
    return true;
  }

  /** One bout. Returns how many values it took. */
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
    const { random, isSaboteur } = this.seat;
    const { batch } = this;
    const isUsual = batch === 1 || !random.oneIn(8);
    if (batch > 1 && isUsual) return this.#batches.length > 0 ? this.#popBatches() : this.#popMany(batch);
    if (!isUsual && random.oneIn(2)) return this.#popMany(1 + random.below(batch));
    const max = isUsual ? this.bout : this.killable ? 1 : 16;
    // Payloads are looked at where they lie, now and then. Not by a saboteur: it keeps what it was lent.
    const lends = this.encoding.blocks > 0 && !isSaboteur && random.oneIn(4);
    return lends ? this.#lookAtEach(max) : this.#popEach(max);
  }

  #popEach(max: number): number {
    this.seat.does(POP);
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
    this.seat.does(POP_WITH);
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
    this.seat.does(POP_MANY);
    const values = this.queue.popMany(max);
    return this.#received(values, values.length);
  }

  #popBatches(): number {
    this.seat.does(POP_INTO);
    let taken = 0;
    for (const batch of this.#batches) {
      const popped = this.queue.popInto(batch);
      taken += popped;
      if (popped < this.batch) break;
    }
    return this.#received(this.#values, taken);
  }

  #received(values: ArrayLike<unknown>, count: number): number {
    if (count > 0) this.verifier.receive(values, count);
    return count;
  }
}

export const parts = {
  producer: (seat: QueueSeat) => new Producer(seat).work(),
  consumer: (seat: QueueSeat) => new Consumer(seat).work(),
};
