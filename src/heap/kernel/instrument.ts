/**
 * What the checked and the model build call out to. The release build imports nothing but the memory.
 */
import { FAULT_ADDRESS } from "./numbers";

/** Model build: an atomic access is about to happen; other threads may run first. Implemented by the checker. */
export declare function point(kind: u32, ptr: u32, size: u32, site: u32): void;
/** Model build: a plain access is about to happen; the checker looks for races. */
export declare function touch(kind: u32, ptr: u32, size: u32, site: u32): void;
/** Model build: this thread cannot go on until another has moved. */
export declare function stuck(site: u32): void;
/** Model build: `wait32` and `notify` of the facade. */
export declare function park(ptr: u32, expected: u32, timed: bool, site: u32): i32;
export declare function wake(ptr: u32, count: u32, site: u32): i32;
/** Model build: V8 could stop the thread for good here. */
export declare function safepoint(): void;
/** Model build: a block is handed out; a block comes back. */
export declare function born(ptr: u32, size: u32): void;
export declare function died(ptr: u32, size: u32): void;
/** Checked build: what must not happen, refused by a throw on the host's side. `reason` is one of numbers.ts's faults. */
export declare function fault(reason: i32, ptr: u32, expected: u32, found: u32): void;

/** Model build: what a call returned, on the way through a safepoint. */
export function after<T>(value: T): T {
  safepoint();
  return value;
}

/** Checked build: `width` bytes at `ptr` are inside the memory, and on a multiple of `width`. */
export function verify(ptr: usize, width: usize): void {
  const end = (<u64>memory.size()) << 16;
  if (<u64>ptr + width > end || (ptr & (width - 1)) != 0) fault(FAULT_ADDRESS, <u32>ptr, <u32>width, <u32>end);
}

/** Checked build: `ptr` is not null, inside the memory and a multiple of `align`. */
export function verifyPointer(ptr: usize, align: usize): void {
  if (ptr == 0) fault(FAULT_ADDRESS, 0, <u32>align, 0);
  verify(ptr, align);
}
