/**
 * The control block, and the way back to it from a value: offsets and marks. What is done with them stands in arc.ts.
 *
 *   control block (32 bytes, type-stable)            value block
 *   0   generation : 32 | shared : 1 | strong : 31   | padding | control | check | - : 64 | value ...
 *   8   weak                                                   ^ value - 16                 ^ multiple of align
 *   12  value
 *   16  size
 *   20  kind : 8 | log2 align : 8
 *   24  free-list link (heap/kernel/alloc.ts)
 */
import { BACK_BYTES } from "../../heap/kernel/numbers";

export const WEAK: usize = 8;
export const VALUE: usize = 12;
export const SIZE: usize = 16;
export const META: usize = 20;

export const STRONG: u64 = 0x7fffffff;
export const SHARED: u64 = 0x80000000;
export const GENERATION: u64 = 1 << 32;
/** A control block whose generation has come to this is never used again. */
export const LAST_GENERATION: u32 = 0xffffffff;
/** What a weak count is while `isUnique` looks. */
export const LOCKED: u32 = 0xffffffff;

// The back reference, in bytes before the value.
export const BACK: usize = BACK_BYTES;
export const BACK_CHECK: usize = 12;
/** `control ^ CHECK` beside the control block's address: a pointer to anything else is told from a value. */
export const CHECK: u32 = 0x5a17c0de;
