/**
 * What a kernel call answers, and what a control block is: the numbers that kernel and host share.
 * This file is plain enough to be both TypeScript and AssemblyScript, so there is one list, not two.
 */

/** The call did what it was asked. */
export const OK = 0;
/** The queue has no room. */
export const FULL = 1;
/** The structure was closed: nothing goes in any more. */
export const CLOSED = 2;
/** The heap is exhausted; nothing was claimed. */
export const NO_MEMORY = 3;
/** There is no item now. */
export const EMPTY = 4;
/** The pointer is not the start of a block (a control block, a value) of this heap. */
export const FOREIGN = 5;
/** The block was freed already. */
export const DOUBLE_FREE = 6;
/** The object that the token or weak handle named is gone; its control block may serve another one now. */
export const STALE = 7;
/** One more count would pass the limit of 2^31 - 1. */
export const OVERFLOW = 8;
/** The memory carries no shmol heap. */
export const BAD_MAGIC = 9;
/** The memory carries a heap of another layout version. */
export const BAD_VERSION = 10;

/** Kinds of control blocks. */
export const KIND_ARC = 1;
export const KIND_QUEUE = 2;
export const KIND_TICKET = 15;

/** A strong or weak count never passes this. */
export const MAX_COUNT = 0x7fffffff;

/** Bytes of a page, the unit in which the heap hands memory to its size classes. */
export const PAGE = 65536;

/** "shml", little-endian: the first word of every heap. */
export const MAGIC = 0x6c6d6873;
/** The layout of everything in docs/memory-layout.md; another number is another heap. */
export const VERSION = 1;
