// @ts-check
/**
 * Who is measured. Each peer says how to make what its threads share, and what a thread does with its end of it.
 *
 * To add one: three lines here if it can push and pop, `produce` and `consume` of its own if it cannot (message-port.mjs).
 */
import { ConcurrentQueue, Heap } from "shmol";
import { consume, inPairs, produce } from "../roles.mjs";
import { AtomicsQueue } from "./atomics-queue.mjs";
import { channels } from "./channel.mjs";
import { useEverything } from "./company.mjs";
import { listeners, messages } from "./crowd.mjs";
import { messagePort, parentPort } from "./message-port.mjs";
import { MutexRing } from "./mutex-ring.mjs";
import { atomics, events, port } from "./ping-pong.mjs";
import { RingBuf } from "./ringbuf.mjs";

/** Address space that a queue may grow into: some 60 M items, of which only what is used becomes memory. */
const ROOM_BYTES = 1024 ** 3;

/**
 * @typedef {import("../roles.mjs").Queue} Queue
 * @typedef {import("../roles.mjs").Work} Work
 * @typedef {import("../payloads.mjs").Payload} Payload
 * @typedef {"producer" | "consumer" | "pairs"} Role
 *
 * @typedef {object} Ends
 *   What is sent to the threads.
 * @property {unknown} producer
 * @property {unknown} consumer
 *
 * @typedef {object} Peer
 * @property {(options: { alignment: number, payload: Payload }) => Ends} create
 * @property {(end: any, role: Role, batch: number, payload: Payload) => Work} join
 *   On the thread itself: opens its end and answers the work, which may then be done many times.
 */

/**
 * A peer whose threads all hold the same queue.
 * @param {(options: { alignment: number, payload: Payload }) => unknown} create
 * @param {(shared: any) => Queue} open
 * @returns {Peer}
 */
const queue = (create, open) => ({
  create(options) {
    const shared = create(options);
    return { producer: shared, consumer: shared };
  },
  join(shared, role, batch, payload) {
    const work = { producer: produce, consumer: consume, pairs: inPairs }[role];
    return work(open(shared), batch, payload);
  },
});

/** A queue of ours; `capacity` is Infinity for an unbounded one. @param {number} capacity @returns {Peer} */
const shmol = (capacity) =>
  queue(
    ({ alignment, payload: { type } }) => {
      const heap = Heap.create({ capacity: ROOM_BYTES, alignment });
      const made = Number.isFinite(capacity)
        ? ConcurrentQueue.bounded(capacity, type, { heap })
        : ConcurrentQueue.unbounded(type, { heap });
      // The handle stays open for as long as the process lives: a token holds no count.
      return made.share({ opens: 8 });
    },
    (token) => ConcurrentQueue.open(token),
  );

const unbounded = shmol(Number.POSITIVE_INFINITY);

/** Longer than a thread spins before it sleeps, in microseconds: whoever waits for one that pauses so long is asleep. */
export const PAUSE_US = 60;

/** @type {Record<string, Peer>} */
export const peers = {
  shmol: unbounded,
  "shmol, bounded(1024)": shmol(1024),
  "shmol, bounded(1)": shmol(1),
  "shmol, in company": {
    create: unbounded.create,
    join(...args) {
      useEverything();
      return unbounded.join(...args);
    },
  },
  "JavaScript Atomics": queue(
    () => AtomicsQueue.create(ROOM_BYTES),
    (buffer) => new AtomicsQueue(buffer),
  ),
  "mutex + ring": queue(
    () => MutexRing.create(),
    (buffer) => new MutexRing(buffer),
  ),
  "ringbuf.js": queue(
    () => RingBuf.create(),
    (buffer) => new RingBuf(buffer),
  ),
  MessagePort: messagePort,
  "worker.postMessage": parentPort,
  "channel, sync to sync": channels("sync", "sync"),
  "channel(1024), sync to sync": channels("sync", "sync", 1024),
  "channel, sync to async": channels("sync", "async"),
  "channel(1024), sync to async": channels("sync", "async", 1024),
  "channel(1024), async to async": channels("async", "async", 1024),
  "ping-pong, sync/sync": events("sync", "sync"),
  "ping-pong, async/sync": events("async", "sync"),
  "ping-pong, async/async": events("async", "async"),
  "ping-pong, Atomics spinning": atomics(false),
  "ping-pong, Atomics.wait": atomics(true),
  "ping-pong, MessagePort": port(),
  "ping-pong, sync/sync, pauses": events("sync", "sync", PAUSE_US),
  "ping-pong, Atomics.wait, pauses": atomics(true, PAUSE_US),
  "ping-pong, MessagePort, pauses": port(PAUSE_US),
  "crowd, listeners": listeners,
  "crowd, messages": messages,
};
