/**
 * The facade: every access of the kernel to shared memory goes through one of these functions.
 *
 *   release   each is one wasm instruction, inlined away
 *   checked   each first verifies its address: inside the memory, aligned to its width (that pointers are not null and lead
 *             to what they are taken for is verified where they are followed, see verify.ts)
 *   model     each first tells the interleaving checker, which may run other threads before it happens
 *
 * `load store add sub or swap cas` are atomic, and sequentially consistent as all wasm atomics are. `read write copy
 * zero` are plain: the checker holds them to be ordered by the atomics around them and reports a race when they are not.
 * `site` is filled in by the model build with the number of the call site and is gone from the others.
 */
import { park, point, touch, verify, wake } from "./instrument";

/** The kinds of access, as the checker sees them. */
const LOAD: u32 = 0;
const STORE: u32 = 1;
const RMW: u32 = 2;
const READ: u32 = 3;
const WRITE: u32 = 4;

export function load8(ptr: usize, site: u32 = 0): u32 {
  if (BUILD == 1) verify(ptr, 1);
  if (BUILD == 2) point(LOAD, <u32>ptr, 1, site);
  return <u32>atomic.load<u8>(ptr);
}

export function load32(ptr: usize, site: u32 = 0): u32 {
  if (BUILD == 1) verify(ptr, 4);
  if (BUILD == 2) point(LOAD, <u32>ptr, 4, site);
  return atomic.load<u32>(ptr);
}

export function load64(ptr: usize, site: u32 = 0): u64 {
  if (BUILD == 1) verify(ptr, 8);
  if (BUILD == 2) point(LOAD, <u32>ptr, 8, site);
  return atomic.load<u64>(ptr);
}

export function store8(ptr: usize, value: u32, site: u32 = 0): void {
  if (BUILD == 1) verify(ptr, 1);
  if (BUILD == 2) point(STORE, <u32>ptr, 1, site);
  atomic.store<u8>(ptr, <u8>value);
}

export function store32(ptr: usize, value: u32, site: u32 = 0): void {
  if (BUILD == 1) verify(ptr, 4);
  if (BUILD == 2) point(STORE, <u32>ptr, 4, site);
  atomic.store<u32>(ptr, value);
}

export function store64(ptr: usize, value: u64, site: u32 = 0): void {
  if (BUILD == 1) verify(ptr, 8);
  if (BUILD == 2) point(STORE, <u32>ptr, 8, site);
  atomic.store<u64>(ptr, value);
}

/** Adds and returns what was there before, as all the read-modify-writes below do. */
export function add64(ptr: usize, value: u64, site: u32 = 0): u64 {
  if (BUILD == 1) verify(ptr, 8);
  if (BUILD == 2) point(RMW, <u32>ptr, 8, site);
  return atomic.add<u64>(ptr, value);
}

export function sub32(ptr: usize, value: u32, site: u32 = 0): u32 {
  if (BUILD == 1) verify(ptr, 4);
  if (BUILD == 2) point(RMW, <u32>ptr, 4, site);
  return atomic.sub<u32>(ptr, value);
}

export function sub64(ptr: usize, value: u64, site: u32 = 0): u64 {
  if (BUILD == 1) verify(ptr, 8);
  if (BUILD == 2) point(RMW, <u32>ptr, 8, site);
  return atomic.sub<u64>(ptr, value);
}

export function or64(ptr: usize, value: u64, site: u32 = 0): u64 {
  if (BUILD == 1) verify(ptr, 8);
  if (BUILD == 2) point(RMW, <u32>ptr, 8, site);
  return atomic.or<u64>(ptr, value);
}

export function swap32(ptr: usize, value: u32, site: u32 = 0): u32 {
  if (BUILD == 1) verify(ptr, 4);
  if (BUILD == 2) point(RMW, <u32>ptr, 4, site);
  return atomic.xchg<u32>(ptr, value);
}

export function swap64(ptr: usize, value: u64, site: u32 = 0): u64 {
  if (BUILD == 1) verify(ptr, 8);
  if (BUILD == 2) point(RMW, <u32>ptr, 8, site);
  return atomic.xchg<u64>(ptr, value);
}

export function cas32(ptr: usize, expected: u32, value: u32, site: u32 = 0): bool {
  if (BUILD == 1) verify(ptr, 4);
  if (BUILD == 2) point(RMW, <u32>ptr, 4, site);
  return atomic.cmpxchg<u32>(ptr, expected, value) == expected;
}

export function cas64(ptr: usize, expected: u64, value: u64, site: u32 = 0): bool {
  if (BUILD == 1) verify(ptr, 8);
  if (BUILD == 2) point(RMW, <u32>ptr, 8, site);
  return atomic.cmpxchg<u64>(ptr, expected, value) == expected;
}

/** Brings the cache line at `ptr` to this core, while the thread does something else. Nothing is read of it. */
export function fetch(ptr: usize): void {
  if (BUILD == 0) load<u8>(ptr);
}

export function read32(ptr: usize, site: u32 = 0): u32 {
  if (BUILD == 1) verify(ptr, 4);
  if (BUILD == 2) touch(READ, <u32>ptr, 4, site);
  return load<u32>(ptr);
}

export function read64(ptr: usize, site: u32 = 0): u64 {
  if (BUILD == 1) verify(ptr, 8);
  if (BUILD == 2) touch(READ, <u32>ptr, 8, site);
  return load<u64>(ptr);
}

export function readF64(ptr: usize, site: u32 = 0): f64 {
  if (BUILD == 1) verify(ptr, 8);
  if (BUILD == 2) touch(READ, <u32>ptr, 8, site);
  return load<f64>(ptr);
}

export function write32(ptr: usize, value: u32, site: u32 = 0): void {
  if (BUILD == 1) verify(ptr, 4);
  if (BUILD == 2) touch(WRITE, <u32>ptr, 4, site);
  store<u32>(ptr, value);
}

export function write64(ptr: usize, value: u64, site: u32 = 0): void {
  if (BUILD == 1) verify(ptr, 8);
  if (BUILD == 2) touch(WRITE, <u32>ptr, 8, site);
  store<u64>(ptr, value);
}

export function writeF64(ptr: usize, value: f64, site: u32 = 0): void {
  if (BUILD == 1) verify(ptr, 8);
  if (BUILD == 2) touch(WRITE, <u32>ptr, 8, site);
  store<f64>(ptr, value);
}

/**
 * Copies `size` bytes, both ends a multiple of 8. V8 and JavaScriptCore run it without a safepoint: windows may hold it.
 * Nothing is verified here: with that it would be too large to be inlined, and a call in a window is a safepoint, in the
 * checked build, too. Both ends are what the caller has verified, its scratch and a queue's block.
 */
export function copy(target: usize, source: usize, size: usize, site: u32 = 0): void {
  if (BUILD == 2) {
    touch(READ, <u32>source, <u32>size, site);
    touch(WRITE, <u32>target, <u32>size, site);
  }
  memory.copy(target, source, size);
}

/** Zeroes `size` bytes from a multiple of 8, which the caller has verified, as with `copy`. Windows may hold it, too. */
export function wipe(target: usize, size: usize, site: u32 = 0): void {
  if (BUILD == 2) touch(WRITE, <u32>target, <u32>size, site);
  memory.fill(target, 0, size);
}

/** Zeroes `size` bytes from a multiple of 16. Like `copy`, windows may hold it. */
export function zero(target: usize, size: usize, site: u32 = 0): void {
  if (BUILD == 1) {
    verify(target, 16);
    verify(target + size - 1, 1);
  }
  if (BUILD == 2) touch(WRITE, <u32>target, <u32>size, site);
  memory.fill(target, 0, size);
}

/**
 * Parks the thread while the word at `ptr` holds `expected`, for `timeoutNs` nanoseconds at most (negative: no limit).
 * 0: woken, 1: the word held something else, 2: the time was up.
 */
export function wait32(ptr: usize, expected: u32, timeoutNs: i64, site: u32 = 0): i32 {
  if (BUILD == 1) verify(ptr, 4);
  if (BUILD == 2) return park(<u32>ptr, expected, timeoutNs >= 0, site);
  return atomic.wait<i32>(ptr, expected, timeoutNs);
}

/** Wakes up to `count` threads that are parked on the word at `ptr`; returns how many. Runs without a safepoint. */
export function notify(ptr: usize, count: u32, site: u32 = 0): u32 {
  if (BUILD == 1) verify(ptr, 4);
  if (BUILD == 2) return wake(<u32>ptr, count, site);
  return atomic.notify(ptr, count);
}
