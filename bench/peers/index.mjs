// @ts-check
/** Peers that need packages of other people, which a checkout has and an installed package has not. */
import { RingBuf } from "./ringbuf.mjs";

/** @type {Record<string, import("../../dist/cli/bench/peers/peer.js").SharedQueue>} */
export const peers = {
  "ringbuf.js": {
    create: () => RingBuf.create(),
    open: (buffer) =>
      /** @type {import("../../dist/cli/bench/roles.js").Queue} */ (new RingBuf(/** @type {any} */ (buffer))),
  },
};
