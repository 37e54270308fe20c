/**
 * The reaper: gives back what a dead thread owned, cell by cell.
 *
 *   1  claim     its entry in the thread table, and those that it was itself reaping when it died, and so on
 *   2  leave     its listeners, whose notifications go on to others: the events still live by the dead thread's counts
 *   3  let in    what it had of locks: likewise
 *   4  return    everything else
 *   5  vacate    the ledger's blocks go back, and the entry is free
 *
 * Invariants
 *   - Each step gives up what one cell owns by the operation that the thread itself would have called, with that very cell. So
 *     the cell is empty in the same step in which the thing is given up; what such an operation holds in between stands in the
 *     reaper's own working cells. A reaper may be killed anywhere, and is reaped like anybody else: nothing is returned twice.
 *   - One thread reaps an entry at a time, since `claim` and `adopt` are each one CAS on its word.
 *
 * Who may call what: any thread that has an entry, about a thread that will not take another step; or about itself, as the
 * last thing that it does.
 */

import { abandon, emptyTicket, kindOf, release, releaseWeak, valueOf } from "../../arc/kernel/arc";
import { discard, prepare, seize } from "../../arc/kernel/discard";
import { wakeSide } from "../../channel/kernel/side";
import { freeLedger, reclaim, scratchSize } from "../../heap/kernel/alloc";
import { load64, read32, readF64, swap64 } from "../../heap/kernel/atomic";
import { addressIn, clear, EXTRA, kindOfCell, own, owned } from "../../heap/kernel/cells";
import { THREADS } from "../../heap/kernel/header";
import { stopLooking } from "../../heap/kernel/looking";
import {
  ARCS,
  INLINE,
  OWN_ARC,
  OWN_ARRIVAL,
  OWN_COUNTS,
  OWN_DEBT,
  OWN_ENDING,
  OWN_LISTENER,
  OWN_LOCK,
  OWN_MAKING,
  OWN_PERMITS,
  OWN_QUEUED,
  OWN_READ,
  OWN_SCRATCH,
  OWN_STARVED,
  OWN_STRONG,
  OWN_TICKET,
  OWN_VALUE,
  OWN_WEAK,
  PASS,
  PASSED,
  PASSED_ON,
  TAKEN_OUT,
} from "../../heap/kernel/numbers";
import {
  adopt,
  blockCell,
  cellAfter,
  claim,
  debtCellOf,
  entryAt,
  identify,
  LEDGER,
  slotCell,
  vacate,
} from "../../heap/kernel/threads";
import { leave } from "../../listener/kernel/event";
import { depart } from "../../lock/kernel/barrier";
import { payFor } from "../../lock/kernel/debt";
import { giveBack } from "../../lock/kernel/semaphore";
import { letGo } from "../../lock/kernel/word";
import { dispose, isSide, releaseCounts } from "./dispose";

// What this thread's last reaping found, for its report.
let strong: u32 = 0;
let weak: u32 = 0;
let tickets: u32 = 0;
let listeners: u32 = 0;
let passed: u32 = 0;
let blocks: u32 = 0;
let values: u32 = 0;
let locks: u32 = 0;

/** How much of something the last reapings found since `forgetFound`; `what` is the number of its kind's cell. */
export function found(what: u32): u32 {
  if (what == OWN_STRONG) return strong;
  if (what == OWN_WEAK) return weak;
  if (what == OWN_TICKET) return tickets;
  if (what == OWN_LISTENER) return listeners;
  if (what == PASSED_ON) return passed;
  if (what == OWN_VALUE) return values;
  if (what == OWN_LOCK) return locks;
  return blocks;
}

export function forgetFound(): void {
  strong = 0;
  weak = 0;
  tickets = 0;
  listeners = 0;
  passed = 0;
  blocks = 0;
  values = 0;
  locks = 0;
}

/**
 * Returns everything that a thread of these numbers owned by `entry`. False: that is not its entry, or another thread reaps it.
 */
export function reap(entry: usize, thread: u32, osThread: u32): bool {
  if (!claim(entry, identify(thread, osThread))) return false;
  cleanAll(entry);
  return true;
}

/**
 * Cleans an entry, and before it those that its thread was reaping. Such a one may have been a reaper's that this one had not
 * come to: only its entry says so, and that is free afterwards. A debt comes first: the dead reaper may owe it to a lock that
 * lives only by the counts of the thread that it was reaping.
 */
function cleanAll(entry: usize): void {
  const debt = debtCellOf(entry);
  if (owned(debt) != 0 && kindOfCell(debt) == OWN_DEBT) payFor(debt);
  for (let i: u32 = 0; i < THREADS; i++) {
    const other = entryAt(i);
    if (other != entry && adopt(other, entry)) cleanAll(other);
  }
  clean(entry);
}

function clean(entry: usize): void {
  for (let cell = cellAfter(entry, 0); cell != 0; cell = cellAfter(entry, cell)) {
    const what = owned(cell);
    if (what == 0) continue;
    const kind = kindOfCell(cell);
    if (kind == OWN_LISTENER) {
      listeners++;
      if ((leave(what, PASS, 0) & PASSED) != 0) passed++;
    }
  }
  for (let cell = cellAfter(entry, 0); cell != 0; cell = cellAfter(entry, cell)) {
    const what = owned(cell);
    if (what != 0) letIn(what, cell);
  }
  for (let cell = cellAfter(entry, 0); cell != 0; cell = cellAfter(entry, cell)) {
    const what = owned(cell);
    if (what != 0) giveUp(what, cell);
  }
  dismantle(entry);
  stopLooking(entry);
  vacate(entry);
}

/** Gives up what a cell owns of a lock, if it owns such a thing. */
function letIn(what: usize, cell: usize): void {
  const kind = kindOfCell(cell);
  if (isOfLock(kind)) locks++;
  if (kind == OWN_PERMITS || kind == OWN_QUEUED) {
    giveBack(what, cell);
  } else if (kind == OWN_ARRIVAL) {
    depart(what, cell);
  } else if (kind == OWN_STARVED || isOfLock(kind)) {
    letGo(what, cell, true);
  }
}

function isOfLock(kind: u32): bool {
  return kind == OWN_LOCK || kind == OWN_PERMITS || (kind >= <u32>OWN_READ && kind != OWN_ARRIVAL);
}

/** Gives the ledger's blocks back, one after the other. */
function dismantle(entry: usize): void {
  const cell = blockCell();
  while (true) {
    const block = <usize>load64(entry + LEDGER);
    if (block == 0) return;
    const next = load64(block);
    swap64(entry + LEDGER, next);
    own(cell, block);
    freeLedger(block, cell);
  }
}

/** Gives up what a cell owns. */
function giveUp(what: usize, cell: usize): void {
  const kind = kindOfCell(cell);
  if (kind == OWN_STRONG) {
    strong++;
    // It may have put something in, or taken it out, and not told anybody.
    if (isSide(kindOf(what))) wakeSide(valueOf(what), true);
    if (release(what, cell)) dispose(what, cell);
  } else if (kind == OWN_WEAK) {
    weak++;
    releaseWeak(what, cell);
  } else if (kind == OWN_MAKING) {
    blocks++;
    abandon(what, cell);
  } else if (kind == OWN_ENDING) {
    blocks++;
    dispose(what, cell);
  } else if (kind == OWN_TICKET || kind == OWN_COUNTS) {
    if (kind == OWN_TICKET && !emptyTicket(what, read32(cell + EXTRA), cell)) return;
    tickets++;
    releaseCounts(cell);
  } else if (kind == OWN_SCRATCH) {
    emptyScratch(what, read32(cell + EXTRA));
    reclaim(what, cell);
  } else if (kind == OWN_ARC) {
    values++;
    discard(ARCS, readF64(cell), cell);
  } else {
    if (kind == OWN_VALUE) values++;
    else blocks++;
    reclaim(what, cell);
  }
}

/** Gives up what the slots of a scratch own. Each value moves to the reaper's own cell first. */
function emptyScratch(scratch: usize, state: u32): void {
  const content = state & ~TAKEN_OUT;
  if (content == INLINE) return;
  const cell = slotCell();
  for (let slot = scratch; slot < scratch + scratchSize(); slot += 8) {
    const value = readF64(slot);
    if (value == 0) continue;
    if ((state & TAKEN_OUT) != 0) values++;
    else blocks++;
    prepare(content, cell);
    seize(content, value, cell);
    clear(slot);
    if (content == ARCS) {
      discard(content, value, cell);
    } else {
      reclaim(addressIn(value), cell);
    }
  }
}
