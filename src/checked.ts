/**
 * `import "shmol/checked"`: heaps that this thread, or a worker that it starts later, creates from now on run on the checked
 * kernel, and a flag in their header makes every thread that opens them do the same. It verifies each pointer before it
 * follows it and each count before it changes it; what would corrupt the heap becomes a `CorruptionError` that names what
 * was expected and what was found. Several times slower than the release kernel, and for tests.
 *
 * - null, out of bounds, misaligned: "required 128 byte alignment but found 16 at ..."
 * - of another kind or generation: a control block that serves another object by now
 * - freed twice, used after it was freed, not the start of a block
 * - a free block that was written to: noticed when it is given out again
 * - a thread that ends with something that it did not give back: see {@link leaks}
 *
 * What a program does with a view on its own, no library sees: a `Uint8Array` of `Arc.bytes()` that is used after the last
 * `drop()` reads whatever lies there then. In a checked heap freed memory is full of 0xdb until it is given out again, so
 * such a read gives 219, or -606348325 as an `Int32Array`, and such a write is noticed at the next allocation.
 *
 * @module shmol/checked
 */
import { createCheckedHeaps } from "./heap/leaks.js";

createCheckedHeaps();

export { type ExitAction, type HoldingKind, type Leak, leaks, leaksAtExit, trackStacks } from "./heap/leaks.js";
export * from "./index.js";
