/**
 * Producers and consumers. A producer pushes the values of its serials in order, until there are none left or it is told to stop. What
 * it may push is written down before, what it has pushed after every bout: a short stretch of calls. Where it pushes by force, it takes
 * out what it displaces, and verifies that as a consumer does. A consumer takes values out in all the ways there are, until the queue
 * is closed and empty.
 */
import { ConcurrentQueue, type TypedArray } from "../../index.js";
import { type Encoding, encodingOf } from "./encoding.js";
import { type QueueOptions, type QueueOrders, shapeOfRun } from "./queue.js";
import type { Seat } from "./seat.js";
import { Serials } from "./serials.js";
import { Verifier } from "./verifier.js";

type QueueSeat = Seat<QueueOptions, QueueOrders>;

/** Values of a bout where nobody is killed. */
const BOUT = 1024;
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
/** One bout in this many is followed by another handle. */
const HANDLE = 64;

abstract class QueueWorker {
  protected readonly seat: QueueSeat;
  protected readonly encoding: Encoding;
  protected readonly serials: Serials;
  protected readonly verifier: Verifier;
  protected readonly batch: number;
  /** Whether workers are killed in this run: then a bout is one call. */
  protected readonly killable: boolean;
  /** At most this many values pass between two entries on the board. */
  protected readonly most: number;
  /** Values of a bout that goes one by one although there are batches. */
  protected readonly few: number;
  protected queue: ConcurrentQueue<unknown>;
  /** Tries in a row that came to nothing. */
  #tries = 0;

  constructor(seat: QueueSeat) {
    this.seat = seat;
    this.queue = ConcurrentQueue.open(seat.orders.queue);
    this.encoding = encodingOf(seat.options.type, this.queue.heap, seat.options.size);
    this.serials = new Serials(seat.board, shapeOfRun(seat.options));
    this.verifier = new Verifier(seat, this.encoding, this.serials, "checksum");
    this.batch = seat.options.batch;
    this.killable = seat.options.kill > 0;
    this.most = this.killable ? this.batch : Math.max(this.batch, BOUT);
    this.few = this.killable ? 1 : 16;
  }

  work(): void {
    this.seat.awaitBeginning();
    while (this.goesOn()) {
      const found = this.bout();
      if (found === undefined) this.#proceed();
      else this.#wait(found);
    }
    this.seat.does("leaving");
    this.seat.leak(this.queue);
    this.queue.drop();
  }

  protected abstract goesOn(): boolean;

  /** Returns what there is to wait for; undefined: values passed. */
  protected abstract bout(): string | undefined;

  /** Is to try again, at once at first and then after a nap. */
  #wait(activity: string): void {
    if (++this.#tries < PATIENCE) return;
    this.seat.does(activity);
    this.seat.sleep(Math.min(NAP_MS, BLINK_MS * 2 ** (this.#tries - PATIENCE)));
  }

  /** Now and then, the handle is another one: the queue's count goes up and down while everybody works. */
  #proceed(): void {
    this.#tries = 0;
    if (!this.seat.random.oneIn(HANDLE)) return;
    this.seat.does("cloning and dropping its handle");
    const old = this.queue;
    this.queue = old.clone();
    old.drop();
  }
}

// ── producers ──

class Producer extends QueueWorker {
  readonly #backlog: number;
  /** A batch of values, as `pushMany` takes them: in a typed array where that has elements of the type. */
  readonly #values: unknown[];

  constructor(seat: QueueSeat) {
    super(seat);
    const array = seat.options.type === "bool" ? undefined : this.encoding.array(this.batch);
    this.#values = (array ?? new Array(this.batch).fill(undefined)) as unknown[];
    const backlog = this.killable ? SHORT_BACKLOG : BACKLOG;
    this.#backlog = this.queue.capacity === Number.POSITIVE_INFINITY ? backlog : Number.POSITIVE_INFINITY;
  }

  protected goesOn(): boolean {
    return !this.seat.isDone && this.serials.left(this.seat.number) > 0;
  }

  protected bout(): string | undefined {
    if (this.queue.size >= this.#backlog) return "waiting for the consumers to catch up";
    const { seat, serials } = this;
    const from = serials.next;
    const most = Math.min(this.most, serials.left(seat.number));
    serials.attempt(most);
    try {
      this.#pushSomehow(from + most);
    } catch (error) {
      seat.refused(error);
    }
    serials.confirm();
    seat.count("pushed", serials.next - from);
    return serials.next > from ? undefined : "waiting for room in the queue";
  }

  /** Pushes up to `end`, if all goes in. */
  #pushSomehow(end: number): void {
    const { serials } = this;
    const { random, options } = this.seat;
    const isOdd = this.batch > 1 && random.oneIn(8);
    // Now and then, a few values alone, or a batch of another size.
    if (isOdd && random.oneIn(2)) this.#pushBatch(Math.min(1 + random.below(this.batch), end - serials.next));
    else if (isOdd) this.#pushEach(Math.min(end, serials.next + this.few), false);
    else if (options.force || this.batch === 1) this.#pushEach(end, options.force);
    else while (serials.next < end && this.#pushBatch(Math.min(this.batch, end - serials.next)));
  }

  #pushEach(end: number, force: boolean): void {
    const { queue, encoding, seat } = this;
    seat.does(force ? "in forcePush" : "in push");
    for (let serial = this.serials.next; serial < end; serial++) {
      const value = encoding.encode(serial);
      let displaced: unknown;
      let isIn = false;
      try {
        seat.clock?.departs(serial);
        if (force) displaced = queue.forcePush(value);
        isIn = force || queue.push(value);
      } finally {
        if (!isIn) encoding.release(value);
      }
      if (!isIn) {
        seat.count("full");
        return;
      }
      this.serials.advance(1);
      if (displaced === undefined) continue;
      this.verifier.receive([displaced]);
      seat.count("displaced");
    }
  }

  /** Whether all went in. Fewer do when the queue is full or the heap exhausted. */
  #pushBatch(wanted: number): boolean {
    const { encoding, seat } = this;
    const values = this.#values;
    const first = this.serials.next;
    let [encoded, pushed] = [0, 0];
    seat.does("in pushMany");
    try {
      for (; encoded < wanted; encoded++) values[encoded] = encoding.encode(first + encoded);
      for (let i = 0; i < wanted; i++) seat.clock?.departs(first + i);
      pushed = this.queue.pushMany(wanted === values.length ? values : values.slice(0, wanted));
    } finally {
      for (let i = pushed; i < encoded; i++) encoding.release(values[i]);
    }
    this.serials.advance(pushed);
    if (pushed === 0) seat.count("full");
    return pushed === wanted;
  }
}

// ── consumers ──

class Consumer extends QueueWorker {
  readonly #values: TypedArray | unknown[];
  /** The same array cut into batches; none where `popInto` takes nothing. */
  readonly #batches: readonly TypedArray[];

  constructor(seat: QueueSeat) {
    super(seat);
    const { batch, most } = this;
    const array = this.encoding.array(most);
    this.#values = array ?? new Array<unknown>(most);
    const batches = array === undefined ? 0 : Math.floor(most / batch);
    this.#batches = Array.from({ length: batches }, (_, i) =>
      (array as TypedArray).subarray(i * batch, (i + 1) * batch),
    );
  }

  protected goesOn(): boolean {
    return !this.queue.isFinished;
  }

  protected bout(): string | undefined {
    let taken: number;
    try {
      taken = this.#take();
    } catch (error) {
      // Only the memory for batches can be lacking. Values come out one by one without it.
      this.seat.refused(error);
      taken = this.#popEach(1);
    }
    return taken > 0 ? undefined : "waiting for values";
  }

  #take(): number {
    const { random, isSaboteur } = this.seat;
    const { batch } = this;
    const isUsual = batch === 1 || !random.oneIn(8);
    if (batch > 1 && isUsual) return this.#batches.length > 0 ? this.#popBatches() : this.#popMany(batch);
    if (!isUsual && random.oneIn(2)) return this.#popMany(1 + random.below(batch));
    const max = isUsual ? this.most : this.few;
    // Payloads are looked at where they lie, now and then. Not by a saboteur: it keeps what it was lent.
    const lends = !this.encoding.isInSlot && !isSaboteur && random.oneIn(4);
    return lends ? this.#lookAtEach(max) : this.#popEach(max);
  }

  #popEach(max: number): number {
    this.seat.does("in pop");
    const values = this.#values as unknown[];
    let taken = 0;
    for (; taken < max; taken++) {
      const value = this.queue.pop();
      if (value === undefined) break;
      values[taken] = value;
    }
    return this.verifier.receive(values, taken);
  }

  #lookAtEach(max: number): number {
    this.seat.does("in popWith");
    let taken = 0;
    while (taken < max && this.queue.popWith(this.#look) === true) taken++;
    return taken;
  }

  readonly #look = (value: unknown): boolean => this.verifier.receive([value]) > 0;

  #popMany(max: number): number {
    this.seat.does("in popMany");
    return this.verifier.receive(this.queue.popMany(max));
  }

  #popBatches(): number {
    this.seat.does("in popInto");
    let taken = 0;
    for (const batch of this.#batches) {
      const popped = this.queue.popInto(batch);
      taken += popped;
      if (popped < this.batch) break;
    }
    return this.verifier.receive(this.#values, taken);
  }
}

export const parts = {
  producer: (seat: QueueSeat) => new Producer(seat).work(),
  consumer: (seat: QueueSeat) => new Consumer(seat).work(),
};
