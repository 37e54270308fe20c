/**
 * The errors of shmol. Each is thrown before shared state changes, and names the numbers that were wrong.
 */

/**
 * What all errors of shmol have in common: `code`, for programs; the message is for people.
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
  /** A stable name, `ERR_SHMOL_...`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = `ERR_SHMOL_${code}`;
    this.name = new.target.name;
  }
}

/**
 * A structure was closed: something was to be put into it, and is still the caller's; or to be received from a channel that is
 * empty as well, for ever.
 *
 * @see {@link ShmolError}
 */
export class ClosedError extends ShmolError {
  constructor(message: string) {
    super("CLOSED", message);
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
  constructor(message: string, options?: ErrorOptions) {
    super("OUT_OF_MEMORY", message, options);
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
  constructor(what: string) {
    super("DROPPED", `this ${what} was dropped`);
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
  constructor(message: string) {
    super("ALIGNMENT", message);
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
 *   console.log(error.message); // token is of kind "arc", expected "queue"
 * }
 * ```
 */
export class TokenError extends ShmolError {
  constructor(message: string) {
    super("TOKEN", message);
  }
}

/**
 * A value or an argument is not of the type, or not in the range, that its place takes.
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
  constructor(message: string, options?: ErrorOptions) {
    super("TYPE_MISMATCH", message, options);
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
  /** How many were sent, from the first one on. */
  readonly sent: number;
  /** What a `send` of the next one would have thrown: a `ClosedError`, a `TimeoutError`, a signal's reason. */
  declare readonly cause: unknown;

  constructor(sent: number, total: number, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super("PARTIAL_SEND", `${sent} of ${total} messages were sent: ${why}`, { cause });
    this.sent = sent;
  }
}

/**
 * What was waited for did not come in time.
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
  constructor(message: string) {
    super("TIMEOUT", message);
  }
}

/** A thread died while it held the lock: what the lock protects may be half done; see {@link ReapReport}. */
export class PoisonedError extends ShmolError {
  constructor(message: string) {
    super("POISONED", message);
  }
}

/**
 * A pointer that is not the start of a block, or a block freed twice: what would have corrupted the heap.
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
  constructor(message: string) {
    super("CORRUPTION", message);
  }
}
