/**
 * What the checked and the model build call out to. The release build imports nothing but the memory.
 */

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
/** Checked build: an access that must not happen, refused by a throw on the host's side. */
declare function fault(ptr: u32, align: u32, end: u64): void;
/** Checked build: a free block that was written to, refused likewise. */
declare function tainted(block: u32, at: u32): void;

/** What the checked build leaves in free blocks. */
const POISON: u64 = 0xdbdbdbdbdbdbdbdb;
/** A free block's link and mark, which are the allocator's. */
const OWN: usize = 16;

/** Model build: what a call answered, on the way through a safepoint. */
export function after<T>(value: T): T {
  safepoint();
  return value;
}

/** Checked build: what is read in a free block from now on is recognizably nothing. */
export function poison(block: usize, size: usize): void {
  memory.fill(block + OWN, <u8>POISON, size - OWN);
}

/** Checked build: nobody has written to a block since it was freed. */
export function verifyPoison(block: usize, size: usize): void {
  for (let at = block + OWN; at < block + size; at += 8) {
    if (load<u64>(at) != POISON) tainted(<u32>block, <u32>at);
  }
}

/** Checked build: `ptr` is not null, inside the memory and a multiple of `width`. */
export function verify(ptr: usize, width: usize): void {
  const end = (<u64>memory.size()) << 16;
  if (ptr < 16 || <u64>ptr + width > end || ptr % width != 0) fault(<u32>ptr, <u32>width, end);
}
