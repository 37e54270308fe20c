/**
 * What all locks have in common: a count of an object that begins with an event, calls that wait there, and cells that say what the
 * thread has of it.
 *
 *   Mutex, ... -> Core -> Stake -> Count -> the lock's object: events with their words, content
 *   guards ---------^
 *
 * A guard keeps the core, and so the lock: the count goes back when the handle was dropped and the last guard has given up what it has.
 */
import { Count, dropped } from "../arc/counted.js";
import type { Account } from "../heap/account.js";
import { type Backed, backstop } from "../heap/backstop.js";
import { ShmolError, TypeMismatchError } from "../heap/errors.js";
import { notByNew, refuseCloning } from "../heap/handle.js";
import { checkHeap, Heap, type HeapInternals, internals } from "../heap/heap.js";
import type { Kernel } from "../heap/instance.js";
import { INLINE } from "../heap/kernel/numbers.js";
import { describe, KIND_NAMES, MIN_ALIGNMENT } from "../heap/token.js";
import { Stake } from "../listener/stake.js";
import type { Wait } from "../listener/wait.js";

/** What makes a lock; see {@link Mutex.create}. */
export interface LockOptions {
  /** The heap to take its memory from; by default `Heap.default()`. */
  heap?: Heap;
}

/** A kind of lock, as tokens name it. */
export type LockKind = "mutex" | "semaphore" | "rwLock" | "barrier" | "onceCell";

/** What a handle and its guards work with. */
export class Core implements Backed {
  readonly stake: Stake<void>;
  readonly inside: HeapInternals;
  readonly kernel: Kernel;
  readonly account: Account;
  /** The kernel's pointer to the lock. */
  readonly lock: number;
  /** What errors call the lock. */
  readonly name: LockKind;
  /** Calls of the handle that wait. */
  readonly waits = new Set<Wait<unknown>>();
  isDropped = false;
  backing: object | undefined;
  /** Guards that have something of it. */
  #guards = 0;

  constructor(count: Count) {
    const { internals } = count;
    this.stake = new Stake<void>(count, undefined);
    this.inside = internals;
    this.kernel = internals.kernel;
    this.account = internals.account;
    this.lock = this.stake.event;
    this.name = KIND_NAMES[internals.kernel.kindOf(count.control)] as LockKind;
  }

  /** Whether this thread has something of that kind of the lock. */
  owns(kind: number): boolean {
    return this.account.owns(this.lock, kind, breaksOf(this));
  }

  /** A guard has something of the lock. */
  begin(): void {
    this.#guards++;
  }

  /** And has it no more. */
  end(): void {
    if (--this.#guards === 0 && this.isDropped) this.close();
  }

  /** The handle is gone. The last guard ends the rest. */
  drop(): void {
    this.isDropped = true;
    if (this.#guards === 0) this.close();
  }

  /** The handle was collected, and nobody has dropped it. */
  collected(): void {
    if (this.stake.count.viewed) this.inside.noteLeak();
    else this.drop();
  }

  /** Nobody on this thread needs the lock any more. */
  protected close(): void {
    this.stake.drop();
  }
}

// A door for the rest of this component.
/** What a handle works with; throws for one that was dropped. */
export let coreOf: <C extends Core>(lock: Lock<C>) => C;

/** What all locks have: {@link Mutex}. */
export abstract class Lock<C = unknown> implements Disposable {
  readonly #core: C & Core;

  /**
   * For `create` and `open`.
   *
   * @internal
   */
  protected constructor(core: C, name: string) {
    if (!(core instanceof Core)) throw notByNew(name, `${name}.create(...) or ${name}.open(token)`);
    this.#core = core;
    core.stake.count.backs(this, core);
    refuseCloning(this);
  }

  static {
    coreOf = (lock) => lock.#held();
  }

  /** The heap that it lies in. */
  get heap(): Heap {
    return this.#held().inside.heap;
  }

  /**
   * Gives this handle up. Calls of it that wait are rejected with a `DroppedError`. Guards keep what they have. A second `drop()` does
   * nothing. From then on any other use throws `DroppedError`.
   */
  drop(): void {
    const core = this.#core;
    if (core.isDropped) return;
    for (const wait of core.waits) wait.drop();
    core.drop();
    backstop.remove(core);
  }

  /** `drop()`, at the end of the block that a `using` declaration stands in. */
  [Symbol.dispose](): void {
    this.drop();
  }

  /** What inspectors and loggers show of it. */
  toJSON(): Record<string, unknown> {
    const { isDropped } = this.#core;
    return { ...this.describe(isDropped), dropped: isDropped };
  }

  /**
   * What inspectors show of it besides.
   *
   * @internal
   */
  protected abstract describe(isDropped: boolean): Record<string, unknown>;

  #held(): C & Core {
    return this.#core.isDropped ? dropped(this.#core.name) : this.#core;
  }
}

/** What there is to say of a new lock. */
interface NewLock {
  /** How many events it begins with. */
  readonly events: number;
  /** What lies in its slot, if it has one, for the kernel to give back. */
  readonly content?: number;
  /** What the kernel keeps with it: a type's name in 32 bits, or a number. */
  readonly type: number;
  /** Its least alignment; undefined: the heap's. */
  readonly align: number | undefined;
  /** Its size, by that of its events and its alignment; by default that of its events. */
  sizeBehind?(head: number, align: number): number;
}

/** A count of a new lock. */
export function newLock(
  heap: Heap | undefined,
  kind: number,
  { events, content = INLINE, type, align, sizeBehind = (head) => head }: NewLock,
): Count {
  const home = heap ?? Heap.default();
  checkHeap(home);
  const inside = internals(home);
  const { kernel } = inside;
  const aligned = Math.max(align ?? MIN_ALIGNMENT, home.alignment);
  const one = kernel.eventSize();
  const count = Count.create(inside, kind, sizeBehind(events * one, aligned), aligned);
  for (let i = 0; i < events; i++) kernel.constructEvent(count.value + i * one, content, type, 0, i * one);
  return count;
}

/** How often a mutex or a readers-writer lock was broken. */
const breaksOf = ({ kernel, lock }: Core) => kernel.wordAt(lock, 4) >>> 16;

/** The error for a guard that has nothing any more. */
export function notHeld(message: string): ShmolError {
  return new ShmolError("NOT_HELD", message);
}

export function checkFunction(f: unknown): asserts f is (...args: never[]) => unknown {
  if (typeof f !== "function") throw new TypeMismatchError(`f must be a function: ${describe(f)}`);
}

/** The threads that have something of that kind of a lock, by their `threadId`s: a moment's answer. */
export function threadsWith(core: Core, ...kinds: number[]): number[] {
  const { kernel, lock } = core;
  const found: number[] = [];
  const breaks = breaksOf(core);
  for (let i = 0; i < kernel.threadLimit(); i++) {
    const entry = kernel.entryAt(i);
    if (kinds.some((kind) => kernel.holds(entry, kind, lock, breaks) !== 0)) found.push(kernel.threadOf(entry));
  }
  return found;
}
