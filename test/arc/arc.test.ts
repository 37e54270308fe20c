import { heaps } from "../heaps.js";
import { arcSuite } from "./suite.js";

for (const heap of heaps) arcSuite(heap);
