import { heaps } from "../heaps.js";
import { unbounded } from "./flavours.js";
import { ALL, queueSuite, SOME } from "./suite.js";

for (const heap of heaps) queueSuite(unbounded, heap, heap === heaps[0] ? ALL : SOME);
