/**
 * What every handle stands on: one count of a counted object, owned by one host object.
 *
 *   handle (Arc, ConcurrentQueue, ...)    -> Count     -> control block
 *   weak handle (Weak, WeakEnd)           -> WeakCount -> control block
 *
 * The handle may be dropped by its user, or be forgotten and collected; either way the count goes back once.
 */
import { type Backed, backstop } from "../heap/backstop.js";
import { CorruptionError, DroppedError, OutOfMemoryError, TokenError, TypeMismatchError } from "../heap/errors.js";
import { type HeapInternals, heapOfToken, internals } from "../heap/heap.js";
import type { Kernel } from "../heap/instance.js";
import {
  CONTROL_BYTES,
  MAX_COUNT,
  OK,
  OVERFLOW,
  OWN_MAKING,
  OWN_STRONG,
  OWN_WEAK,
  STALE,
} from "../heap/kernel/numbers.js";
import type { Holding } from "../heap/leaks.js";
import { optionsOf } from "../heap/options.js";
import { revokeAfter } from "../heap/tickets.js";
import {
  checkInteger,
  checkTimeout,
  describe,
  KIND_NAMES,
  KINDS,
  type ObjectToken,
  readObjectToken,
  type ShareOptions,
  type TokenKind,
} from "../heap/token.js";

/** One strong count. */
export class Count implements Backed {
  /** The heap's, also when its own handle was dropped. */
  readonly internals: HeapInternals;
  /** The control block, as the kernel takes it. */
  readonly control: number;
  /** The cell of this thread that owns the count. */
  readonly cell: number;
  /** Whether a view of the object's memory was given out. */
  viewed = false;
  backing: object | undefined;
  #held = true;
  /** In a checked heap: what its tracker lists for this count, and the generation of the object. */
  readonly #holding: Holding | undefined;
  readonly #generation: number = 0;

  constructor(internals: HeapInternals, control: number, cell: number) {
    this.internals = internals;
    this.control = control | 0;
    this.cell = cell;
    const { checked } = internals;
    if (checked === undefined) return;
    const { kernel, tracker } = checked;
    this.#generation = kernel.generationOf(control);
    this.#holding = tracker.taken(KIND_NAMES[kernel.kindOf(control)] ?? "arc", {
      control: control >>> 0,
      ptr: this.value,
      size: kernel.sizeOf(control) >>> 0,
      align: kernel.alignOf(control),
    });
  }

  /** The value's offset. */
  get value(): number {
    return this.internals.kernel.valueOf(this.control) >>> 0;
  }

  /** This count; in a checked heap only if the object that it was taken of is still there. */
  verified(): this {
    this.internals.checked?.kernel.verifyGeneration(this.control, this.#generation);
    return this;
  }

  /**
   * Has `held`, by default the count itself, given back when `handle` is collected without having been dropped. Before, a call that
   * is cut short has its count returned by a later one.
   */
  backs(handle: object, held: Backed = this): void {
    const { account } = this.internals;
    backstop.add(handle, held);
    // Nothing in between where the call could be cut short: no other call.
    if (account.loose === this.cell) account.loose = 0;
  }

  /** Whether it was not given up. */
  get held(): boolean {
    return this.#held;
  }

  /** Gives the count up; the last one takes the object apart. Once. True: it was the last one. */
  release(): boolean {
    if (!this.#held) return false;
    const { kernel, account } = this.internals;
    try {
      this.verified();
    } catch (error) {
      if (error instanceof CorruptionError) this.forget();
      throw error;
    }
    account.loosen(this.cell);
    // Nothing in between where the call could be cut short: no other call.
    this.#held = false;
    this.#unlist();
    const isLast = kernel.release(this.control, this.cell) !== 0;
    if (isLast) kernel.dispose(this.control, this.cell);
    account.give(this.cell);
    return isLast;
  }

  /**
   * Lets go of the count without giving it up: it is the caller's from now on, in its cell. False if it was let go of before.
   */
  forget(): boolean {
    if (!this.#held) return false;
    this.#held = false;
    this.#unlist();
    return true;
  }

  #unlist(): void {
    backstop.remove(this);
    if (this.#holding !== undefined) this.internals.checked?.tracker.givenBack(this.#holding);
  }

  /** One more strong count of the same object. */
  clone(): Count {
    return Count.of(this.verified().internals, this.control);
  }

  /** A strong count of an object that the caller knows to be alive. */
  static of(internals: HeapInternals, control: number): Count {
    const { kernel, account } = internals;
    const cell = account.begin(OWN_STRONG);
    if (kernel.retain(control, 1, cell) !== OK) {
      account.give(cell);
      throw tooMany();
    }
    return new Count(internals, control, cell);
  }

  /**
   * The first count of a new object, whose value is zeroed. With `init` the object has no strong count until that has returned;
   * if it throws, the object is freed.
   *
   * @throws {OutOfMemoryError} nothing was taken.
   */
  static create(
    internals: HeapInternals,
    kind: number,
    size: number,
    align: number,
    init?: (control: number) => void,
  ): Count {
    const { kernel, account, exhausted } = internals;
    // `init` is code of users.
    const cell = init === undefined ? account.begin(OWN_STRONG) : account.lend(OWN_MAKING);
    const control = kernel.create(size, align, kind, init === undefined ? 1 : 0, cell);
    if (control === 0) {
      if (init === undefined) account.give(cell);
      else account.endLoan(cell);
      throw exhausted(size);
    }
    if (init !== undefined) {
      try {
        init(control);
      } catch (error) {
        kernel.abandon(control, cell);
        account.endLoan(cell);
        throw error;
      }
      account.takeBack(cell);
      kernel.publish(control, cell);
    }
    return new Count(internals, control, cell);
  }

  /** A token of this object; see `ShareOptions`. */
  share<K extends TokenKind>(kind: K, options?: ShareOptions): ObjectToken<K> {
    const inside = this.verified().internals;
    const { heap, kernel, account, checked } = inside;
    const { opens, light = false, timeoutMs } = optionsOf(options, ["opens", "timeoutMs", "light"]);
    checkTimeout(timeoutMs);
    if (typeof light !== "boolean") throw new TypeMismatchError(`light must be true or false: ${describe(light)}`);
    if (timeoutMs !== undefined && opens === undefined) {
      throw new TypeMismatchError(
        `timeoutMs is for opens, and there are none: ${describe(timeoutMs)}. Use share({ opens, timeoutMs })`,
      );
    }
    let made: ReturnType<typeof account.newTicket>;
    let ticket: ObjectToken["ticket"];
    if (opens !== undefined) {
      checkInteger(opens, "opens", 1, MAX_COUNT);
      // One for the ticket, and one for what is taken back of it.
      if (timeoutMs !== undefined) account.reserve(2);
      made = account.newTicket(this.control, opens);
      if (made === undefined) throw kernel.ticketRefusal() === OVERFLOW ? tooMany() : inside.exhausted(CONTROL_BYTES);
      ticket = { control: made.control, generation: made.generation };
      checked?.tracker.takenControl("ticket", ticket.control, ticket.generation);
      if (timeoutMs !== undefined) revokeAfter(inside, ticket, timeoutMs);
    }
    kernel.share(this.control);
    const token = {
      shmol: kind,
      heap: heap.id,
      ...(light ? {} : { memory: heap.memory }),
      control: this.control >>> 0,
      generation: kernel.generationOf(this.control) >>> 0,
      ...(ticket ? { ticket } : {}),
    };
    // Not before: a call that is cut short has the ticket given back.
    if (made !== undefined) account.keepTicket(made);
    return token;
  }

  /**
   * Its handle was collected, and nobody has dropped it. If the handle gave out a view of the memory, the count is not given back, but
   * noted as leaked: the view may live on, and memory that is freed under a view is the very fault this project began with.
   */
  collected(): void {
    if (this.viewed) this.internals.noteLeak();
    else this.release();
  }

  /**
   * Takes a strong count by a token. `check` may look at the value and throw, before anything is taken. If the count can be taken
   * afterwards, the object was alive during the check.
   */
  static open(given: ObjectToken, kind: TokenKind, check?: (kernel: Kernel, value: number) => void): Count {
    const token = readObjectToken(given, kind);
    const inside = internals(heapOfToken(token.heap, given));
    const { kernel, account } = inside;
    const { control, generation, ticket } = token;
    const found = kernel.kindIfLive(control, generation);
    if (found === 0) throw gone(token);
    if (found !== KINDS[kind]) throw new TokenError(`the token says ${kind} ${control}, which is of kind ${found}`);
    try {
      check?.(kernel, kernel.valueOf(control));
    } catch (error) {
      // If the object is gone, `check` may have looked at another one.
      if (kernel.kindIfLive(control, generation) !== 0) throw error;
    }
    const cell = account.begin(OWN_STRONG);
    if (ticket !== undefined) {
      if (kernel.openTicket(ticket.control, ticket.generation, control, cell) === 0) {
        account.give(cell);
        throw new TokenError(
          `all opens that the token of ${kind} ${control} was shared with were taken or given back: share({ opens: n }) is for n calls of open`,
        );
      }
    } else {
      const status = kernel.open(control, generation, cell);
      if (status !== OK) {
        account.give(cell);
        throw status === OVERFLOW ? tooMany() : gone(token);
      }
    }
    return new Count(inside, control, cell);
  }
}

/** One weak count, behind a handle that keeps nothing but the control block. */
export class WeakCount implements Backed {
  /** The heap's, also when its own handle was dropped. */
  readonly internals: HeapInternals;
  /** The control block, as the kernel takes it. */
  readonly control: number;
  backing: object | undefined;
  readonly #cell: number;
  #held = true;
  readonly #holding: Holding | undefined;

  private constructor(internals: HeapInternals, control: number, cell: number) {
    this.internals = internals;
    this.control = control | 0;
    this.#cell = cell;
    this.#holding = internals.checked?.tracker.takenControl("weak", control >>> 0);
  }

  /** A weak count of an object of which the caller has a count, strong or weak. */
  static of(internals: HeapInternals, control: number): WeakCount {
    const { kernel, account } = internals;
    const cell = account.begin(OWN_WEAK);
    if (kernel.downgrade(control, cell) === OK) return new WeakCount(internals, control, cell);
    account.give(cell);
    throw tooMany();
  }

  /** A strong count of the same object; undefined when the last one is gone. Never raises a count from zero. */
  upgrade(): Count | undefined {
    const { kernel, account } = this.internals;
    const cell = account.begin(OWN_STRONG);
    const status = kernel.upgrade(this.control, cell);
    if (status === OK) return new Count(this.internals, this.control, cell);
    account.give(cell);
    if (status === STALE) return undefined;
    throw tooMany();
  }

  /** Releases the count when `handle` is collected without having been dropped. */
  backs(handle: object): void {
    const { account } = this.internals;
    backstop.add(handle, this);
    // As `Count.backs` does it.
    account.loose = 0;
  }

  collected(): void {
    this.release();
  }

  /** Gives the count up. Once. */
  release(): void {
    if (!this.#held) return;
    const { kernel, account, checked } = this.internals;
    account.loosen(this.#cell);
    // Nothing in between where the call could be cut short: no other call.
    this.#held = false;
    backstop.remove(this);
    if (this.#holding !== undefined) checked?.tracker.givenBack(this.#holding);
    kernel.releaseWeak(this.control, this.#cell);
    account.give(this.#cell);
  }
}

/** The error for a token whose object is gone. */
function gone({ shmol, control, generation, ticket }: ObjectToken): TokenError {
  const remedy = ticket === undefined ? "; share({ opens: 1 }) would have kept it for one open" : "";
  return new TokenError(
    `the ${shmol} of this token is gone: control block ${control}, generation ${generation}${remedy}`,
  );
}

/** The error for a count that is at its limit. */
function tooMany(): OutOfMemoryError {
  return new OutOfMemoryError(`a count cannot pass ${MAX_COUNT}`);
}

/** Throws the error for a handle that is used after its `drop()`. */
export function dropped(what: string): never {
  throw new DroppedError(what);
}
