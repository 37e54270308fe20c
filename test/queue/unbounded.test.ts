import { heaps } from "../heaps.js";
import { unbounded } from "./flavours.js";
import { queueSuite } from "./suite.js";

for (const heap of heaps) queueSuite(unbounded, heap);
