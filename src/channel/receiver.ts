/**
 * Receiver: the end of a channel where messages come out.
 */
import { brand } from "../heap/handle.js";
import { KIND_RECEIVER } from "../heap/kernel/numbers.js";
import { optionsOf } from "../heap/options.js";
import { checkInteger, type ShareOptions } from "../heap/token.js";
import type { WaitOptions, WaitSyncOptions } from "../listener/listener.js";
import type { Codec } from "../queue/codec.js";
import { End, sideOf } from "./end.js";
import { type Limits, NOT_YET, type WaitFor } from "./line.js";
import { Messages } from "./messages.js";
import { FINISHED, type Side } from "./side.js";
import { readableOf } from "./streams.js";
import { openSide, type ReceiverToken, shareSide } from "./tokens.js";
import { inNextTurn, isOverdue } from "./turn.js";
import { admitted, limitsIn, syncLimitsOf, UNLIMITED, until, untilSync } from "./waiting.js";

import { type WeakEnd, weakEnd } from "./weak.js";

/** A `Receiver` that does not keep its channel open; see {@link Receiver.downgrade}. */
export type WeakReceiver<T> = WeakEnd<Receiver<T>>;

const MAX_BATCH = 0xffffffff;

// A door for the rest of this component: the constructor is not for users.
/** A handle that works with this side. */
export let receiverOf: <T>(side: Side<T>) => Receiver<T>;

/**
 * The end of a channel where messages come out: async-channel's `Receiver`. Any number of receivers, on any threads; each
 * message goes to one of them. Each thread has handles of its own, by `open`ing a token that another thread `share`d. When
 * the last one is dropped the channel closes, and what is queued is freed.
 *
 * @example
 * ```js
 * import { channel, i32 } from "shmol";
 *
 * const { sender, receiver } = channel(i32);
 * await sender.sendMany([1, 2, 3]);
 * sender.drop();
 * for await (const number of receiver) console.log(number); // 1
 * receiver.drop(); // the loop has ended: the channel is closed and empty
 * ```
 */
export class Receiver<T> extends End<T> implements AsyncIterable<T> {
  readonly #side: Side<T>;
  #readable: ReadableStream<T> | undefined;
  #ofMessage: WaitFor<T> | undefined;

  private constructor(side: Side<T>) {
    super(side, "Receiver");
    this.#side = side;
  }

  static {
    brand(Receiver, "Receiver");
    receiverOf = (side) => new Receiver(side);
  }

  /**
   * A receiver of the channel that a token, a {@link ReceiverToken}, names.
   *
   * @param type the message type, if it is not a built-in one; checked by its name.
   * @throws {TokenError} the last receiver is gone, the token's opens are used up, it is not a receiver's token, or `type` is
   * not the type that the channel was made with.
   */
  static open<T>(token: ReceiverToken<T>, type?: Codec<T>): Receiver<T> {
    return new Receiver(openSide(token, "receiver", KIND_RECEIVER, type));
  }

  /**
   * Takes the oldest message, and waits for one if there is none. A call that is rejected has taken nothing. A loop of
   * receives lets the event loop go round about every ten milliseconds, even if none has to wait.
   *
   * @throws (by rejecting, as all of these) {ClosedError} the channel is closed and empty.
   * @throws {TimeoutError} no message within `timeoutMs`; 0 only looks.
   * @throws `signal.reason`: the signal was aborted, before or meanwhile.
   * @throws {DroppedError} this receiver was dropped, before or meanwhile.
   * @throws what a codec of your own throws when it decodes; that message was taken and is gone.
   *
   * @example
   * ```js
   * import { channel, i32 } from "shmol";
   *
   * const { sender, receiver } = channel(i32);
   * try {
   *   await receiver.recv({ timeoutMs: 10 });
   * } catch (error) {
   *   console.log(error.message); // there was no message within 10 ms
   * }
   * ```
   */
  recv(options?: WaitOptions): Promise<T> {
    try {
      const limits = admitted(options);
      const message = this.#isNext(limits) ? this.#side.take() : undefined;
      if (message === undefined) return until(this.#message, limits);
      return isOverdue() ? inNextTurn(message) : Promise.resolve(message);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Takes the oldest message, and blocks the thread until there is one. Otherwise as `recv`.
   *
   * @throws {ShmolError} with code `ERR_SHMOL_MAY_NOT_BLOCK`: there is no message, and this thread may not block.
   */
  recvSync(options?: WaitSyncOptions): T {
    const limits = syncLimitsOf(options);
    const message = this.#side.take();
    return message === undefined ? untilSync(this.#message, limits) : message;
  }

  /**
   * Takes the oldest message; undefined when there is none now. `isFinished` tells whether there will be one again.
   *
   * @throws what a codec of your own throws when it decodes; that message was taken and is gone.
   */
  tryRecv(): T | undefined {
    return this.#side.take();
  }

  /**
   * Takes up to `max` of the oldest messages, in order: those that are there, at least one. Waits only if there is none.
   *
   * @throws (by rejecting, as all of these) {TypeMismatchError} `max` is not an integer from 1 up.
   * @throws what `recv` throws. If a message after the first one of a batch cannot be decoded, the next call of this handle
   * throws that error.
   *
   * @example
   * ```js
   * import { channel, i32 } from "shmol";
   *
   * const { sender, receiver } = channel(i32);
   * await sender.sendMany([1, 2, 3]);
   * console.log((await receiver.recvMany(100)).join(" ")); // 1 2 3
   * ```
   */
  recvMany(max: number, options?: WaitOptions): Promise<T[]> {
    try {
      checkInteger(max, "max", 1, MAX_BATCH);
      const limits = admitted(options);
      const messages = this.#isNext(limits) ? this.#side.takeMany(max) : [];
      if (messages.length === 0) return until(this.#batch(max), limits);
      return isOverdue() ? inNextTurn(messages) : Promise.resolve(messages);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Takes up to `max` of the oldest messages as `recvMany`, and blocks the thread while there is none. */
  recvManySync(max: number, options?: WaitSyncOptions): T[] {
    checkInteger(max, "max", 1, MAX_BATCH);
    const limits = syncLimitsOf(options);
    const messages = this.#side.takeMany(max);
    return messages.length === 0 ? untilSync(this.#batch(max), limits) : messages;
  }

  /**
   * Takes messages until there is none now, one with each step, and never waits.
   *
   * @example
   * ```js
   * import { channel, i32 } from "shmol";
   *
   * const { sender, receiver } = channel(i32);
   * sender.sendManySync([1, 2, 3]);
   * let sum = 0;
   * for (const number of receiver.drain()) sum += number;
   * console.log(sum, receiver.isClosed); // 6 false
   * ```
   */
  *drain(): Generator<T, void, undefined> {
    for (let message = this.tryRecv(); message !== undefined; message = this.tryRecv()) yield message;
  }

  /**
   * Messages one after the other, until the channel is closed and empty. Each is taken when it is asked for and not before,
   * so a loop that is left early has lost none, and the receiver goes on. `recvMany` takes batches.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return new Messages(sideOf(this), undefined);
  }

  /**
   * Messages one after the other, as the receiver itself in a `for await` loop, and until `signal` is aborted. Then the loop ends
   * without an error. A message that was not taken stays in the channel.
   *
   * @throws {TypeMismatchError} `signal` is not an AbortSignal.
   *
   * @example
   * ```js
   * import { channel, i32 } from "shmol";
   *
   * const { sender, receiver } = channel(i32);
   * const stop = new AbortController();
   * await sender.sendMany([1, 2, 3]);
   * for await (const number of receiver.messages({ signal: stop.signal })) if (number === 2) stop.abort();
   * console.log(receiver.size); // 1
   * ```
   */
  messages(options?: { signal?: AbortSignal }): AsyncIterableIterator<T> {
    return new Messages(sideOf(this), limitsIn(optionsOf(options, ["signal"])).signal);
  }

  /**
   * Messages one after the other, until the channel is closed and empty, for loops that block the thread while there is none.
   *
   * @example
   * ```js
   * import { channel, i32 } from "shmol";
   *
   * const { sender, receiver } = channel(i32);
   * sender.sendManySync([1, 2, 3]);
   * sender.close();
   * let sum = 0;
   * for (const number of receiver.blocking()) sum += number;
   * console.log(sum); // 6
   * ```
   */
  *blocking(): Generator<T, void, undefined> {
    const side = this.#side;
    const waitFor = side.forMessage(() => side.takeOrFinished());
    for (;;) {
      const found = side.takeOrFinished();
      const message = found === NOT_YET ? untilSync(waitFor, UNLIMITED) : found;
      if (message === FINISHED) return;
      yield message;
    }
  }

  /**
   * This receiver as a web stream. A message is taken only when the stream is read. Each handle has one stream, and returns
   * the same one each time.
   *
   * From now on the stream owns the handle. Cancelling the stream drops it, and so does the end of the stream, which comes when
   * the channel is closed and empty, or with a message that cannot be decoded. Messages that were not read stay for other
   * receivers.
   *
   * @example
   * ```js
   * import { channel, utf8 } from "shmol";
   *
   * const { sender, receiver } = channel(utf8);
   * await sender.sendMany(["one", "two"]);
   * sender.drop();
   * const loud = new TransformStream({ transform: (word, out) => out.enqueue(word.toUpperCase()) });
   * for await (const word of receiver.readable.pipeThrough(loud)) console.log(word); // TWO
   * ```
   */
  get readable(): ReadableStream<T> {
    this.#readable ??= readableOf(sideOf(this));
    return this.#readable;
  }

  /** Another receiver of the same channel, on this thread. */
  clone(): Receiver<T> {
    return new Receiver(sideOf(this).clone());
  }

  /**
   * A handle that does not keep the channel open.
   *
   * @example
   * ```js
   * import { channel, i32 } from "shmol";
   *
   * const { sender, receiver } = channel(i32);
   * const weak = receiver.downgrade();
   * receiver.drop(); // the last one: the channel closes
   * console.log(weak.upgrade(), sender.isClosed); // undefined true
   * ```
   */
  downgrade(): WeakReceiver<T> {
    return weakEnd(sideOf(this), receiverOf<T>);
  }

  /** A token, a {@link ReceiverToken}, with which other threads open receivers of this channel. */
  share(options?: ShareOptions): ReceiverToken<T> {
    return shareSide(sideOf(this), "receiver", options);
  }

  /** Whether a call may take what is there: no other call of this thread waits for it, or it would not wait itself. */
  #isNext({ timeoutMs }: Limits): boolean {
    return this.#side.lines.messages.isEmpty || timeoutMs === 0;
  }

  /** What all calls wait for that take one message. */
  get #message(): WaitFor<T> {
    const side = this.#side;
    this.#ofMessage ??= side.forMessage(() => side.takeOrWait());
    return this.#ofMessage;
  }

  #batch(max: number): WaitFor<T[]> {
    const side = this.#side;
    return side.forMessage(() => side.takeManyOrWait(max));
  }
}
