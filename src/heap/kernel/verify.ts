/**
 * What the checked build verifies about headers: that a pointer leads to what it is taken for, and that this still lives.
 *
 *   control block   on a multiple of 32, in a page of control blocks; its counts are what the operation presupposes
 *   value           aligned; leads back to a control block that has it for its value; of the right kind and generation
 *   block           its start, of a class large enough, not marked as free
 *   free block      marked as free, and full of poison but for the allocator's link and mark
 *
 * What threads read by right and then throw away (a link, bitmap or block pointer before a compare-and-swap that fails) is
 * verified nowhere: it may be anybody's by then.
 *
 * Who may call what: the kernel's other files, under `if (BUILD == 1)` only, so that the other builds have none of it. These
 * reads are no steps of the protocol and therefore not the facade's.
 */

import { BACK, BACK_CHECK, CHECK, META, STRONG, VALUE, WEAK } from "../../arc/kernel/arc";
import { CONTROL, classAt, classSize, isKernels, MARK, SCRATCH } from "./alloc";
import { secret, unit } from "./header";
import { fault, verifyPointer } from "./instrument";
import {
  FAULT_BACK,
  FAULT_BLOCK,
  FAULT_CONTROL,
  FAULT_FINISHED,
  FAULT_FREED,
  FAULT_GENERATION,
  FAULT_HELD,
  FAULT_KIND,
  FAULT_MOVED,
  FAULT_STRONG,
  FAULT_TAINTED,
  FAULT_USED,
  FAULT_WEAK,
  OK,
} from "./numbers";

/** What free blocks are full of. */
const POISON: u64 = 0xdbdbdbdbdbdbdbdb;
/** Free blocks keep the allocator's link in 4 bytes and its mark in 8; between the two and behind them is poison. */
const GAP: usize = 4;
const OWN: usize = 16;
/** Control blocks lie on multiples of their size. */
const CONTROL_ALIGN: usize = 32;
/** Values keep their generation here, in bytes before them: in the checked build only. */
const BACK_GENERATION: usize = 8;

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

/** `control` is a control block, whoever uses it. */
export function verifyControl(control: usize): void {
  verifyPointer(control, CONTROL_ALIGN);
  if (classAt(control) != CONTROL) fault(FAULT_CONTROL, <u32>control, <u32>CONTROL_ALIGN, sizeAt(control));
}

function strongOf(control: usize): u32 {
  return <u32>(atomic.load<u64>(control) & STRONG);
}

function generationAt(control: usize): u32 {
  return <u32>(atomic.load<u64>(control) >> 32);
}

/** `control` counts strong ones: the caller must own one of them. */
export function verifyStrong(control: usize): void {
  verifyControl(control);
  if (strongOf(control) == 0) fault(FAULT_STRONG, <u32>control, 1, 0);
}

/** `control` counts weak ones, that of the strong ones among them: it is not free. */
export function verifyWeak(control: usize): void {
  verifyControl(control);
  if (atomic.load<u32>(control + WEAK) == 0) fault(FAULT_WEAK, <u32>control, 1, 0);
}

/** There was a strong count to give up: `before` is what stood there. */
export function verifyRelease(control: usize, before: u64): void {
  if ((before & STRONG) == 0) fault(FAULT_STRONG, <u32>control, 1, 0);
}

/** `control` has a value and no strong count: it is still being made, or its last owner is about to take it apart. */
export function verifyUnheld(control: usize): void {
  verifyWeak(control);
  const strong = strongOf(control);
  if (strong != 0) fault(FAULT_HELD, <u32>control, 0, strong);
  if (atomic.load<u32>(control + VALUE) == 0) fault(FAULT_FINISHED, <u32>control, 1, 0);
}

/** A control block that was just handed out is nobody else's. */
export function verifyUnused(control: usize): void {
  verifyControl(control);
  const strong = strongOf(control);
  const weak = atomic.load<u32>(control + WEAK);
  if ((strong | weak) != 0) fault(FAULT_USED, <u32>control, strong, weak);
}

/** Notes beside a value which generation of its control block it belongs to. */
export function noteGeneration(control: usize, value: usize): void {
  atomic.store<u32>(value - BACK_GENERATION, generationAt(control));
}

/** `value` is that of an object of `kind` with cells of its own, held or just given up. Answers its control block. */
export function verifyObject(value: usize, kind: u32): usize {
  verifyPointer(value, unit);
  const control = <usize>atomic.load<u32>(value - BACK);
  const check = atomic.load<u32>(value - BACK_CHECK);
  if (check != (<u32>control ^ CHECK)) fault(FAULT_BACK, <u32>value, <u32>control ^ CHECK, check);
  verifyWeak(control);
  const other = atomic.load<u32>(control + VALUE);
  if (<usize>other != value) fault(FAULT_MOVED, <u32>value, <u32>control, other);
  const found = atomic.load<u32>(control + META) & 0xff;
  if (found != kind) fault(FAULT_KIND, <u32>control, kind, found);
  return control;
}

/** `value` is that of an object of `kind` that somebody holds. */
export function verifyOwned(value: usize, kind: u32): void {
  const control = verifyObject(value, kind);
  verifyGeneration(control, atomic.load<u32>(value - BACK_GENERATION));
}

/** `control` still serves the object of that generation, which somebody holds. */
export function verifyGeneration(control: usize, generation: u32): void {
  verifyStrong(control);
  const found = generationAt(control);
  if (found != generation) fault(FAULT_GENERATION, <u32>control, generation, found);
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
