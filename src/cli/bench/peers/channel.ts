/**
 * Channels: ends that block or await, one message at a time. The ends stay open for as long as the process lives.
 */
import { channel, Heap, Receiver, type ReceiverToken, Sender, type SenderToken } from "../../../index.js";
import type { Payload } from "../payloads.js";
import type { Work } from "../roles.js";
import type { Peer } from "./peer.js";

/** Address space that a channel without a bound may grow into. */
const ROOM_BYTES = 1024 ** 3;
/** Threads that may open an end. */
const OPENS = 8;

type Manner = "sync" | "async";

export const channels = (sends: Manner, receives: Manner, capacity?: number): Peer => ({
  create({ alignment, payload: { type } }) {
    const heap = Heap.create({ capacity: ROOM_BYTES, alignment });
    const { sender, receiver } = channel(type, {
      heap,
      ...(capacity === undefined ? {} : { capacity }),
    });
    return { producer: sender.share({ opens: OPENS }), consumer: receiver.share({ opens: OPENS }) };
  },
  join(token: unknown, role, _batch, payload) {
    if (role === "producer")
      return sends === "sync"
        ? sendSync(Sender.open(token as SenderToken<unknown>), payload)
        : send(Sender.open(token as SenderToken<unknown>), payload);
    return receives === "sync"
      ? recvSync(Receiver.open(token as ReceiverToken<unknown>), payload)
      : recv(Receiver.open(token as ReceiverToken<unknown>), payload);
  },
});

function sendSync(sender: Sender<unknown>, { make }: Payload): Work {
  return ({ first, count }) => {
    for (let i = 0; i < count; i++) sender.sendSync(make(first + i));
    return { count: 0, sum: 0 };
  };
}

function send(sender: Sender<unknown>, { make }: Payload): Work {
  return async ({ first, count }) => {
    for (let i = 0; i < count; i++) await sender.send(make(first + i));
    return { count: 0, sum: 0 };
  };
}

function recvSync(receiver: Receiver<unknown>, { numberOf }: Payload): Work {
  return ({ count }) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum = (sum + numberOf(receiver.recvSync())) | 0;
    return { count, sum };
  };
}

function recv(receiver: Receiver<unknown>, { numberOf }: Payload): Work {
  return async ({ count }) => {
    let sum = 0;
    let left = count;
    if (left === 0) return { count, sum };
    for await (const message of receiver) {
      sum = (sum + numberOf(message)) | 0;
      if (--left === 0) break;
    }
    return { count, sum };
  };
}
