/**
 * channel: makes both sides of a channel, and the first handle of each.
 */
import { Count } from "../arc/counted.js";
import type { Heap, HeapInternals } from "../heap/heap.js";
import { internals } from "../heap/heap.js";
import { KIND_RECEIVER, KIND_SENDER } from "../heap/kernel/numbers.js";
import { optionsOf } from "../heap/options.js";
import { newestFirst, SharedEvent } from "../listener/event.js";
import type { Codec } from "../queue/codec.js";
import { elementType } from "../queue/elements.js";
import { ConcurrentQueue } from "../queue/queue.js";
import { type Receiver, receiverOf } from "./receiver.js";
import { type Sender, senderOf } from "./sender.js";
import { dropParts, type Parts, Side, type SideKind } from "./side.js";

/** The options of a new channel; see {@link channel}. */
export interface ChannelOptions {
  /** The number of messages that fit, from 1 up; by default `Infinity`: the channel is unbounded. */
  capacity?: number;
  /** The heap to take its memory from; by default `Heap.default()`. */
  heap?: Heap;
}

/** The first handles of a new channel; see {@link channel}. */
export interface Channel<T> {
  /** Where messages go in. */
  readonly sender: Sender<T>;
  /** Where they come out. */
  readonly receiver: Receiver<T>;
}

/**
 * A new channel. Receivers get what senders send, in order and each message once, whichever threads they are on. With a
 * `capacity` of n, senders wait while n messages are in the channel, so a fast sender cannot fill the memory.
 *
 * @throws {TypeMismatchError} `type` is not an element type; `capacity` is neither a positive integer nor `Infinity`, or more
 * than the heap could ever hold; there is no rendezvous: the least is 1.
 * @throws {OutOfMemoryError} nothing was taken.
 *
 * @example
 * ```js
 * import { Worker } from "node:worker_threads";
 * import { channel, json } from "shmol";
 *
 * const { sender, receiver } = channel(json, { capacity: 100 });
 * new Worker(new URL("./worker.mjs", import.meta.url), { workerData: receiver.share({ opens: 1 }) });
 * receiver.drop();
 * await sender.send({ answer: 42 });
 * sender.drop(); // the last sender that goes closes the channel
 * ```
 * ```js
 * // worker.mjs
 * import { workerData } from "node:worker_threads";
 * import { Receiver } from "shmol";
 *
 * for await (const { answer } of Receiver.open(workerData)) console.log(answer); // 42
 * ```
 */
export function channel<T>(type: Codec<T>, options?: ChannelOptions): Channel<T> {
  const { capacity = Number.POSITIVE_INFINITY, heap } = optionsOf(options, ["capacity", "heap"]);
  const place = heap === undefined ? undefined : { heap };
  const element = elementType(type);
  const parts: { -readonly [K in keyof Parts<T>]?: Parts<T>[K] } = {};
  try {
    parts.queue =
      capacity === Number.POSITIVE_INFINITY
        ? ConcurrentQueue.unbounded(element, place)
        : ConcurrentQueue.bounded(capacity, element, place);
    const home = parts.queue.heap;
    parts.sendReady = newestFirst(home);
    parts.recvReady = newestFirst(home);
    parts.closed = SharedEvent.create({ heap: home });
    const inside = internals(home);
    const [senders, receivers] = makeSides(inside, parts as Parts<T>);
    const sender = senderOf(new Side(senders, KIND_SENDER, element));
    return { sender, receiver: receiverOf(new Side(receivers, KIND_RECEIVER, element)) };
  } finally {
    dropParts(parts);
  }
}

/** The first counts of two new sides. */
function makeSides(inside: HeapInternals, parts: Parts<unknown>): [senders: Count, receivers: Count] {
  const { kernel } = inside;
  const { queue, sendReady, recvReady, closed } = parts;
  const senders = makeSide(inside, KIND_SENDER, parts);
  let receivers: Count;
  try {
    receivers = makeSide(inside, KIND_RECEIVER, parts);
  } catch (error) {
    senders.release();
    throw error;
  }
  // Tokens are how a handle says where its object is.
  const controls = [queue, sendReady, recvReady, closed].map((part) => part.share({ light: true }).control) as [
    number,
    number,
    number,
    number,
  ];
  kernel.constructSide(senders.value, KIND_SENDER, ...controls, receivers.control);
  kernel.constructSide(receivers.value, KIND_RECEIVER, ...controls, senders.control);
  return [senders, receivers];
}

/** The first count of a new side, which is not constructed yet. It goes with the parts, until it has its handle. */
function makeSide(inside: HeapInternals, kind: SideKind, parts: object): Count {
  const count = Count.create(inside, kind, inside.kernel.sideSize(), inside.heap.alignment);
  count.backs(parts);
  return count;
}
