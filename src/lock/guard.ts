/** Guards: how the holder of a lock reaches what the lock protects, until it unlocks. */
import type { TypedArray, TypedArrayConstructor } from "../arc/arc.js";
import { type Backed, backstop } from "../heap/backstop.js";
import { TypeMismatchError } from "../heap/errors.js";
import { notByNew, refuseCloning } from "../heap/handle.js";
import { POISONED } from "../heap/kernel/numbers.js";
import { AnyTypedArray, describe } from "../heap/token.js";
import type { Lease } from "../queue/codecs/record/view.js";
import { Room } from "../queue/payload.js";
import type { ContentCore } from "./content.js";
import { notHeld } from "./lock.js";

/** What a guard has of a lock. */
export interface Hold<T> extends Backed {
  readonly core: ContentCore<T>;
  /** Where it stands that the guard's thread has it. */
  readonly cell: number;
  /** Whether the guard may write. */
  readonly writes: boolean;
  /** Gives it back. False: somebody else has taken it from the guard. */
  giveBack(): boolean;
}

/** What the guards of all locks have: {@link MutexGuard}. */
export abstract class Guard<T = undefined> implements Disposable {
  /** Undefined once unlocked. */
  #hold: Hold<T> | undefined;
  #lease: Lease | undefined;

  /**
   * For the lock that was taken.
   *
   * @internal
   */
  protected constructor(hold: Hold<T>, name: string) {
    if (!(typeof hold?.giveBack === "function")) throw notByNew(name, "a lock's methods");
    this.attach(hold);
    refuseCloning(this);
  }

  /**
   * What the lock protects: a number as it is now; a record whose properties read and write the shared memory; all bytes, as a view
   * of the shared memory; undefined if the lock protects nothing. A record's properties throw once the guard has unlocked. A view of
   * bytes cannot do that: do not use it afterwards.
   *
   * An assignment writes all of it. A value that is not of the type is refused before anything is written.
   *
   * @throws {ShmolError} with code `ERR_SHMOL_NOT_HELD`: the guard has unlocked.
   * @throws {TypeMismatchError} (on assignment) the value is not of the type.
   *
   * @example
   * ```js
   * import { f64, Mutex } from "shmol";
   *
   * const balance = Mutex.create(f64);
   * balance.withLockSync((guard) => {
   *   guard.value += 100;
   * });
   * console.log(balance.lockSync().value); // 100
   * ```
   */
  get value(): T {
    const hold = this.#held();
    const { core } = hold;
    if (core.content.isBytes) core.stake.count.viewed = true;
    return core.content.read(core, () => this.#leased(hold));
  }

  /** Writes all of it at once. What is refused is refused before anything is written. */
  set value(value: T) {
    const { core } = this.#held();
    core.content.write(core, value);
  }

  /**
   * The bytes that the lock protects, as elements of another type, such as `Float64Array`. Do not use them once the guard has unlocked.
   *
   * @throws {TypeMismatchError} the lock protects no bytes; or they are no multiple of the element's size.
   *
   * @example
   * ```js
   * import { Mutex } from "shmol";
   *
   * const mutex = Mutex.create(4 * Float64Array.BYTES_PER_ELEMENT, { align: 64 });
   * mutex.withLockSync((guard) => guard.view(Float64Array).fill(0.5));
   * console.log(mutex.lockSync().view(Float64Array).join(" ")); // 0.5 0.5 0.5 0.5
   * ```
   */
  view<V extends TypedArray>(type: TypedArrayConstructor<V>): V {
    const { core } = this.#held();
    if (typeof type !== "function" || Object.getPrototypeOf(type) !== AnyTypedArray) {
      throw new TypeMismatchError(`not a typed array's constructor: ${describe(type)}`);
    }
    const element = type.BYTES_PER_ELEMENT;
    if (!core.content.isBytes || core.size % element !== 0) {
      const what = core.content.isBytes ? `${core.size} bytes` : (core.content.name ?? "nothing");
      throw new TypeMismatchError(`this lock protects ${what}, which are no elements of a ${type.name}`);
    }
    core.stake.count.viewed = true;
    return new type(core.inside.heap.buffer, core.at, core.size / element);
  }

  /** Whether this guard has not unlocked. Once false, false for ever. */
  get isHeld(): boolean {
    return this.#hold !== undefined;
  }

  /** Whether a thread has died that could write, and nobody has cleared that. */
  get isPoisoned(): boolean {
    const { core } = this.#held();
    return (core.kernel.wordAt(core.lock, 0) & POISONED) !== 0;
  }

  /** Takes the poison out: what the lock protects is as it should be. */
  clearPoison(): void {
    const { core, cell } = this.#held();
    core.kernel.absolve(core.lock, cell);
  }

  /**
   * Gives the lock back, and wakes those that may have it next.
   *
   * @throws {ShmolError} with code `ERR_SHMOL_NOT_HELD`: the guard has unlocked before; or the lock was taken from it by
   * `breakLock`, and what it protects may have been another thread's since.
   */
  unlock(): void {
    const hold = this.detach();
    if (!hold.giveBack()) throw notHeld(`the ${hold.core.name} was taken from this guard by breakLock()`);
  }

  /**
   * For what the guard is exchanged for: from here on it has nothing.
   *
   * @internal
   */
  protected detach(): Hold<T> {
    const hold = this.#held();
    this.#hold = undefined;
    if (this.#lease !== undefined) this.#lease.ended = true;
    this.#lease = undefined;
    backstop.remove(hold);
    return hold;
  }

  /**
   * It was not exchanged after all.
   *
   * @internal
   */
  protected attach(hold: Hold<T>): void {
    this.#hold = hold;
    backstop.add(this, hold);
  }

  /** Gives the lock back unless that was done: at the end of the block that a `using` declaration stands in. */
  [Symbol.dispose](): void {
    if (this.#hold !== undefined) this.unlock();
  }

  /** What inspectors and loggers show of it. */
  toJSON(): Record<string, unknown> {
    return this.#hold === undefined ? { held: false } : { value: this.value, held: true };
  }

  #held(): Hold<T> {
    if (this.#hold === undefined) throw notHeld("this guard has unlocked");
    return this.#hold;
  }

  #leased({ core, writes }: Hold<T>): Lease {
    const { inside, at, size } = core;
    this.#lease ??= { views: Room.of(inside).views, start: at, size, writes, ended: false, over };
    return this.#lease;
  }
}

/** Calls `f`, and has the guard unlock when what `f` returns has settled. */
export async function within<G extends Disposable, R>(guard: G, f: (guard: G) => R | PromiseLike<R>): Promise<R> {
  try {
    return await f(guard);
  } finally {
    guard[Symbol.dispose]();
  }
}

/** Calls `f`, and has the guard unlock. */
export function withinSync<G extends Disposable, R>(guard: G, f: (guard: G) => R): R {
  try {
    return f(guard);
  } finally {
    guard[Symbol.dispose]();
  }
}

/** A record is used after its guard has unlocked. */
function over(): never {
  throw notHeld("the guard of this record has unlocked");
}
