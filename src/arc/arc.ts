/**
 * Arc and Weak: counted blocks of shared bytes.
 */
import { AlignmentError, CorruptionError, TypeMismatchError } from "../heap/errors.js";
import { brand, notByNew, refuseCloning } from "../heap/handle.js";
import { checkHeap, Heap, type HeapInternals, internals } from "../heap/heap.js";
import { KIND_ARC, OWN_STRONG } from "../heap/kernel/numbers.js";
import { optionsOf } from "../heap/options.js";
import {
  AnyTypedArray,
  checkAlignment,
  checkInteger,
  describe,
  type ObjectToken,
  type ShareOptions,
} from "../heap/token.js";
import { Count, dropped, WeakCount } from "./counted.js";

/** What makes an `Arc`; see {@link Arc.create}. */
export interface ArcOptions {
  /** The value's alignment in bytes, a power of two from 16 to 4096; by default the heap's unit. */
  align?: number;
  /** The heap to take it from; by default `Heap.default()`. */
  heap?: Heap;
}

/** The token of an `Arc`; see {@link Arc.share}. */
export type ArcToken = ObjectToken<"arc">;

/** Any of JavaScript's typed arrays; see {@link Arc.view}. */
export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** The constructor of a typed array, such as `Float64Array`, over shared memory; see {@link Arc.view}. */
export interface TypedArrayConstructor<T extends TypedArray> {
  new (buffer: SharedArrayBuffer, byteOffset: number, length: number): T;
  /** Bytes of one element: what the view's offset and size must be multiples of. */
  readonly BYTES_PER_ELEMENT: number;
  /** What errors call it. */
  readonly name: string;
}

const MAX_SIZE = 0xffffffff;
const OPTIONS = ["align", "heap"] as const;

// Doors between the two classes: neither constructor is for users.
let makeArc: (count: Count) => Arc;
let makeWeak: (count: WeakCount) => Weak;

// Doors for the components above, through which an Arc's count travels.
/** Takes a handle's count off it, into `cell`, which is empty, and returns the value that it is of. */
export let partWith: (arc: Arc, cell: number) => number;
/** Gives the count in `cell` back to the handle that it was taken off. The cell is then empty. */
export let takeBack: (arc: Arc, cell: number) => void;
/** A handle for the count in `cell`, which came with `value`. */
export let receive: (inside: HeapInternals, value: number, cell: number) => Arc;

function checkSize(size: unknown): asserts size is number {
  checkInteger(size, "size", 0, MAX_SIZE);
}

/** Heap and alignment that options ask for. */
function place(options: ArcOptions | undefined): { inside: HeapInternals; align: number } {
  const own = optionsOf(options, OPTIONS);
  const { heap = Heap.default() } = own;
  checkHeap(heap);
  const { align = heap.alignment } = own;
  checkAlignment(align, "align");
  return { inside: internals(heap), align };
}

/**
 * A counted block of shared bytes: Rust's `Arc<[u8]>` for JavaScript threads. Each handle owns one strong count; the bytes
 * are freed when the last one goes. Semantics follow Rust's `std::sync::Arc`, method by method.
 *
 * The bytes start at a multiple of `align`, as offset and as address. A view of them is valid while a handle lives. After
 * the last `drop()` (`makeMut`, `intoInner`) the memory may be used for something else.
 *
 * The 16 bytes before the value belong to the library. So a power-of-two size at an alignment as large takes twice its
 * size: 128 bytes at alignment 128 take a block of 256.
 *
 * @example
 * ```js
 * import { Worker } from "node:worker_threads";
 * import { Arc } from "shmol";
 *
 * const numbers = Arc.create(new Float64Array([1, 2, 3]));
 * new Worker(new URL("./worker.mjs", import.meta.url), { workerData: numbers.share({ opens: 1 }) });
 * numbers.drop(); // the count that was set aside for the worker keeps the bytes
 * ```
 * ```js
 * // worker.mjs
 * import { workerData } from "node:worker_threads";
 * import { Arc } from "shmol";
 *
 * const numbers = Arc.open(workerData);
 * console.log(numbers.view(Float64Array).join(" ")); // 1 2 3
 * numbers.drop();
 * ```
 */
export class Arc implements Disposable {
  /** Undefined once dropped. */
  #count: Count | undefined;
  /** What the handle held before `partWith`. */
  #parted: Count | undefined;
  #dropped = false;
  /** The value's offset in the heap's memory, a multiple of `align`. */
  #ptr: number;
  readonly #size: number;

  private constructor(count: Count) {
    if (!(count instanceof Count)) throw notByNew("Arc", "Arc.create(content) or Arc.open(token)");
    this.#count = count;
    this.#ptr = count.value;
    this.#size = count.internals.kernel.sizeOf(count.control) >>> 0;
    count.backs(this);
    refuseCloning(this);
  }

  static {
    brand(Arc, "Arc");
    makeArc = (count) => new Arc(count);
    partWith = (arc, cell) => {
      const count = arc.#held();
      arc.#parted = count;
      count.forget();
      arc.#count = undefined;
      count.internals.kernel.detach(count.cell, cell);
      count.internals.account.give(count.cell);
      return arc.#ptr;
    };
    takeBack = (arc, cell) => {
      const { internals, control, viewed } = arc.#parted as Count;
      const count = reclaim(internals, control, cell);
      // It may have been dropped while its count was away.
      if (arc.#dropped) {
        count.release();
        return;
      }
      count.viewed = viewed;
      count.backs(arc);
      arc.#count = count;
    };
    receive = (inside, value, cell) => new Arc(reclaim(inside, inside.kernel.controlOf(value), cell));
  }

  /**
   * A new block: of `content` zeroed bytes, or holding a copy of the bytes that `content` views.
   *
   * @throws {TypeMismatchError} `content` is neither a size from 0 to 2^32 - 1 nor a view.
   * @throws {AlignmentError} `align` is not a power of two from 16 to 4096.
   * @throws {OutOfMemoryError} nothing was taken.
   *
   * @example
   * ```js
   * import { Arc } from "shmol";
   *
   * const line = Arc.create(64, { align: 64 });
   * console.log(line.ptr % 64, line.size, line.align); // 0 64 64
   * ```
   */
  static create(content: number | ArrayBufferView, options?: ArcOptions): Arc {
    const { inside, align } = place(options);
    if (!ArrayBuffer.isView(content)) {
      if (typeof content !== "number") {
        throw new TypeMismatchError(`content must be a size, a typed array or a DataView: ${describe(content)}`);
      }
      checkSize(content);
      return new Arc(Count.create(inside, KIND_ARC, content, align));
    }
    const bytes = new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
    const count = Count.create(inside, KIND_ARC, bytes.byteLength, align);
    new Uint8Array(inside.heap.buffer, count.value, bytes.byteLength).set(bytes);
    return new Arc(count);
  }

  /**
   * A new block that can hold a way back to itself: `init` gets a `Weak` of it, whose `upgrade` returns undefined until
   * `init` has returned, and its zeroed bytes. Rust's `Arc::new_cyclic`. When `init` throws, the block is freed and the
   * error goes on.
   *
   * @example
   * ```js
   * import { Arc } from "shmol";
   *
   * let self;
   * const node = Arc.cyclic(16, (weak, bytes) => {
   *   self = weak.clone();
   *   bytes[0] = 42;
   * });
   * console.log(self.upgrade().bytes()[0]); // 42
   * ```
   */
  static cyclic(
    size: number,
    init: (weak: Weak, bytes: Uint8Array<SharedArrayBuffer>) => void,
    options?: ArcOptions,
  ): Arc {
    const { inside, align } = place(options);
    checkSize(size);
    if (typeof init !== "function") throw new TypeMismatchError(`init must be a function: ${describe(init)}`);
    const { heap, kernel } = inside;
    const count = Count.create(inside, KIND_ARC, size, align, (control) => {
      const weak = makeWeak(WeakCount.of(inside, control));
      try {
        init(weak, new Uint8Array(heap.buffer, kernel.valueOf(control) >>> 0, size));
      } finally {
        weak.drop();
      }
    });
    // `init` may have kept the bytes.
    count.viewed = true;
    return new Arc(count);
  }

  /**
   * Takes over the count that `intoRaw` let go of, on whatever thread.
   *
   * @throws {CorruptionError} `ptr` is not the value of a live Arc in this heap.
   *
   * @example
   * ```js
   * import { Arc, Heap } from "shmol";
   *
   * const ptr = Arc.create(Uint8Array.of(7)).intoRaw(); // a number, to be kept in shared memory of your own
   * const arc = Arc.fromRaw(Heap.default(), ptr);
   * console.log(arc.bytes()[0], arc.strongCount); // 7 1
   * ```
   */
  static fromRaw(heap: Heap, ptr: number): Arc {
    checkHeap(heap);
    const inside = internals(heap);
    const { kernel } = inside;
    checkInteger(ptr, "ptr", 0, MAX_SIZE);
    const control = kernel.controlOf(ptr);
    if (control === 0 || kernel.kindOf(control) !== KIND_ARC) {
      throw new CorruptionError(`${ptr} is not the value of a live Arc in heap ${heap.id}`);
    }
    const cell = inside.account.take(OWN_STRONG);
    kernel.adoptCount(control, cell);
    return new Arc(new Count(inside, control, cell));
  }

  /**
   * A handle for the block that a token, an {@link ArcToken}, names.
   *
   * @throws {TokenError} the block is gone, the token's opens are used up, or it is not an Arc's token.
   */
  static open(token: ArcToken): Arc {
    return new Arc(Count.open(token, "arc"));
  }

  /** The value's offset in the heap's memory. `ptr % align === 0`, of the address as well. */
  get ptr(): number {
    this.#held();
    return this.#ptr;
  }

  /** The value's size in bytes. */
  get size(): number {
    this.#held();
    return this.#size;
  }

  /** The value's alignment in bytes. */
  get align(): number {
    const count = this.#held();
    return count.internals.kernel.alignOf(count.control);
  }

  /** The heap that the block lies in. */
  get heap(): Heap {
    return this.#held().internals.heap;
  }

  /**
   * Strong counts, this handle's among them; tickets count what they still hold. Others may change it any time. 0 once the
   * handle was dropped.
   */
  get strongCount(): number {
    const count = this.#count?.verified();
    return count === undefined ? 0 : count.internals.kernel.strongCount(count.control);
  }

  /**
   * Weak counts. Others may change it any time. It is 0 while `getMut` or `makeMut` of another handle is under way, and once the
   * handle was dropped.
   */
  get weakCount(): number {
    const count = this.#count?.verified();
    return count === undefined ? 0 : count.internals.kernel.weakCount(count.control);
  }

  /** The bytes themselves, shared. Valid while a handle lives; one that gave out a view is never collected silently. */
  bytes(): Uint8Array<SharedArrayBuffer> {
    const count = this.#held();
    count.viewed = true;
    return new Uint8Array(count.internals.heap.buffer, this.#ptr, this.#size);
  }

  /**
   * The bytes as elements of another type, such as `Float64Array`.
   *
   * @throws {AlignmentError} the value's offset or size is no multiple of the element's size.
   *
   * @example
   * ```js
   * import { Arc } from "shmol";
   *
   * const counters = Arc.create(4 * Int32Array.BYTES_PER_ELEMENT);
   * const words = counters.view(Int32Array);
   * Atomics.add(words, 3, 1);
   * console.log(words.join(" ")); // 0 0 0 1
   * ```
   */
  view<T extends TypedArray>(type: TypedArrayConstructor<T>): T {
    const count = this.#held();
    if (typeof type !== "function" || Object.getPrototypeOf(type) !== AnyTypedArray) {
      throw new TypeMismatchError(`not a typed array's constructor: ${describe(type)}`);
    }
    const element = type.BYTES_PER_ELEMENT;
    if (this.#ptr % element !== 0) {
      throw new AlignmentError(`${type.name} requires alignment ${element}, found ${this.#ptr & -this.#ptr}`);
    }
    if (this.#size % element !== 0) {
      throw new AlignmentError(
        `${type.name} has elements of ${element} bytes: ${this.#size} bytes are no whole number of them`,
      );
    }
    const view = new type(count.internals.heap.buffer, this.#ptr, this.#size / element);
    count.viewed = true;
    return view;
  }

  /** Another handle for the same block. */
  clone(): Arc {
    return new Arc(this.#held().clone());
  }

  /** A handle that does not keep the bytes alive. */
  downgrade(): Weak {
    const { control, internals } = this.#held();
    return makeWeak(WeakCount.of(internals, control));
  }

  /**
   * Uses the handle up without giving up its count, and returns where the value lies. `fromRaw` takes the count over. Until
   * then the count has no owner: if the thread dies, the count is not returned.
   */
  intoRaw(): number {
    const count = this.#held();
    count.forget();
    this.#count = undefined;
    count.internals.kernel.detach(count.cell, 0);
    count.internals.account.give(count.cell);
    return this.#ptr;
  }

  /** Whether both handles are of the same block. */
  ptrEq(other: Arc): boolean {
    const { internals } = this.#held();
    if (!(other instanceof Arc)) throw new TypeMismatchError(`not an Arc: ${describe(other)}`);
    return internals === other.#held().internals && this.#ptr === other.#ptr;
  }

  /**
   * Returns the bytes if they can be reached in no other way: this is the only handle, strong or weak, and the block was never
   * shared by a token, since a token is a weak reference that is not counted. Otherwise undefined.
   *
   * @example
   * ```js
   * import { Arc } from "shmol";
   *
   * const arc = Arc.create(16);
   * const other = arc.clone();
   * console.log(arc.getMut()); // undefined
   * other.drop();
   * console.log(arc.getMut().length); // 16
   * ```
   */
  getMut(): Uint8Array<SharedArrayBuffer> | undefined {
    const count = this.#held();
    return count.internals.kernel.isUnique(count.control) !== 0 ? this.bytes() : undefined;
  }

  /**
   * Returns bytes that belong to this handle alone. These are the same bytes if they can be reached in no other way. Otherwise the
   * handle moves to a copy: its `ptr` changes, and weak handles and tokens stay with the old bytes.
   *
   * @throws {OutOfMemoryError} the handle is what it was.
   *
   * @example
   * ```js
   * import { Arc } from "shmol";
   *
   * const before = Arc.create(Uint8Array.of(1));
   * const after = before.clone();
   * after.makeMut()[0] = 2;
   * console.log(before.bytes()[0], after.bytes()[0]); // 1 2
   * ```
   */
  makeMut(): Uint8Array<SharedArrayBuffer> {
    return this.getMut() ?? this.#moveToCopy();
  }

  #moveToCopy(): Uint8Array<SharedArrayBuffer> {
    const old = this.#held();
    const bytes = new Uint8Array(old.internals.heap.buffer, this.#ptr, this.#size);
    const copy = Count.create(old.internals, KIND_ARC, this.#size, this.align);
    this.#count = copy;
    this.#ptr = copy.value;
    copy.backs(this);
    const mine = this.bytes();
    mine.set(bytes);
    old.release();
    return mine;
  }

  /**
   * Gives this handle's count up. If it was the last one, it returns a copy of the bytes, in memory that is not shared. Of
   * last owners that race exactly one gets the bytes; the others get undefined.
   *
   * @example
   * ```js
   * import { Arc } from "shmol";
   *
   * const arc = Arc.create(Uint8Array.of(1, 2, 3));
   * const other = arc.clone();
   * console.log(arc.intoInner()); // undefined
   * console.log(other.intoInner().join(" ")); // 1 2 3
   * ```
   */
  intoInner(): Uint8Array<ArrayBuffer> | undefined {
    const count = this.#held();
    const { kernel, account, heap } = count.internals;
    account.loosen(count.cell);
    // Nothing in between where the call could be cut short: no other call.
    this.#count = undefined;
    count.forget();
    let bytes: Uint8Array<ArrayBuffer> | undefined;
    if (kernel.release(count.control, count.cell) !== 0) {
      bytes = new Uint8Array(new Uint8Array(heap.buffer, this.#ptr, this.#size));
      kernel.finish(count.control, count.cell);
    }
    account.give(count.cell);
    return bytes;
  }

  /** A token, an {@link ArcToken}, with which other threads open this block. From then on it counts as not unique. */
  share(options?: ShareOptions): ArcToken {
    return this.#held().share("arc", options);
  }

  /**
   * Gives the count up. A second `drop()` does nothing. From then on the counters return 0, and any other use throws
   * `DroppedError`.
   */
  drop(): void {
    const count = this.#count;
    this.#count = undefined;
    this.#dropped = true;
    count?.release();
  }

  /** `drop()`, at the end of the block that a `using` declaration stands in. */
  [Symbol.dispose](): void {
    this.drop();
  }

  /** What inspectors and loggers show of it. */
  toJSON(): Record<string, unknown> {
    if (this.#count === undefined) return { dropped: true };
    const { ptr, size, align, strongCount, weakCount } = this;
    return { ptr, size, align, strongCount, weakCount, dropped: false };
  }

  #held(): Count {
    return (this.#count ?? dropped("Arc")).verified();
  }
}

/** The count that travelled to `cell` with an Arc's value, in a cell of its own. Without memory for one the count is given up. */
function reclaim(inside: HeapInternals, control: number, cell: number): Count {
  const { kernel, account } = inside;
  let own: number;
  try {
    own = account.take(OWN_STRONG);
  } catch (error) {
    kernel.adoptCount(control, cell);
    if (kernel.release(control, cell) !== 0) kernel.dispose(control, cell);
    throw error;
  }
  kernel.moveCount(control, cell, own);
  return new Count(inside, control, own);
}

/**
 * A handle that does not keep the bytes alive: Rust's `Weak`. It does keep the 32 bytes of the control block.
 *
 * @example
 * ```js
 * import { Arc } from "shmol";
 *
 * const arc = Arc.create(16);
 * const weak = arc.downgrade();
 * weak.upgrade().drop(); // a handle like any other while the bytes are there
 * arc.drop();
 * console.log(weak.upgrade()); // undefined
 * weak.drop();
 * ```
 */
export class Weak implements Disposable {
  /** Undefined once dropped. */
  #count: WeakCount | undefined;

  private constructor(count: WeakCount) {
    if (!(count instanceof WeakCount)) throw notByNew("Weak", "arc.downgrade()");
    this.#count = count;
    count.backs(this);
    refuseCloning(this);
  }

  static {
    brand(Weak, "Weak");
    makeWeak = (count) => new Weak(count);
  }

  /** A handle that does keep the bytes alive, or undefined when the last such is gone. Never raises a count from zero. */
  upgrade(): Arc | undefined {
    const count = this.#held().upgrade();
    return count === undefined ? undefined : makeArc(count);
  }

  /** Another weak handle of the same block. */
  clone(): Weak {
    const { internals, control } = this.#held();
    return makeWeak(WeakCount.of(internals, control));
  }

  /** Whether both handles are of the same block. */
  ptrEq(other: Weak): boolean {
    const { internals, control } = this.#held();
    if (!(other instanceof Weak)) throw new TypeMismatchError(`not a Weak: ${describe(other)}`);
    const theirs = other.#held();
    return control === theirs.control && internals === theirs.internals;
  }

  /** Strong counts; 0 when the bytes are gone, or the handle was dropped. Others may change it any time. */
  get strongCount(): number {
    const count = this.#count;
    return count === undefined ? 0 : count.internals.kernel.strongCount(count.control);
  }

  /**
   * Weak counts, this handle's among them; 0 when the bytes are gone, or the handle was dropped. Others may change it any time.
   */
  get weakCount(): number {
    const count = this.#count;
    if (count === undefined) return 0;
    const weak = count.internals.kernel.weakCount(count.control);
    return this.strongCount === 0 ? 0 : weak;
  }

  /** What inspectors and loggers show of it. */
  toJSON(): Record<string, unknown> {
    const { strongCount, weakCount } = this;
    return { strongCount, weakCount, dropped: this.#count === undefined };
  }

  /**
   * Gives the weak count up. A second `drop()` does nothing. From then on the counters return 0, and any other use throws
   * `DroppedError`.
   */
  drop(): void {
    const count = this.#count;
    this.#count = undefined;
    count?.release();
  }

  /** `drop()`, at the end of the block that a `using` declaration stands in. */
  [Symbol.dispose](): void {
    this.drop();
  }

  #held(): WeakCount {
    return this.#count ?? dropped("Weak");
  }
}
