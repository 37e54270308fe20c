/**
 * `import "shmol/checked"`: heaps created by this thread from now on run on the checked kernel, on every thread that opens
 * them. Slower, and every bad address it is about to follow becomes a `CorruptionError` that names both numbers.
 */
import { createCheckedHeaps } from "./arc/heap.js";

createCheckedHeaps();

export * from "./index.js";
