/**
 * The heap: one shared memory, reserved once, and this thread's way into it.
 */
import type { Worker } from "node:worker_threads";
import { Account } from "./account.js";
import { backstop } from "./backstop.js";
import {
  AlignmentError,
  CorruptionError,
  DroppedError,
  OutOfMemoryError,
  ShmolError,
  TokenError,
  TypeMismatchError,
} from "./errors.js";
import { brand, notByNew, refuseCloning } from "./handle.js";
import { cores, mayBlock, threadId, threads } from "./host.js";
import {
  CHECKED,
  type CheckedKernel,
  idOf,
  instantiate,
  instantiateChecked,
  isSharedMemory,
  type Kernel,
  reserve,
} from "./instance.js";
import { BAD_MAGIC, DOUBLE_FREE, OK, PAGE, VERSION } from "./kernel/numbers.js";
import { createsCheckedHeaps, LeakTracker } from "./leaks.js";
import { optionsOf } from "./options.js";
import { nothingOf, type ReapReport, reapThread, registeredIn } from "./reaping.js";
import { findDead, type Member, registry, whyAlive } from "./registry.js";
import { type HeapStats, statsOf } from "./stats.js";
import { Leftover, revokeWith } from "./tickets.js";
import {
  checkAlignment,
  checkInteger,
  describe,
  heapIdIn,
  MIN_ALIGNMENT,
  type ObjectToken,
  own,
  readTicketToken,
  type SharedMemory,
  type Token,
} from "./token.js";

/** The options of {@link Heap.create}. */
export interface HeapOptions {
  /**
   * Bytes to reserve, by default 256 MiB, at most 4 GiB - 64 KiB; rounded up to whole pages of 64 KiB. On Linux and macOS
   * a reservation costs nothing until it is used.
   */
  capacity?: number;
  /**
   * The alignment unit in bytes, a power of two from 16 to 4096; by default 128. Words that different threads write lie
   * this far apart, and it is the alignment of an `Arc` unless that asks for another. 128 is what crossbeam's `CachePadded`
   * uses on x86-64 and aarch64, where the prefetcher pulls 64-byte lines in pairs.
   */
  alignment?: number;
}

/** A heap's token; see {@link Heap.share}. */
export type HeapToken = Token<"heap">;

const DEFAULT_CAPACITY = 256 * 1024 * 1024;
const MAX_CAPACITY = 65535 * PAGE;
const DEFAULT_ALIGNMENT = 128;
const OPTIONS = ["capacity", "alignment"] as const;
/** Copies of the package with another layout have their own. */
const ENVIRONMENT_KEY = `shmol:default-heap:${VERSION}`;

/** The heaps that are open on this thread, by id. Weakly: a heap that nobody uses any more may go. */
const open = new Map<string, WeakRef<Heap>>();
/** Heaps that `Heap.open` opened and that were not dropped. They stay open even if the program forgets the handle. */
const kept = new Set<Heap>();
let defaultHeap: Heap | undefined;

/** Whether `heap` is a heap; else a `TypeMismatchError`. */
export function checkHeap(heap: unknown): asserts heap is Heap {
  if (!(heap instanceof Heap))
    throw new TypeMismatchError(`heap must be a Heap: ${describe(heap)}. Heap.create and Heap.open make one`);
}

/** What only a checked heap has. */
interface Checked {
  readonly kernel: CheckedKernel;
  /** What this thread holds in it. */
  readonly tracker: LeakTracker;
}

/** What the components above need of a heap and users do not. */
export interface HeapInternals {
  readonly heap: Heap;
  readonly kernel: Kernel;
  /** Undefined on the release kernel. */
  readonly checked: Checked | undefined;
  /** What this thread owns in the heap. */
  readonly account: Account;
  /** Counts a handle that was collected with a view out. */
  noteLeak(): void;
  /** An error for an allocation of `size` bytes that failed. */
  exhausted(size: number): OutOfMemoryError;
}

/** Forgets the ids of heaps that were collected, unless another object for the same memory is open by then. */
const idsOfCollected = new FinalizationRegistry<string>((id) => {
  if (open.get(id)?.deref() === undefined) open.delete(id);
});

// Doors for the components above, which need of a heap what users do not; the class opens them in its static block.
let internalsOf: (heap: Heap) => HeapInternals;
let heapOf: (id: string, token: Token) => Heap;
let announce: (heap: Heap, report: ReapReport) => void;

/** A heap as the registry knows it. It holds no reference to the `Heap`, so a forgotten `Heap` can be collected. */
function memberOf(id: string, kernel: Kernel): Member {
  return {
    heap: id,
    registered: () => registeredIn(kernel),
    reap: (registered) => reapThread(kernel, registered),
    announce(report) {
      const heap = open.get(id)?.deref();
      if (heap !== undefined) announce(heap, report);
    },
  };
}

/** The internals of a heap that was not dropped. */
export function internals(heap: Heap): HeapInternals {
  return internalsOf(heap);
}

/** The heap with the id that any kind of token names. */
export function heapOfToken(id: string, token: Token): Heap {
  return heapOf(id, token);
}

/**
 * One shared memory that all threads of a program use, and this thread's instance of the kernel on it. A program needs
 * only one. Most code never names it, and uses `Heap.default()`.
 *
 * It is reserved at its full size and never grows, so views of it stay valid. Blocks lie at true addresses: the memory's
 * base is page-aligned, so an offset that is a multiple of 128 is one in the address space, too. (A plain
 * SharedArrayBuffer is not: Node puts it at 16 bytes past a multiple of a page.)
 *
 * @example
 * ```js
 * import { Worker } from "node:worker_threads";
 * import { Heap } from "shmol";
 *
 * const heap = Heap.create({ capacity: 1024 ** 3 });
 * new Worker(new URL("./worker.mjs", import.meta.url), { workerData: heap.share() });
 * ```
 * ```js
 * // worker.mjs
 * import { workerData } from "node:worker_threads";
 * import { Heap } from "shmol";
 *
 * const heap = Heap.open(workerData);
 * console.log(heap.capacity); // 1073741824
 * ```
 */
export class Heap implements Disposable {
  /** The shared memory. */
  readonly memory: SharedMemory;
  /** 64 random bits in hexadecimal, by which threads know a memory that reaches them as a new object each time. */
  readonly id: string;
  /** The memory's buffer; the same object for as long as the heap lives. */
  readonly buffer: SharedArrayBuffer;
  /** The alignment unit in bytes. */
  readonly alignment: number;
  /** Bytes reserved. */
  readonly capacity: number;
  readonly #kernel: Kernel;
  readonly #member: Member;
  readonly #account: Account;
  /** Listeners, and whether each is called only once. */
  readonly #onReaped = new Map<(report: ReapReport) => void, boolean>();
  #leaked = 0;
  #dropped = false;
  #internals: HeapInternals;

  private constructor(memory: WebAssembly.Memory, kernel: Kernel, checked: Checked | undefined) {
    if (kernel === undefined) throw notByNew("Heap", "Heap.create(options), Heap.default() or Heap.open(token)");
    this.memory = memory;
    this.buffer = memory.buffer as unknown as SharedArrayBuffer;
    this.id = idOf(kernel);
    this.alignment = kernel.alignmentUnit();
    this.capacity = kernel.capacityPages() * PAGE;
    this.#kernel = kernel;
    this.#member = memberOf(this.id, kernel);
    this.#account = new Account(kernel, this.buffer, this.#member);
    this.#internals = {
      heap: this,
      kernel,
      checked,
      account: this.#account,
      noteLeak: () => {
        this.#leaked++;
      },
      exhausted: (size) => this.#exhausted(size),
    };
    refuseCloning(this);
    open.set(this.id, new WeakRef(this));
    idsOfCollected.register(this, this.id);
    // Closes it when the heap was collected, and all its handles.
    backstop.add(this.#internals, this.#account);
  }

  static {
    brand(Heap, "Heap");
    internalsOf = (heap) => {
      if (heap.#dropped) throw new DroppedError("heap");
      return heap.#internals;
    };
    heapOf = (id, token) => Heap.#find(id, token);
    announce = (heap, report) => {
      for (const [listener, isOnce] of heap.#onReaped) {
        if (isOnce) heap.#onReaped.delete(listener);
        try {
          listener(report);
        } catch (error) {
          // An uncaught exception of its own: this may be in the middle of a wait, which it must not end.
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    };
  }

  /**
   * Reserves a new shared memory.
   *
   * @throws {TypeMismatchError} a capacity that is not an integer, is above 4 GiB - 64 KiB, or leaves no room for blocks.
   * @throws {AlignmentError} an alignment that is not a power of two from 16 to 4096.
   * @throws {OutOfMemoryError} the host cannot reserve that much. V8 takes 8 to 10 GiB of address space for each heap.
   * @throws {ShmolError} with code `ERR_SHMOL_NO_WEBASSEMBLY`: the host has none, as Node with `--jitless`.
   *
   * @example
   * ```js
   * import { Heap } from "shmol";
   *
   * const heap = Heap.create({ capacity: 16 * 1024 * 1024, alignment: 64 });
   * console.log(heap.capacity, heap.alignment); // 16777216 64
   * ```
   */
  static create(options?: HeapOptions): Heap {
    const { capacity = DEFAULT_CAPACITY, alignment = DEFAULT_ALIGNMENT } = optionsOf(options, OPTIONS);
    checkInteger(capacity, "capacity", 1, MAX_CAPACITY);
    checkAlignment(alignment);
    const pages = Math.ceil(capacity / PAGE);
    const memory = reserve(pages);
    const kernel = instantiate(memory);
    const [id, mark] = crypto.getRandomValues(new BigUint64Array(2)) as unknown as [bigint, bigint];
    if (kernel.init(pages, alignment, createsCheckedHeaps() ? CHECKED : 0, id, mark) !== OK) {
      throw new TypeMismatchError(
        `capacity of ${capacity} bytes leaves no room behind the header that an alignment of ${alignment} needs`,
      );
    }
    return Heap.#attach(memory, kernel);
  }

  /**
   * The program's heap, made with default options when first asked for. Workers that this thread starts afterwards find it
   * as their own default (through environment data), so objects made without naming a heap can be shared with them.
   * Constructors use it when no heap is given.
   */
  static default(): Heap {
    if (defaultHeap !== undefined && !defaultHeap.#dropped) return defaultHeap;
    const inherited: unknown = threads?.getEnvironmentData(ENVIRONMENT_KEY);
    if (inherited !== undefined && defaultHeap === undefined) {
      defaultHeap = Heap.open(inherited as HeapToken);
    } else {
      defaultHeap = Heap.create();
    }
    // Shared structures clone environment data when a worker starts, so what it holds must be plain: the token.
    threads?.setEnvironmentData(ENVIRONMENT_KEY, defaultHeap.share() as unknown as NodeJS.Dict<never>);
    return defaultHeap;
  }

  /**
   * The heap that a token names; on one thread always the same object for the same memory. It stays open until its `drop()`,
   * so that light tokens find it.
   *
   * @throws {TokenError} not a heap's token, a memory without a heap or of another version, or a token without a memory on
   * a thread where the heap is not open.
   */
  static open(token: HeapToken): Heap {
    const heap = heapOf(heapIdIn(token, "heap"), token);
    kept.add(heap);
    return heap;
  }

  /**
   * Gives back the opens of a token that were not taken. Afterwards `open` is refused, and an object that has no other owner is
   * freed. If the opens were the last senders or receivers of a channel, the channel closes, and all threads that wait are told.
   * Any thread that has the token may call it, also when the thread that shared is gone. A thread that opens the token at the
   * same time gets a whole open or none.
   *
   * @returns how many opens were left; 0 also when the token was revoked before.
   * @throws {TokenError} not a token of an object that was shared with `opens`, or its heap is not open here and the token is
   * a light one.
   *
   * @example
   * ```js
   * import { Arc, Heap } from "shmol";
   *
   * const arc = Arc.create(16);
   * const token = arc.share({ opens: 3 });
   * Arc.open(token).drop();
   * console.log(Heap.revoke(token), Heap.revoke(token), arc.strongCount); // 2 0 1
   * arc.drop();
   * ```
   */
  static revoke(token: ObjectToken): number {
    return new Leftover(...Heap.#ticketOf(token)).giveBack();
  }

  /** The open heap with the id that a token names, or the one in the memory that it carries. */
  static #find(id: string, token: Token): Heap {
    const known = open.get(id)?.deref();
    if (known !== undefined) return known;
    const memory = own(token, "memory");
    if (memory === undefined) {
      throw new TokenError(
        `a light token opens only where its heap is open: heap ${id} is not. Open it first, with Heap.open and the token of the heap`,
      );
    }
    if (!isSharedMemory(memory)) {
      throw new TokenError(
        `the token's memory is not a shared WebAssembly.Memory: ${describe(memory)}. JSON loses it: send tokens with postMessage or as workerData`,
      );
    }
    return Heap.#attach(memory, instantiate(memory), id);
  }

  static #attach(memory: WebAssembly.Memory, kernel: Kernel, expected?: string): Heap {
    const status = kernel.attach(threadId);
    if (status === BAD_MAGIC) throw new TokenError("the token's memory holds no heap");
    if (status !== OK) {
      throw new TokenError(`the heap has layout version ${kernel.layoutVersion()}, this is ${VERSION}`);
    }
    const id = idOf(kernel);
    if (expected !== undefined && id !== expected) {
      throw new TokenError(`the token names heap ${expected}, its memory holds heap ${id}`);
    }
    const pages = memory.buffer.byteLength / PAGE;
    if (kernel.capacityPages() !== pages) {
      throw new TokenError(`the heap says it has ${kernel.capacityPages()} pages, its memory has ${pages}`);
    }
    const checked = (kernel.flags() & CHECKED) === 0 ? undefined : check(memory, id);
    const used = checked?.kernel ?? kernel;
    used.allowBlocking(mayBlock() ? 1 : 0);
    used.useCores(cores);
    return new Heap(memory, used, checked);
  }

  /** The ticket of a token, and the heap that it lies in. */
  static #ticketOf(token: ObjectToken): ConstructorParameters<typeof Leftover> {
    const read = readTicketToken(token);
    return [internals(Heap.#find(read.heap, token)), read.ticket];
  }

  /**
   * Takes a block of at least `size` bytes on a multiple of `align`, a power of two up to 65536 (by default 16). Its
   * content is undefined. It is meant for structures of your own. Unlike an `Arc`, the block has no count of owners: any thread
   * that knows its number may use and free it, and it stays when a thread dies.
   *
   * Blocks up to 32 KiB are powers of two; larger ones are whole pages of 64 KiB, in four sizes to a doubling.
   *
   * @returns the block's offset in bytes, also as an address a multiple of `align`.
   * @throws {OutOfMemoryError} nothing was taken.
   *
   * @example
   * ```js
   * import { Heap } from "shmol";
   *
   * const heap = Heap.default();
   * const ptr = heap.alloc(4096, 4096);
   * const words = new Int32Array(heap.buffer, ptr, 1024);
   * words.fill(0); // a new block may have any content
   * console.log(ptr % 4096); // 0
   * heap.free(ptr);
   * ```
   */
  alloc(size: number, align = MIN_ALIGNMENT): number {
    const { kernel, checked } = internals(this);
    checkInteger(size, "size", 0, MAX_CAPACITY);
    if (!Number.isInteger(align) || align < 1 || align > PAGE || (align & (align - 1)) !== 0) {
      throw new AlignmentError(`align must be a power of two from 1 to ${PAGE}: ${describe(align)}`);
    }
    const ptr = kernel.alloc(size, align, 0) >>> 0;
    if (ptr === 0) throw this.#exhausted(size);
    checked?.tracker.allocated(ptr, size);
    return ptr;
  }

  /**
   * Returns a block that `alloc` gave out, on any thread.
   *
   * @throws {CorruptionError} `ptr` is not the start of a block, or the block was freed already. Nothing has changed.
   */
  free(ptr: number): void {
    const { kernel, checked } = internals(this);
    checkInteger(ptr, "ptr", 0, MAX_CAPACITY - 1);
    const status = kernel.free(ptr, 0);
    if (status === OK) {
      checked?.tracker.freed(ptr);
      return;
    }
    const what =
      status === DOUBLE_FREE ? `block ${ptr} was freed already` : `${ptr} is not the start of an allocated block`;
    throw new CorruptionError(what + (checked?.tracker.whose(ptr) ?? ""));
  }

  /** A token with which other threads open this heap. It keeps the memory alive, as the memory itself would. */
  share(): HeapToken {
    internals(this);
    return { shmol: "heap", heap: this.id, memory: this.memory };
  }

  /**
   * The contents of the heap, over all threads, in numbers. Each number is read at a different moment. They are exact while no
   * other thread uses the heap.
   *
   * @example
   * ```js
   * import { Arc, Heap } from "shmol";
   *
   * const heap = Heap.create();
   * const arc = Arc.create(100, { heap, align: 16 });
   * const { classes, controls, threads } = heap.stats();
   * console.log(classes[0].size, classes[0].blocks, controls); // 128 1 1
   * console.log(threads.length, threads[0].strong); // 1 1
   * arc.drop();
   * ```
   */
  stats(): HeapStats {
    const { kernel, account } = internals(this);
    account.recover();
    return statsOf(kernel, this.#leaked);
  }

  /**
   * When `worker` has ended, however it ends, everything that its thread owned in this heap is returned. Without the call this
   * happens for workers that were started after this thread opened its first heap, in Node, and for all workers on Linux, where
   * the operating system says which threads exist. The call is for other hosts and workers, and does no harm.
   *
   * `tokens` are bound to the worker. When it has ended, or if it has ended already, their opens that were not taken are given
   * back, as by `Heap.revoke`. So no thread waits for ever for a worker that fails before it opens them. A token that is bound to
   * several workers is given back when the last of them has ended. Bind a token to the workers that open it, not to one that
   * passes it on. When this thread ends, its workers end with it, and all that is bound is given back. If it is killed, opens
   * that other threads have set aside stay.
   *
   * @throws {TypeMismatchError} `worker` is not a Node.js worker, or has ended already and there are no tokens.
   * @throws {TokenError} one of `tokens` is not a token with opens. None is bound then.
   *
   * @example
   * ```js
   * import { Worker } from "node:worker_threads";
   * import { channel, Heap, utf8 } from "shmol";
   *
   * const { sender, receiver } = channel(utf8);
   * const token = sender.share({ opens: 1 });
   * sender.drop();
   * const worker = new Worker("throw new Error('before it opens')", { eval: true });
   * worker.on("error", ({ message }) => console.log(message)); // before it opens
   * Heap.default().watch(worker, token);
   * for await (const word of receiver) console.log(word);
   * console.log("the channel was closed"); // the channel was closed
   * ```
   */
  watch(worker: Worker, ...tokens: readonly ObjectToken[]): void {
    internals(this);
    const { threadId: thread, once } = (worker ?? {}) as Partial<Worker>;
    if (typeof once !== "function" || typeof thread !== "number" || (thread < 0 && tokens.length === 0)) {
      throw new TypeMismatchError(`worker must be a Worker that runs: ${describe(worker)}`);
    }
    const tickets = tokens.map((token) => Heap.#ticketOf(token));
    revokeWith(worker, tickets);
    if (thread >= 0) registry.watch(worker);
  }

  /**
   * Returns everything that a dead thread owned in this heap: counts, listeners with the notifications that they did not take,
   * tickets, blocks under way. Locks that it held are poisoned. Without the call this happens some milliseconds after the thread's
   * end, or within a second. When it was done already, the report has zeros only.
   *
   * A thread that may live is refused, because it may still use its things. A thread counts as dead when the operating system has
   * no such thread any more (Linux), or when the thread that started its worker, or `watch`ed it, has seen the worker's end. Some
   * hosts announce an end a little early, so this call waits up to 20 ms for the proof.
   *
   * @param thread the worker's `threadId`, as it was while the worker ran. All that this thread has open of the heap is meant.
   * @throws {ShmolError} with code `ERR_SHMOL_STILL_ALIVE`: there is no proof that the thread is dead. Nothing has changed.
   */
  reap(thread: number): ReapReport {
    const { kernel } = internals(this);
    checkInteger(thread, "threadId", 0, 0xfffffffe);
    const registered = registeredIn(kernel).filter((one) => one.thread === thread);
    if (registered.length === 0) return nothingOf(thread);
    const dead = findDead(registered);
    if (dead === undefined) {
      throw new ShmolError("STILL_ALIVE", `thread ${thread} may still run: ${whyAlive(registered)}`);
    }
    return registry.reap(this.#member, dead) ?? nothingOf(thread);
  }

  /**
   * Calls `listener` on this thread whenever a dead thread's things were returned in this heap, for logs. On the thread that
   * returned them this happens at once. On other threads it happens when they come to their event loop, or block. Deaths that are
   * found while the heap is being opened are reported on the other threads only.
   *
   * @throws {TypeMismatchError} `event` is not "reaped", or `listener` no function.
   *
   * @example
   * ```js
   * import { Worker } from "node:worker_threads";
   * import { Heap } from "shmol";
   *
   * const heap = Heap.default();
   * const worker = new Worker(new URL("./worker.mjs", import.meta.url));
   * worker.once("message", () => worker.terminate());
   * heap.on("reaped", ({ strong }) => console.log(`it had ${strong} handle`)); // it had 1 handle
   * ```
   * ```js
   * // worker.mjs
   * import { parentPort } from "node:worker_threads";
   * import { Arc } from "shmol";
   *
   * const arc = Arc.create(16);
   * parentPort.on("message", () => arc.drop());
   * parentPort.postMessage("ready");
   * ```
   */
  on(event: "reaped", listener: (report: ReapReport) => void): this {
    return this.#on(event, listener, false);
  }

  /** As `on`, but calls `listener` for the next death only. */
  once(event: "reaped", listener: (report: ReapReport) => void): this {
    return this.#on(event, listener, true);
  }

  #on(event: "reaped", listener: (report: ReapReport) => void, isOnce: boolean): this {
    internals(this);
    checkListener(event, listener);
    this.#onReaped.set(listener, isOnce && this.#onReaped.get(listener) !== false);
    return this;
  }

  /** Takes a listener of `on` or `once` back. */
  off(event: "reaped", listener: (report: ReapReport) => void): this {
    internals(this);
    checkListener(event, listener);
    this.#onReaped.delete(listener);
    return this;
  }

  /**
   * Gives up this thread's handle of the heap. Objects that are open keep working. The memory is freed when all threads have
   * dropped the heap and its objects. A second `drop()` does nothing.
   */
  drop(): void {
    if (this.#dropped) return;
    this.#dropped = true;
    kept.delete(this);
    if (open.get(this.id)?.deref() === this) open.delete(this.id);
    this.#account.closeWhenEmpty();
  }

  /** `drop()`, at the end of the block that a `using` declaration stands in. */
  [Symbol.dispose](): void {
    this.drop();
  }

  /** What inspectors and loggers show of it. */
  toJSON(): Record<string, unknown> {
    const { id, capacity, alignment } = this;
    return { id, capacity, alignment, dropped: this.#dropped };
  }

  #exhausted(size: number): OutOfMemoryError {
    const committed = this.#kernel.usedPages() * PAGE;
    return new OutOfMemoryError(
      `no block of ${size} bytes left: ${committed} of the heap's ${this.capacity} bytes are given out`,
    );
  }
}

/** The checked kernel on a checked heap's memory, and this thread's tracker of it. */
function check(memory: WebAssembly.Memory, id: string): Checked {
  const tracker = LeakTracker.of(id);
  const kernel = instantiateChecked(memory, (ptr) => tracker.whose(ptr));
  kernel.attach(threadId);
  tracker.opened(kernel);
  return { kernel, tracker };
}

function checkListener(event: unknown, listener: unknown): void {
  if (event !== "reaped") throw new TypeMismatchError(`event must be "reaped": ${describe(event)}`);
  if (typeof listener !== "function") throw new TypeMismatchError(`listener must be a function: ${describe(listener)}`);
}
