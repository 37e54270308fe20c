/**
 * The size classes: how large the blocks of each are, and which one an address belongs to.
 *
 *   classes  1..12   16, 32, ... 32768 bytes, carved out of single pages
 *            13      control blocks of 32 bytes: never anything else, so their generations stay true (arc/kernel/arc.ts)
 *            14      the threads' scratch for batches, 8 KiB: apart, so that statistics tell it from what users hold
 *            15      the threads' ledgers (threads.ts), 1 KiB
 *            16..75  runs of whole pages, four sizes to a doubling, never split or merged
 *
 *   page map         one byte a page: the size class that its blocks belong to; 0 = not the start of anything
 *
 * Invariants
 *   - A page belongs to one class for ever, and the map says so before its first block is handed out. So whoever has a block's
 *     address may look its class up at any time.
 *
 * Who may call what: any thread, any time. Nothing here changes anything.
 */
import { load8, load64 } from "./atomic";
import { bump, classes, firstPage, LEDGER_SHIFT, pageMap, SPLIT, unit } from "./header";
import { CONTROL_BYTES, CONTROL_CLASS, FREED_MARK, LAST_CLASS, LEDGER_CLASS, PAGE, SCRATCH_CLASS } from "./numbers";

/** The smallest block: room for a link and a mark. */
export const MIN_SHIFT: u32 = 4;
export const PAGE_SHIFT: u32 = 16;
/** The class of control blocks. */
export const CONTROL: u32 = CONTROL_CLASS;
export const CONTROL_SHIFT: u32 = ctz(CONTROL_BYTES);
/** The class of scratch blocks. Less room in the model build, whose batches are small. */
export const SCRATCH: u32 = SCRATCH_CLASS;
export const SCRATCH_SHIFT: u32 = BUILD == 2 ? 8 : 13;
/** The class of ledger blocks. */
export const LEDGERS: u32 = LEDGER_CLASS;
/** The first class of page runs, and the last. */
export const RUNS: u32 = 16;
export const LAST: u32 = LAST_CLASS;

/** The second word in a half of a class cell. */
const SECOND: usize = 8;
/** A free block's mark. */
export const MARK: usize = FREED_MARK;

export function cellOf(cls: u32): usize {
  return classes + <usize>cls * unit;
}

/** The second half of a small class's cell, in a unit of its own: `free` looks at it, and `alloc` writes to it seldom. */
function secondHalfOf(cls: u32): usize {
  return cellOf(LAST + 1 + cls);
}

/** Where the blocks of a class are returned to. */
export function returnedOf(cls: u32): usize {
  return <usize>cls < SPLIT ? secondHalfOf(cls) : cellOf(cls) + SECOND;
}

/** A small class's carve word. */
export function carveOf(cls: u32): usize {
  return secondHalfOf(cls) + SECOND;
}

/** log2 of a small class's block size. */
export function shiftOf(cls: u32): u32 {
  if (cls < CONTROL) return cls + MIN_SHIFT - 1;
  if (cls == CONTROL) return CONTROL_SHIFT;
  return cls == SCRATCH ? SCRATCH_SHIFT : LEDGER_SHIFT;
}

/** The number of pages in a run of class `cls`: 1 2 3 4 5 6 7 8 10 12 14 16 20 ... */
export function runPages(cls: u32): u32 {
  const run = cls - RUNS;
  return run < 4 ? run + 1 : ((run & 3) + 5) << ((run >> 2) - 1);
}

/** The smallest class whose runs have `count` pages. */
export function runClass(count: u32): u32 {
  if (count <= 4) return RUNS + count - 1;
  const power = 31 - clz(count - 1);
  return RUNS + ((power - 1) << 2) + ((count - 1) >> (power - 2)) - 4;
}

/** Bytes of a block of class `cls`; 0 for a class that does not exist. For statistics. */
export function classSize(cls: u32): f64 {
  if (cls == 0 || cls > LAST) return 0;
  return cls < RUNS ? <f64>(1 << shiftOf(cls)) : <f64>runPages(cls) * PAGE;
}

/** The class of the block that starts at `ptr`; 0 when no block starts there. */
export function classAt(ptr: usize): u32 {
  const page = ptr >> PAGE_SHIFT;
  if (page < firstPage || page >= <usize>(<u32>load64(bump))) return 0;
  const cls = load8(pageMap + page);
  if (cls == 0) return 0;
  if (cls >= RUNS) return (ptr & (PAGE - 1)) == 0 ? cls : 0;
  const shift = shiftOf(cls);
  if ((ptr & ((1 << shift) - 1)) != 0) return 0;
  const word = load64(carveOf(cls));
  // A class uses its pages up one after the other: what lies in its current one's rest, or in a page that is promised and
  // not delivered yet, nobody has had.
  const current = <usize>(word >> 32);
  const neverUsed = (<u32>word) << shift;
  if (current < page || (current == page && <u32>(ptr & (PAGE - 1)) >= <u32>PAGE - neverUsed)) return 0;
  return cls;
}

/** Whether no block of users starts there. */
export function isKernels(cls: u32): bool {
  return cls == 0 || (cls >= CONTROL && cls <= LEDGERS);
}

/** Whether `ptr` is a control block of this heap, in use or not. */
export function isControl(ptr: usize): bool {
  return classAt(ptr) == CONTROL;
}

/** Whether `ptr` lies in a page that was handed out: what must hold before a value's back reference is read. */
export function isMapped(ptr: usize): bool {
  const page = ptr >> PAGE_SHIFT;
  return page >= firstPage && page < <usize>(<u32>load64(bump));
}
