/**
 * What the checked and the model build call out to. The release build imports nothing but the memory.
 */

/** Model build: an atomic access is about to happen; other threads may run first. Implemented by the checker. */
export declare function point(kind: u32, ptr: u32, size: u32, site: u32): void;
/** Model build: a plain access is about to happen; the checker looks for races. */
export declare function touch(kind: u32, ptr: u32, size: u32, site: u32): void;
/** Model build: this thread cannot go on until another has moved. */
export declare function stuck(site: u32): void;
/** Checked build: an access that must not happen, refused by a throw on the host's side. */
declare function fault(ptr: u32, align: u32, end: u64): void;

/** Checked build: `ptr` is not null, inside the memory and a multiple of `width`. */
export function verify(ptr: usize, width: usize): void {
  const end = (<u64>memory.size()) << 16;
  if (ptr < 16 || <u64>ptr + width > end || ptr % width != 0) fault(<u32>ptr, <u32>width, end);
}
