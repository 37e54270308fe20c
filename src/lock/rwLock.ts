/** RwLock: many readers at a time, or one writer. */
import { brand } from "../heap/handle.js";
import { now } from "../heap/host.js";
import {
  ALONE,
  KIND_RW_LOCK,
  OWN_READ,
  OWN_UPGRADABLE,
  OWN_WRITE,
  OWN_WRITING,
  POISONED,
  WRITER,
} from "../heap/kernel/numbers.js";
import type { ObjectToken, ShareOptions } from "../heap/token.js";
import type { WaitOptions, WaitSyncOptions } from "../listener/listener.js";
import type { FixedCodec } from "../queue/codec.js";
import { type ContentType, createWith, type LockBytesOptions, openWith } from "./content.js";
import { within, withinSync } from "./guard.js";
import { checkFunction, coreOf, Lock, type LockOptions, threadsWith } from "./lock.js";
import {
  EVENTS,
  guarded,
  LATE_WRITE,
  type ReadGuard,
  RwCore,
  type UpgradableReadGuard,
  type WriteGuard,
  whenAlone,
  whenAloneSync,
} from "./rwGuards.js";
import { Ask, limitsOf, timeoutOf, UNLIMITED, until, untilSync } from "./waiting.js";

/** The token of a readers-writer lock that protects a `T`; see {@link RwLock.share}. */
export interface RwLockToken<T = undefined> extends ObjectToken<"rwLock"> {
  /** The name of the type that it protects; absent: it protects nothing. */
  readonly type?: string;
  /** Only for the type system: what it protects. */
  readonly protects?: T;
}

/** What a readers-writer lock was at one moment; see {@link RwLock.stats}. */
export interface RwLockStats {
  /** The number of readers, the upgradable one included. */
  readonly readers: number;
  /** The `threadId` of the thread that wrote, or waited for the readers to go; undefined: none did. */
  readonly writer: number | undefined;
  /** The `threadId` of the thread that had the upgradable reader; undefined: none did. */
  readonly upgradable: number | undefined;
  /** Whether a thread has died that wrote, and nobody has cleared that. */
  readonly isPoisoned: boolean;
  /** Calls that waited, on all threads. */
  readonly waiting: number;
}

/** As many guards may read at a time; and the bits of their number in the upper half of the word. */
const MOST_READERS = 0xffff;
const LATE_READ = "the lock was not free to read";
const LATE_UPGRADABLE = "the lock was not free for an upgradable reader";

/** A call that waits to read. */
class ReadAsk<T> extends Ask<ReadGuard<T>> {
  protected readonly late = LATE_READ;
  readonly #core: RwCore<T>;
  readonly #cell: number;

  constructor(core: RwCore<T>) {
    super(core);
    this.#core = core;
    this.#cell = core.account.take(OWN_READ);
  }

  tries(): boolean {
    const { kernel, lock } = this.#core;
    return kernel.tryRead(lock, this.#cell) !== 0;
  }

  giveUp(): void {
    this.#core.account.give(this.#cell);
  }

  result(): ReadGuard<T> {
    this.#core.begin();
    return guarded(this.#core, this.#cell, "read");
  }
}

/**
 * A lock that many threads may read at a time, or one may write: async-lock's `RwLock` for JavaScript threads. Threads may block for it or
 * await it, in any mixture.
 *
 * A writer that waits keeps new readers out, so readers cannot keep it waiting for ever. Therefore a task that reads and asks to read once
 * more may wait for a writer that waits for it. On one thread `readSync` says so; otherwise do not.
 *
 * Each thread has a handle of its own, by `open`ing a token that another thread `share`d. A reader that dies is gone. A writer that dies
 * poisons the lock: then calls that take it fail with a `PoisonedError`, whose `guard` has what they asked for.
 *
 * @example
 * ```js
 * import { RwLock, struct, u32 } from "shmol";
 *
 * const size = RwLock.create(struct({ width: u32, height: u32 }));
 * size.withWriteSync((guard) => {
 *   guard.value = { width: 640, height: 480 };
 * });
 * const [one, two] = [size.readSync(), await size.read()];
 * console.log(one.value.width, two.value.height, size.tryWrite()); // 640 480 undefined
 * one.unlock();
 * two.unlock();
 * ```
 */
export class RwLock<T = undefined> extends Lock<RwCore<T>> {
  private constructor(core: RwCore<T>) {
    super(core, "RwLock");
  }

  static {
    brand(RwLock, "RwLock");
  }

  /**
   * A new lock. Without a type it protects nothing of its own; with one, a value of that type, whose bytes are zero at first.
   *
   * @param type a number's type, `bool`, or a record of fixed size; or a number of bytes.
   * @throws {TypeMismatchError} `type` is none of these, or has no fixed size.
   * @throws {AlignmentError} `align` is not a power of two from 16 to 4096.
   * @throws {OutOfMemoryError} nothing was taken.
   */
  static create(type?: undefined, options?: LockOptions): RwLock;
  static create(size: number, options?: LockBytesOptions): RwLock<Uint8Array<SharedArrayBuffer>>;
  static create<T>(type: FixedCodec<T>, options?: LockOptions): RwLock<T>;
  static create<T>(type?: ContentType<T>, options?: LockBytesOptions): RwLock<T> {
    const { count, content } = createWith(KIND_RW_LOCK, EVENTS, type, options);
    return new RwLock(new RwCore(count, content));
  }

  /**
   * A handle for the lock that a token, a {@link RwLockToken}, names.
   *
   * @throws {TokenError} the lock is gone, the token's opens are used up, or it is not such a lock's token.
   */
  static open<T>(token: RwLockToken<T>): RwLock<T> {
    const { count, content } = openWith<T>(token, "rwLock");
    return new RwLock(new RwCore(count, content));
  }

  /**
   * Takes the lock to read, and waits while a thread writes, or waits to.
   *
   * @throws (by rejecting, as all of these) {PoisonedError} a thread has died that wrote. The error's `guard` reads.
   * @throws {TimeoutError} not free within `timeoutMs`; 0 only looks.
   * @throws `signal.reason`: the signal was aborted, before or meanwhile.
   * @throws {DroppedError} the handle was dropped, before or meanwhile.
   * @throws {OutOfMemoryError} to wait needs a block of a few bytes.
   */
  read(options?: WaitOptions): Promise<ReadGuard<T>> {
    try {
      const limits = options === undefined ? UNLIMITED : limitsOf(options);
      const guard = this.tryRead();
      if (guard !== undefined) return Promise.resolve(guard);
      const core = coreOf(this);
      return until(new ReadAsk(core), core.readable, limits);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Takes the lock to read, and blocks the thread until it is free for that. Otherwise as `read`.
   *
   * @throws {DeadlockError} the call would wait for a writer that waits for a guard of this thread.
   * @throws {ShmolError} with code `ERR_SHMOL_MAY_NOT_BLOCK`: it is not free, and this thread may not block.
   */
  readSync(options?: WaitSyncOptions): ReadGuard<T> {
    const timeoutMs = options === undefined ? Number.POSITIVE_INFINITY : timeoutOf(options);
    const guard = this.tryRead();
    if (guard !== undefined) return guard;
    const core = coreOf(this);
    core.checkDeadlock("readSync");
    return untilSync(new ReadAsk(core), core.readable, timeoutMs);
  }

  /**
   * Takes the lock to read if no thread writes, or waits to.
   *
   * @returns undefined: not now.
   * @throws {PoisonedError} a thread has died that wrote. The error's `guard` reads.
   */
  tryRead(): ReadGuard<T> | undefined {
    const core = coreOf(this);
    const { kernel, account, lock } = core;
    const cell = account.take(OWN_READ);
    const state = kernel.tryRead(lock, cell);
    if (state === 0) {
      account.give(cell);
      return undefined;
    }
    core.begin();
    return guarded(core, cell, "read", state);
  }

  /**
   * Takes the lock to write: keeps new readers out, and waits until the others are gone. Otherwise as `read`.
   *
   * @throws (by rejecting) {PoisonedError} a thread has died that wrote. The error's `guard` writes.
   */
  async write(options?: WaitOptions): Promise<WriteGuard<T>> {
    const limits = options === undefined ? UNLIMITED : limitsOf(options);
    const since = now();
    const core = coreOf(this);
    const cell = this.#tryGate(core) || (await until(core.asksForGate(LATE_WRITE), core.stake, limits));
    await whenAlone(core, cell, false, { ...limits, timeoutMs: left(limits.timeoutMs, since) });
    return guarded(core, cell, "write");
  }

  /**
   * Takes the lock to write, and blocks the thread until it is free for that. Otherwise as `write`.
   *
   * @throws {DeadlockError} a guard of this thread has the lock, and could not unlock while the thread blocks.
   * @throws {ShmolError} with code `ERR_SHMOL_MAY_NOT_BLOCK`: it is not free, and this thread may not block.
   */
  writeSync(options?: WaitSyncOptions): WriteGuard<T> {
    const timeoutMs = options === undefined ? Number.POSITIVE_INFINITY : timeoutOf(options);
    const since = now();
    const core = coreOf(this);
    const cell = this.#gateSync(core, "writeSync", LATE_WRITE, timeoutMs);
    if (core.kernel.beginWrite(core.lock, cell, 1) === ALONE) return guarded(core, cell, "write");
    if (core.owns(OWN_READ)) {
      core.leave(cell);
      core.checkDeadlock("writeSync");
    }
    whenAloneSync(core, cell, false, left(timeoutMs, since) ?? timeoutMs);
    return guarded(core, cell, "write");
  }

  /**
   * Takes the lock to write if nobody has anything of it. Readers that come at this moment may wait for a moment, also if it fails.
   *
   * @returns undefined: not now.
   * @throws {PoisonedError} a thread has died that wrote. The error's `guard` writes.
   */
  tryWrite(): WriteGuard<T> | undefined {
    const core = coreOf(this);
    const { kernel, lock } = core;
    const cell = this.#tryGate(core);
    if (cell === 0) return undefined;
    if (kernel.beginWrite(lock, cell, 1) === ALONE) return guarded(core, cell, "write");
    core.leave(cell);
    return undefined;
  }

  /** Takes the lock for the upgradable reader, and waits while a thread writes, waits to, or has another such reader. As `read`. */
  async upgradableRead(options?: WaitOptions): Promise<UpgradableReadGuard<T>> {
    const limits = options === undefined ? UNLIMITED : limitsOf(options);
    const core = coreOf(this);
    const cell = this.#tryGate(core) || (await until(core.asksForGate(LATE_UPGRADABLE), core.stake, limits));
    return guarded(core, cell, "upgradable");
  }

  /** Takes the lock for the upgradable reader, and blocks the thread until it is free for that. As `readSync`. */
  upgradableReadSync(options?: WaitSyncOptions): UpgradableReadGuard<T> {
    const timeoutMs = options === undefined ? Number.POSITIVE_INFINITY : timeoutOf(options);
    const core = coreOf(this);
    const cell = this.#gateSync(core, "upgradableReadSync", LATE_UPGRADABLE, timeoutMs);
    return guarded(core, cell, "upgradable");
  }

  /** Takes the lock for the upgradable reader if no thread writes, waits to, or has another such reader. As `tryRead`. */
  tryUpgradableRead(): UpgradableReadGuard<T> | undefined {
    const core = coreOf(this);
    const cell = this.#tryGate(core);
    if (cell === 0) return undefined;
    return guarded(core, cell, "upgradable");
  }

  /** Takes the lock to read, calls `f`, and gives the lock back when what `f` returns has settled. */
  async withRead<R>(f: (guard: ReadGuard<T>) => R | PromiseLike<R>, options?: WaitOptions): Promise<R> {
    checkFunction(f);
    return within(await this.read(options), f);
  }

  /** Takes the lock to read, blocking, calls `f`, and gives the lock back. */
  withReadSync<R>(f: (guard: ReadGuard<T>) => R, options?: WaitSyncOptions): R {
    checkFunction(f);
    return withinSync(this.readSync(options), f);
  }

  /** Takes the lock to write, calls `f`, and gives the lock back when what `f` returns has settled. If `f` throws, that does not poison. */
  async withWrite<R>(f: (guard: WriteGuard<T>) => R | PromiseLike<R>, options?: WaitOptions): Promise<R> {
    checkFunction(f);
    return within(await this.write(options), f);
  }

  /** Takes the lock to write, blocking, calls `f`, and gives the lock back. If `f` throws, that does not poison. */
  withWriteSync<R>(f: (guard: WriteGuard<T>) => R, options?: WaitSyncOptions): R {
    checkFunction(f);
    return withinSync(this.writeSync(options), f);
  }

  /**
   * Takes the lock from all threads that have something of it, as if they had died: if one of them wrote, the next calls fail with a
   * `PoisonedError`. For hosts on which nobody can prove that a thread is dead, and for programs that know it. If a thread lives, its
   * `unlock` fails, and takes nothing from the next ones; so does a call of it that waits for the readers to go.
   *
   * @returns false: no thread has anything of it.
   */
  breakLock(): boolean {
    const { kernel, lock } = coreOf(this);
    return kernel.breakLock(lock, 0) !== 0;
  }

  /** What the lock is at the moment: for people, and for tests. Others may change all of it at any time. */
  stats(): RwLockStats {
    const core = coreOf(this);
    const { kernel, lock } = core;
    const state = kernel.wordAt(lock, 0);
    const events = [lock, core.readable.event, core.empty.event];
    const [upgradable] = threadsWith(core, OWN_UPGRADABLE);
    return {
      readers: (kernel.wordAt(lock, 4) & MOST_READERS) + Number(upgradable !== undefined),
      writer: (state & WRITER) === 0 ? undefined : threadsWith(core, OWN_WRITE, OWN_WRITING)[0],
      upgradable,
      isPoisoned: (state & POISONED) !== 0,
      waiting: events.reduce((sum, event) => sum + (kernel.listenerCount(event) >>> 0), 0),
    };
  }

  /** A token, a {@link RwLockToken}, with which other threads open this lock. */
  share(options?: ShareOptions): RwLockToken<T> {
    const { stake, content } = coreOf(this);
    const token = stake.count.share("rwLock", options);
    return content.name === undefined ? token : { ...token, type: content.name };
  }

  /** @internal */
  protected override describe(isDropped: boolean): Record<string, unknown> {
    if (isDropped) return {};
    const { readers, writer, isPoisoned: poisoned, waiting } = this.stats();
    return { type: coreOf(this).content.name, readers, writer, poisoned, waiting };
  }

  /** The cell that has the mutex in it; 0: another one has. */
  #tryGate(core: RwCore<T>): number {
    const cell = core.account.take(OWN_UPGRADABLE);
    if (core.kernel.tryLock(core.lock, cell, 0, OWN_UPGRADABLE) !== 0) {
      core.begin();
      return cell;
    }
    core.account.give(cell);
    return 0;
  }

  #gateSync(core: RwCore<T>, what: string, late: string, timeoutMs: number): number {
    const cell = this.#tryGate(core);
    if (cell !== 0) return cell;
    core.checkDeadlock(what);
    return untilSync(core.asksForGate(late), core.stake, timeoutMs);
  }
}

/** What is left of a time limit. */
function left(timeoutMs: number | undefined, since: number): number | undefined {
  return timeoutMs === undefined ? undefined : Math.max(0, timeoutMs - (now() - since));
}
