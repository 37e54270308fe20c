/** OnceCell: a value that is made once, by whichever thread comes first, and read by all. */
import type { Count } from "../arc/counted.js";
import { DeadlockError, TypeMismatchError } from "../heap/errors.js";
import { brand } from "../heap/handle.js";
import { ARCS, HELD, KIND_ONCE_CELL, OWN_SETTING, SLOT_BYTES, STARVED } from "../heap/kernel/numbers.js";
import { optionsOf } from "../heap/options.js";
import { type ObjectToken, own, type ShareOptions } from "../heap/token.js";
import type { WaitOptions, WaitSyncOptions } from "../listener/listener.js";
import { Tags } from "../listener/tags.js";
import { type Codec, type ElementType, I64, U64 } from "../queue/codec.js";
import { elementType, openTyped } from "../queue/elements.js";
import { PayloadType, Room } from "../queue/payload.js";
import { Core, checkFunction, coreOf, Lock, type LockOptions, newLock, threadsWith } from "./lock.js";
import { Ask, limitsOf, timeoutOf, UNLIMITED, until, untilSync } from "./waiting.js";

/** The token of a once-cell of `T`; see {@link OnceCell.share}. */
export interface OnceCellToken<T = unknown> extends ObjectToken<"onceCell"> {
  /** The name of its value's type. */
  readonly type: string;
  /** Only for the type system: the value. */
  readonly holds?: T;
}

/** What a once-cell was at one moment; see {@link OnceCell.stats}. */
export interface OnceCellStats {
  /** Whether there was a value. */
  readonly isSet: boolean;
  /** The `threadId` of the thread that made the value just then; undefined: none did. */
  readonly maker: number | undefined;
  /** Calls that waited, on all threads. */
  readonly waiting: number;
}

const LATE = "the once-cell had no value";

/** What a handle works with. */
class CellCore<T> extends Core {
  readonly type: ElementType<T>;
  readonly #tags: Tags<T>;
  /** Where the value lies. */
  readonly #slot: number;

  constructor(count: Count, type: ElementType<T>) {
    super(count);
    this.type = type;
    this.#tags = new Tags(type, this.inside);
    this.#slot = (count.value + this.kernel.eventSize()) / SLOT_BYTES;
  }

  get isSet(): boolean {
    return this.kernel.wordAt(this.lock, 0) >>> 0 >= STARVED;
  }

  /** The value, which is there: a copy. */
  read(): T {
    const { type } = this;
    const { views } = Room.of(this.inside);
    if (type instanceof PayloadType) return type.get(Room.of(this.inside), views.f64[this.#slot] as number);
    const isBig = type.lane === I64 || type.lane === U64;
    return this.#tags.take(isBig ? (views.i64[this.#slot] as bigint) : (views.f64[this.#slot] as number), 0);
  }

  /** Sets the value, for the thread that makes it, and which has nothing to do with it afterwards. If the value is refused, it is not set. */
  fill(value: T, cell: number): void {
    const { kernel, account, lock } = this;
    const hand = this.#tags.hand();
    try {
      const slot = this.#tags.put(value, hand);
      if (typeof slot === "bigint") kernel.fillBits(lock, slot, cell);
      else kernel.fill(lock, slot, hand, cell);
    } finally {
      if (hand !== 0) account.handBack();
    }
  }

  /** Runs `make` for the thread that may make the value, by its cell; if that throws, another call may make its own. */
  sets(cell: number, make: () => T): T {
    this.begin();
    try {
      this.fill(make(), cell);
      return this.read();
    } finally {
      this.ends(cell);
    }
  }

  /** Likewise, awaited. */
  async setsLater(cell: number, make: () => T | PromiseLike<T>): Promise<T> {
    this.begin();
    try {
      this.fill(await make(), cell);
      return this.read();
    } finally {
      this.ends(cell);
    }
  }

  private ends(cell: number): void {
    const { kernel, account, lock } = this;
    if (account.isFull(cell)) kernel.letGo(lock, cell, 0);
    account.give(cell);
    this.end();
  }
}

/** A call that waits for the value, or to make it: then its result is the thread's cell for that, and else 0. */
class MakeAsk<T> extends Ask<number> {
  protected readonly late = LATE;
  readonly #core: CellCore<T>;
  readonly #cell: number;
  #isSet = false;

  constructor(core: CellCore<T>) {
    super(core);
    this.#core = core;
    this.#cell = core.account.take(OWN_SETTING);
  }

  tries(): boolean {
    const { kernel, lock } = this.#core;
    this.#isSet = this.#core.isSet;
    return this.#isSet || kernel.tryLock(lock, this.#cell, 0, OWN_SETTING) !== 0;
  }

  giveUp(): void {
    this.#core.account.give(this.#cell);
  }

  result(): number {
    if (!this.#isSet) return this.#cell;
    this.giveUp();
    return 0;
  }
}

/** A call that waits for the value, and makes none. */
class ReadAsk<T> extends Ask<T> {
  protected readonly late = LATE;
  readonly #core: CellCore<T>;

  constructor(core: CellCore<T>) {
    super(core);
    this.#core = core;
  }

  tries(): boolean {
    return this.#core.isSet;
  }

  giveUp(): void {}

  result(): T {
    return this.#core.read();
  }
}

/**
 * A value that is made once, by the first thread that needs it, and read by all: once_cell's and async-lock's `OnceCell` for JavaScript
 * threads. Reading does not use the value up: each call returns a copy.
 *
 * If making it fails, or the thread that makes it dies, the cell is empty again, and the next call makes its own.
 *
 * Each thread has a handle of its own, by `open`ing a token that another thread `share`d.
 *
 * @example
 * ```js
 * import { json, OnceCell } from "shmol";
 *
 * const config = OnceCell.create(json);
 * console.log(config.get()); // undefined
 * const load = async () => ({ retries: 3 });
 * const [one, two] = await Promise.all([config.getOrInit(load), config.getOrInit(load)]);
 * console.log(one.retries, two.retries, config.get().retries); // 3 3 3
 * console.log(config.set({ retries: 5 })); // false
 * ```
 */
export class OnceCell<T = unknown> extends Lock<CellCore<T>> {
  private constructor(core: CellCore<T>) {
    super(core, "OnceCell");
  }

  static {
    brand(OnceCell, "OnceCell");
  }

  /**
   * A new cell, without a value.
   *
   * @param type the type of the value: that of a queue's elements, but not `arc`.
   * @throws {TypeMismatchError} `type` is no such type.
   * @throws {OutOfMemoryError} nothing was taken.
   */
  static create<T>(type: Codec<T>, options?: LockOptions): OnceCell<T> {
    const known = elementType(type);
    const { heap } = optionsOf(options, ["heap"]);
    const content = Tags.contentOf(known);
    if (content === ARCS) {
      throw new TypeMismatchError(
        "a OnceCell copies its value for each reader, which Arcs are not: use bytes, or a record",
      );
    }
    const count = newLock(heap, KIND_ONCE_CELL, {
      events: 1,
      content,
      type: Tags.typeOf(known.name),
      align: undefined,
      sizeBehind: (head) => head + SLOT_BYTES,
    });
    return new OnceCell(new CellCore(count, known));
  }

  /**
   * A handle for the cell that a token, a {@link OnceCellToken}, names.
   *
   * @param type the type of the value; necessary if it is not a built-in one.
   * @throws {TokenError} the cell is gone, the token's opens are used up, it is not a once-cell's token, or its value is of another type.
   */
  static open<T>(token: OnceCellToken<T>, type?: Codec<T>): OnceCell<T> {
    const { count, type: known } = openTyped<T>(token, "onceCell", {
      name: own(token, "type"),
      passed: type,
      what: "the once-cell's values",
      tagIn: (kernel, cell) => kernel.tagType(cell),
    });
    return new OnceCell(new CellCore(count, known as ElementType<T>));
  }

  /** A copy of the value; undefined: there is none yet. Once there is one it never changes. */
  get(): T | undefined {
    const core = coreOf(this);
    return core.isSet ? core.read() : undefined;
  }

  /**
   * Sets the value.
   *
   * @returns false: there is a value, or a thread makes it just now. Nothing has changed.
   * @throws {TypeMismatchError} the value is not of the type.
   * @throws {OutOfMemoryError} nothing has changed.
   */
  set(value: T): boolean {
    const core = coreOf(this);
    const ask = new MakeAsk(core);
    if (!ask.tries()) {
      ask.giveUp();
      return false;
    }
    const cell = ask.result();
    if (cell !== 0) core.sets(cell, () => value);
    return cell !== 0;
  }

  /**
   * The value. If there is none, `f` makes it, unless another call does, on any thread: then this one waits for that. If that fails, this call
   * makes its own. In all, one `f` succeeds at most. `f` must not wait for the same cell.
   *
   * @param options limits for the wait, not for `f`.
   * @throws (by rejecting, as all of these) what `f` throws. Then there is no value.
   * @throws {TypeMismatchError} what `f` returned is not of the type.
   * @throws {TimeoutError} another call had not made it within `timeoutMs`.
   * @throws `signal.reason`: the signal was aborted, before or meanwhile.
   * @throws {DroppedError} the handle was dropped, before or meanwhile.
   * @throws {OutOfMemoryError} to wait needs a block of a few bytes, and the value may need one.
   */
  async getOrInit(f: () => T | PromiseLike<T>, options?: WaitOptions): Promise<T> {
    checkFunction(f);
    const limits = options === undefined ? UNLIMITED : limitsOf(options);
    const core = coreOf(this);
    if (core.isSet) return core.read();
    const ask = new MakeAsk(core);
    const cell = ask.tries() ? ask.result() : await until(ask, core.stake, limits);
    return cell === 0 ? core.read() : await core.setsLater(cell, f);
  }

  /**
   * Likewise, and blocks the thread while another one makes the value. Otherwise as `getOrInit`.
   *
   * @throws {DeadlockError} this thread makes the value, and could not go on while it blocks.
   * @throws {ShmolError} with code `ERR_SHMOL_MAY_NOT_BLOCK`: another thread makes the value, and this thread may not block.
   */
  getOrInitSync(f: () => T, options?: WaitSyncOptions): T {
    checkFunction(f);
    const timeoutMs = options === undefined ? Number.POSITIVE_INFINITY : timeoutOf(options);
    const core = coreOf(this);
    if (core.isSet) return core.read();
    checkDeadlock(core, "getOrInitSync");
    const ask = new MakeAsk(core);
    const cell = ask.tries() ? ask.result() : untilSync(ask, core.stake, timeoutMs);
    return cell === 0 ? core.read() : core.sets(cell, f);
  }

  /**
   * Waits until there is a value, and makes none.
   *
   * @throws (by rejecting) what `getOrInit` throws of waiting.
   */
  wait(options?: WaitOptions): Promise<T> {
    try {
      const limits = options === undefined ? UNLIMITED : limitsOf(options);
      const core = coreOf(this);
      return core.isSet ? Promise.resolve(core.read()) : until(new ReadAsk(core), core.stake, limits);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Likewise, blocking.
   *
   * @throws {DeadlockError} this thread makes the value, and could not go on while it blocks.
   */
  waitSync(options?: WaitSyncOptions): T {
    const timeoutMs = options === undefined ? Number.POSITIVE_INFINITY : timeoutOf(options);
    const core = coreOf(this);
    if (core.isSet) return core.read();
    checkDeadlock(core, "waitSync");
    return untilSync(new ReadAsk(core), core.stake, timeoutMs);
  }

  /** What the cell is at the moment: for people, and for tests. Others may change it at any time. */
  stats(): OnceCellStats {
    const core = coreOf(this);
    const { kernel, lock, isSet } = core;
    const [maker] = (kernel.wordAt(lock, 0) & HELD) === 0 ? [] : threadsWith(core, OWN_SETTING);
    return { isSet, maker, waiting: kernel.listenerCount(lock) >>> 0 };
  }

  /** A token, a {@link OnceCellToken}, with which other threads open this cell. */
  share(options?: ShareOptions): OnceCellToken<T> {
    const { stake, type } = coreOf(this);
    return { ...stake.count.share("onceCell", options), type: type.name };
  }

  /** @internal */
  protected override describe(isDropped: boolean): Record<string, unknown> {
    return isDropped ? {} : { type: coreOf(this).type.name, ...this.stats() };
  }
}

/** A call of this thread that blocks would wait for a value that this thread makes. */
function checkDeadlock(core: Core, what: string): void {
  if (!core.owns(OWN_SETTING)) return;
  throw new DeadlockError(
    `this thread makes the value of the once-cell: ${what} would wait for ever. await the other form`,
  );
}
