/** What guards of a readers-writer lock have, and how one becomes another. */
import type { Count } from "../arc/counted.js";
import { DeadlockError, PoisonedError } from "../heap/errors.js";
import { brand } from "../heap/handle.js";
import { ALONE, LOST, OWN_READ, OWN_UPGRADABLE, OWN_WRITE, OWN_WRITING, POISONED } from "../heap/kernel/numbers.js";
import type { WaitOptions, WaitSyncOptions } from "../listener/listener.js";
import { Stake } from "../listener/stake.js";
import type { Limits } from "../listener/wait.js";
import { type Content, ContentCore } from "./content.js";
import { GateAsk } from "./gate.js";
import { Guard, type Hold } from "./guard.js";
import { notHeld } from "./lock.js";
import { Ask, limitsOf, timeoutOf, UNLIMITED, until, untilSync } from "./waiting.js";

/** A readers-writer lock begins with these events: that of the mutex in it, that at which readers wait, that at which the writer waits. */
export const EVENTS = 3;
const HAS_SOMETHING = [OWN_READ, OWN_UPGRADABLE, OWN_WRITING, OWN_WRITE];
export const LATE_WRITE = "the lock was not free to write";

/** What a guard is. */
type Role = "read" | "upgradable" | "write";

/** What a handle and its guards work with. */
export class RwCore<T> extends ContentCore<T> {
  readonly readable: Stake<void>;
  readonly empty: Stake<void>;

  constructor(count: Count, content: Content<T>) {
    super(count, content, EVENTS);
    const one = this.kernel.eventSize();
    this.readable = new Stake<void>(count, undefined, one);
    this.empty = new Stake<void>(count, undefined, 2 * one);
  }

  /** A call of this thread that blocks would wait for what this thread has. */
  checkDeadlock(what: string): void {
    if (!HAS_SOMETHING.some((kind) => this.owns(kind))) return;
    throw new DeadlockError(
      `a guard of this thread has the lock: ${what} would wait for ever. unlock() it first, or await the other form`,
    );
  }

  /** A call that waits for the mutex in it, with which writers and the upgradable reader exclude each other. */
  asksForGate(late: string): GateAsk<number> {
    return new GateAsk(this, OWN_UPGRADABLE, late, (cell) => {
      this.begin();
      return cell;
    });
  }

  /** Gives back what a cell has. False: the lock was broken, and the cell had nothing any more. */
  leave(cell: number, isForgotten = false): boolean {
    const isHeld = this.kernel.letGo(this.lock, cell, Number(isForgotten)) !== 0;
    this.account.give(cell);
    this.end();
    return isHeld;
  }
}

/** What a guard has. */
class RwHold<T> implements Hold<T> {
  readonly core: RwCore<T>;
  readonly cell: number;
  readonly role: Role;
  backing: object | undefined;

  constructor(core: RwCore<T>, cell: number, role: Role) {
    this.core = core;
    this.cell = cell;
    this.role = role;
  }

  get writes(): boolean {
    return this.role === "write";
  }

  giveBack(): boolean {
    return this.core.leave(this.cell);
  }

  /** The guard was forgotten: what it wrote may be half done. */
  collected(): void {
    this.core.leave(this.cell, true);
  }
}

// Doors between the classes: the constructors are not for users.
const guards: { readonly [R in Role]: <T>(hold: RwHold<T>) => Guard<T> } = {
  read: (hold) => readGuard(hold),
  upgradable: (hold) => upgradableGuard(hold),
  write: (hold) => writeGuard(hold),
};
let readGuard: <T>(hold: RwHold<T>) => ReadGuard<T>;
let upgradableGuard: <T>(hold: RwHold<T>) => UpgradableReadGuard<T>;
let writeGuard: <T>(hold: RwHold<T>) => WriteGuard<T>;

/** The guard of what was taken; throws it within a `PoisonedError` if a writer has died. */
export function guarded<G>(
  core: RwCore<unknown>,
  cell: number,
  role: Role,
  state = core.kernel.wordAt(core.lock, 0),
): G {
  const hold = new RwHold(core, cell, role);
  // Readers come often, and a call through a table costs as much as all else here.
  const guard = role === "read" ? readGuard(hold) : guards[role](hold);
  if ((state & POISONED) === 0) return guard as G;
  throw new PoisonedError(
    "a thread died while it wrote: what this lock protects may be half done. The error's guard has the lock, to look, or to repair",
    guard,
  );
}

/**
 * What a reader of a lock has, until `unlock()`, or the end of the block that a `using` declaration stands in. Nobody writes meanwhile.
 * Properties of `value` cannot be assigned to. A guard belongs to its thread. If it is forgotten, it unlocks when it is collected.
 *
 * @see {@link RwLock}
 */
export class ReadGuard<T = undefined> extends Guard<T> {
  private constructor(hold: RwHold<T>) {
    super(hold, "ReadGuard");
  }

  static {
    brand(ReadGuard, "ReadGuard");
    readGuard = (hold) => new ReadGuard(hold);
  }

  /** What the lock protects, as {@link Guard.value}; it cannot be assigned to. */
  override get value(): T {
    return super.value;
  }
}

/**
 * What the upgradable reader of a lock has: it reads, as other readers may meanwhile, and can become the writer without another writer
 * coming in between. There is one at a time.
 *
 * @example
 * ```js
 * import { RwLock, u32 } from "shmol";
 *
 * const lock = RwLock.create(u32);
 * const reader = lock.upgradableReadSync();
 * if (reader.value === 0) {
 *   const writer = reader.upgradeSync();
 *   writer.value = 7;
 *   writer.unlock();
 * } else {
 *   reader.unlock();
 * }
 * console.log(lock.withReadSync(({ value }) => value)); // 7
 * ```
 */
export class UpgradableReadGuard<T = undefined> extends Guard<T> {
  private constructor(hold: RwHold<T>) {
    super(hold, "UpgradableReadGuard");
  }

  static {
    brand(UpgradableReadGuard, "UpgradableReadGuard");
    upgradableGuard = (hold) => new UpgradableReadGuard(hold);
  }

  /** What the lock protects, as {@link Guard.value}; it cannot be assigned to. */
  override get value(): T {
    return super.value;
  }

  /**
   * Becomes the writer when the other readers are gone. No new ones come meanwhile. This guard is used up; if the call fails, it is what it
   * was.
   *
   * @throws (by rejecting, as all of these) {TimeoutError} the readers were not gone within `timeoutMs`.
   * @throws `signal.reason`: the signal was aborted, before or meanwhile.
   * @throws {DroppedError} the lock's handle was dropped meanwhile.
   */
  async upgrade(options?: WaitOptions): Promise<WriteGuard<T>> {
    const limits = options === undefined ? UNLIMITED : limitsOf(options);
    const hold = this.detach() as RwHold<T>;
    const { core, cell } = hold;
    try {
      await whenAlone(core, cell, true, limits);
    } catch (error) {
      this.attach(hold);
      throw error;
    }
    return writeGuard(new RwHold(core, cell, "write"));
  }

  /**
   * Likewise, and blocks the thread. Otherwise as `upgrade`.
   *
   * @throws {DeadlockError} another guard of this thread reads, and could not unlock while the thread blocks.
   */
  upgradeSync(options?: WaitSyncOptions): WriteGuard<T> {
    const timeoutMs = options === undefined ? Number.POSITIVE_INFINITY : timeoutOf(options);
    const hold = this.detach() as RwHold<T>;
    const { core, cell } = hold;
    try {
      if (core.owns(OWN_READ)) core.checkDeadlock("upgradeSync");
      whenAloneSync(core, cell, true, timeoutMs);
    } catch (error) {
      this.attach(hold);
      throw error;
    }
    return writeGuard(new RwHold(core, cell, "write"));
  }

  /** Becomes the writer if there are no other readers; then this guard is used up. Undefined: there are some. */
  tryUpgrade(): WriteGuard<T> | undefined {
    const hold = this.detach() as RwHold<T>;
    const { core, cell } = hold;
    if (core.kernel.beginWrite(core.lock, cell, 1) === ALONE) return writeGuard(new RwHold(core, cell, "write"));
    this.attach(hold);
    return undefined;
  }

  /** Becomes a reader like others, and lets others write afterwards, or be upgradable. This guard is used up. */
  downgrade(): ReadGuard<T> {
    const { core, cell } = this.detach() as RwHold<T>;
    core.kernel.stepDown(core.lock, cell, OWN_READ);
    return readGuard(new RwHold(core, cell, "read"));
  }
}

/**
 * What the writer of a lock has, until `unlock()`, or the end of the block that a `using` declaration stands in. Nobody else has anything of the
 * lock meanwhile. A guard belongs to its thread. If it is forgotten, it unlocks when it is collected, and the lock is poisoned.
 *
 * @see {@link RwLock}
 */
export class WriteGuard<T = undefined> extends Guard<T> {
  private constructor(hold: RwHold<T>) {
    super(hold, "WriteGuard");
  }

  static {
    brand(WriteGuard, "WriteGuard");
    writeGuard = (hold) => new WriteGuard(hold);
  }

  /** Becomes a reader. Nobody writes in between. This guard is used up. */
  downgrade(): ReadGuard<T> {
    const { core, cell } = this.detach() as RwHold<T>;
    core.kernel.stepDown(core.lock, cell, OWN_READ);
    return readGuard(new RwHold(core, cell, "read"));
  }

  /** Becomes the upgradable reader. Nobody writes in between. This guard is used up. */
  downgradeToUpgradable(): UpgradableReadGuard<T> {
    const { core, cell } = this.detach() as RwHold<T>;
    core.kernel.stepDown(core.lock, cell, OWN_UPGRADABLE);
    return upgradableGuard(new RwHold(core, cell, "upgradable"));
  }
}

/**
 * Waits until the readers are gone, whom the thread keeps out from now on. If it gives up, its thread is the upgradable reader again, if it
 * was that, and else nothing.
 */
export async function whenAlone<T>(
  core: RwCore<T>,
  cell: number,
  wasUpgradable: boolean,
  limits: Limits,
): Promise<void> {
  const ask = new EmptyAsk(core, cell, wasUpgradable);
  if (ask.begins()) ask.result();
  else await until(ask, core.empty, limits);
}

/** Likewise, blocking. */
export function whenAloneSync<T>(core: RwCore<T>, cell: number, wasUpgradable: boolean, timeoutMs: number): void {
  const ask = new EmptyAsk(core, cell, wasUpgradable);
  if (ask.begins()) ask.result();
  else untilSync(ask, core.empty, timeoutMs);
}

/** A call that waits for the readers to go. */
class EmptyAsk<T> extends Ask<void> {
  protected readonly late = LATE_WRITE;
  readonly #core: RwCore<T>;
  readonly #cell: number;
  readonly #wasUpgradable: boolean;
  /** How it found the lock: not at all, ALONE, or LOST. */
  #found = 0;

  constructor(core: RwCore<T>, cell: number, wasUpgradable: boolean) {
    super(core);
    this.#core = core;
    this.#cell = cell;
    this.#wasUpgradable = wasUpgradable;
  }

  /** Keeps readers out. Whether it need not wait. */
  begins(): boolean {
    const { kernel, lock } = this.#core;
    this.#found = kernel.beginWrite(lock, this.#cell, 0);
    return this.#found !== 0;
  }

  tries(): boolean {
    const { kernel, lock } = this.#core;
    this.#found = kernel.isAlone(lock, this.#cell);
    return this.#found !== 0;
  }

  giveUp(): void {
    const { kernel, lock } = this.#core;
    if (this.#wasUpgradable) kernel.stepDown(lock, this.#cell, OWN_UPGRADABLE);
    else this.#core.leave(this.#cell);
  }

  result(): void {
    if (this.#found !== LOST) return;
    this.giveUp();
    throw notHeld(`the ${this.name} was taken from this call by breakLock()`);
  }
}
