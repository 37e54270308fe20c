/**
 * The base of everything else: one shared memory, its allocator, and counted blocks in it.
 *
 * @module shmol/arc
 */

export {
  AlignmentError,
  ClosedError,
  CorruptionError,
  DeadlockError,
  DroppedError,
  OutOfMemoryError,
  PartialSendError,
  PoisonedError,
  ShmolError,
  TimeoutError,
  TokenError,
  TypeMismatchError,
} from "../heap/errors.js";
export { Heap, type HeapOptions, type HeapToken } from "../heap/heap.js";
export type { Holdings, ReapReport, ThreadStats } from "../heap/reaping.js";
export type { ClassStats, HeapStats } from "../heap/stats.js";
export type { ObjectToken, SharedMemory, ShareOptions, Token, TokenKind } from "../heap/token.js";
export { Arc, type ArcOptions, type ArcToken, type TypedArray, type TypedArrayConstructor, Weak } from "./arc.js";
