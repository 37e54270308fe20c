/** The flavours of queues that the suite knows. */
import { ConcurrentQueue } from "shmol";
import { internals } from "../../dist/arc/heap.js";
import type { Flavour } from "./suite.js";

export const unbounded: Flavour = {
  name: "unbounded",
  capacity: Number.POSITIVE_INFINITY,
  make: (type, heap) => ConcurrentQueue.unbounded(type, { heap }),
  startAt(queue, start) {
    const { kernel } = internals(queue.heap);
    const value = kernel.valueOf(queue.share().control);
    const type = kernel.typeTag(value);
    kernel.destroy(value);
    kernel.construct(value, 0, 0, 0, type, start);
  },
  // An index is a position times two: its low word wraps at 2^31 already.
  nearWraps: [62n, 2n ** 31n - 200n, 2n ** 32n - 200n, 2n ** 53n - 200n, 2n ** 62n - 200n],
  pages: 2,
};
