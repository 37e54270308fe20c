/** Semaphore: a number of permits, of which each holder has some. */
import { Count } from "../arc/counted.js";
import { type Backed, backstop } from "../heap/backstop.js";
import { ClosedError } from "../heap/errors.js";
import { brand, notByNew, refuseCloning } from "../heap/handle.js";
import { KIND_SEMAPHORE, MAX_COUNT, OWN_PERMITS } from "../heap/kernel/numbers.js";
import { optionsOf } from "../heap/options.js";
import { checkInteger, type ObjectToken, type ShareOptions } from "../heap/token.js";
import type { WaitOptions, WaitSyncOptions } from "../listener/listener.js";
import type { Place, Stake } from "../listener/stake.js";
import { Core, coreOf, Lock, type LockOptions, newLock, notHeld } from "./lock.js";
import { Ask, limitsOf, timeoutOf, UNLIMITED, until, untilSync } from "./waiting.js";

/** The token of a semaphore; see {@link Semaphore.share}. */
export type SemaphoreToken = ObjectToken<"semaphore">;

/** What a semaphore was at one moment; see {@link Semaphore.stats}. */
export interface SemaphoreStats {
  /** Permits that nobody had. */
  readonly available: number;
  /** Calls that waited, on all threads. */
  readonly waiting: number;
  /** Whether it was closed. */
  readonly isClosed: boolean;
}

const CLOSED = 0x8000_0000;
const CLOSED_ERROR = "the semaphore was closed";

/** Permits that a guard has. */
class Permits implements Backed {
  readonly core: Core;
  readonly cell: number;
  readonly n: number;
  backing: object | undefined;

  constructor(core: Core, cell: number, n: number) {
    this.core = core;
    this.cell = cell;
    this.n = n;
    core.begin();
  }

  release(): void {
    const { kernel, account, lock } = this.core;
    kernel.giveBack(lock, this.cell);
    account.give(this.cell);
    this.core.end();
  }

  /** The guard was forgotten. */
  collected(): void {
    this.release();
  }

  forget(): void {
    const { kernel, account } = this.core;
    kernel.forget(this.cell);
    account.give(this.cell);
    this.core.end();
  }
}

// A door between the classes: the constructor is not for users.
let guardOf: (permits: Permits) => SemaphoreGuard;

/**
 * Permits of a semaphore, until `release()`, or the end of the block that a `using` declaration stands in. If a guard is forgotten, its permits
 * return when it is collected, whenever that is. A guard belongs to its thread.
 *
 * @example
 * ```js
 * import { Semaphore } from "shmol";
 *
 * const semaphore = Semaphore.create(3);
 * const guard = semaphore.acquireSync(2);
 * console.log(guard.permits, semaphore.availablePermits); // 2 1
 * guard.release();
 * console.log(semaphore.availablePermits); // 3
 * ```
 */
export class SemaphoreGuard implements Disposable {
  /** Undefined once released. */
  #held: Permits | undefined;

  private constructor(permits: Permits) {
    if (!(permits instanceof Permits))
      throw notByNew("SemaphoreGuard", "semaphore.acquire(), acquireSync() or tryAcquire()");
    this.#held = permits;
    backstop.add(this, permits);
    refuseCloning(this);
  }

  static {
    brand(SemaphoreGuard, "SemaphoreGuard");
    guardOf = (permits) => new SemaphoreGuard(permits);
  }

  /** The number of permits that it has; 0 once released. */
  get permits(): number {
    return this.#held?.n ?? 0;
  }

  /**
   * Gives the permits back, to the calls that wait first.
   *
   * @throws {ShmolError} with code `ERR_SHMOL_NOT_HELD`: the guard has released or forgotten them before.
   */
  release(): void {
    this.#take().release();
  }

  /**
   * Takes the permits out of the semaphore for good: nobody has them any more.
   *
   * @throws {ShmolError} with code `ERR_SHMOL_NOT_HELD`: the guard has released or forgotten them before.
   */
  forget(): void {
    this.#take().forget();
  }

  /** Gives the permits back unless that was done: at the end of the block that a `using` declaration stands in. */
  [Symbol.dispose](): void {
    if (this.#held !== undefined) this.release();
  }

  /** What inspectors and loggers show of it. */
  toJSON(): Record<string, unknown> {
    return { permits: this.permits };
  }

  #take(): Permits {
    const permits = this.#held;
    if (permits === undefined) throw notHeld("this guard has released its permits");
    this.#held = undefined;
    backstop.remove(permits);
    return permits;
  }
}

/** A call that waits for permits. */
class PermitsAsk extends Ask<SemaphoreGuard> {
  protected readonly late: string;
  readonly #core: Core;
  readonly #n: number;
  readonly #cell: number;
  #isClosed = false;
  #isQueued = false;

  constructor(core: Core, n: number) {
    super(core);
    this.late = `${n === 1 ? "no permit was" : `${n} permits were not`} free`;
    this.#core = core;
    this.#n = n;
    this.#cell = core.account.take(OWN_PERMITS);
  }

  /** From here on nobody takes permits but in the order of the list. */
  override listen(stake: Stake<void>): Place<unknown> {
    const { kernel, lock } = this.#core;
    kernel.queue(lock, this.#n, this.#cell);
    this.#isQueued = true;
    const place = stake.listen(this.#cell) as Place<unknown>;
    place.keep();
    // Permits may have come before there was anybody to grant them to.
    kernel.grant(lock);
    return place;
  }

  tries(place: Place<unknown>): boolean {
    if (place.isGranted) return true;
    this.#isClosed = isClosed(this.#core);
    return this.#isClosed;
  }

  giveUp(): void {
    const { kernel, account, lock } = this.#core;
    // A place in the queue; or permits that came at the last moment, which go on to others.
    if (this.#isQueued) kernel.giveBack(lock, this.#cell);
    account.give(this.#cell);
  }

  result(): SemaphoreGuard {
    if (!this.#isClosed) return guardOf(new Permits(this.#core, this.#cell, this.#n));
    this.giveUp();
    throw new ClosedError(CLOSED_ERROR);
  }
}

function isClosed({ kernel, lock }: Core): boolean {
  return kernel.wordAt(lock, 4) >>> 0 >= CLOSED;
}

/**
 * A number of permits that threads take and give back: tokio's `Semaphore` for JavaScript threads. Threads may block for permits or await
 * them, in any mixture.
 *
 * Calls are served in the order in which they came, also a call that asks for many permits: none is overtaken. Permits of a thread that
 * dies return.
 *
 * Each thread has a handle of its own, by `open`ing a token that another thread `share`d.
 *
 * @example
 * ```js
 * import { Semaphore } from "shmol";
 *
 * const connections = Semaphore.create(2);
 * const first = await connections.acquire();
 * const second = connections.acquireSync();
 * console.log(connections.tryAcquire(), connections.availablePermits); // undefined 0
 * first.release();
 * second.release();
 * console.log(connections.availablePermits); // 2
 * ```
 */
export class Semaphore extends Lock<Core> {
  private constructor(core: Core) {
    super(core, "Semaphore");
  }

  static {
    brand(Semaphore, "Semaphore");
  }

  /**
   * A new semaphore.
   *
   * @param permits how many permits there are at first, from 0 to 2^31 - 1.
   * @throws {TypeMismatchError} `permits` is no such number.
   * @throws {OutOfMemoryError} nothing was taken.
   */
  static create(permits: number, options?: LockOptions): Semaphore {
    checkInteger(permits, "permits", 0, MAX_COUNT);
    const { heap } = optionsOf(options, ["heap"]);
    const count = newLock(heap, KIND_SEMAPHORE, { events: 1, type: 0, align: undefined });
    const core = new Core(count);
    if (permits > 0) core.kernel.addPermits(core.lock, permits);
    return new Semaphore(core);
  }

  /**
   * A handle for the semaphore that a token names.
   *
   * @throws {TokenError} the semaphore is gone, the token's opens are used up, or it is not a semaphore's token.
   */
  static open(token: SemaphoreToken): Semaphore {
    return new Semaphore(new Core(Count.open(token, "semaphore")));
  }

  /**
   * Takes `n` permits, and waits for them behind all calls that came before. It keeps the event loop alive meanwhile.
   *
   * @throws (by rejecting, as all of these) {ClosedError} the semaphore was closed, before or meanwhile.
   * @throws {TimeoutError} not there within `timeoutMs`; 0 only looks.
   * @throws `signal.reason`: the signal was aborted, before or meanwhile.
   * @throws {DroppedError} the handle was dropped, before or meanwhile.
   * @throws {OutOfMemoryError} to wait needs a block of a few bytes.
   */
  acquire(n = 1, options?: WaitOptions): Promise<SemaphoreGuard> {
    try {
      const limits = options === undefined ? UNLIMITED : limitsOf(options);
      const guard = this.tryAcquire(n);
      if (guard !== undefined) return Promise.resolve(guard);
      const core = coreOf(this);
      return until(new PermitsAsk(core, n), core.stake, limits);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Takes `n` permits, and blocks the thread until they are there. Otherwise as `acquire`.
   *
   * @throws {ShmolError} with code `ERR_SHMOL_MAY_NOT_BLOCK`: they are not there, and this thread may not block.
   */
  acquireSync(n = 1, options?: WaitSyncOptions): SemaphoreGuard {
    const timeoutMs = options === undefined ? Number.POSITIVE_INFINITY : timeoutOf(options);
    const guard = this.tryAcquire(n);
    if (guard !== undefined) return guard;
    const core = coreOf(this);
    return untilSync(new PermitsAsk(core, n), core.stake, timeoutMs);
  }

  /**
   * Takes `n` permits if they are there, and no call waits.
   *
   * @returns undefined: not now.
   * @throws {ClosedError} the semaphore was closed.
   */
  tryAcquire(n = 1): SemaphoreGuard | undefined {
    checkInteger(n, "n", 1, MAX_COUNT);
    const core = coreOf(this);
    const { kernel, account, lock } = core;
    const cell = account.take(OWN_PERMITS);
    if (kernel.tryAcquire(lock, n, cell) !== 0) return guardOf(new Permits(core, cell, n));
    account.give(cell);
    if (isClosed(core)) throw new ClosedError(CLOSED_ERROR);
    return undefined;
  }

  /**
   * Adds `n` permits: more of them, or those of threads that the program knows to be gone where nobody can prove it.
   *
   * @throws {TypeMismatchError} there would be more than 2^31 - 1.
   */
  addPermits(n: number): void {
    checkInteger(n, "n", 1, MAX_COUNT);
    const { kernel, lock } = coreOf(this);
    if (kernel.addPermits(lock, n) === 0)
      checkInteger(this.availablePermits + n, "available permits and n", 0, MAX_COUNT);
  }

  /** Permits that nobody has. Others may take them at any time. */
  get availablePermits(): number {
    const { kernel, lock } = coreOf(this);
    return kernel.wordAt(lock, 0) >>> 0;
  }

  /**
   * Closes the semaphore for all threads: calls that wait, and those that come, fail with a `ClosedError`. Guards keep what they have.
   *
   * @returns false: it was closed before.
   */
  close(): boolean {
    const { kernel, lock } = coreOf(this);
    return kernel.shut(lock) !== 0;
  }

  /** Whether it was closed. Once true, true for ever. */
  get isClosed(): boolean {
    return isClosed(coreOf(this));
  }

  /** What the semaphore is at the moment: for people, and for tests. Others may change all of it at any time. */
  stats(): SemaphoreStats {
    const { kernel, lock } = coreOf(this);
    return {
      available: this.availablePermits,
      waiting: kernel.listenerCount(lock) >>> 0,
      isClosed: this.isClosed,
    };
  }

  /** A token with which other threads open this semaphore. */
  share(options?: ShareOptions): SemaphoreToken {
    return coreOf(this).stake.count.share("semaphore", options);
  }

  /** @internal */
  protected override describe(isDropped: boolean): Record<string, unknown> {
    return isDropped ? {} : { ...this.stats() };
  }
}
