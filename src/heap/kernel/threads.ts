/**
 * The thread table: which threads have the heap open, and where the ledger of each begins.
 *
 *   entry (128 bytes, on a multiple of the unit)
 *   0    incarnation : 32 | reaper : 16 | phase : 16     FREE -> LIVE -> REAPED -> FREE, each time of another incarnation
 *   8    osThread : 32 | thread : 32                     who it is: the operating system's number for the thread, 0 where
 *                                                        there is none to be had, and the host's; NOBODY in a free entry
 *   16   ledger : 64                                     its first block of cells; 0: none
 *   24   looks : 64                                      1 while the thread looks (looking.ts)
 *   32   six working cells                               what the kernel call under way holds
 *
 *   ledger block (1 KiB)
 *   0    next : 64
 *   16   63 cells
 *
 * Invariants
 *   - An entry is its thread's from `enter` until somebody claims it in order to reap it: the thread itself when it ends in
 *     good order, or another once it knows that the thread is dead. Claiming is one CAS, which names the reaper; so a reaper
 *     that dies is found by its own, who goes on with what it had begun (reaper/kernel/reap.ts).
 *   - Both numbers of a thread are written and read as one word. So what is read there belongs together, whoever's entry it is
 *     by the time that it is looked into: the host's number is never one thread's and the system's another's.
 *   - The working cells are empty between kernel calls.
 *   - A ledger only grows while its thread lives.
 *
 * Who may call what: `enter` any thread, and then `use` on what it returned, before it owns anything; `addCells` likewise on
 * its own entry. `claim`, `adopt` and `vacate` a reaper.
 *
 * Windows: in `enter` the CAS that takes the entry .. the store of the thread's numbers; in `addCells` the exchange that links
 * a block in .. the store that clears the cell it stood in.
 */
import { allocLedger } from "./alloc";
import { cas64, load32, load64, read32, store64, swap64, wipe, write32 } from "./atomic";
import { CELL, clear, EXTRA, KIND, kindOfCell, owned } from "./cells";
import { entrySize, LEDGER_SHIFT, THREADS, threads } from "./header";
import {
  OWN_BLOCK,
  OWN_WEAK,
  PHASE_FREE,
  PHASE_LIVE,
  PHASE_REAPED,
  QUEUE_CELL,
  WORK_AT,
  WORKING_CELLS,
} from "./numbers";

const FREE: u64 = PHASE_FREE;
const LIVE: u64 = PHASE_LIVE;
const REAPED: u64 = PHASE_REAPED;
const PHASE: u64 = 0xffff;
const REAPER: u64 = 16;
const INCARNATION: u64 = 1 << 32;

const THREAD: usize = 8;
export const LEDGER: usize = 16;
export const LOOKS: usize = 24;
const WORK: usize = WORK_AT;
const CELLS: usize = WORKING_CELLS;
/** In a free entry. */
const NOBODY: u64 = 0xffffffff;

/** Bytes of a ledger block, and where its cells begin. */
const LEDGER_BLOCK: usize = 1 << LEDGER_SHIFT;
const FIRST_CELL: usize = CELL;
/** Cells that `holds` looks at before it gives up. */
const MOST_CELLS: u32 = 10_000_000;

/** This thread's entry; 0: it has none, and owns nothing (the model kernel without one). */
export let mine: usize = 0;

// The working cells: 0 for a thread without an entry.
/** The value's block of an object that is being made or taken apart, or any other block in between. */
export function blockCell(): usize {
  return mine == 0 ? 0 : mine + WORK;
}
/** The control block of an object that is being made. */
export function controlCell(): usize {
  return mine == 0 ? 0 : mine + WORK + CELL;
}
/** A queue's block that is about to be installed, or was read up. */
export function queueCell(): usize {
  return mine == 0 ? 0 : mine + WORK + <usize>QUEUE_CELL * CELL;
}
/** What a slot held of a queue that is taken apart, or a tag that nobody takes. */
export function slotCell(): usize {
  return mine == 0 ? 0 : mine + WORK + 3 * CELL;
}
/** The weak count of a ticket that was used up. */
export function ticketCell(): usize {
  return mine == 0 ? 0 : mine + WORK + 4 * CELL;
}

/** A count that a side of a channel takes, or that is taken off one; or a notification that is owed to listeners. */
export function partCell(): usize {
  return mine == 0 ? 0 : debtCellOf(mine);
}
/** That cell of another thread's. */
export function debtCellOf(entry: usize): usize {
  return entry + WORK + 5 * CELL;
}

/** Entry number `i` of the table. */
export function entryAt(i: u32): usize {
  return threads + <usize>i * entrySize;
}

/** How many threads can have the heap open at once. */
export function threadLimit(): u32 {
  return THREADS;
}

/** Both numbers of a thread as one word. */
export function identify(thread: u32, osThread: u32): u64 {
  return ((<u64>osThread) << 32) | <u64>thread;
}

/** A free entry for thread `thread`, which the operating system calls `osThread`; 0: there is none. */
export function enter(thread: u32, osThread: u32): usize {
  const identity = identify(thread, osThread);
  for (let i: u32 = 0; i < THREADS; i++) {
    const entry = entryAt(i);
    const word = load64(entry);
    if ((word & PHASE) != FREE) continue;
    if (cas64(entry, word, (word & ~(INCARNATION - 1)) + INCARNATION + LIVE)) {
      store64(entry + THREAD, identity);
      return entry;
    }
  }
  return 0;
}

/** Makes an entry this instance's. */
export function use(entry: usize): void {
  mine = entry;
  write32(blockCell() + KIND, OWN_BLOCK);
  write32(controlCell() + KIND, OWN_BLOCK);
  write32(queueCell() + KIND, OWN_BLOCK);
  write32(ticketCell() + KIND, OWN_WEAK);
}

/** One more block of cells for this thread. Returns the first cell; 0: the heap is exhausted. */
export function addCells(): usize {
  const cell = blockCell();
  const block = allocLedger(cell);
  if (block == 0) return 0;
  wipe(block, LEDGER_BLOCK);
  store64(block, load64(mine + LEDGER));
  swap64(mine + LEDGER, block);
  clear(cell);
  return block + FIRST_CELL;
}

/** Cells of a ledger block. */
export function cellsPerBlock(): u32 {
  return <u32>((LEDGER_BLOCK - FIRST_CELL) / CELL);
}

/** The thread whose entry this is, while it lives or its remains lie there; NOBODY: none. */
export function threadOf(entry: usize): u32 {
  return load32(entry + THREAD);
}

/** Both numbers of that thread: the operating system's in the upper half, 0 where there is none, and the host's in the lower. */
export function identityOf(entry: usize): u64 {
  return load64(entry + THREAD);
}

/** Whether somebody lives there, or there is something that a reaper has not returned yet: 0 nobody, 1 lives, 2 is reaped. */
export function phaseOf(entry: usize): u32 {
  return <u32>(load64(entry) & PHASE);
}

function indexOf(entry: usize): u64 {
  return <u64>((entry - threads) / entrySize);
}

/** The lower half of the word of an entry that the thread of `reaper` reaps. */
function reapedBy(reaper: usize): u64 {
  return (indexOf(reaper) << REAPER) | REAPED;
}

/**
 * Takes a dead thread's entry in order to reap it: from the thread, or from the thread as its own reaper. An entry that this
 * thread is reaping already is taken again: that call was cut short. The word is read before the thread's numbers: no other
 * thread's entry has both, and the CAS fails if it became another thread's meanwhile.
 */
export function claim(entry: usize, identity: u64): bool {
  const word = load64(entry);
  if (load64(entry + THREAD) != identity) return false;
  const state = word & (INCARNATION - 1);
  if ((state & PHASE) != LIVE && state != reapedBy(entry) && state != reapedBy(mine)) return false;
  return take(entry, word);
}

/** Takes an entry that a dead thread was reaping. */
export function adopt(entry: usize, reaper: usize): bool {
  const word = load64(entry);
  if ((word & (INCARNATION - 1)) != reapedBy(reaper)) return false;
  return take(entry, word);
}

function take(entry: usize, word: u64): bool {
  return cas64(entry, word, (word & ~(INCARNATION - 1)) | reapedBy(mine));
}

/** The entry is free again; its ledger is gone. */
export function vacate(entry: usize): void {
  store64(entry + THREAD, NOBODY);
  store64(entry, load64(entry) & ~(INCARNATION - 1));
}

/** The first cell behind `cell` in an entry's ledger and, at its end, the working cells; 0: that was all. Begins with 0. */
export function cellAfter(entry: usize, cell: usize): usize {
  const working = entry + WORK;
  const isWorking = cell >= working && cell < working + CELLS * CELL;
  if (isWorking) return cell + CELL < working + CELLS * CELL ? cell + CELL : 0;
  let block: usize;
  if (cell == 0) {
    block = <usize>load64(entry + LEDGER);
  } else {
    if (((cell + CELL) & (LEDGER_BLOCK - 1)) != 0) return cell + CELL;
    block = <usize>load64(cell & ~(LEDGER_BLOCK - 1));
  }
  return block != 0 ? block + FIRST_CELL : working;
}

/**
 * How many cells of an entry own something of that kind. With `thing`, how many own that thing, and have that extra number. For
 * statistics: while the thread lives it is a moment's answer, or, when the entry changes hands meanwhile, nobody's.
 */
export function holds(entry: usize, kind: u32, thing: u32, extra: u32): u32 {
  const word = load64(entry);
  let count: u32 = 0;
  let left = MOST_CELLS;
  for (let cell = cellAfter(entry, 0); cell != 0 && left > 0; cell = cellAfter(entry, cell), left--) {
    // A ledger's block that went back leads to other such blocks, for ever perhaps.
    const what = owned(cell);
    if (kindOfCell(cell) != kind || what == 0 || (thing != 0 && (what != thing || read32(cell + EXTRA) != extra)))
      continue;
    count++;
  }
  return load64(entry) == word ? count : 0;
}
