/**
 * What the checked build verifies about blocks: that a pointer leads to what it is taken for, and that this is in use. Counted
 * blocks have more to verify (arc/kernel/verifyControl.ts).
 *
 *   block           its start, of a class large enough, not marked as free
 *   free block      marked as free, and full of poison but for the allocator's link and mark
 *
 * What threads read by right and then throw away (a link, bitmap or block pointer before a compare-and-swap that fails) is
 * verified nowhere: it may be anybody's by then.
 *
 * Who may call what: the kernel's other files, under `if (BUILD == 1)` only, so that the other builds have none of it. These
 * reads are no steps of the protocol and therefore not the facade's.
 */

import { classAt, classSize, isKernels, MARK, SCRATCH } from "./classes";
import { secret, unit } from "./header";
import { fault, verifyPointer } from "./instrument";
import { FAULT_BLOCK, FAULT_FREED, FAULT_TAINTED, OK, POISON_BYTE } from "./numbers";

/** What free blocks are full of. */
const POISON: u64 = <u64>POISON_BYTE * 0x0101010101010101;
/** Free blocks keep the allocator's link in 4 bytes and its mark in 8; between the two and behind them is poison. */
const GAP: usize = 4;
const OWN: usize = 16;

function sizeAt(ptr: usize): u32 {
  return <u32>classSize(classAt(ptr));
}

/** What is read in a free block from now on is recognizably nothing. */
export function poison(block: usize, size: usize): void {
  store<u32>(block + GAP, <u32>POISON);
  memory.fill(block + OWN, <u8>POISON, size - OWN);
}

/** A block that came off the free list of class `cls` belongs there, and nobody has written to it since it was freed. */
export function verifyFree(block: usize, cls: u32): void {
  const size = <usize>classSize(cls);
  if (classAt(block) != cls) fault(FAULT_BLOCK, <u32>block, <u32>size, sizeAt(block));
  if (isKernels(cls)) return;
  if (load<u64>(block + MARK) != (secret ^ block)) tainted(block, MARK);
  if (load<u32>(block + GAP) != <u32>POISON) tainted(block, GAP);
  for (let at = OWN; at < size; at += 8) if (load<u64>(block + at) != POISON) tainted(block, at);
}

/** Refuses a free block that was written to in the word at `offset`, or in the allocator's mark. */
function tainted(block: usize, offset: usize): void {
  let at = offset;
  if (offset != MARK) while (load<u8>(block + at) == <u8>POISON) at++;
  fault(FAULT_TAINTED, <u32>block, <u32>at, load<u8>(block + at));
}

/**
 * What is wrong with `block` as a block of `size` bytes in use; `OK`: nothing. The pointer itself is verified at once: even
 * one that is out of date was a block's at some time.
 */
export function flawOf(block: usize, size: u32): i32 {
  verifyPointer(block, unit);
  const cls = classAt(block);
  if (isKernels(cls) || <u32>classSize(cls) < size) return FAULT_BLOCK;
  return atomic.load<u64>(block + MARK) == (secret ^ block) ? FAULT_FREED : OK;
}

/** Refuses a block that has a flaw. */
export function refuse(flaw: i32, block: usize, size: u32): void {
  if (flaw != OK) fault(flaw, <u32>block, size, sizeAt(block));
}

/** `block` is one of `size` bytes in use. */
export function verifyBlock(block: usize, size: u32): void {
  refuse(flawOf(block, size), block, size);
}

/** `size` bytes from `ptr` are one thread's scratch. */
export function verifyScratch(ptr: usize, size: u32): void {
  if (classAt(ptr) != SCRATCH || size > <u32>classSize(SCRATCH)) fault(FAULT_BLOCK, <u32>ptr, size, sizeAt(ptr));
}
