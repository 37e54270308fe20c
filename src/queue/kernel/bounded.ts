/**
 * The bounded queue: a ring of slots in groups of 64, whose states are two bitmaps a group. A bit flips once per lap.
 *
 *   queue value (shape.ts)                  ring: groups, each (cells lie one alignment unit apart)
 *   head   | index : 64 | known : 64 |     written  | bit i: flipped once for each value that slot i was given   |
 *   tail   | index : 64 | known : 64 |     read     | bit i: flipped once for each value that was taken from it  |
 *                                          slots    | 64 x 8 bytes, fewer in the last group                      |
 *
 *   index = lap | offset into the ring (as many bits as the capacity needs) | flag : 1
 *   flag of the tail: closed; of the head: a value is being displaced
 *   known = all positions before this index are ready, as some thread has seen: written for the head, read for the tail
 *
 * A bit's parity against its lap's says all that a slot's state could:
 *
 *   before lap L gave it a value      written = L & 1      a pop at (L, slot) waits for the other
 *   after                             written = ~L & 1
 *   before lap L - 1's was taken      read    = ~L & 1     a push at (L, slot) waits for the other
 *   after                             read    = L & 1
 *
 * Invariants
 *   - Only a CAS on an index claims positions, and an index never repeats: the lap has all bits that the offset leaves. So
 *     while an index stands still its slot's bits can make one step each, the one that is waited for, and never two.
 *   - slot written -> bit in `written`; slot read -> bit in `read`. Neither a push nor a pop claims what the bitmap does not
 *     show already, so nothing waits after a claim. Each bit is flipped by one thread at a time and its state is known, so
 *     it is flipped by addition or subtraction: x86 has one instruction for these, and none that exchanges a XOR.
 *   - head <= tail <= head + capacity, but for the window of `displace`. There the head has left the oldest value's slot and
 *     the tail comes after it; the flag stands in the head meanwhile, and means "full" to everyone who looks.
 *   - That a position is ready stays true until it is claimed, so whatever `known` was once set to is right for ever, and a
 *     late store of a lower one only costs a look. Without it, poppers would read once per value the bitmap that pushers write
 *     once per value, and the other way round: the cache line would travel twice for each value.
 *   - The tail moves by CAS or addition, never by a store: a store would lose a `close` that lands in between.
 *
 * Windows: the CAS on an index .. the store to the cell that owns the value, behind the addition to a bitmap, in `push`,
 * `pushMany`, `pop` and `popMany`, or, in `displace`, behind the subtraction that takes the flag back. In between there are
 * loads, stores, at most one memory.copy and one memory.fill. A thread that is killed takes numbers of its own last pop with
 * it, and nothing else.
 */

import { discard, prepare, seize } from "../../arc/kernel/discard";
import { alloc, giveBack } from "../../heap/kernel/alloc";
import { add64, cas64, copy, load64, readF64, store64, sub64, wipe, writeF64 } from "../../heap/kernel/atomic";
import { snooze, spin } from "../../heap/kernel/backoff";
import { clear, own, ownSlot } from "../../heap/kernel/cells";
import { unit } from "../../heap/kernel/header";
import { CLOSED, DISPLACED, EMPTY, FULL, INLINE, NO_MEMORY, OK } from "../../heap/kernel/numbers";
import { queueCell, slotCell } from "../../heap/kernel/threads";
import { verifyBlock } from "../../heap/kernel/verify";
import {
  CLOSED_BIT,
  capacityOf,
  contentOf,
  describeOffsets,
  headOf,
  note,
  offsetBitsOf,
  ringOf,
  swapRing,
  tailOf,
} from "./shape";

/** log2 of a group's slots: 6, and less in the model build, whose rings are small. */
const GROUP_SHIFT: u64 = LAP_BITS;
const GROUP: u64 = 1 << GROUP_SHIFT;
const ALL: u64 = ~(<u64>0);

/** An index is a position shifted by this; the bit below is a flag. */
const SHIFT: u64 = 1;
const ONE: u64 = 1 << SHIFT;
const DISPLACING: u64 = 1;

/** The longest rest, in square roots of some 7 ns: 4 us, in which the other index moves on by some hundred values. */
const LONGEST_REST: u32 = 512;

/** Where `known` lies, behind the index that it is for. */
const KNOWN: usize = 8;

function writtenOf(group: usize): usize {
  return group;
}
function readOf(group: usize): usize {
  return group + unit;
}
function slotOf(group: usize, bit: u64): usize {
  return group + 2 * unit + ((<usize>bit) << 3);
}
function groupOf(ring: usize, offset: u64): usize {
  return ring + <usize>(offset >> GROUP_SHIFT) * (2 * unit + ((<usize>GROUP) << 3));
}
/** The number of a slot in its group. */
function bitOf(offset: u64): u64 {
  return offset & (GROUP - 1);
}

/** Bytes of a ring. A double: what does not fit into a heap shall be told how much it would take. */
export function ringSize(capacity: u32): f64 {
  const cells = 2 * <u64>unit;
  return <f64>(((<u64>capacity - 1) >> GROUP_SHIFT) * cells + cells + ((<u64>capacity) << 3));
}

/** An index's offset into the ring, whose offsets have `bits` bits. */
function offsetOf(index: u64, bits: u64): u64 {
  return (index >> SHIFT) & (((<u64>1) << bits) - 1);
}

/** All ones in odd laps, zero in even ones: what a bitmap is compared with. */
function parityOf(index: u64, bits: u64): u64 {
  return 0 - ((index >> (SHIFT + bits)) & 1);
}

/** What `n` positions further on is added to an index; behind the ring's last slot comes the next lap. */
function advance(offset: u64, n: u64, capacity: u64, bits: u64): u64 {
  return offset + n == capacity ? (((<u64>1) << bits) - offset) << SHIFT : n << SHIFT;
}

/** What is added to a bitmap to flip bits that are zero in a lap of parity zero, and ones in the other. */
function flip(mask: u64, parity: u64): u64 {
  return (mask ^ parity) - parity;
}

/** Whether one index comes before another: not further apart than half of all there are. */
function isBefore(index: u64, other: u64): bool {
  return <i64>(other - index) > 0;
}

/** `n` ones from `bit` on; n is not 0. */
function run(n: u64, bit: u64): u64 {
  return (ALL >> (64 - n)) << bit;
}

/** Positions between two indices. */
function distance(from: u64, to: u64, capacity: u64, bits: u64): u64 {
  const laps = ((to >> (SHIFT + bits)) - (from >> (SHIFT + bits))) & (ALL >> (SHIFT + bits));
  return laps * capacity + offsetOf(to, bits) - offsetOf(from, bits);
}

/** The index that refused this thread last, the head or the tail, by its address; and what it was then. */
let refusedBy: usize = 0;
let refusedAt: u64 = 0;
/** What the square roots come to, kept so that they are taken at all. */
let root: f64 = 0;

/**
 * Called before the index at `at`, the head or the tail, refuses this thread; it is `index` now. Returns true if it has just caught
 * up with the other one, after several values in a row. Then this thread has rested, and is to look once more. Head and tail close
 * together contend for the same cache lines for every value, and both are slower than if one stays behind: with this rest a ring of
 * 1024 passes twice as many values, however its users wait.
 *
 * A thread that was refused at this index before, or one position before it, is told at once: values do not come in a row here.
 * `refusedBy` and `refusedAt` are this thread's own, and correctness does not depend on them. A small ring rests less: the other
 * index can only move on by `capacity` meanwhile. Square roots leave the core to its other hardware thread, for which this one may
 * be waiting.
 */
function caughtUp(at: usize, index: u64, capacity: u32): bool {
  if (BUILD == 2) return false;
  const moved = at == refusedBy ? index - refusedAt : 0;
  refusedBy = at;
  refusedAt = index;
  if (moved <= ONE) return false;
  let next = root;
  for (let i = min(capacity, LONGEST_REST); i > 0; i--) next = sqrt<f64>(next + 1);
  root = next;
  return true;
}

/** The queue's ring. Only `destroy` frees it, so the checked build refuses any other block at once. */
function ringIn(queue: usize): usize {
  const ring = ringOf(queue);
  if (BUILD == 1) verifyBlock(ring, <u32>ringSize(capacityOf(queue)));
  return ring;
}

export function construct(queue: usize, start: u64): i32 {
  const capacity = <u64>capacityOf(queue);
  const size = ringSize(<u32>capacity);
  if (size > <f64>0xffffffff) return NO_MEMORY;
  const cell = queueCell();
  const ring = alloc(<u32>size, <u32>unit, cell);
  if (ring == 0) return NO_MEMORY;
  const bits = <u64>(64 - clz(capacity - 1));
  const lap = start / capacity;
  const offset = start % capacity;
  // The bits of a queue with this history: slots before the offset have been used once more than the others.
  const parity: u64 = 0 - (lap & 1);
  for (let first: u64 = 0; first < capacity; first += GROUP) {
    const group = groupOf(ring, first);
    const used = offset <= first ? 0 : run(min(offset - first, GROUP), 0);
    store64(writtenOf(group), parity ^ used);
    store64(readOf(group), parity ^ used);
  }
  describeOffsets(queue, <u32>bits);
  const index = ((lap << bits) | offset) << SHIFT;
  store64(headOf(queue), index);
  store64(headOf(queue) + KNOWN, index);
  store64(tailOf(queue), index);
  store64(tailOf(queue) + KNOWN, index);
  swapRing(queue, ring);
  clear(cell);
  return OK;
}

/**
 * Frees the ring, and what is in its slots from the head to the tail. The head moves on with each, so whoever finds the queue
 * half-way goes on there; without a ring, there is nothing, or nothing yet.
 */
export function destroy(queue: usize): void {
  if (ringOf(queue) == 0) return;
  const capacity = <u64>capacityOf(queue);
  const bits = offsetBitsOf(queue);
  const ring = ringIn(queue);
  const content = contentOf(queue);
  const slot = slotCell();
  const cell = queueCell();
  const head = headOf(queue);
  const end = load64(tailOf(queue)) & ~CLOSED_BIT;
  while (true) {
    const index = load64(head);
    if (index == end) break;
    const offset = offsetOf(index, bits);
    const value = readF64(slotOf(groupOf(ring, offset), bitOf(offset)));
    prepare(content, slot);
    add64(head, advance(offset, 1, capacity, bits));
    seize(content, value, slot);
    discard(content, value, slot);
  }
  swapRing(queue, 0);
  own(cell, ring);
  giveBack(ring, cell);
}

export function push(queue: usize, value: f64, cell: usize): i32 {
  const capacity = <u64>capacityOf(queue);
  const bits = offsetBitsOf(queue);
  const ring = ringIn(queue);
  const tail = tailOf(queue);
  let step: u32 = 0;
  while (true) {
    const index = load64(tail);
    if ((index & CLOSED_BIT) != 0) return CLOSED;
    const offset = offsetOf(index, bits);
    const parity = parityOf(index, bits);
    const group = groupOf(ring, offset);
    const bit = bitOf(offset);
    if (!isBefore(index, load64(tail + KNOWN))) {
      const free = min(min(GROUP - bit, capacity - offset), ctz((load64(readOf(group)) ^ parity) >> bit));
      if (free == 0) {
        // One lap behind: full then, and full already when the tail was read, since neither index can have moved meanwhile.
        if (load64(headOf(queue)) == index - ((<u64>1) << (SHIFT + bits))) {
          if (caughtUp(tail, index, <u32>capacity)) continue;
          return FULL;
        }
        // A popper has claimed the slot and not read it yet, or the tail has moved on.
        step = snooze(step);
        continue;
      }
      if (free > 1) store64(tail + KNOWN, index + (free << SHIFT));
    }
    if (cas64(tail, index, index + advance(offset, 1, capacity, bits))) {
      writeF64(slotOf(group, bit), value);
      add64(writtenOf(group), flip((<u64>1) << bit, parity));
      clear(cell);
      return OK;
    }
    step = spin(step);
  }
}

/** Each run of slots that `read` shows to be free, within a group, with one CAS. */
export function pushMany(queue: usize, source: usize, n: u32): u32 {
  const isOwned = contentOf(queue) != INLINE;
  const capacity = <u64>capacityOf(queue);
  const bits = offsetBitsOf(queue);
  const ring = ringIn(queue);
  const tail = tailOf(queue);
  let step: u32 = 0;
  let done: u32 = 0;
  note(OK);
  while (done < n) {
    const index = load64(tail);
    if ((index & CLOSED_BIT) != 0) {
      note(CLOSED);
      break;
    }
    const offset = offsetOf(index, bits);
    const parity = parityOf(index, bits);
    const group = groupOf(ring, offset);
    const bit = bitOf(offset);
    const most = min(<u64>(n - done), min(GROUP - bit, capacity - offset));
    const free = min(most, ctz((load64(readOf(group)) ^ parity) >> bit));
    if (free == 0) {
      if (load64(headOf(queue)) == index - ((<u64>1) << (SHIFT + bits))) {
        if (done == 0 && caughtUp(tail, index, <u32>capacity)) continue;
        note(FULL);
        break;
      }
      step = snooze(step);
      continue;
    }
    if (cas64(tail, index, index + advance(offset, free, capacity, bits))) {
      copy(slotOf(group, bit), source + ((<usize>done) << 3), (<usize>free) << 3);
      add64(writtenOf(group), flip(run(free, bit), parity));
      if (isOwned) wipe(source + ((<usize>done) << 3), (<usize>free) << 3);
      done += <u32>free;
      step = 0;
      continue;
    }
    step = spin(step);
  }
  return done;
}

/**
 * Puts a value behind the newest and takes the oldest, which lies where the new one goes. Notes `DISPLACED` and returns the
 * oldest; `OK`: the queue is not full, or it is closed.
 *
 * One step to everyone else, at the CAS on the head. A `close` that lands after the tail was read counts as later: from
 * there to the CAS neither index can have moved, so nobody can tell.
 */
export function displace(queue: usize, value: f64, cell: usize, out: usize): f64 {
  const capacity = <u64>capacityOf(queue);
  const bits = offsetBitsOf(queue);
  const ring = ringIn(queue);
  const tail = tailOf(queue);
  const head = headOf(queue);
  let step: u32 = 0;
  while (true) {
    const index = load64(tail);
    const oldest = index - ((<u64>1) << (SHIFT + bits));
    if ((index & CLOSED_BIT) != 0 || load64(head) != oldest) {
      note(OK);
      return NaN;
    }
    const offset = offsetOf(index, bits);
    const parity = parityOf(index, bits);
    const group = groupOf(ring, offset);
    const bit: u64 = (<u64>1) << bitOf(offset);
    if (((load64(writtenOf(group)) ^ parity) & bit) != 0) {
      // The oldest value's pusher has claimed the slot and not written it yet.
      step = snooze(step);
      continue;
    }
    const past = advance(offset, 1, capacity, bits);
    if (cas64(head, oldest, (oldest + past) | DISPLACING)) {
      const slot = slotOf(group, bitOf(offset));
      const displaced = readF64(slot);
      writeF64(slot, value);
      // Before the slot shows as read: a push that found it free at the old tail would take it again.
      add64(tail, past);
      add64(readOf(group), flip(bit, ~parity));
      add64(writtenOf(group), flip(bit, parity));
      sub64(head, DISPLACING);
      clear(cell);
      ownSlot(out, displaced);
      note(DISPLACED);
      return displaced;
    }
    step = spin(step);
  }
}

export function pop(queue: usize, cell: usize): f64 {
  const capacity = <u64>capacityOf(queue);
  const bits = offsetBitsOf(queue);
  const ring = ringIn(queue);
  const head = headOf(queue);
  let step: u32 = 0;
  while (true) {
    const index = load64(head);
    if ((index & DISPLACING) != 0) {
      step = snooze(step);
      continue;
    }
    const offset = offsetOf(index, bits);
    const parity = parityOf(index, bits);
    const group = groupOf(ring, offset);
    const bit = bitOf(offset);
    if (!isBefore(index, load64(head + KNOWN))) {
      const there = min(min(GROUP - bit, capacity - offset), ctz(~(load64(writtenOf(group)) ^ parity) >> bit));
      if (there == 0) {
        const tail = load64(tailOf(queue));
        if ((tail & ~CLOSED_BIT) == index) {
          if (caughtUp(head, index, <u32>capacity)) continue;
          note((tail & CLOSED_BIT) != 0 ? CLOSED : EMPTY);
          return NaN;
        }
        // A pusher has claimed the slot and not written it yet, or the head has moved on.
        step = snooze(step);
        continue;
      }
      if (there > 1) store64(head + KNOWN, index + (there << SHIFT));
    }
    if (cas64(head, index, index + advance(offset, 1, capacity, bits))) {
      const value = readF64(slotOf(group, bit));
      add64(readOf(group), flip((<u64>1) << bit, parity));
      ownSlot(cell, value);
      note(OK);
      return value;
    }
    step = spin(step);
  }
}

/** Each run of values that `written` shows, within a group, with one CAS. */
export function popMany(queue: usize, target: usize, max: u32): u32 {
  const capacity = <u64>capacityOf(queue);
  const bits = offsetBitsOf(queue);
  const ring = ringIn(queue);
  const head = headOf(queue);
  let step: u32 = 0;
  let done: u32 = 0;
  note(OK);
  while (done < max) {
    const index = load64(head);
    if ((index & DISPLACING) != 0) {
      step = snooze(step);
      continue;
    }
    const offset = offsetOf(index, bits);
    const parity = parityOf(index, bits);
    const group = groupOf(ring, offset);
    const bit = bitOf(offset);
    const most = min(<u64>(max - done), min(GROUP - bit, capacity - offset));
    const there = min(most, ctz(~(load64(writtenOf(group)) ^ parity) >> bit));
    if (there == 0) {
      const tail = load64(tailOf(queue));
      if (done != 0) break;
      if ((tail & ~CLOSED_BIT) == index) {
        if (caughtUp(head, index, <u32>capacity)) continue;
        note((tail & CLOSED_BIT) != 0 ? CLOSED : EMPTY);
        break;
      }
      step = snooze(step);
      continue;
    }
    if (cas64(head, index, index + advance(offset, there, capacity, bits))) {
      copy(target + ((<usize>done) << 3), slotOf(group, bit), (<usize>there) << 3);
      add64(readOf(group), flip(run(there, bit), parity));
      done += <u32>there;
      step = 0;
      continue;
    }
    step = spin(step);
  }
  return done;
}

/** The tail stood still while the head was read: both are of one moment. */
export function size(queue: usize): f64 {
  while (true) {
    const tail = load64(tailOf(queue));
    const head = load64(headOf(queue));
    if ((head & DISPLACING) != 0) return <f64>capacityOf(queue);
    if (load64(tailOf(queue)) == tail) {
      return <f64>distance(head, tail, <u64>capacityOf(queue), offsetBitsOf(queue));
    }
  }
}

/** Head first, so that a tail equal to it was not behind it. */
export function isEmpty(queue: usize): bool {
  const head = load64(headOf(queue));
  return (load64(tailOf(queue)) & ~CLOSED_BIT) == head;
}

/**
 * Where the next slot is known to be free, the head is left alone, which poppers write once per value. Otherwise not from a tail and a
 * head of two moments: while values are displaced both move on and the ring stays full.
 */
export function isFull(queue: usize): bool {
  const tail = tailOf(queue);
  if (isBefore(load64(tail) & ~CLOSED_BIT, load64(tail + KNOWN))) return false;
  return size(queue) == <f64>capacityOf(queue);
}

/** Both from one load of the tail. */
export function isFinished(queue: usize): bool {
  const head = load64(headOf(queue));
  return load64(tailOf(queue)) == (head | CLOSED_BIT) && (head & DISPLACING) == 0;
}
