/** Mutex: a lock that one thread has at a time, with what it protects, and the guard by which its holder has it. */
import type { Count } from "../arc/counted.js";
import { DeadlockError, PoisonedError } from "../heap/errors.js";
import { brand } from "../heap/handle.js";
import { HELD, KIND_MUTEX, OWN_LOCK, POISONED, STARVED } from "../heap/kernel/numbers.js";
import type { ObjectToken, ShareOptions } from "../heap/token.js";
import type { WaitOptions, WaitSyncOptions } from "../listener/listener.js";
import type { FixedCodec } from "../queue/codec.js";
import { type Content, ContentCore, type ContentType, createWith, type LockBytesOptions, openWith } from "./content.js";
import { GateAsk } from "./gate.js";
import { Guard, type Hold, within, withinSync } from "./guard.js";
import { checkFunction, coreOf, Lock, type LockOptions, threadsWith } from "./lock.js";
import { limitsOf, timeoutOf, UNLIMITED, until, untilSync } from "./waiting.js";

/** The token of a mutex that protects a `T`; see {@link Mutex.share}. */
export interface MutexToken<T = undefined> extends ObjectToken<"mutex"> {
  /** The name of the type that it protects; absent: it protects nothing. */
  readonly type?: string;
  /** Only for the type system: what it protects. */
  readonly protects?: T;
}

/** What a mutex was at one moment; see {@link Mutex.stats}. */
export interface MutexStats {
  /** Whether some thread had it. */
  readonly isLocked: boolean;
  /** Whether a thread has died that had it, and nobody has cleared that. */
  readonly isPoisoned: boolean;
  /** The `threadId` of the thread that had it; undefined: none did, or that changed just then. */
  readonly holder: number | undefined;
  /** Calls that waited, on all threads. */
  readonly waiting: number;
  /** Those of them that had waited for so long that nobody may overtake them. */
  readonly starved: number;
}

/** What a handle and its guards work with. */
class MutexCore<T> extends ContentCore<T> {
  /** An empty cell for the next holder; 0: there is none. */
  spare = 0;
  /** What the handle's last guard has. One after the other may have it: unless the lock is broken there is one guard at a time. */
  #hold: MutexHold<T>;

  constructor(count: Count, content: Content<T>) {
    super(count, content, 1);
    this.#hold = new MutexHold(this);
  }

  /** The guard of a mutex that was taken with that cell; throws it within a `PoisonedError` if a holder has died. */
  guard(cell: number, state: number): MutexGuard<T> {
    if (this.#hold.cell !== 0) this.#hold = new MutexHold(this);
    const guard = guardOf(this.#hold);
    // Not before: a call that is cut short leaves the mutex in the spare cell.
    this.#hold.cell = cell;
    if (cell === this.spare) this.spare = 0;
    this.begin();
    if ((state & POISONED) === 0) return guard;
    throw new PoisonedError(
      "a thread died while it held this mutex: what that protects may be half done. The error's guard has the mutex, to look and repair",
      guard,
    );
  }

  /** A call that waits for it. */
  asks(): GateAsk<MutexGuard<T>> {
    return new GateAsk(this, OWN_LOCK, "the mutex was not free", (cell, state) => this.guard(cell, state));
  }

  protected override close(): void {
    if (this.spare !== 0) this.account.give(this.spare);
    this.spare = 0;
    super.close();
  }

  /** Gives back what a call of this thread has taken that was cut short: then nobody has a guard. */
  recover(): void {
    if (this.spare !== 0 && this.account.isFull(this.spare)) this.kernel.letGo(this.lock, this.spare, 0);
  }
}

/** What a guard has. */
class MutexHold<T> implements Hold<T> {
  readonly core: MutexCore<T>;
  backing: object | undefined;
  /** The holder's cell. */
  cell = 0;

  constructor(core: MutexCore<T>) {
    this.core = core;
  }

  get writes(): boolean {
    return true;
  }

  giveBack(isForgotten = false): boolean {
    const { core, cell } = this;
    this.cell = 0;
    const isHeld = core.kernel.letGo(core.lock, cell, Number(isForgotten)) !== 0;
    if (core.spare === 0) core.spare = cell;
    else core.account.give(cell);
    core.end();
    return isHeld;
  }

  /** A guard was forgotten: what the mutex protects may be half done. */
  collected(): void {
    this.giveBack(true);
  }
}

// A door between the classes: the constructor is not for users.
let guardOf: <T>(hold: MutexHold<T>) => MutexGuard<T>;

/**
 * What the holder of a mutex has: the mutex, from the call that returned the guard until `unlock()`, or the end of the block that a
 * `using` declaration stands in, and what the mutex protects. A guard belongs to its thread.
 *
 * If a guard is forgotten, the mutex is unlocked when the guard is collected, whenever that is, and is poisoned: what it protects may be
 * half done.
 *
 * @example
 * ```js
 * import { Mutex, struct, u32 } from "shmol";
 *
 * const mutex = Mutex.create(struct({ visits: u32, last: u32 }));
 * const guard = mutex.lockSync();
 * guard.value.visits += 1;
 * guard.value.last = 7;
 * guard.unlock();
 * console.log(mutex.withLockSync(({ value }) => value.visits)); // 1
 * ```
 */
export class MutexGuard<T = undefined> extends Guard<T> {
  private constructor(hold: MutexHold<T>) {
    super(hold, "MutexGuard");
  }

  static {
    brand(MutexGuard, "MutexGuard");
    guardOf = (hold) => new MutexGuard(hold);
  }
}

/**
 * A lock that one thread has at a time, and what it protects: async-lock's `Mutex` for JavaScript threads. Threads may block for it
 * or await it, in any mixture.
 *
 * Each thread has a handle of its own, by `open`ing a token that another thread `share`d.
 *
 * A thread that finds it free takes it, so a thread that unlocks and locks again at once is fast. A call that has lost in this way for half
 * a millisecond is not overtaken any more.
 *
 * It is not reentrant. When a thread dies that has the mutex, the next call that takes it fails with a `PoisonedError`, whose `guard` has
 * the mutex, to look and repair.
 *
 * @example
 * ```js
 * import { Worker } from "node:worker_threads";
 * import { f64, Mutex, struct } from "shmol";
 *
 * const account = Mutex.create(struct({ balance: f64 }));
 * const workerData = account.share({ opens: 1 });
 * const worker = new Worker(new URL("./worker.mjs", import.meta.url), { workerData });
 * await new Promise((resolve) => worker.once("exit", resolve));
 *
 * const guard = await account.lock();
 * console.log(guard.value.balance); // 100
 * guard.unlock();
 * ```
 * ```js
 * // worker.mjs
 * import { workerData } from "node:worker_threads";
 * import { Mutex } from "shmol";
 *
 * const account = Mutex.open(workerData);
 * for (let i = 0; i < 100; i++) {
 *   account.withLockSync(({ value }) => {
 *     value.balance += 1;
 *   });
 * }
 * account.drop();
 * ```
 */
export class Mutex<T = undefined> extends Lock<MutexCore<T>> {
  private constructor(core: MutexCore<T>) {
    super(core, "Mutex");
  }

  static {
    brand(Mutex, "Mutex");
  }

  /**
   * A new mutex. Without a type it protects nothing of its own; with one, a value of that type, whose bytes are zero at first.
   *
   * @param type a number's type, `bool`, or a `struct`; or a number of bytes.
   * @throws {TypeMismatchError} `type` is none of these, or has no fixed size.
   * @throws {AlignmentError} `align` is not a power of two from 16 to 4096.
   * @throws {OutOfMemoryError} nothing was taken.
   */
  static create(type?: undefined, options?: LockOptions): Mutex;
  static create(size: number, options?: LockBytesOptions): Mutex<Uint8Array<SharedArrayBuffer>>;
  static create<T>(type: FixedCodec<T>, options?: LockOptions): Mutex<T>;
  static create<T>(type?: ContentType<T>, options?: LockBytesOptions): Mutex<T> {
    const { count, content } = createWith(KIND_MUTEX, 1, type, options);
    return new Mutex(new MutexCore(count, content));
  }

  /**
   * A handle for the mutex that a token, a {@link MutexToken}, names.
   *
   * @throws {TokenError} the mutex is gone, the token's opens are used up, or it is not a mutex's token.
   */
  static open<T>(token: MutexToken<T>): Mutex<T> {
    const { count, content } = openWith<T>(token, "mutex");
    return new Mutex(new MutexCore(count, content));
  }

  /**
   * Takes the mutex, and waits for it if another has it. It keeps the event loop alive meanwhile. Calls of one thread may wait while
   * another one has a guard of the same thread.
   *
   * @throws (by rejecting, as all of these) {PoisonedError} a thread has died that had it. The error's `guard` has it now.
   * @throws {TimeoutError} not free within `timeoutMs`; 0 only looks.
   * @throws `signal.reason`: the signal was aborted, before or meanwhile.
   * @throws {DroppedError} the handle was dropped, before or meanwhile.
   * @throws {OutOfMemoryError} to wait needs a block of a few bytes.
   */
  lock(options?: WaitOptions): Promise<MutexGuard<T>> {
    try {
      const limits = options === undefined ? UNLIMITED : limitsOf(options);
      const guard = this.tryLock();
      if (guard !== undefined) return Promise.resolve(guard);
      const core = coreOf(this);
      core.recover();
      return until(core.asks(), core.stake, limits);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Takes the mutex, and blocks the thread until it is free. Otherwise as `lock`.
   *
   * @throws {DeadlockError} a guard of this thread has the mutex, and could not unlock it while the thread blocks.
   * @throws {ShmolError} with code `ERR_SHMOL_MAY_NOT_BLOCK`: it is not free, and this thread may not block.
   */
  lockSync(options?: WaitSyncOptions): MutexGuard<T> {
    const timeoutMs = options === undefined ? Number.POSITIVE_INFINITY : timeoutOf(options);
    const guard = this.tryLock();
    if (guard !== undefined) return guard;
    const core = coreOf(this);
    core.recover();
    if (core.owns(OWN_LOCK)) {
      throw new DeadlockError(
        "a guard of this thread has the mutex: lockSync would wait for ever. unlock() it first, or await lock()",
      );
    }
    return untilSync(core.asks(), core.stake, timeoutMs);
  }

  /**
   * Takes the mutex if it is free, and nobody has waited for it for so long that it may not be overtaken.
   *
   * @returns undefined: not now.
   * @throws {PoisonedError} a thread has died that had it. The error's `guard` has it now.
   */
  tryLock(): MutexGuard<T> | undefined {
    const core = coreOf(this);
    if (core.spare === 0) core.spare = core.account.take(OWN_LOCK);
    const { spare } = core;
    const state = core.kernel.tryLock(core.lock, spare, 0, OWN_LOCK);
    return state === 0 ? undefined : core.guard(spare, state);
  }

  /**
   * Takes the mutex, calls `f`, and gives the mutex back when what `f` returns has settled. If `f` throws, the mutex is not poisoned.
   *
   * @returns what `f` returns.
   * @throws (by rejecting) what `lock` throws, and what `f` throws.
   */
  async withLock<R>(f: (guard: MutexGuard<T>) => R | PromiseLike<R>, options?: WaitOptions): Promise<R> {
    checkFunction(f);
    return within(await this.lock(options), f);
  }

  /**
   * Takes the mutex, blocking, calls `f`, and gives the mutex back. If `f` throws, the mutex is not poisoned.
   *
   * @returns what `f` returns.
   * @throws what `lockSync` throws, and what `f` throws.
   */
  withLockSync<R>(f: (guard: MutexGuard<T>) => R, options?: WaitSyncOptions): R {
    checkFunction(f);
    return withinSync(this.lockSync(options), f);
  }

  /**
   * Takes the mutex from the thread that has it, as if that had died: the next one that takes it gets a `PoisonedError`. For hosts on which
   * nobody can prove that a thread is dead, and for programs that know it. If the thread lives, two may be inside at once. Its `unlock`
   * fails then, and takes nothing from the next holder.
   *
   * @returns false: no thread has it.
   */
  breakLock(): boolean {
    const { kernel, lock } = coreOf(this);
    return kernel.breakLock(lock, 1) !== 0;
  }

  /** What the mutex is at the moment: for people, and for tests. Others may change all of it at any time. */
  stats(): MutexStats {
    const core = coreOf(this);
    const { kernel, lock } = core;
    const state = kernel.wordAt(lock, 0);
    return {
      isLocked: (state & HELD) !== 0,
      isPoisoned: (state & POISONED) !== 0,
      holder: threadsWith(core, OWN_LOCK)[0],
      waiting: kernel.listenerCount(lock) >>> 0,
      starved: (state >>> 0) >>> STARVED_SHIFT,
    };
  }

  /** A token, a {@link MutexToken}, with which other threads open this mutex. */
  share(options?: ShareOptions): MutexToken<T> {
    const { stake, content } = coreOf(this);
    const token = stake.count.share("mutex", options);
    return content.name === undefined ? token : { ...token, type: content.name };
  }

  /** @internal */
  protected override describe(isDropped: boolean): Record<string, unknown> {
    if (isDropped) return {};
    const { isLocked: locked, isPoisoned: poisoned, waiting } = this.stats();
    const { content } = coreOf(this);
    return { type: content.name, locked, poisoned, waiting };
  }
}

const STARVED_SHIFT = Math.log2(STARVED);
