/**
 * The errors of shmol. Each is thrown before shared state changes, and names the numbers that were wrong.
 */

/** Under this key each class of errors says which one it is, to whichever copy of the package. */
const BRAND = Symbol.for("shmol.error");

/** Gives a class of errors its name, as a text, which survives minifiers; and has `instanceof` find those of other copies. */
function brand(Class: { readonly prototype: Error }, name: string): void {
  for (const key of ["name", BRAND]) {
    Object.defineProperty(Class.prototype, key, { value: name, writable: true, configurable: true });
  }
  Object.defineProperty(Class, Symbol.hasInstance, { value: isOfClass });
}

/** Whether it is an error of this class, or of the class of that name of another copy of this package. */
function isOfClass(this: { readonly prototype: object }, value: unknown): boolean {
  if (Function.prototype[Symbol.hasInstance].call(this, value)) return true;
  const name = brandOf(this.prototype);
  // A class of the user's own has no brand.
  if (name === undefined || typeof value !== "object") return false;
  for (let one: object | null = value; one !== null; one = Object.getPrototypeOf(one)) {
    if (brandOf(one) === name) return true;
  }
  return false;
}

function brandOf(prototype: object): unknown {
  return Object.getOwnPropertyDescriptor(prototype, BRAND)?.value;
}

/**
 * The base of all errors of shmol. Programs read the `code`, and people the message. `instanceof` also recognises errors of other
 * copies of this package.
 *
 * @example
 * ```js
 * import { ConcurrentQueue, i32, ShmolError } from "shmol";
 *
 * const queue = ConcurrentQueue.unbounded(i32);
 * queue.close();
 * try {
 *   queue.push(1);
 * } catch (error) {
 *   if (!(error instanceof ShmolError)) throw error;
 *   console.log(error.name, error.code); // ClosedError ERR_SHMOL_CLOSED
 * }
 * ```
 */
export class ShmolError extends Error {
  /** A stable name. */
  readonly code: `ERR_SHMOL_${string}`;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = `ERR_SHMOL_${code}`;
  }

  static {
    brand(ShmolError, "ShmolError");
  }
}

/**
 * A structure was closed: something was to be put into it, and is still the caller's; or to be received from a channel that is
 * empty as well, for ever.
 *
 * @see {@link ShmolError}
 */
export class ClosedError extends ShmolError {
  declare readonly code: "ERR_SHMOL_CLOSED";

  constructor(message: string) {
    super("CLOSED", message);
  }

  static {
    brand(ClosedError, "ClosedError");
  }
}

/**
 * The heap has no block of that size left. Nothing was claimed: the same call may succeed after others have freed.
 *
 * @example
 * ```js
 * import { Heap, OutOfMemoryError } from "shmol";
 *
 * const heap = Heap.create({ capacity: 1024 * 1024 });
 * const blocks = [];
 * try {
 *   for (;;) blocks.push(heap.alloc(64 * 1024));
 * } catch (error) {
 *   if (!(error instanceof OutOfMemoryError)) throw error;
 * }
 * heap.free(blocks.pop());
 * heap.alloc(64 * 1024); // there is room again
 * console.log(heap.stats().used); // 983040
 * ```
 */
export class OutOfMemoryError extends ShmolError {
  declare readonly code: "ERR_SHMOL_OUT_OF_MEMORY";

  constructor(message: string, options?: ErrorOptions) {
    super("OUT_OF_MEMORY", message, options);
  }

  static {
    brand(OutOfMemoryError, "OutOfMemoryError");
  }
}

/**
 * A handle was used after its `drop()`.
 *
 * @example
 * ```js
 * import { Arc } from "shmol";
 *
 * const arc = Arc.create(16);
 * arc.drop();
 * try {
 *   arc.bytes();
 * } catch (error) {
 *   console.log(error.message); // this Arc was dropped
 * }
 * ```
 */
export class DroppedError extends ShmolError {
  declare readonly code: "ERR_SHMOL_DROPPED";

  constructor(what: string) {
    super("DROPPED", `this ${what} was dropped`);
  }

  static {
    brand(DroppedError, "DroppedError");
  }
}

/**
 * An alignment that is not one, or that a view's element type does not fit.
 *
 * @example
 * ```js
 * import { Arc } from "shmol";
 *
 * try {
 *   Arc.create(16, { align: 24 });
 * } catch (error) {
 *   console.log(error.message); // align must be a power of two from 16 to 4096: 24
 * }
 * ```
 */
export class AlignmentError extends ShmolError {
  declare readonly code: "ERR_SHMOL_ALIGNMENT";

  constructor(message: string) {
    super("ALIGNMENT", message);
  }

  static {
    brand(AlignmentError, "AlignmentError");
  }
}

/**
 * A token that is malformed, of another kind, of a heap that is not open here, used up, or whose object is gone.
 *
 * @example
 * ```js
 * import { Arc, ConcurrentQueue } from "shmol";
 *
 * try {
 *   ConcurrentQueue.open(Arc.create(16).share());
 * } catch (error) {
 *   console.log(error.message); // token is of kind "arc", expected "queue": Arc.open opens it
 * }
 * ```
 */
export class TokenError extends ShmolError {
  declare readonly code: "ERR_SHMOL_TOKEN";

  constructor(message: string) {
    super("TOKEN", message);
  }

  static {
    brand(TokenError, "TokenError");
  }
}

/**
 * A value or an argument is not of the type, or not in the range, that its place takes. A number out of range is one of these and
 * no `RangeError`: a type here is a set of values, such as the integers from -2^31 up to 2^31 - 1, so one class and one `code`
 * stand for every value that does not belong there.
 *
 * @example
 * ```js
 * import { ConcurrentQueue, i32 } from "shmol";
 *
 * try {
 *   ConcurrentQueue.unbounded(i32).push(2 ** 31);
 * } catch (error) {
 *   console.log(error.message); // i32 value out of range: 2147483648
 * }
 * ```
 */
export class TypeMismatchError extends ShmolError {
  declare readonly code: "ERR_SHMOL_TYPE_MISMATCH";

  constructor(message: string, options?: ErrorOptions) {
    super("TYPE_MISMATCH", message, options);
  }

  static {
    brand(TypeMismatchError, "TypeMismatchError");
  }
}

/**
 * Some of the messages that were to be sent together were sent, and then something went wrong.
 *
 * @example
 * ```js
 * import { channel, utf8 } from "shmol";
 *
 * const { sender, receiver } = channel(utf8, { capacity: 2 });
 * try {
 *   await sender.sendMany(["one", "two", "three"], { timeoutMs: 10 });
 * } catch (error) {
 *   console.log(error.sent, error.cause.code); // 2 ERR_SHMOL_TIMEOUT
 * }
 * sender.drop();
 * receiver.drop();
 * ```
 */
export class PartialSendError extends ShmolError {
  declare readonly code: "ERR_SHMOL_PARTIAL_SEND";
  /** How many were sent, from the first one on. */
  readonly sent: number;
  /** The error that a `send` of the next message would have thrown: a `ClosedError`, a `TimeoutError`, a signal's reason. */
  declare readonly cause: unknown;

  constructor(sent: number, total: number, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super("PARTIAL_SEND", `${sent} of ${total} messages were sent: ${why}`, { cause });
    this.sent = sent;
  }

  static {
    brand(PartialSendError, "PartialSendError");
  }
}

/**
 * A wait took longer than its time-out.
 *
 * @example
 * ```js
 * import { SharedEvent, TimeoutError } from "shmol";
 *
 * const event = SharedEvent.create();
 * try {
 *   event.listen().waitSync({ timeoutMs: 10 });
 * } catch (error) {
 *   console.log(error instanceof TimeoutError, event.totalListeners); // true 0
 * }
 * ```
 */
export class TimeoutError extends ShmolError {
  declare readonly code: "ERR_SHMOL_TIMEOUT";

  constructor(message: string) {
    super("TIMEOUT", message);
  }

  static {
    brand(TimeoutError, "TimeoutError");
  }
}

/**
 * A thread died while it held the lock: what the lock protects may be half done. All the same the lock was taken, and `guard` has it, to look and
 * repair.
 *
 * @see {@link Mutex}
 */
export class PoisonedError<Guard = unknown> extends ShmolError {
  declare readonly code: "ERR_SHMOL_POISONED";
  /** What the call would have returned. If this guard is forgotten, it unlocks when it is collected, whenever that is. */
  readonly guard: Guard;

  constructor(message: string, guard: Guard) {
    super("POISONED", message);
    this.guard = guard;
  }

  static {
    brand(PoisonedError, "PoisonedError");
  }
}

/**
 * The call would wait for ever: the thread asks for a lock that it has itself.
 *
 * @see {@link Mutex}
 */
export class DeadlockError extends ShmolError {
  declare readonly code: "ERR_SHMOL_DEADLOCK";

  constructor(message: string) {
    super("DEADLOCK", message);
  }

  static {
    brand(DeadlockError, "DeadlockError");
  }
}

/**
 * A pointer is not the start of a block, or a block was freed twice. The call would have corrupted the heap, and was refused.
 *
 * @example
 * ```js
 * import { Heap } from "shmol";
 *
 * const heap = Heap.create();
 * const block = heap.alloc(64);
 * heap.free(block);
 * try {
 *   heap.free(block);
 * } catch (error) {
 *   console.log(error.message.replace(block, "...")); // block ... was freed already
 * }
 * ```
 */
export class CorruptionError extends ShmolError {
  declare readonly code: "ERR_SHMOL_CORRUPTION";

  constructor(message: string) {
    super("CORRUPTION", message);
  }

  static {
    brand(CorruptionError, "CorruptionError");
  }
}
