/**
 * The unbounded queue: linked blocks of 63 slots, whose states are two bitmaps.
 *
 *   queue value (shape.ts)                               block (cells lie one alignment unit apart)
 *   head   | index : 64 | block : 32 |                   next     | the block after this one, 0 until installed |
 *   tail   | index : 64 | block : 32 |                   written  | bit i: slot i holds a value                 |
 *                                                        read     | bit i: slot i's value was taken             |
 *   index = position << 1 | closed (tail only)           slots    | 63 x 8 bytes                                |
 *
 *   positions  0 1 2 ... 61 62 | 63 |  64 ... 126 | 127 |          63, 127, ...: the hole; an index there means
 *              first block     hole    second block  hole          that the next block is being installed
 *
 * Invariants
 *   - Only a CAS on an index claims positions, and an index never repeats. The block is stored before the index leaves the
 *     hole, and read after the index. So a CAS that succeeds proves that the block read with it was the right one, and
 *     what was read from a wrong or recycled block is thrown away.
 *   - The tail leaves the hole by addition, never by a store: a store would lose a `close` that lands in between.
 *   - slot written -> bit in `written`; slot read -> bit in `read`. A pop claims only what `written` already shows, so
 *     nothing waits after a claim. Each bit is set once, so it is set by addition: x86 has one instruction that adds and
 *     returns the sum before, where an OR that returns the bits before needs a loop.
 *   - `next` is installed before the last slot's bit appears in `written`.
 *   - Whoever completes `read` frees the block: all 63 values were taken, exactly one addition sees it complete, and head
 *     and tail have left. A block's `next` and bitmaps are reset when it is allocated, never when it is freed: its memory
 *     serves others in between.
 *
 * Windows: the CAS on an index .. the store to the cell that owns the value, behind the addition to `written` or `read`, in
 * `push`, `pushMany`, `pop` and `popMany`. Everything that can fail or wait, a block to allocate, a `next` to wait for, a
 * bound to check, stands before the CAS. In between there are loads, stores, at most one memory.copy and one memory.fill, so
 * a killed thread leaves no half-claimed slot behind. A block that it had allocated and not installed, or read up and not
 * freed, and payloads stand in its cells; what it can take with it are numbers of its own last pop.
 *
 * In `destroy`, the addition that leaves a slot, or the exchange that leaves a block, .. the store that charges it.
 *
 * The checked build looks at a block before the claim (`flawOf`) and refuses it after (`refuse`): only a claim that succeeds
 * proves that the block read with its index was the right one. Before that it may be anybody's, and that is no fault.
 */

import { discard, prepare, seize } from "../../arc/kernel/discard";
import { alloc, giveBack } from "../../heap/kernel/alloc";
import {
  add64,
  cas64,
  copy,
  load32,
  load64,
  readF64,
  store32,
  store64,
  swap32,
  wipe,
  writeF64,
} from "../../heap/kernel/atomic";
import { snooze, spin } from "../../heap/kernel/backoff";
import { clear, own, ownSlot } from "../../heap/kernel/cells";
import { unit } from "../../heap/kernel/header";
import { CLOSED, EMPTY, INLINE, NO_MEMORY, OK } from "../../heap/kernel/numbers";
import { queueCell, slotCell } from "../../heap/kernel/threads";
import { flawOf, refuse } from "../../heap/kernel/verify";
import { CLOSED_BIT, contentOf, headOf, note, tailOf } from "./shape";

/** log2 of the positions of a lap: 6, and less in the model build, whose programs are small. */
const LAP_SHIFT: u64 = LAP_BITS;
const LAP_MASK: u64 = (1 << LAP_SHIFT) - 1;
/** Slots of a block: all positions of a lap but the last. */
const SLOTS: u64 = LAP_MASK;
/** The offset of the hole. */
const HOLE: u64 = LAP_MASK;
/** An index is a position shifted by this; the bit below is the closed flag. */
const SHIFT: u64 = 1;
const ONE: u64 = 1 << SHIFT;
/** A bitmap with every slot's bit. */
const ALL: u64 = (1 << SLOTS) - 1;

/** Where a cell's index and block lie. */
const INDEX: usize = 0;
const BLOCK: usize = 8;

function nextOf(block: usize): usize {
  return block;
}
function writtenOf(block: usize): usize {
  return block + unit;
}
function readOf(block: usize): usize {
  return block + 2 * unit;
}
function slotOf(block: usize, offset: u64): usize {
  return block + 3 * unit + ((<usize>offset) << 3);
}

/** Items before an index: its position less the holes. */
function count(index: u64): u64 {
  const position = index >> SHIFT;
  return position - (position >> LAP_SHIFT);
}

function offsetOf(index: u64): u64 {
  return (index >> SHIFT) & LAP_MASK;
}

/** Bytes of a block. */
export function blockSize(): u32 {
  return 3 * <u32>unit + 8 * <u32>SLOTS;
}

/** An empty block, in the thread's own cell for one; 0 when the heap is exhausted. */
function newBlock(): usize {
  const block = alloc(blockSize(), <u32>unit, queueCell());
  if (block == 0) return 0;
  store32(nextOf(block), 0);
  store64(writtenOf(block), 0);
  store64(readOf(block), 0);
  return block;
}

export function construct(queue: usize, start: u64): i32 {
  const block = newBlock();
  if (block == 0) return NO_MEMORY;
  const offset = start & LAP_MASK;
  // The slots that a queue with this history would have used up.
  const used: u64 = ((<u64>1) << offset) - 1;
  store64(writtenOf(block), used);
  store64(readOf(block), used);
  const cell = queueCell();
  store64(headOf(queue) + INDEX, start << SHIFT);
  store64(tailOf(queue) + INDEX, start << SHIFT);
  store32(tailOf(queue) + BLOCK, <u32>block);
  swap32(headOf(queue) + BLOCK, <u32>block);
  clear(cell);
  return OK;
}

/**
 * Frees every block, and what is in their slots from the head to the tail. The head moves on with each of these, so whoever
 * finds the queue half-way goes on there.
 */
export function destroy(queue: usize): void {
  const content = contentOf(queue);
  const slot = slotCell();
  const cell = queueCell();
  const head = headOf(queue);
  const end = load64(tailOf(queue) + INDEX) & ~CLOSED_BIT;
  while (true) {
    const block = <usize>load32(head + BLOCK);
    if (block == 0) return;
    if (BUILD == 1) refuse(flawOf(block, blockSize()), block, blockSize());
    const index = load64(head + INDEX);
    const offset = offsetOf(index);
    if (index == end || offset == HOLE) {
      const next = load32(nextOf(block));
      swap32(head + BLOCK, next);
      own(cell, block);
      if (offset == HOLE) add64(head + INDEX, ONE);
      giveBack(block, cell);
    } else {
      const value = readF64(slotOf(block, offset));
      prepare(content, slot);
      add64(head + INDEX, ONE);
      seize(content, value, slot);
      discard(content, value, slot);
    }
  }
}

export function push(queue: usize, value: f64, cell: usize): i32 {
  const tail = tailOf(queue);
  const ofNext = queueCell();
  let next: usize = 0;
  let step: u32 = 0;
  let answer: i32 = OK;
  while (true) {
    const index = load64(tail + INDEX);
    const block = <usize>load32(tail + BLOCK);
    const flaw = BUILD == 1 ? flawOf(block, blockSize()) : OK;
    if ((index & CLOSED_BIT) != 0) {
      answer = CLOSED;
      break;
    }
    const offset = offsetOf(index);
    if (offset == HOLE) {
      step = snooze(step);
      continue;
    }
    const last = offset == SLOTS - 1;
    if (last && next == 0) {
      next = newBlock();
      if (next == 0) {
        // Exhausted; but if another thread has installed a block meanwhile, none is needed.
        if (load64(tail + INDEX) != index) continue;
        answer = NO_MEMORY;
        break;
      }
    }
    if (cas64(tail + INDEX, index, index + ONE)) {
      if (BUILD == 1 && flaw != OK) refuse(flaw, block, blockSize());
      writeF64(slotOf(block, offset), value);
      if (last) {
        store32(tail + BLOCK, <u32>next);
        add64(tail + INDEX, ONE);
        store32(nextOf(block), <u32>next);
        clear(ofNext);
        next = 0;
      }
      add64(writtenOf(block), (<u64>1) << offset);
      clear(cell);
      break;
    }
    step = spin(step);
  }
  if (next != 0) giveBack(next, ofNext);
  return answer;
}

/** As many of a block at a time as fit, each such run with one CAS. */
export function pushMany(queue: usize, source: usize, n: u32): u32 {
  const tail = tailOf(queue);
  const ofNext = queueCell();
  const isOwned = contentOf(queue) != INLINE;
  let next: usize = 0;
  let step: u32 = 0;
  let done: u32 = 0;
  note(OK);
  while (done < n) {
    const index = load64(tail + INDEX);
    const block = <usize>load32(tail + BLOCK);
    const flaw = BUILD == 1 ? flawOf(block, blockSize()) : OK;
    if ((index & CLOSED_BIT) != 0) {
      note(CLOSED);
      break;
    }
    const offset = offsetOf(index);
    if (offset == HOLE) {
      step = snooze(step);
      continue;
    }
    const run = min(<u64>(n - done), SLOTS - offset);
    const last = offset + run == SLOTS;
    if (last && next == 0) {
      next = newBlock();
      if (next == 0) {
        if (load64(tail + INDEX) != index) continue;
        note(NO_MEMORY);
        break;
      }
    }
    if (cas64(tail + INDEX, index, index + (run << SHIFT))) {
      if (BUILD == 1 && flaw != OK) refuse(flaw, block, blockSize());
      copy(slotOf(block, offset), source + ((<usize>done) << 3), (<usize>run) << 3);
      if (last) {
        store32(tail + BLOCK, <u32>next);
        add64(tail + INDEX, ONE);
        store32(nextOf(block), <u32>next);
        clear(ofNext);
        next = 0;
      }
      add64(writtenOf(block), (((<u64>1) << run) - 1) << offset);
      if (isOwned) wipe(source + ((<usize>done) << 3), (<usize>run) << 3);
      done += <u32>run;
      step = 0;
      continue;
    }
    step = spin(step);
  }
  if (next != 0) giveBack(next, ofNext);
  return done;
}

export function pop(queue: usize, cell: usize): f64 {
  const head = headOf(queue);
  const ofBlock = queueCell();
  let step: u32 = 0;
  while (true) {
    const index = load64(head + INDEX);
    const block = <usize>load32(head + BLOCK);
    const flaw = BUILD == 1 ? flawOf(block, blockSize()) : OK;
    const offset = offsetOf(index);
    // At the hole this is a bit that no block ever shows.
    const bit: u64 = (<u64>1) << offset;
    if ((load64(writtenOf(block)) & bit) == 0) {
      const tail = load64(tailOf(queue) + INDEX);
      if (count(tail) == count(index)) {
        note((tail & CLOSED_BIT) != 0 ? CLOSED : EMPTY);
        return NaN;
      }
      // A pusher has claimed the slot and not written it yet, or the head has moved on.
      step = snooze(step);
      continue;
    }
    let next: u32 = 0;
    if (offset == SLOTS - 1) {
      next = load32(nextOf(block));
      if (next == 0) {
        step = snooze(step);
        continue;
      }
    }
    if (cas64(head + INDEX, index, index + ONE)) {
      if (BUILD == 1 && flaw != OK) refuse(flaw, block, blockSize());
      if (next != 0) {
        store32(head + BLOCK, next);
        add64(head + INDEX, ONE);
      }
      const value = readF64(slotOf(block, offset));
      const isDone = add64(readOf(block), bit) == ALL - bit;
      ownSlot(cell, value);
      if (isDone) {
        own(ofBlock, block);
        giveBack(block, ofBlock);
      }
      note(OK);
      return value;
    }
    step = spin(step);
  }
}

/** Each run that `written` shows with one CAS. */
export function popMany(queue: usize, target: usize, max: u32): u32 {
  const head = headOf(queue);
  const ofBlock = queueCell();
  let step: u32 = 0;
  let done: u32 = 0;
  note(OK);
  while (done < max) {
    const index = load64(head + INDEX);
    const block = <usize>load32(head + BLOCK);
    const flaw = BUILD == 1 ? flawOf(block, blockSize()) : OK;
    const offset = offsetOf(index);
    const run = min(<u64>(max - done), ctz(~(load64(writtenOf(block)) >> offset)));
    if (run == 0) {
      const tail = load64(tailOf(queue) + INDEX);
      if (done != 0) break;
      if (count(tail) == count(index)) {
        note((tail & CLOSED_BIT) != 0 ? CLOSED : EMPTY);
        break;
      }
      step = snooze(step);
      continue;
    }
    let next: u32 = 0;
    if (offset + run == SLOTS) {
      next = load32(nextOf(block));
      if (next == 0) {
        step = snooze(step);
        continue;
      }
    }
    if (cas64(head + INDEX, index, index + (run << SHIFT))) {
      if (BUILD == 1 && flaw != OK) refuse(flaw, block, blockSize());
      if (next != 0) {
        store32(head + BLOCK, next);
        add64(head + INDEX, ONE);
      }
      copy(target + ((<usize>done) << 3), slotOf(block, offset), (<usize>run) << 3);
      const bits = (((<u64>1) << run) - 1) << offset;
      if (add64(readOf(block), bits) == ALL - bits) {
        own(ofBlock, block);
        giveBack(block, ofBlock);
      }
      done += <u32>run;
      step = 0;
      continue;
    }
    step = spin(step);
  }
  return done;
}

/** Items in the queue at one moment during the call. */
export function size(queue: usize): f64 {
  while (true) {
    const tail = load64(tailOf(queue) + INDEX);
    const head = load64(headOf(queue) + INDEX);
    // The tail stood still while the head was read: both are of one moment.
    if (load64(tailOf(queue) + INDEX) == tail) return <f64>(count(tail) - count(head));
  }
}

/** Whether there was no item at one moment during the call: head first, so that a tail equal to it was not behind it. */
export function isEmpty(queue: usize): bool {
  const head = load64(headOf(queue) + INDEX);
  return count(load64(tailOf(queue) + INDEX)) == count(head);
}

/** Closed and empty, for ever: both from one load of the tail. */
export function isFinished(queue: usize): bool {
  const head = load64(headOf(queue) + INDEX);
  const tail = load64(tailOf(queue) + INDEX);
  return (tail & CLOSED_BIT) != 0 && count(tail) == count(head);
}
