/**
 * The errors of shmol. Each is thrown before shared state changes, and names the numbers that were wrong.
 */

/** What all errors of shmol have in common: `code`, for programs; the message is for people. */
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
 */
export class ClosedError extends ShmolError {
  constructor(message: string) {
    super("CLOSED", message);
  }
}

/** The heap has no block of that size left. Nothing was claimed: the same call may succeed after others have freed. */
export class OutOfMemoryError extends ShmolError {
  constructor(message: string, options?: ErrorOptions) {
    super("OUT_OF_MEMORY", message, options);
  }
}

/** A handle was used after its `drop()`. */
export class DroppedError extends ShmolError {
  constructor(what: string) {
    super("DROPPED", `this ${what} was dropped`);
  }
}

/** An alignment that is not one, or that a view's element type does not fit. */
export class AlignmentError extends ShmolError {
  constructor(message: string) {
    super("ALIGNMENT", message);
  }
}

/** A token that is malformed, of another kind, of a heap that is not open here, used up, or whose object is gone. */
export class TokenError extends ShmolError {
  constructor(message: string) {
    super("TOKEN", message);
  }
}

/** A value or an argument is not of the type, or not in the range, that its place takes. */
export class TypeMismatchError extends ShmolError {
  constructor(message: string, options?: ErrorOptions) {
    super("TYPE_MISMATCH", message, options);
  }
}

/** Some of the messages that were to be sent together were sent, and then something went wrong. */
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

/** What was waited for did not come in time. */
export class TimeoutError extends ShmolError {
  constructor(message: string) {
    super("TIMEOUT", message);
  }
}

/** A thread died while it held the lock: what the lock protects may be half done. */
export class PoisonedError extends ShmolError {
  constructor(message: string) {
    super("POISONED", message);
  }
}

/** A pointer that is not the start of a block, or a block freed twice: what would have corrupted the heap. */
export class CorruptionError extends ShmolError {
  constructor(message: string) {
    super("CORRUPTION", message);
  }
}
