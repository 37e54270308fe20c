// @ts-check
/**
 * Who is measured. Each peer says how to make what its threads share, and what a thread does with its end of it.
 *
 * To add one: three lines here if it can push and pop, `produce` and `consume` of its own if it cannot (message-port.mjs).
 */
import { ConcurrentQueue, Heap, i32 } from "shmol";
import { consume, inPairs, produce } from "../roles.mjs";
import { AtomicsQueue } from "./atomics-queue.mjs";
import { messagePort, parentPort } from "./message-port.mjs";
import { MutexRing } from "./mutex-ring.mjs";

/** Address space that a queue may grow into: some 60 M items, of which only what is used becomes memory. */
const ROOM_BYTES = 1024 ** 3;

/**
 * @typedef {import("../roles.mjs").Queue} Queue
 * @typedef {import("../roles.mjs").Work} Work
 * @typedef {"producer" | "consumer" | "pairs"} Role
 *
 * @typedef {object} Ends
 *   What is sent to the threads.
 * @property {unknown} producer
 * @property {unknown} consumer
 *
 * @typedef {object} Peer
 * @property {(options: { alignment: number }) => Ends} create
 * @property {(end: any, role: Role, batch: number) => Work} join
 *   On the thread itself: opens its end and answers the work, which may then be done many times.
 */

/**
 * A peer whose threads all hold the same queue.
 * @param {(alignment: number) => unknown} create
 * @param {(shared: any) => Queue} open
 * @returns {Peer}
 */
const queue = (create, open) => ({
  create({ alignment }) {
    const shared = create(alignment);
    return { producer: shared, consumer: shared };
  },
  join(shared, role, batch) {
    const work = { producer: produce, consumer: consume, pairs: inPairs }[role];
    return work(open(shared), batch);
  },
});

/** @type {Record<string, Peer>} */
export const peers = {
  shmol: queue(
    (alignment) => {
      const heap = Heap.create({ capacity: ROOM_BYTES, alignment });
      // The handle stays open for as long as the process lives: a token holds no count.
      return ConcurrentQueue.unbounded(i32, { heap }).share({ opens: 8 });
    },
    (token) => ConcurrentQueue.open(token),
  ),
  "JavaScript Atomics": queue(
    () => AtomicsQueue.create(ROOM_BYTES),
    (buffer) => new AtomicsQueue(buffer),
  ),
  "mutex + ring": queue(
    () => MutexRing.create(),
    (buffer) => new MutexRing(buffer),
  ),
  MessagePort: messagePort,
  "worker.postMessage": parentPort,
};
