import { heaps } from "../heaps.js";
import { single } from "./flavours.js";
import { ALL, queueSuite, SOME } from "./suite.js";

// The slot lies in the queue's own cell: other kinds of heap have nothing to add.
const on = ["the default heap", "pointers from 2 GiB up"];

for (const heap of heaps) if (on.includes(heap.name)) queueSuite(single, heap, heap.name === on[0] ? ALL : SOME);
