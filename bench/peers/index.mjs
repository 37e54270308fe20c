// @ts-check
/** Peers that a checkout has and an installed package has not: of other people's packages, and in bare JavaScript. */
import { PAUSE_US } from "../../dist/cli/bench/peers/pingPong.js";
import { AtomicsQueue } from "./atomicsQueue.mjs";
import { MultithreadingChannel } from "./multithreading.mjs";
import { atomics } from "./pingPong.mjs";
import { RingBuf } from "./ringbuf.mjs";

/** Room for the items of a queue that grows. Only what is used becomes memory. */
const ROOM_BYTES = 1024 ** 3;

/** @type {Record<string, import("../../dist/cli/bench/peers/peer.js").SharedQueue>} */
export const queues = {
  "JavaScript Atomics": {
    create: () => AtomicsQueue.create(ROOM_BYTES),
    open: (buffer) =>
      /** @type {import("../../dist/cli/bench/roles.js").Queue} */ (
        /** @type {unknown} */ (new AtomicsQueue(/** @type {any} */ (buffer)))
      ),
  },
  // Waits where others answer that there is no room or nothing, and knows no batches.
  "multithreading, channel(1024)": {
    create: () => MultithreadingChannel.create(),
    open: (ends) =>
      /** @type {import("../../dist/cli/bench/roles.js").Queue} */ (
        /** @type {unknown} */ (new MultithreadingChannel(/** @type {any} */ (ends)))
      ),
  },
  "ringbuf.js": {
    create: () => RingBuf.create(),
    open: (buffer) =>
      /** @type {import("../../dist/cli/bench/roles.js").Queue} */ (new RingBuf(/** @type {any} */ (buffer))),
  },
};

/** @type {Record<string, import("../../dist/cli/bench/peers/peer.js").Peer>} */
export const peers = {
  "ping-pong, Atomics spinning": atomics(false),
  "ping-pong, Atomics.wait": atomics(true),
  "ping-pong, Atomics.wait, pauses": atomics(true, PAUSE_US),
};
