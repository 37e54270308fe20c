/**
 * The peers that are measured. Each says how to make what its threads share, and what a thread does with its end of it.
 *
 * To add one: three lines here if it can push and pop, `produce` and `consume` of its own if it cannot (messagePort.ts).
 */
import { existsSync } from "node:fs";
import { ConcurrentQueue, Heap, type QueueToken } from "../../../index.js";
import type { Queue } from "../roles.js";
import { channels } from "./channel.js";
import { useEverything } from "./company.js";
import { listeners, messages } from "./crowd.js";
import { messagePort, parentPort } from "./messagePort.js";
import { MutexRing } from "./mutexRing.js";
import type { SharedQueue } from "./peer.js";
import { type Peer, queuePeer } from "./peer.js";
import { events, PAUSE_US, port } from "./pingPong.js";

/** Address space that a queue may grow into: some 60 M items, of which only what is used becomes memory. */
const ROOM_BYTES = 1024 ** 3;

/** A queue of ours; `capacity` is Infinity for an unbounded one. */
const shmol = (capacity: number): Peer =>
  queuePeer({
    create({ alignment, payload: { type } }) {
      const heap = Heap.create({ capacity: ROOM_BYTES, alignment });
      const made = Number.isFinite(capacity)
        ? ConcurrentQueue.bounded(capacity, type, { heap })
        : ConcurrentQueue.unbounded(type, { heap });
      // The handle stays open for as long as the process lives: a token holds no count.
      return made.share({ opens: 8 });
    },
    open: (token) => ConcurrentQueue.open(token as QueueToken<unknown>),
  });

const mutexRing = (capacity?: number): Peer =>
  queuePeer({
    create: () => MutexRing.create(capacity),
    open: (buffer) => new MutexRing(buffer as SharedArrayBuffer) as Queue,
  });

const unbounded = shmol(Number.POSITIVE_INFINITY);

interface Extras {
  readonly queues: Readonly<Record<string, SharedQueue>>;
  readonly peers: Readonly<Record<string, Peer>>;
}

/** Peers that are there in a checkout, in bench/peers, and not in an installed package. */
async function loadExtras(): Promise<Extras> {
  const url = new URL("../../../../bench/peers/index.mjs", import.meta.url);
  const none = { queues: {}, peers: {} };
  if (!existsSync(url)) return none;
  try {
    return (await import(url.href)) as Extras;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND") return none;
    throw error;
  }
}

const extras = await loadExtras();

export const peers: { readonly [name: string]: Peer } = {
  ...Object.fromEntries(Object.entries(extras.queues).map(([name, queue]) => [name, queuePeer(queue)])),
  ...extras.peers,
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
  "mutex + ring": mutexRing(),
  "mutex + ring of 1": mutexRing(1),
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
  "ping-pong, MessagePort": port(),
  "ping-pong, sync/sync, pauses": events("sync", "sync", PAUSE_US),
  "ping-pong, MessagePort, pauses": port(PAUSE_US),
  "crowd, listeners": listeners,
  "crowd, messages": messages,
};
