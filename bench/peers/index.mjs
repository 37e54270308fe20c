// @ts-check
/** Peers that need packages of other people, which a checkout has and an installed package has not. */
import { MultithreadingChannel } from "./multithreading.mjs";
import { RingBuf } from "./ringbuf.mjs";

/** @type {Record<string, import("../../dist/cli/bench/peers/peer.js").SharedQueue>} */
export const peers = {
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
