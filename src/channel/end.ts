/**
 * What senders and receivers have in common.
 */

import { dropped } from "../arc/counted.js";
import { TypeMismatchError } from "../heap/errors.js";
import { notByNew, refuseCloning } from "../heap/handle.js";
import type { Heap } from "../heap/heap.js";
import { KIND_RECEIVER, KIND_SENDER } from "../heap/kernel/numbers.js";
import { describe } from "../heap/token.js";
import type { WaitOptions } from "../listener/listener.js";
import { NOT_YET } from "./line.js";
import { Side } from "./side.js";
import { admitted, until } from "./waiting.js";

// Doors for the rest of this component.
/** What a handle works with; throws for one that was dropped. */
export let sideOf: <T>(end: End<T>) => Side<T>;

/** One end of a channel: a {@link Sender} or a {@link Receiver}. */
export abstract class End<T> implements Disposable {
  readonly #side: Side<T>;

  /**
   * For `channel`, `open`, `clone` and `upgrade`.
   *
   * @internal
   */
  protected constructor(side: Side<T>, name: "Sender" | "Receiver") {
    if (!(side instanceof Side)) throw notByNew(name, `channel(type, options) or ${name}.open(token)`);
    this.#side = side;
    refuseCloning(this);
  }

  static {
    sideOf = (end) => end.#held();
  }

  /** Messages in the channel at one moment during the call; never more than its capacity. 0 once the handle was dropped. */
  get size(): number {
    return this.#side.queue.size;
  }

  /** The number of messages that fit; Infinity for an unbounded channel. 0 once the handle was dropped. */
  get capacity(): number {
    return this.#side.isDropped ? 0 : this.#side.capacity;
  }

  /** Whether there was no message at one moment during the call. */
  get isEmpty(): boolean {
    return this.#held().queue.isEmpty;
  }

  /** Whether there was no room at one moment during the call; never in an unbounded channel. */
  get isFull(): boolean {
    return this.#held().queue.isFull;
  }

  /** Whether the channel was closed: by `close`, or since its last sender or its last receiver went. Once true, true for ever. */
  get isClosed(): boolean {
    return this.#held().queue.isClosed;
  }

  /** Whether the channel was closed and is empty: there will be no message again. Once true, true for ever. */
  get isFinished(): boolean {
    return this.#held().queue.isFinished;
  }

  /**
   * Senders on all threads, and opens of tickets that are not used yet. Other threads may change it at any time. 0 once the handle
   * was dropped.
   */
  get senderCount(): number {
    return this.#side.isDropped ? 0 : this.#side.countOf(KIND_SENDER);
  }

  /**
   * Receivers on all threads, and opens of tickets that are not used yet. Other threads may change it at any time. 0 once the
   * handle was dropped.
   */
  get receiverCount(): number {
    return this.#side.isDropped ? 0 : this.#side.countOf(KIND_RECEIVER);
  }

  /** The heap that the channel lies in. */
  get heap(): Heap {
    return this.#held().inside.heap;
  }

  /** Whether both are ends of the same channel. */
  sameChannel(other: End<unknown>): boolean {
    const side = this.#held();
    if (!(other instanceof End))
      throw new TypeMismatchError(`other must be a Sender or a Receiver: ${describe(other)}`);
    return side.isSameChannel(other.#held());
  }

  /**
   * Closes the channel for all threads. Nothing goes in any more, and what is in it can still be received. Calls that wait for
   * room, or for messages that will not come, fail with a `ClosedError`.
   *
   * @returns true only for the one call that closed it.
   */
  close(): boolean {
    return this.#held().close();
  }

  /**
   * Waits until the channel is closed. Keeps the event loop alive meanwhile.
   *
   * @throws (by rejecting, as all of these) {TimeoutError} not closed within `timeoutMs`.
   * @throws `signal.reason`: the signal was aborted.
   * @throws {DroppedError} the handle was dropped, before or meanwhile.
   */
  async closed(options?: WaitOptions): Promise<void> {
    const limits = admitted(options);
    const side = this.#held();
    if (side.queue.isClosed) return;
    const poll = () => {
      if (side.isDropped) dropped(side.name);
      return side.queue.isClosed ? undefined : NOT_YET;
    };
    await until(
      { side, line: side.lines.closing, poll, timeoutMessage: "the channel was not closed", ended: undefined },
      limits,
    );
  }

  /**
   * Gives this end up. When the last sender or the last receiver goes, the channel closes. Messages in the channel stay for
   * receivers; without any they are freed at once. Calls of this handle that wait are rejected with a `DroppedError`. A second
   * `drop()` does nothing. From then on the counters return 0, and any other use throws `DroppedError`.
   */
  drop(): void {
    this.#side.drop();
  }

  /** `drop()`, at the end of the block that a `using` declaration stands in. */
  [Symbol.dispose](): void {
    this.drop();
  }

  /** What inspectors and loggers show of it. */
  toJSON(): Record<string, unknown> {
    const type = this.#side.type.name;
    if (this.#side.isDropped) return { type, dropped: true };
    const { capacity, size, isClosed: closed } = this;
    return { type, capacity, size, closed, dropped: false };
  }

  #held(): Side<T> {
    return this.#side.isDropped ? dropped(this.#side.name) : this.#side;
  }
}
