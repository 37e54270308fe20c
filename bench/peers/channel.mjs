// @ts-check
/**
 * Channels: ends that block or await, one message at a time. The ends stay open for as long as the process lives.
 */
import { channel, Heap, Receiver, Sender } from "shmol";

/** Address space that a channel without a bound may grow into. */
const ROOM_BYTES = 1024 ** 3;
/** Threads that may open an end. */
const OPENS = 8;

/**
 * @typedef {import("./index.mjs").Peer} Peer
 * @typedef {import("../roles.mjs").Work} Work
 * @typedef {import("../payloads.mjs").Payload} Payload
 * @typedef {"sync" | "async"} Manner
 */

/** @param {Manner} sends @param {Manner} receives @param {number} [capacity] @returns {Peer} */
export const channels = (sends, receives, capacity) => ({
  create({ alignment, payload: { type } }) {
    const heap = Heap.create({ capacity: ROOM_BYTES, alignment });
    const { sender, receiver } = channel(/** @type {import("shmol").Codec<any>} */ (type), {
      heap,
      ...(capacity === undefined ? {} : { capacity }),
    });
    return { producer: sender.share({ opens: OPENS }), consumer: receiver.share({ opens: OPENS }) };
  },
  join(token, role, _batch, payload) {
    if (role === "producer")
      return sends === "sync" ? sendSync(Sender.open(token), payload) : send(Sender.open(token), payload);
    return receives === "sync" ? recvSync(Receiver.open(token), payload) : recv(Receiver.open(token), payload);
  },
});

/** @param {Sender<any>} sender @param {Payload} payload @returns {Work} */
function sendSync(sender, { make }) {
  return ({ first, count }) => {
    for (let i = 0; i < count; i++) sender.sendSync(make(first + i));
    return { count: 0, sum: 0 };
  };
}

/** @param {Sender<any>} sender @param {Payload} payload @returns {Work} */
function send(sender, { make }) {
  return async ({ first, count }) => {
    for (let i = 0; i < count; i++) await sender.send(make(first + i));
    return { count: 0, sum: 0 };
  };
}

/** @param {Receiver<any>} receiver @param {Payload} payload @returns {Work} */
function recvSync(receiver, { numberOf }) {
  return ({ count }) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum = (sum + numberOf(receiver.recvSync())) | 0;
    return { count, sum };
  };
}

/** @param {Receiver<any>} receiver @param {Payload} payload @returns {Work} */
function recv(receiver, { numberOf }) {
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
