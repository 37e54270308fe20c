/**
 * Sender: the end of a channel where messages go in.
 */
import { PartialSendError, TypeMismatchError } from "../heap/errors.js";
import { brand } from "../heap/handle.js";
import { KIND_SENDER, SLOT_BYTES } from "../heap/kernel/numbers.js";
import { describe, type ShareOptions } from "../heap/token.js";
import type { WaitOptions, WaitSyncOptions } from "../listener/listener.js";
import type { Codec } from "../queue/codec.js";
import type { Parcel } from "../queue/queue.js";
import { End, sideOf } from "./end.js";
import { NOT_YET, type WaitFor } from "./line.js";
import type { Side } from "./side.js";
import { writableOf } from "./streams.js";
import { openSide, type SenderToken, shareSide } from "./tokens.js";
import { inNextTurn, isOverdue } from "./turn.js";
import { admitted, limitsOf, syncLimitsOf, throwIfAborted, until, untilSync } from "./waiting.js";

import { type WeakEnd, weakEnd } from "./weak.js";

/** A `Sender` that does not keep its channel open; see {@link Receiver.downgrade}. */
export type WeakSender<T> = WeakEnd<Sender<T>>;

// A door for the rest of this component: the constructor is not for users.
/** A handle that works with this side. */
export let senderOf: <T>(side: Side<T>) => Sender<T>;

/**
 * The end of a channel where messages go in: async-channel's `Sender`. Any number of senders, on any threads; each thread has
 * handles of its own, by `open`ing a token that another thread `share`d. When the last one is dropped the channel closes,
 * and receivers get what is left.
 *
 * Messages of one sender arrive in the order in which they were sent, as long as it waits for each before the next.
 *
 * @example
 * ```js
 * import { channel, i32 } from "shmol";
 *
 * const { sender, receiver } = channel(i32, { capacity: 1 });
 * await sender.send(1);
 * console.log(sender.trySend(2), sender.forceSend(3)); // false 1
 * sender.drop();
 * console.log(await receiver.recv()); // 3
 * ```
 */
export class Sender<T> extends End<T> {
  readonly #side: Side<T>;
  #writable: WritableStream<T> | undefined;

  private constructor(side: Side<T>) {
    super(side, "Sender");
    this.#side = side;
  }

  static {
    brand(Sender, "Sender");
    senderOf = (side) => new Sender(side);
  }

  /**
   * A sender of the channel that a token, a {@link SenderToken}, names.
   *
   * @param type the message type, if it is not a built-in one; checked by its name.
   * @throws {TokenError} the last sender is gone, the token's opens are used up, it is not a sender's token, or `type` is not
   * the type that the channel was made with.
   */
  static open<T>(token: SenderToken<T>, type?: Codec<T>): Sender<T> {
    return new Sender(openSide(token, "sender", KIND_SENDER, type));
  }

  /**
   * Sends a message, and waits for room if there is none. The message goes in only when there is room, so a call that is
   * rejected has sent nothing. A loop of sends lets the event loop go round about every ten milliseconds, even if none waits.
   *
   * @throws (by rejecting, as all of these) {ClosedError} the channel was closed, before or meanwhile.
   * @throws {TimeoutError} no room within `timeoutMs`; 0 only looks.
   * @throws `signal.reason`: the signal was aborted, before or meanwhile.
   * @throws {DroppedError} this sender was dropped, before or meanwhile.
   * @throws what `trySend` throws.
   */
  send(message: T, options?: WaitOptions): Promise<void> {
    try {
      const limits = admitted(options);
      const parcel = this.#side.putOrPack(message);
      if (parcel !== undefined) return until(this.#room(parcel), limits);
      return isOverdue() ? inNextTurn(undefined) : Promise.resolve();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Sends a message, and blocks the thread until there is room. Otherwise as `send`.
   *
   * @throws {ShmolError} with code `ERR_SHMOL_MAY_NOT_BLOCK`: there is no room, and this thread may not block.
   */
  sendSync(message: T, options?: WaitSyncOptions): void {
    const limits = syncLimitsOf(options);
    const parcel = this.#side.putOrPack(message);
    if (parcel !== undefined) untilSync(this.#room(parcel), limits);
  }

  /**
   * Sends a message if there is room. False: there is none, and the message is still the caller's. Then a message that would
   * have to be encoded was not looked at: whether it is of the channel's type shows when there is room.
   *
   * @throws {ClosedError} the channel was closed; full or not.
   * @throws {OutOfMemoryError} the heap has no block left. Works again when others have received or freed.
   * @throws {TypeMismatchError} the message is not of the channel's type.
   * @throws what a codec of your own throws when it encodes. Nothing was sent.
   */
  trySend(message: T): boolean {
    return this.#side.tryPut(message);
  }

  /**
   * Sends a message, and takes the oldest one out for it if there is no room: as one step. Never waits.
   *
   * @returns the message that it displaced; undefined when there was room.
   * @throws what `trySend` throws; then nothing was displaced. If the displaced message cannot be decoded, that error: the new
   * message is in, and the displaced one gone.
   */
  forceSend(message: T): T | undefined {
    return this.#side.force(message);
  }

  /**
   * Sends messages in order, in batches, and waits for room as often as it must. Messages of other senders may come in between.
   * A message is encoded when there is room for it, as it is in the array then. So leave the array as it is until the call has ended.
   *
   * @returns the number that was sent: all of them.
   * @throws (by rejecting, as all of these) {PartialSendError} not all of them were sent. Its `sent` says how many were, from the
   * first one on, and its `cause` what `send` would have thrown for the next one.
   * @throws {TypeMismatchError} `messages` is neither an array nor a typed array, or an option is wrong.
   *
   * @example
   * ```js
   * import { channel, i32 } from "shmol";
   *
   * const { sender, receiver } = channel(i32, { capacity: 2 });
   * const sending = sender.sendMany([1, 2, 3, 4, 5]);
   * console.log((await receiver.recvMany(10)).join(" ")); // 1 2
   * console.log((await receiver.recvMany(10)).join(" ")); // 3 4
   * console.log(await sending, await receiver.recv()); // 5 5
   * ```
   */
  async sendMany(messages: ArrayLike<T>, options?: WaitOptions): Promise<number> {
    const limits = limitsOf(options);
    const batch = new Batch(this.#side, messages);
    try {
      throwIfAborted(limits);
      if (!this.#side.lines.room.isEmpty || !batch.put()) await until(batch.waitFor, limits);
    } catch (error) {
      throw batch.failed(error);
    }
    return isOverdue() ? inNextTurn(batch.sent) : batch.sent;
  }

  /** Sends messages in order as `sendMany`, and blocks the thread while there is no room. */
  sendManySync(messages: ArrayLike<T>, options?: WaitSyncOptions): number {
    const limits = syncLimitsOf(options);
    const batch = new Batch(this.#side, messages);
    try {
      if (!batch.put()) untilSync(batch.waitFor, limits);
    } catch (error) {
      throw batch.failed(error);
    }
    return batch.sent;
  }

  /**
   * This sender as a web stream. What is written to it is sent, and a write is done when its message is in the channel, so a
   * pipe into it is as fast as the receivers. Each handle has one stream, and returns the same one each time.
   *
   * From now on the stream owns the handle: closing or aborting the stream drops it, and so does a write that fails. The
   * channel closes with its last sender. Receivers do not learn why a stream was aborted. When the channel is closed, the
   * next write fails with a `ClosedError`.
   *
   * @example
   * ```js
   * import { channel, utf8 } from "shmol";
   *
   * const { sender, receiver } = channel(utf8, { capacity: 4 });
   * const source = ReadableStream.from(["one", "two"]);
   * await source.pipeTo(sender.writable); // drops the sender when the source ends
   * console.log(await receiver.recv(), receiver.isClosed); // one true
   * ```
   */
  get writable(): WritableStream<T> {
    this.#writable ??= writableOf(sideOf(this), (message, options) => this.send(message, options));
    return this.#writable;
  }

  /** Another sender of the same channel, on this thread. */
  clone(): Sender<T> {
    return new Sender(sideOf(this).clone());
  }

  /** A handle that does not keep the channel open. */
  downgrade(): WeakSender<T> {
    return weakEnd(sideOf(this), senderOf<T>);
  }

  /** A token, a {@link SenderToken}, with which other threads open senders of this channel. */
  share(options?: ShareOptions): SenderToken<T> {
    return shareSide(sideOf(this), "sender", options);
  }

  #room(parcel: Parcel<T>): WaitFor<void> {
    const side = this.#side;
    const poll = () => (side.putPacked(parcel) ? undefined : NOT_YET);
    const ended = (isFound: boolean) => {
      if (!isFound) side.discard(parcel);
    };
    return side.forRoom(poll, ended);
  }
}

/** Messages that are sent together, as far as they have come. */
class Batch<T> {
  sent = 0;
  readonly #side: Side<T>;
  readonly #messages: ArrayLike<T>;
  readonly #length: number;
  /** No more at once than a batch of the queue takes. */
  readonly #most: number;

  constructor(side: Side<T>, messages: ArrayLike<T>) {
    const length: unknown = (messages as ArrayLike<T> | null | undefined)?.length;
    if (typeof length !== "number" || typeof messages === "string") {
      throw new TypeMismatchError(`messages must be an array or a typed array: ${describe(messages)}`);
    }
    this.#side = side;
    this.#messages = messages;
    this.#length = length;
    this.#most = side.inside.kernel.scratchSize() / SLOT_BYTES;
  }

  /** Puts in what there is room for. True: that was all. */
  put(): boolean {
    while (this.sent < this.#length) {
      const put = this.#side.putMany(this.#next());
      if (put === 0) return false;
      this.sent += put;
    }
    return true;
  }

  get waitFor(): WaitFor<void> {
    return this.#side.forRoom(() => (this.put() ? undefined : NOT_YET));
  }

  failed(cause: unknown): PartialSendError {
    return new PartialSendError(this.sent, this.#length, cause);
  }

  /** The messages that come next: as many as may have room. */
  #next(): ArrayLike<T> {
    const from = this.sent;
    const to = Math.min(this.#length, from + Math.min(this.#side.room, this.#most));
    if (from === 0 && to === this.#length) return this.#messages;
    if (!ArrayBuffer.isView(this.#messages)) return Array.prototype.slice.call(this.#messages, from, to);
    return (this.#messages as unknown as Int32Array).subarray(from, to) as unknown as ArrayLike<T>;
  }
}
