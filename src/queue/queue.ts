/**
 * ConcurrentQueue: a handle of a many-to-many queue in shared memory.
 */
import type { TypedArray } from "../arc/arc.js";
import { refuseCloning } from "../arc/cloning.js";
import { Count, type Destroy, dropped } from "../arc/counted.js";
import { ClosedError, TokenError, TypeMismatchError } from "../arc/errors.js";
import { checkHeap, Heap, type HeapInternals, internals, type Scratch } from "../arc/heap.js";
import type { Kernel } from "../arc/instance.js";
import { CLOSED, INLINE, KIND_QUEUE, NO_MEMORY, OK, UNBOUNDED } from "../arc/kernel/status.js";
import { checkInteger, describe, type ObjectToken, type ShareOptions } from "../arc/token.js";
import {
  BOOL,
  builtIn,
  type Codec,
  checkCodec,
  checkTarget,
  F32,
  I32,
  type NumberCodec,
  refused,
  tagOf,
  U32,
} from "./codec.js";

/** What makes a queue. */
export interface QueueOptions {
  /** The heap to take its memory from; `Heap.default()` unless told. */
  heap?: Heap;
}

/** The token of a queue whose elements are of type `T`. */
export interface QueueToken<T = unknown> extends ObjectToken<"queue"> {
  /** The element type's name. */
  readonly type: string;
  /** Only for the type system: what an element is. */
  readonly element?: T;
}

const destroy: Destroy = (kernel, queue) => kernel.destroy(queue);

/**
 * A queue that any number of threads push to and pop from: concurrent-queue's `ConcurrentQueue` for JavaScript threads.
 * Lock-free, first in first out; no call ever waits for an item or for room. A thread that is killed in the middle of a
 * call cannot wedge it.
 *
 * Each thread has a handle of its own, by `open`ing a token that another thread `share`d; a handle owns one count, and
 * when the last one is dropped the queue and what is in it are freed.
 *
 * @example
 * ```js
 * const queue = ConcurrentQueue.unbounded(i32);
 * new Worker("./worker.js", { workerData: queue.share() });
 * queue.push(42);
 * // in the worker
 * const queue = ConcurrentQueue.open(workerData);
 * queue.pop(); // 42
 * ```
 */
export class ConcurrentQueue<T> implements Disposable {
  /** The kernel's pointer to the queue; 0 once dropped. Hot, and therefore apart from `#count`. */
  #queue: number;
  readonly #kernel: Kernel;
  /** The element type as a small integer; see codec.ts. */
  readonly #lane: number;
  readonly #codec: NumberCodec<T>;
  readonly #inside: HeapInternals;
  #count: Count | undefined;

  private constructor(count: Count, codec: NumberCodec<T>) {
    this.#count = count;
    this.#queue = count.value | 0;
    this.#inside = count.internals;
    this.#kernel = count.internals.kernel;
    this.#codec = codec;
    this.#lane = codec.lane;
    count.backs(this);
    refuseCloning(this);
  }

  /**
   * A queue that always has room, in blocks of 63 elements that come from the heap and go back to it.
   *
   * @throws {TypeMismatchError} `type` is not an element type.
   * @throws {OutOfMemoryError} nothing was taken.
   */
  static unbounded<T>(type: Codec<T>, options: QueueOptions = {}): ConcurrentQueue<T> {
    checkCodec(type);
    const { heap = Heap.default() } = options;
    checkHeap(heap);
    const inside = internals(heap);
    const { kernel, exhausted } = inside;
    const size = kernel.queueSize();
    const control = kernel.create(size, heap.alignment, KIND_QUEUE, 1);
    if (control === 0) throw exhausted(size);
    if (kernel.construct(kernel.valueOf(control), UNBOUNDED, 0, INLINE, tagOf(type.name), 0n) === NO_MEMORY) {
      new Count(inside, control).release();
      throw exhausted(size);
    }
    return new ConcurrentQueue(new Count(inside, control, destroy), type as NumberCodec<T>);
  }

  /**
   * A handle for the queue that a token names.
   *
   * @param type the element type, if it is not a built-in one; checked by its name.
   * @throws {TokenError} the queue is gone, the token's opens are used up, it is not a queue's token, or `type` is not the
   * type that the queue was made with.
   */
  static open<T>(token: QueueToken<T>, type?: Codec<T>): ConcurrentQueue<T> {
    if (type !== undefined) checkCodec(type);
    const name: unknown = (token as QueueToken<T> | null | undefined)?.type;
    const count = Count.open(token, "queue", destroy, (kernel, queue) => {
      if (type !== undefined && type.name !== name) {
        throw new TokenError(`the queue's elements are of type ${describe(name)}, not ${describe(type.name)}`);
      }
      if (builtIn(name) === undefined) {
        throw new TokenError(
          `the queue's elements are of type ${describe(name)}, which is not a built-in one: pass it`,
        );
      }
      if (kernel.typeTag(queue) !== tagOf(name as string)) {
        throw new TokenError(
          `the token says that the queue's elements are of type ${describe(name)}, which they are not`,
        );
      }
    });
    return new ConcurrentQueue<T>(count, builtIn(name) as NumberCodec<T>);
  }

  /**
   * Appends a value. True; an unbounded queue is never full.
   *
   * @throws {ClosedError} the queue was closed.
   * @throws {OutOfMemoryError} the heap has no block left. Works again when others have popped or freed.
   * @throws {TypeMismatchError} the value is not of the queue's type.
   */
  push(value: T): boolean {
    const queue = this.#queue;
    if (queue === 0) dropped("queue");
    const status = this.#kernel.push(queue, this.#encode(value));
    if (status === OK) return true;
    throw this.#refusal(status);
  }

  /**
   * Takes the oldest value; undefined when there is none now. `isFinished` tells whether there will be one again.
   */
  pop(): T | undefined {
    const queue = this.#queue;
    if (queue === 0) dropped("queue");
    const number = this.#kernel.pop(queue);
    // NaN stands for "nothing", and, in queues of floats, for itself.
    if (!Number.isNaN(number)) return this.#decode(number);
    return this.#lane < F32 || this.#lane === BOOL || this.#kernel.status() !== OK ? undefined : this.#decode(number);
  }

  /**
   * Appends values in order, in runs that are claimed with one compare-and-swap each: elements of one run lie side by side
   * in the queue, those of different runs may have another thread's in between.
   *
   * @returns how many went in. Fewer than there are when the queue was closed, the heap is exhausted or a value is not of
   * the queue's type; a call for the rest then throws the reason.
   * @throws what `push` throws, if nothing went in.
   */
  pushMany(values: ArrayLike<T>): number {
    if (this.#queue === 0) dropped("queue");
    const length: unknown = (values as ArrayLike<T> | null | undefined)?.length;
    if (typeof length !== "number" || typeof values === "string") {
      throw new TypeMismatchError(`values must be an array or a typed array: ${describe(values)}`);
    }
    const scratch = this.#inside.scratch();
    return scratch === undefined ? this.#pushEach(values, length) : this.#pushRuns(values, length, scratch);
  }

  /** `pushMany` by way of the scratch. */
  #pushRuns(values: ArrayLike<T>, length: number, scratch: Scratch): number {
    const { ptr, slots } = scratch;
    let done = 0;
    while (done < length) {
      const wanted = Math.min(length - done, slots.length);
      let fit: number;
      scratch.busy = true;
      try {
        fit = this.#encodeMany(values, done, wanted, slots);
      } finally {
        scratch.busy = false;
      }
      const queue = this.#queue;
      // Reading the values may have run code of theirs.
      if (queue === 0) dropped("queue");
      if (fit === 0 && done === 0) throw refused(this.#codec.name, values[0]);
      const pushed = this.#kernel.pushMany(queue, ptr, fit);
      done += pushed;
      if (pushed === wanted) continue;
      if (done === 0) throw this.#refusal(this.#kernel.status());
      break;
    }
    return done;
  }

  /** `pushMany` where there is no scratch to be had. */
  #pushEach(values: ArrayLike<T>, length: number): number {
    let done = 0;
    try {
      for (; done < length; done++) this.push(values[done] as T);
    } catch (error) {
      if (done === 0) throw error;
    }
    return done;
  }

  /** Takes up to `max` of the oldest values, in order; an empty array when there is none now. Runs, as with `pushMany`. */
  popMany(max: number): T[] {
    if (this.#queue === 0) dropped("queue");
    checkInteger(max, "max", 0, 0xffffffff);
    const values: T[] = [];
    const scratch = this.#inside.scratch();
    while (values.length < max) {
      if (scratch === undefined) {
        const value = this.pop();
        if (value === undefined) break;
        values.push(value);
        continue;
      }
      const { ptr, slots } = scratch;
      const wanted = Math.min(max - values.length, slots.length);
      const popped = this.#kernel.popMany(this.#queue, ptr, wanted);
      for (let i = 0; i < popped; i++) values.push(this.#decode(slots[i] as number));
      if (popped < wanted) break;
    }
    return values;
  }

  /**
   * Takes as many of the oldest values as fit into `target`, in order, without making an object for any of them.
   *
   * @returns how many.
   * @throws {TypeMismatchError} `target` is not a typed array that holds every value of the type, such as `Int32Array` for
   * `i32`; nothing was taken.
   */
  popInto(target: TypedArray): number {
    if (this.#queue === 0) dropped("queue");
    checkTarget(this.#codec, target);
    const scratch = this.#inside.scratch();
    const { length } = target;
    let done = 0;
    while (done < length) {
      if (scratch === undefined) {
        const value = this.pop();
        if (value === undefined) break;
        target[done++] = Number(value);
        continue;
      }
      const { ptr, slots } = scratch;
      const wanted = Math.min(length - done, slots.length);
      const popped = this.#kernel.popMany(this.#queue, ptr, wanted);
      for (let i = 0; i < popped; i++) target[done + i] = slots[i] as number;
      done += popped;
      if (popped < wanted) break;
    }
    return done;
  }

  /**
   * Takes values until there is none now, one with each step, and never waits. A consuming iterator, and therefore not the
   * one that `for ... of` would find by itself.
   */
  *drain(): Generator<T, void, undefined> {
    for (let value = this.pop(); value !== undefined; value = this.pop()) yield value;
  }

  /** Elements in the queue at one moment during the call. */
  get size(): number {
    return this.#kernel.size(this.#held());
  }

  /** How many elements have room: Infinity. */
  get capacity(): number {
    this.#held();
    return Number.POSITIVE_INFINITY;
  }

  /** Whether there was no element at one moment during the call. */
  get isEmpty(): boolean {
    return this.#kernel.isEmpty(this.#held()) !== 0;
  }

  /** Whether there was no room at one moment during the call: never. */
  get isFull(): boolean {
    this.#held();
    return false;
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

  /** Lets nothing in any more; what is in the queue stays. True only for the one call that closed it. */
  close(): boolean {
    return this.#kernel.close(this.#held()) !== 0;
  }

  /** Another handle of the same queue. */
  clone(): ConcurrentQueue<T> {
    return new ConcurrentQueue<T>((this.#count ?? dropped("queue")).clone(), this.#codec);
  }

  /** A token with which other threads open this queue; see `ShareOptions`. */
  share(options?: ShareOptions): QueueToken<T> {
    return { ...(this.#count ?? dropped("queue")).share("queue", options), type: this.#codec.name };
  }

  /**
   * Gives this handle's count up; the last one frees the queue and what is in it. A second `drop()` does nothing; any other
   * use afterwards throws `DroppedError`.
   */
  drop(): void {
    const count = this.#count;
    this.#queue = 0;
    this.#count = undefined;
    count?.release();
  }

  [Symbol.dispose](): void {
    this.drop();
  }

  #held(): number {
    return this.#queue === 0 ? dropped("queue") : this.#queue;
  }

  /** The slot's number for a value; throws for one that is not of the type. */
  #encode(value: unknown): number {
    switch (this.#lane) {
      case I32:
        if (typeof value === "number" && (value | 0) === value) return value | 0;
        break;
      case U32:
        if (typeof value === "number" && value >>> 0 === value) return value;
        break;
      case BOOL:
        if (typeof value === "boolean") return value ? 1 : 0;
        break;
      case F32:
        if (typeof value === "number") return Math.fround(value);
        break;
      default:
        if (typeof value === "number") return value;
    }
    throw refused(this.#codec.name, value);
  }

  /** The value of a slot's number. */
  #decode(number: number): T {
    let value: unknown;
    switch (this.#lane) {
      case I32:
        value = number | 0;
        break;
      case U32:
        value = number >>> 0;
        break;
      case BOOL:
        value = number !== 0;
        break;
      default:
        value = number;
    }
    return value as T;
  }

  /** Puts `count` values from index `from` into `slots`, up to the first that is not of the type; answers how many. */
  #encodeMany(values: ArrayLike<unknown>, from: number, count: number, slots: Float64Array): number {
    switch (this.#lane) {
      case I32:
        for (let i = 0; i < count; i++) {
          const value = values[from + i];
          if (typeof value !== "number" || (value | 0) !== value) return i;
          slots[i] = value | 0;
        }
        return count;
      case U32:
        for (let i = 0; i < count; i++) {
          const value = values[from + i];
          if (typeof value !== "number" || value >>> 0 !== value) return i;
          slots[i] = value;
        }
        return count;
      default: {
        const wanted = this.#lane === BOOL ? "boolean" : "number";
        const round = this.#lane === F32;
        for (let i = 0; i < count; i++) {
          const value = values[from + i];
          if (typeof value !== wanted) return i;
          slots[i] = round ? Math.fround(value as number) : Number(value);
        }
        return count;
      }
    }
  }

  #refusal(status: number): Error {
    if (status === CLOSED) return new ClosedError("the queue was closed");
    return this.#inside.exhausted(this.#kernel.blockSize());
  }
}
