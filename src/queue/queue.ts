/**
 * ConcurrentQueue: a handle of a many-to-many queue in shared memory.
 */

import type { TypedArray } from "../arc/arc.js";
import { Count, dropped } from "../arc/counted.js";
import { type Account, IN, OUT, type Scratch } from "../heap/account.js";
import { ClosedError, TypeMismatchError } from "../heap/errors.js";
import { brand, brandOf, notByNew, refuseCloning } from "../heap/handle.js";
import { checkHeap, Heap, type HeapInternals, internals } from "../heap/heap.js";
import type { Kernel } from "../heap/instance.js";
import {
  BOUNDED,
  CLOSED,
  DISPLACED,
  FULL,
  INLINE,
  KIND_QUEUE,
  NO_MEMORY,
  OK,
  OWN_ARC,
  TAKEN_OUT,
  UNBOUNDED,
} from "../heap/kernel/numbers.js";
import { optionsOf } from "../heap/options.js";
import { checkInteger, describe, type ObjectToken, own, type ShareOptions } from "../heap/token.js";
import { BOOL, type Codec, type ElementType, F32, I64, PAYLOAD, refused, tagOf } from "./codec.js";
import { checkTarget, elementType, openTyped } from "./elements.js";
import { decode, decodeBits, decodeInto, decodeMany, encode, encodeBits, encodeMany } from "./lanes.js";
import { CustomType, PayloadType, Room } from "./payload.js";

/** The options of a new queue; see {@link ConcurrentQueue.unbounded}. */
export interface QueueOptions {
  /** The heap to take its memory from; by default `Heap.default()`. */
  heap?: Heap;
}

/** The token of a queue whose elements are of type `T`; see {@link ConcurrentQueue.share}. */
export interface QueueToken<T = unknown> extends ObjectToken<"queue"> {
  /** The element type's name. */
  readonly type: string;
  /** Only for the type system: what an element is. */
  readonly element?: T;
}

// A door for the components above; the class opens it in its static block.
/** A handle for a queue that the caller knows to be alive, by its control block. */
export let queueAt: <T>(inside: HeapInternals, control: number, type: ElementType<T>) => ConcurrentQueue<T>;

/** A value that is to go in later: what it was at the call. */
export interface Parcel<T> {
  readonly value: T;
  /** Its payload, and the cell that owns it; 0: the value goes into the slot itself. */
  readonly ptr: number;
  readonly cell: number;
}

/** Pushes a value as `push` does. If there is no room, or `packs`, it returns the value ready to be pushed later. */
export let pushOrPack: <T>(queue: ConcurrentQueue<T>, value: T, packs: boolean) => Parcel<T> | undefined;
/** Pushes what was packed, as `push` does. True: it is used up. */
export let pushPacked: <T>(queue: ConcurrentQueue<T>, parcel: Parcel<T>) => boolean;
/** Gives back what was packed and does not go in. */
export let discard: <T>(queue: ConcurrentQueue<T>, parcel: Parcel<T>) => void;

/** No ring is larger than a heap can be. */
const MAX_CAPACITY = 0x1fffffff;

/**
 * A queue that any number of threads push to and pop from: concurrent-queue's `ConcurrentQueue` for JavaScript threads.
 * Lock-free, first in first out; no call ever waits for an item or for room. The queue goes on working when a thread is
 * killed in the middle of a call.
 *
 * Each thread has a handle of its own, by `open`ing a token that another thread `share`d; a handle owns one count, and
 * when the last one is dropped the queue and what is in it are freed.
 *
 * @example
 * ```js
 * import { Worker } from "node:worker_threads";
 * import { ConcurrentQueue, i32 } from "shmol";
 *
 * const queue = ConcurrentQueue.unbounded(i32);
 * new Worker(new URL("./worker.mjs", import.meta.url), { workerData: queue.share({ opens: 1 }) });
 * queue.push(42);
 * queue.drop();
 * ```
 * ```js
 * // worker.mjs
 * import { workerData } from "node:worker_threads";
 * import { ConcurrentQueue } from "shmol";
 *
 * const queue = ConcurrentQueue.open(workerData);
 * console.log(queue.pop()); // 42
 * queue.drop();
 * ```
 */
export class ConcurrentQueue<T> implements Disposable {
  /** The kernel's pointer to the queue; 0 once dropped. Hot, and therefore apart from `#count`. */
  #queue: number;
  readonly #kernel: Kernel;
  /** How the elements travel; see lanes.ts. */
  readonly #lane: number;
  readonly #type: ElementType<T>;
  readonly #inside: HeapInternals;
  readonly #account: Account;
  /** For payloads only. */
  readonly #room: Room | undefined;
  /** What a cell owns from which a payload is pushed, and one to which a payload is popped. */
  readonly #ownedBefore: number;
  readonly #ownedAfter: number;
  #count: Count | undefined;
  /** An error that `popMany` met after values that it returned: the next pop of this handle throws it. */
  #late: { readonly error: unknown } | undefined;

  private constructor(count: Count, type: ElementType<T>) {
    if (!(count instanceof Count)) {
      throw notByNew("ConcurrentQueue", "ConcurrentQueue.bounded(capacity, type), .unbounded(type) or .open(token)");
    }
    this.#count = count;
    this.#queue = count.value | 0;
    this.#inside = count.internals;
    this.#kernel = count.internals.kernel;
    this.#account = count.internals.account;
    this.#type = type;
    this.#lane = type.lane;
    this.#room = type.lane === PAYLOAD ? Room.of(count.internals) : undefined;
    this.#ownedBefore = type instanceof PayloadType ? type.ownedBefore : 0;
    this.#ownedAfter = type instanceof PayloadType ? type.ownedAfter : 0;
    this.#late = undefined;
    count.backs(this);
    refuseCloning(this);
  }

  static {
    brand(ConcurrentQueue, "ConcurrentQueue");
    queueAt = (inside, control, type) => new ConcurrentQueue(Count.of(inside, control), type);
    pushOrPack = (queue, value, packs) => queue.#pushOrPack(value, packs);
    pushPacked = (queue, parcel) => queue.#pushPacked(parcel);
    discard = (queue, parcel) => queue.#discard(parcel);
  }

  /**
   * A queue that always has room, in blocks of 63 elements that come from the heap and go back to it.
   *
   * @throws {TypeMismatchError} `type` is not an element type.
   * @throws {OutOfMemoryError} nothing was taken.
   *
   * @example
   * ```js
   * import { ConcurrentQueue, json } from "shmol";
   *
   * const queue = ConcurrentQueue.unbounded(json);
   * queue.push({ any: ["number", "of", "values"] });
   * console.log(queue.capacity); // Infinity
   * ```
   */
  static unbounded<T>(type: Codec<T>, options?: QueueOptions): ConcurrentQueue<T> {
    return ConcurrentQueue.#make(UNBOUNDED, 0, type, options);
  }

  /**
   * A queue with room for `capacity` elements, all of which is taken from the heap at once: 8 bytes a slot, and two
   * alignment units for every 64 of them. Any capacity from 1 up; 1 has a flavour of its own, which is one word and one slot.
   *
   * No call waits for another thread. If a thread has moved several elements and then finds the queue full, or empty, the call
   * pauses for up to 4 µs and looks once more, since head and tail close together contend for one cache line.
   *
   * @throws {TypeMismatchError} `capacity` is not a positive integer, or more than the heap could ever hold; `type` is not
   * an element type.
   * @throws {OutOfMemoryError} nothing was taken.
   *
   * @example
   * ```js
   * import { ConcurrentQueue, utf8 } from "shmol";
   *
   * const queue = ConcurrentQueue.bounded(2, utf8);
   * console.log(queue.push("one"), queue.push("two"), queue.push("three")); // true true false
   * ```
   */
  static bounded<T>(capacity: number, type: Codec<T>, options?: QueueOptions): ConcurrentQueue<T> {
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new TypeMismatchError(`capacity must be a positive integer: ${describe(capacity)}${remedyFor(capacity)}`);
    }
    return ConcurrentQueue.#make(BOUNDED, capacity, type, options);
  }

  static #make<T>(flavour: number, capacity: number, codec: Codec<T>, options?: QueueOptions): ConcurrentQueue<T> {
    const type = elementType(codec);
    const { heap = Heap.default() } = optionsOf(options, ["heap"]);
    checkHeap(heap);
    const inside = internals(heap);
    const { kernel, exhausted } = inside;
    const ring = capacity > 1 ? kernel.ringSize(Math.min(capacity, MAX_CAPACITY)) : 0;
    if (capacity > MAX_CAPACITY || ring > heap.capacity) {
      throw new TypeMismatchError(
        `capacity ${capacity} does not fit: a ring of more than ${Math.floor(ring)} bytes, in a heap of ${heap.capacity}`,
      );
    }
    const count = Count.create(inside, KIND_QUEUE, kernel.queueSize(), heap.alignment);
    const content = type instanceof PayloadType ? type.content : INLINE;
    if (kernel.construct(count.value, flavour, capacity, content, tagOf(type.name), 0n) === NO_MEMORY) {
      count.release();
      throw exhausted(ring === 0 ? kernel.blockSize() : ring);
    }
    return new ConcurrentQueue(count, type);
  }

  /**
   * A handle for the queue that a token, a {@link QueueToken}, names.
   *
   * @param type the element type, if it is not a built-in one; checked by its name.
   * @throws {TokenError} the queue is gone, the token's opens are used up, it is not a queue's token, or `type` is not the
   * type that the queue was made with.
   */
  static open<T>(token: QueueToken<T>, type?: Codec<T>): ConcurrentQueue<T> {
    const { count, type: opened } = openTyped<T>(token, "queue", {
      name: own(token, "type"),
      passed: type,
      what: "the queue's elements",
      tagIn: (kernel, queue) => kernel.typeTag(queue),
    });
    return new ConcurrentQueue<T>(count, opened as ElementType<T>);
  }

  /**
   * Appends a value. Returns true, or false when a bounded queue is full; the value is then still the caller's.
   *
   * @throws {ClosedError} the queue was closed; full or not.
   * @throws {OutOfMemoryError} the heap has no block left. Works again when others have popped or freed.
   * @throws {TypeMismatchError} the value is not of the queue's type.
   * @throws what a codec of your own throws. Nothing was pushed.
   */
  push(value: T): boolean {
    const queue = this.#queue;
    if (queue === 0) dropped("queue");
    const status = this.#lane < I64 ? this.#kernel.push(queue, encode(this.#type, value), 0) : this.#pushWide(value);
    if (status === OK) return true;
    if (status === FULL) return false;
    throw this.#refusal(status);
  }

  /** Pushes what is no number in the slot; returns the kernel's status. */
  #pushWide(value: T): number {
    if (this.#lane !== PAYLOAD) return this.#kernel.pushBits(this.#queue, encodeBits(this.#type, value));
    const cell = this.#account.hand(this.#ownedBefore, IN);
    try {
      const ptr = this.#put(value, cell);
      const status = this.#kernel.push(this.#queue, ptr, cell);
      if (status !== OK) this.#payload.undo(this.#room as Room, ptr, value, cell);
      return status;
    } finally {
      this.#account.handBack();
    }
  }

  /** Returns undefined if it went in. With `packs` it is not tried. */
  #pushOrPack(value: T, packs: boolean): Parcel<T> | undefined {
    if (this.#lane !== PAYLOAD) {
      if (!packs) return this.push(value) ? undefined : { value, ptr: 0, cell: 0 };
      if (this.#queue === 0) dropped("queue");
      if (this.#lane < I64) encode(this.#type, value);
      else encodeBits(this.#type, value);
      return { value, ptr: 0, cell: 0 };
    }
    if (this.#queue === 0) dropped("queue");
    const hand = this.#account.hand(this.#ownedBefore, IN);
    try {
      const ptr = this.#put(value, hand);
      const status = packs ? FULL : this.#kernel.push(this.#queue, ptr, hand);
      if (status === OK) return undefined;
      try {
        if (status === FULL) return { value, ptr, cell: this.#account.putDown(hand) };
        throw this.#refusal(status);
      } catch (error) {
        this.#payload.undo(this.#room as Room, ptr, value, hand);
        throw error;
      }
    } finally {
      this.#account.handBack();
    }
  }

  #pushPacked({ value, ptr, cell }: Parcel<T>): boolean {
    if (cell === 0) return this.push(value);
    if (this.#queue === 0) dropped("queue");
    const status = this.#kernel.push(this.#queue, ptr, cell);
    if (status === FULL) return false;
    if (status !== OK) throw this.#refusal(status);
    this.#account.give(cell);
    return true;
  }

  #discard({ value, ptr, cell }: Parcel<T>): void {
    if (cell === 0) return;
    this.#payload.undo(this.#room as Room, ptr, value, cell);
    this.#account.give(cell);
  }

  /**
   * Appends a value. When a bounded queue is full, it takes the oldest value out in the same step, so no other thread finds
   * the queue with less or more in it than before.
   *
   * @returns the value that it displaced; undefined when there was room.
   * @throws what `push` throws; then nothing was displaced. If the displaced value cannot be decoded, that error: the new
   * value is in, and the displaced one gone.
   *
   * @example
   * ```js
   * import { ConcurrentQueue, i32 } from "shmol";
   *
   * const newest = ConcurrentQueue.bounded(2, i32);
   * console.log(newest.forcePush(1), newest.forcePush(2), newest.forcePush(3)); // undefined undefined 1
   * ```
   */
  forcePush(value: T): T | undefined {
    const queue = this.#queue;
    if (queue === 0) dropped("queue");
    if (this.#lane === PAYLOAD) return this.#forcePushPayload(value);
    this.#account.tidy();
    if (this.#lane >= I64) {
      const bits = this.#kernel.forcePushBits(queue, encodeBits(this.#type, value));
      return this.#wasDisplaced() ? (decodeBits(this.#lane, bits) as T) : undefined;
    }
    const displaced = this.#kernel.forcePush(queue, encode(this.#type, value), 0, 0);
    // A NaN may be one that was displaced, in queues of floats.
    return !Number.isNaN(displaced) || this.#wasDisplaced() ? (decode(this.#lane, displaced) as T) : undefined;
  }

  #forcePushPayload(value: T): T | undefined {
    const account = this.#account;
    const payload = this.#payload;
    this.#reserve(1);
    // One call, which has two hands.
    const out = account.hand(this.#ownedAfter, OUT);
    account.handBack();
    const cell = account.hand(this.#ownedBefore, IN);
    try {
      const ptr = this.#put(value, cell);
      const displaced = this.#kernel.forcePush(this.#queue, ptr, cell, out);
      if (!Number.isNaN(displaced)) return payload.take(this.#room as Room, displaced, out);
      if (this.#kernel.status() !== OK) payload.undo(this.#room as Room, ptr, value, cell);
      this.#wasDisplaced();
      return undefined;
    } finally {
      account.handBack();
    }
  }

  /** Has cells ready for `count` Arcs: between taking one out and returning it nothing may fail. */
  #reserve(count: number): void {
    if (this.#ownedAfter === OWN_ARC) this.#account.reserve(count + 2);
  }

  /** Whether the last forced push displaced something; throws what it was refused for. */
  #wasDisplaced(): boolean {
    const status = this.#kernel.status();
    if (status === DISPLACED) return true;
    if (status === OK) return false;
    throw this.#refusal(status);
  }

  /**
   * Takes the oldest value; undefined when there is none now. `isFinished` tells whether there will be one again.
   *
   * @throws what a codec of your own throws when it decodes; the value was taken and is gone.
   */
  pop(): T | undefined {
    const queue = this.#queue;
    if (queue === 0) dropped("queue");
    if (this.#lane >= I64) return this.#popWide(queue);
    this.#account.tidy();
    const number = this.#kernel.pop(queue, 0);
    // NaN stands for "nothing", and, in queues of floats, for itself.
    if (!Number.isNaN(number)) return decode(this.#lane, number) as T;
    return this.#lane < F32 || this.#lane === BOOL || this.#kernel.status() !== OK
      ? undefined
      : (decode(this.#lane, number) as T);
  }

  #popWide(queue: number): T | undefined {
    if (this.#lane !== PAYLOAD) {
      this.#account.tidy();
      const bits = this.#kernel.popBits(queue);
      return this.#kernel.status() === OK ? (decodeBits(this.#lane, bits) as T) : undefined;
    }
    this.#throwLate();
    this.#reserve(1);
    const cell = this.#account.hand(this.#ownedAfter, OUT);
    try {
      const ptr = this.#kernel.pop(queue, cell);
      return Number.isNaN(ptr) ? undefined : this.#payload.take(this.#room as Room, ptr, cell);
    } finally {
      this.#account.handBack();
    }
  }

  /**
   * Takes the oldest value and shows it to `look` without copying it: bytes as a view of the shared memory, a struct as an
   * object whose properties read there. What was shown is valid until `look` returns (in a checked heap, using it later is a
   * `DroppedError`). Values of other types are what `pop` returns.
   *
   * @returns what `look` returns; undefined when there is no value now.
   * @throws what `look` throws; the value was taken and is gone.
   *
   * @example
   * ```js
   * import { bytes, ConcurrentQueue } from "shmol";
   *
   * const queue = ConcurrentQueue.unbounded(bytes);
   * queue.push(new Uint8Array(1000).fill(1));
   * const sum = queue.popWith((view) => view.reduce((a, b) => a + b));
   * console.log(sum); // 1000
   * ```
   */
  popWith<R>(look: (value: T) => R): R | undefined {
    if (this.#queue === 0) dropped("queue");
    if (typeof look !== "function") throw new TypeMismatchError(`look must be a function: ${describe(look)}`);
    if (this.#lane !== PAYLOAD) {
      const value = this.pop();
      return value === undefined ? undefined : look(value);
    }
    this.#throwLate();
    this.#reserve(1);
    const cell = this.#account.lend(this.#ownedAfter);
    try {
      const ptr = this.#kernel.pop(this.#queue, cell);
      return Number.isNaN(ptr) ? undefined : this.#payload.lend(this.#room as Room, ptr, cell, look);
    } finally {
      this.#account.endLoan(cell);
    }
  }

  /**
   * Appends values in order, in runs that are claimed with one compare-and-swap each: elements of one run lie side by side
   * in the queue, those of different runs may have another thread's in between.
   *
   * @returns the number that went in. It is less than the number of values if the queue is full or closed, the heap is exhausted
   * or a value is not of the queue's type. A call for the rest then returns 0 or throws the reason.
   * @throws what `push` throws, if nothing went in.
   *
   * @example
   * ```js
   * import { ConcurrentQueue, i32 } from "shmol";
   *
   * const queue = ConcurrentQueue.bounded(4, i32);
   * console.log(queue.pushMany([1, 2, 3, 4, 5, 6])); // 4
   * ```
   */
  pushMany(values: ArrayLike<T>): number {
    if (this.#queue === 0) dropped("queue");
    const length: unknown = (values as ArrayLike<T> | null | undefined)?.length;
    if (typeof length !== "number" || typeof values === "string") {
      throw new TypeMismatchError(`values must be an array or a typed array: ${describe(values)}`);
    }
    const scratch = this.#account.scratch();
    if (scratch === undefined) return this.#pushEach(values, length);
    this.#account.useScratch(scratch, this.#lane === PAYLOAD ? this.#payload.content : INLINE);
    let done = 0;
    while (done < length) {
      // Payloads for which there is no room would be written in vain.
      const room = this.#lane === PAYLOAD ? Math.max(1, this.capacity - this.size) : length;
      const wanted = Math.min(length - done, scratch.slots.length, room);
      const pushed =
        this.#lane === PAYLOAD
          ? this.#pushPayloads(values, done, wanted, scratch)
          : this.#pushNumbers(values, done, wanted, scratch);
      done += pushed;
      if (pushed < wanted) break;
    }
    scratch.open = false;
    return done;
  }

  /** Pushes one scratchful of numbers; throws if none went in, and `from` is 0, and the queue is not just full. */
  #pushNumbers(values: ArrayLike<T>, from: number, wanted: number, scratch: Scratch): number {
    let fit: number;
    scratch.busy = true;
    try {
      fit = encodeMany(this.#lane, values, from, wanted, scratch);
    } finally {
      scratch.busy = false;
    }
    // Reading the values may have run users' code.
    if (this.#queue === 0) dropped("queue");
    if (fit === 0 && from === 0) throw refused(this.#type.name, values[0]);
    const pushed = this.#kernel.pushMany(this.#queue, scratch.ptr, fit);
    if (pushed === 0 && from === 0) this.#throwUnlessFull();
    return pushed;
  }

  /** Likewise for payloads: all are written before the first is pushed, and those that do not go in are taken back. */
  #pushPayloads(values: ArrayLike<T>, from: number, wanted: number, scratch: Scratch): number {
    const payload = this.#payload;
    const room = this.#room as Room;
    const { done, error } = payload.putMany(room, values, from, wanted, scratch);
    const queue = this.#queue;
    const pushed = queue === 0 || done.length === 0 ? 0 : this.#kernel.pushMany(queue, scratch.ptr, done.length);
    payload.undoMany(room, done, pushed, scratch);
    if (queue === 0) dropped("queue");
    if (pushed > 0 || from > 0) return pushed;
    if (done.length === 0) throw error;
    this.#throwUnlessFull();
    return 0;
  }

  /** `pushMany` without a scratch. */
  #pushEach(values: ArrayLike<T>, length: number): number {
    let done = 0;
    try {
      while (done < length && this.push(values[done] as T)) done++;
    } catch (error) {
      if (done === 0) throw error;
    }
    return done;
  }

  /**
   * Takes up to `max` of the oldest values, in order; an empty array when there is none now. Runs, as with `pushMany`.
   *
   * @throws what a codec throws when it decodes the first of them. If it throws for a later one, the next pop of this handle
   * throws that error. That value is gone; the others are returned or still in the queue.
   *
   * @example
   * ```js
   * import { ConcurrentQueue, i32 } from "shmol";
   *
   * const queue = ConcurrentQueue.unbounded(i32);
   * queue.pushMany([1, 2, 3]);
   * console.log(queue.popMany(2).join(" "), queue.popMany(2).join(" ")); // 1 2 3
   * ```
   */
  popMany(max: number): T[] {
    if (this.#queue === 0) dropped("queue");
    checkInteger(max, "max", 0, 0xffffffff);
    const scratch = this.#account.scratch();
    if (scratch === undefined || this.#type instanceof CustomType) return this.#popEach(max);
    this.#throwLate();
    this.#account.useScratch(scratch, this.#lane === PAYLOAD ? this.#payload.content | TAKEN_OUT : INLINE);
    const values: T[] = [];
    while (values.length < max) {
      const wanted = Math.min(max - values.length, scratch.slots.length);
      if (this.#lane === PAYLOAD) this.#reserve(wanted);
      const popped = this.#kernel.popMany(this.#queue, scratch.ptr, wanted);
      if (this.#lane < PAYLOAD) {
        decodeMany(this.#lane, scratch, popped, values);
      } else {
        const failed = this.#payload.takeMany(this.#room as Room, scratch, popped, values);
        this.#late ??= failed;
      }
      if (popped < wanted) break;
    }
    scratch.open = false;
    if (values.length === 0) this.#throwLate();
    return values;
  }

  /** `popMany` one by one. */
  #popEach(max: number): T[] {
    const values: T[] = [];
    try {
      while (values.length < max) {
        const value = this.pop();
        if (value === undefined) break;
        values.push(value);
      }
    } catch (error) {
      if (values.length === 0) throw error;
      this.#late = { error };
    }
    return values;
  }

  #throwLate(): void {
    if (this.#late === undefined) return;
    const { error } = this.#late;
    this.#late = undefined;
    throw error;
  }

  /**
   * Takes as many of the oldest values as fit into `target`, in order, without making an object for any of them.
   *
   * @returns the number that was taken.
   * @throws {TypeMismatchError} `target` is not a typed array that holds every value of the type, such as `Int32Array` for
   * `i32`; nothing was taken.
   *
   * @example
   * ```js
   * import { ConcurrentQueue, f64 } from "shmol";
   *
   * const queue = ConcurrentQueue.unbounded(f64);
   * queue.pushMany([0.5, 1.5]);
   * const target = new Float64Array(1024);
   * console.log(queue.popInto(target), target[1]); // 2 1.5
   * ```
   */
  popInto(target: TypedArray): number {
    if (this.#queue === 0) dropped("queue");
    checkTarget(this.#type, target);
    const scratch = this.#account.scratch();
    if (scratch !== undefined) this.#account.useScratch(scratch, INLINE);
    const { length } = target;
    let done = 0;
    while (done < length) {
      if (scratch === undefined) {
        const value = this.pop();
        if (value === undefined) break;
        target[done++] = typeof value === "bigint" ? value : Number(value);
        continue;
      }
      const wanted = Math.min(length - done, scratch.slots.length);
      const popped = this.#kernel.popMany(this.#queue, scratch.ptr, wanted);
      decodeInto(this.#kernel, this.#lane, scratch, popped, target, done);
      done += popped;
      if (popped < wanted) break;
    }
    return done;
  }

  /**
   * Takes values until there is none now, one with each step, and never waits. A consuming iterator, and therefore not the
   * one that `for ... of` would find by itself.
   *
   * @example
   * ```js
   * import { ConcurrentQueue, i32 } from "shmol";
   *
   * const queue = ConcurrentQueue.unbounded(i32);
   * queue.pushMany([1, 2, 3]);
   * let sum = 0;
   * for (const value of queue.drain()) sum += value;
   * console.log(sum); // 6
   * ```
   */
  *drain(): Generator<T, void, undefined> {
    for (let value = this.pop(); value !== undefined; value = this.pop()) yield value;
  }

  /** Elements in the queue at one moment during the call; never more than its capacity. 0 once the handle was dropped. */
  get size(): number {
    return this.#queue === 0 ? 0 : this.#kernel.size(this.#queue);
  }

  /** The number of elements that fit; Infinity for an unbounded queue. 0 once the handle was dropped. */
  get capacity(): number {
    return this.#queue === 0 ? 0 : this.#kernel.capacity(this.#queue);
  }

  /** Whether there was no element at one moment during the call. */
  get isEmpty(): boolean {
    return this.#kernel.isEmpty(this.#held()) !== 0;
  }

  /** Whether there was no room at one moment during the call; never in an unbounded queue. */
  get isFull(): boolean {
    return this.#kernel.isFull(this.#held()) !== 0;
  }

  /** Whether the queue was closed. Once true, true for ever. */
  get isClosed(): boolean {
    return this.#kernel.isClosed(this.#held()) !== 0;
  }

  /** Whether the queue was closed and is empty: no `pop` will find anything again. Once true, true for ever. */
  get isFinished(): boolean {
    return this.#kernel.isFinished(this.#held()) !== 0;
  }

  /** The heap that the queue lies in. */
  get heap(): Heap {
    return (this.#count ?? dropped("queue")).internals.heap;
  }

  /** Closes the queue: nothing goes in any more, and what is in it stays. Returns true only for the one call that closed it. */
  close(): boolean {
    return this.#kernel.close(this.#held()) !== 0;
  }

  /** Another handle of the same queue. */
  clone(): ConcurrentQueue<T> {
    return new ConcurrentQueue<T>((this.#count ?? dropped("queue")).clone(), this.#type);
  }

  /** A token, a {@link QueueToken}, with which other threads open this queue. */
  share(options?: ShareOptions): QueueToken<T> {
    const { name } = this.#type;
    return { ...(this.#count ?? dropped("queue")).share("queue", options), type: name };
  }

  /**
   * Gives this handle's count up; the last one frees the queue and what is in it. A second `drop()` does nothing. From then on
   * `size` and `capacity` return 0, and any other use throws `DroppedError`.
   */
  drop(): void {
    const count = this.#count;
    this.#queue = 0;
    this.#count = undefined;
    count?.release();
  }

  /** `drop()`, at the end of the block that a `using` declaration stands in. */
  [Symbol.dispose](): void {
    this.drop();
  }

  /** What inspectors and loggers show of it. */
  toJSON(): Record<string, unknown> {
    const type = this.#type.name;
    if (this.#queue === 0) return { type, dropped: true };
    const { capacity, size, isClosed: closed } = this;
    return { type, capacity, size, closed, dropped: false };
  }

  #held(): number {
    return this.#queue === 0 ? dropped("queue") : this.#queue;
  }

  get #payload(): PayloadType<T> {
    return this.#type as PayloadType<T>;
  }

  /** `value` as a payload; what it takes may run code of its own, which may drop the very queue that it is for. */
  #put(value: T, cell: number): number {
    const ptr = this.#payload.put(this.#room as Room, value, cell);
    if (this.#queue !== 0) return ptr;
    this.#payload.undo(this.#room as Room, ptr, value, cell);
    return dropped("queue");
  }

  #throwUnlessFull(): void {
    const status = this.#kernel.status();
    if (status !== OK && status !== FULL) throw this.#refusal(status);
  }

  #refusal(status: number): Error {
    if (status === CLOSED) return new ClosedError("the queue was closed");
    return this.#inside.exhausted(this.#kernel.blockSize());
  }
}

/** The remedy for a capacity that is none but was chosen for a reason. */
function remedyFor(capacity: unknown): string {
  if (capacity === 0) return ". There is no rendezvous: use 1";
  if (capacity === Number.POSITIVE_INFINITY) return ". ConcurrentQueue.unbounded(type) makes one without a bound";
  return brandOf(Object(capacity)) === "codec" ? ". It comes first: bounded(capacity, type)" : "";
}
