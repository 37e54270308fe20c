/**
 * The ground floor: one shared memory, its allocator, and counted blocks in it.
 *
 * @module shmol/arc
 */
export { Arc, type ArcOptions, type ArcToken, type TypedArray, type TypedArrayConstructor, Weak } from "./arc.js";
export {
  AlignmentError,
  ClosedError,
  CorruptionError,
  DroppedError,
  OutOfMemoryError,
  PartialSendError,
  PoisonedError,
  ShmolError,
  TimeoutError,
  TokenError,
  TypeMismatchError,
} from "./errors.js";
export { type ClassStats, Heap, type HeapOptions, type HeapStats, type HeapToken } from "./heap.js";
export type { Holdings, ReapReport, ThreadStats } from "./reaping.js";
export type { ObjectToken, ShareOptions, Token, TokenKind } from "./token.js";
