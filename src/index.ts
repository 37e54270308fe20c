/**
 * shmol: the smol ecosystem's concurrency primitives for JavaScript threads, in one shared memory.
 *
 * @module shmol
 */
export * from "./arc/index.js";
export * from "./channel/index.js";
export * from "./listener/index.js";
export * from "./lock/index.js";
export * from "./queue/index.js";
