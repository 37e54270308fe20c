/**
 * The bounded queue in the suite of queues, with rings of several sizes. What the suite shows of a host, single.test.ts and
 * unbounded.test.ts show as well. `@storm`
 */
import { heaps } from "../heaps.js";
import { bounded } from "./flavours.js";
import { ALL, queueSuite, SOME } from "./suite.js";

// Within a group, over a group's boundary with a short last one, and the originals' own. Each on some heaps: all kinds of
// heap and of ring meet something, and a run does not take four times as long. The first has all.
const rings = [
  { capacity: 3, on: ["the default heap", "alignment 16"] },
  { capacity: 100, on: ["the default heap", "pointers from 2 GiB up"] },
  { capacity: 1000, on: ["alignment 4096"] },
];

for (const { capacity, on } of rings) {
  for (const heap of heaps)
    if (on.includes(heap.name)) queueSuite(bounded(capacity), heap, heap.name === on[0] ? ALL : SOME);
}
