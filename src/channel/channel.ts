/**
 * channel: makes both sides of a channel, and the first handle of each.
 */
import type { Heap, HeapInternals } from "../arc/heap.js";
import { internals } from "../arc/heap.js";
import { KIND_RECEIVER, KIND_SENDER } from "../arc/kernel/status.js";
import { SharedEvent } from "../listener/event.js";
import type { Codec } from "../queue/codec.js";
import { elementType } from "../queue/elements.js";
import { ConcurrentQueue } from "../queue/queue.js";
import { type Receiver, receiverOf } from "./receiver.js";
import { type Sender, senderOf } from "./sender.js";
import { dropParts, type Parts, Side } from "./side.js";

/** What makes a channel. */
export interface ChannelOptions {
  /** How many messages have room, from 1 up; any number unless told. */
  capacity?: number;
  /** The heap to take its memory from; `Heap.default()` unless told. */
  heap?: Heap;
}

/** The first handles of a new channel. */
export interface Channel<T> {
  readonly sender: Sender<T>;
  readonly receiver: Receiver<T>;
}

/**
 * A new channel: what senders put in, receivers get, in order and each message once, on whatever threads they are. With a
 * `capacity` senders wait while so many messages are in it, so a fast one cannot fill the memory.
 *
 * @example
 * ```js
 * const { sender, receiver } = channel(json, { capacity: 100 });
 * new Worker("./worker.js", { workerData: receiver.share({ opens: 1 }) });
 * receiver.drop();
 * await sender.send({ answer: 42 });
 * // in the worker
 * for await (const message of Receiver.open(workerData)) console.log(message);
 * ```
 *
 * @throws {TypeMismatchError} `type` is not an element type; `capacity` is not a positive integer, or more than the heap
 * could ever hold.
 * @throws {OutOfMemoryError} nothing was taken.
 */
export function channel<T>(type: Codec<T>, options: ChannelOptions = {}): Channel<T> {
  const { capacity, ...heap } = options;
  const element = elementType(type);
  const parts: { -readonly [K in keyof Parts<T>]?: Parts<T>[K] } = {};
  try {
    parts.queue =
      capacity === undefined
        ? ConcurrentQueue.unbounded(element, heap)
        : ConcurrentQueue.bounded(capacity, element, heap);
    const home = { heap: parts.queue.heap };
    parts.sendReady = SharedEvent.create(home);
    parts.recvReady = SharedEvent.create(home);
    parts.closed = SharedEvent.create(home);
    const inside = internals(home.heap);
    const [senders, receivers] = makeSides(inside, parts as Parts<T>);
    const sender = senderOf(Side.of(inside, senders, KIND_SENDER, element));
    return { sender, receiver: receiverOf(Side.of(inside, receivers, KIND_RECEIVER, element)) };
  } finally {
    dropParts(parts);
  }
}

/** The control blocks of two new sides, each with one strong count, for the caller. */
function makeSides(inside: HeapInternals, parts: Parts<unknown>): [senders: number, receivers: number] {
  const { heap, kernel, exhausted } = inside;
  const { queue, sendReady, recvReady, closed } = parts;
  const size = kernel.sideSize();
  const senders = kernel.create(size, heap.alignment, KIND_SENDER, 1);
  const receivers = senders === 0 ? 0 : kernel.create(size, heap.alignment, KIND_RECEIVER, 1);
  if (receivers === 0) {
    if (senders !== 0 && kernel.release(senders) !== 0) kernel.finish(senders);
    throw exhausted(size);
  }
  // Tokens are how a handle says where its object is.
  const controls = [queue, sendReady, recvReady, closed].map((part) => part.share({ light: true }).control) as [
    number,
    number,
    number,
    number,
  ];
  for (const control of controls) kernel.retain(control, 2);
  kernel.downgrade(senders);
  kernel.downgrade(receivers);
  kernel.constructSide(kernel.valueOf(senders), KIND_SENDER, ...controls, receivers);
  kernel.constructSide(kernel.valueOf(receivers), KIND_RECEIVER, ...controls, senders);
  return [senders, receivers];
}
