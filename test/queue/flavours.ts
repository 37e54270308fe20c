/** The flavours of queues that the suite knows. */
import { ConcurrentQueue } from "shmol";
import { BOUNDED, INLINE, SINGLE, UNBOUNDED } from "../../dist/heap/kernel/numbers.js";
import { internals } from "../../dist/internals.js";
import type { Flavour } from "./suite.js";

/** How far below a wrap a history ends, so that every run passes it. */
const BELOW = 200n;

/** Builds the queue anew, in its place, as if `start` positions of it had been used already. */
function startAt(flavour: number, capacity: number): Flavour["startAt"] {
  return (queue, start, content = INLINE) => {
    const { kernel } = internals(queue.heap);
    const value = kernel.valueOf(queue.share().control);
    const type = kernel.typeTag(value);
    kernel.destroy(value);
    kernel.construct(value, flavour, capacity, content, type, start);
  };
}

export const unbounded: Flavour = {
  name: "unbounded",
  capacity: Number.POSITIVE_INFINITY,
  make: (type, heap) => ConcurrentQueue.unbounded(type, { heap }),
  startAt: startAt(UNBOUNDED, 0),
  // An index is a position times two: its low word wraps at 2^31 already.
  nearWraps: [62n, ...[31n, 32n, 53n, 62n].map((bits) => 2n ** bits - BELOW)],
  pages: 2,
};

/** A ring. Its index is the lap, the offset in as many bits as the capacity needs, and a flag. */
export function bounded(capacity: number): Flavour {
  const lap = BigInt(capacity);
  const bits = BigInt(Math.ceil(Math.log2(capacity)) + 1);
  /** Where an index passes 2^`limit`, which is always where a lap begins. */
  const passes = (limit: bigint) => (lap << limit) >> bits;
  const wraps = [passes(32n), passes(53n), passes(64n), 2n ** 32n, 2n ** 53n];
  return {
    name: `bounded(${capacity})`,
    capacity,
    make: (type, heap) => ConcurrentQueue.bounded(capacity, type, { heap }),
    startAt: startAt(BOUNDED, capacity),
    // Laps change their parity, one way and the other, before any of that.
    nearWraps: [lap - 2n, 2n * lap - 2n, ...wraps.map((wrap) => wrap - BELOW)],
  };
}

/** One slot; it has no positions, and its history does not show. */
export const single: Flavour = {
  name: "single",
  capacity: 1,
  make: (type, heap) => ConcurrentQueue.bounded(1, type, { heap }),
  startAt: startAt(SINGLE, 1),
  nearWraps: [2n ** 32n],
};
