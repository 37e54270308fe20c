/**
 * Counted blocks: what `Arc`, and every shared object behind a handle, is in memory.
 *
 * How a control block looks, and where it leaves the way back to it in front of its value, stands in control.ts.
 *
 * Invariants
 *   - `value - 16` is where the way back starts, whatever the alignment: padding goes in front of it. The block starts
 *     `padding(align)` bytes before the value, and no other function knows a distance between the two.
 *   - Generation and strong count share one word, and control blocks never become anything else. So whoever holds a
 *     (pointer, generation) pair finds out with one CAS whether its object still lives, whatever happened meanwhile, and
 *     without touching memory that may be gone.
 *   - The generation moves on when the last strong count goes. The strong counts together hold one weak count; the value
 *     goes with the last strong one, the control block with the last weak one.
 *   - `weak == LOCKED` only within the window of `isUnique`.
 *   - A ticket is a control block too: its strong count is the number of opens left in it, its value the control block
 *     that each open takes one strong count of.
 *
 * Who may call what: whoever owns a strong count may `retain`, `release`, `downgrade`, `isUnique`, `share`; whoever owns a
 * weak one `upgrade`, `releaseWeak`; `open`, `openTicket` and `emptyTicket` anyone who was given a token, the last one also the
 * reaper of the thread that made the ticket. The thread that `release` told that its count was the last one owns the value, and
 * must `finish`.
 *
 * Each count is owned by a cell of the thread that has it (cells.ts), but for those in tickets and those that travel
 * through shared memory as a number. What takes one is given an empty cell for it, what gives one up the cell that it is in.
 *
 * Windows: in whatever takes or gives a count up, the instruction that does .. the store to the cell; in `release` also the
 * addition that moves the generation on; in `isUnique`, the CAS that locks the weak count .. the store that unlocks it; in
 * `newTicket`, the CAS that takes the counts .. the stores that make the ticket live and charge it; in `create`, the exchange
 * that makes the object live .. the stores that charge it and no longer its two blocks; in `finish`, the exchange that takes
 * the value from the object .. the stores that charge both.
 */

import { alloc, allocControl, freeControl, giveBack } from "../../heap/kernel/alloc";
import {
  add64,
  cas32,
  cas64,
  load32,
  load64,
  or64,
  store32,
  store64,
  sub32,
  sub64,
  swap32,
  swap64,
  write32,
  writeF64,
  zero,
} from "../../heap/kernel/atomic";
import { snooze, spin } from "../../heap/kernel/backoff";
import { clear, EXTRA, own, owned, setKind } from "../../heap/kernel/cells";
import { isControl, isMapped } from "../../heap/kernel/classes";
import { roundUp } from "../../heap/kernel/header";
import {
  FOREIGN,
  KIND_TICKET,
  MAX_COUNT,
  NO_MEMORY,
  OK,
  OVERFLOW,
  OWN_BLOCK,
  OWN_COUNTS,
  OWN_ENDING,
  OWN_MAKING,
  OWN_STRONG,
  OWN_WEAK,
  STALE,
} from "../../heap/kernel/numbers";
import { blockCell, controlCell, ticketCell } from "../../heap/kernel/threads";
import {
  BACK,
  BACK_CHECK,
  CHECK,
  GENERATION,
  LAST_GENERATION,
  LOCKED,
  META,
  SHARED,
  SIZE,
  STRONG,
  VALUE,
  WEAK,
} from "./control";
import {
  noteGeneration,
  verifyControl,
  verifyRelease,
  verifyStrong,
  verifyUnheld,
  verifyUnused,
  verifyWeak,
} from "./verifyControl";

/** Bytes between the start of the value block and the value: room for the back reference, and the alignment. */
function padding(align: usize): usize {
  return roundUp(BACK, align);
}

/**
 * A new object of `size` zeroed bytes on a multiple of `align` (16 to 4096), with `strong` counts (1, or 0 for one that is
 * still being made, see `publish`) and one weak count on behalf of them, for an empty `cell`. Returns its control block; 0:
 * the heap is exhausted, nothing has changed.
 */
export function create(size: u32, align: u32, kind: u32, strong: u32, cell: usize): usize {
  const before = padding(align);
  if (size > 0xffffffff - <u32>before) return 0;
  const ofBlock = blockCell();
  const ofControl = controlCell();
  const block = alloc(<u32>before + size, align, ofBlock);
  if (block == 0) return 0;
  const control = allocControl(ofControl);
  if (control == 0) {
    giveBack(block, ofBlock);
    return 0;
  }
  if (BUILD == 1) verifyUnused(control);
  const value = block + before;
  zero(value, size);
  store32(value - BACK, <u32>control);
  store32(value - BACK_CHECK, <u32>control ^ CHECK);
  store32(control + WEAK, 1);
  store32(control + VALUE, <u32>value);
  store32(control + SIZE, size);
  store32(control + META, kind | (ctz(align) << 8));
  if (BUILD == 1) noteGeneration(control, value);
  setKind(cell, strong == 0 ? OWN_MAKING : OWN_STRONG);
  // Nobody can hold this generation yet: it moved on when its last object died. This exchange makes the object live.
  swap64(control, (load64(control) & ~(GENERATION - 1)) | strong);
  own(cell, control);
  clear(ofBlock);
  clear(ofControl);
  return control;
}

/** Gives an object made with no strong count its first one. */
export function publish(control: usize, cell: usize): void {
  if (BUILD == 1) verifyUnheld(control);
  add64(control, 1);
  setKind(cell, OWN_STRONG);
}

/** Gives up an object that was made with no strong count and never published. */
export function abandon(control: usize, cell: usize): void {
  if (BUILD == 1) verifyUnheld(control);
  add64(control, GENERATION);
  setKind(cell, OWN_ENDING);
  finish(control, cell);
}

export function valueOf(control: usize): usize {
  if (BUILD == 1) verifyControl(control);
  return load32(control + VALUE);
}
export function sizeOf(control: usize): u32 {
  if (BUILD == 1) verifyControl(control);
  return load32(control + SIZE);
}
export function alignOf(control: usize): u32 {
  if (BUILD == 1) verifyControl(control);
  return 1 << ((load32(control + META) >> 8) & 0xff);
}
export function kindOf(control: usize): u32 {
  if (BUILD == 1) verifyControl(control);
  return load32(control + META) & 0xff;
}
export function generationOf(control: usize): u32 {
  if (BUILD == 1) verifyControl(control);
  return <u32>(load64(control) >> 32);
}
export function strongCount(control: usize): u32 {
  if (BUILD == 1) verifyControl(control);
  return <u32>(load64(control) & STRONG);
}

/** Weak counts that users hold: the one of the strong counts is not among them. 0 while `isUnique` looks. */
export function weakCount(control: usize): u32 {
  if (BUILD == 1) verifyControl(control);
  const weak = load32(control + WEAK);
  if (weak == LOCKED) return 0;
  // Read after the count: while there is a value, the count of the strong ones is among those just read.
  return load32(control + VALUE) != 0 ? weak - 1 : weak;
}

/**
 * The control block of the live object whose value is at `ptr`; 0 when there is none. What is read on the way is checked
 * before it is followed, so any number may be asked for.
 */
export function controlOf(ptr: usize): usize {
  if ((ptr & 15) != 0 || ptr < BACK || !isMapped(ptr - BACK)) return 0;
  const control = load32(ptr - BACK);
  if (load32(ptr - BACK_CHECK) != (control ^ CHECK) || !isControl(control)) return 0;
  const word = load64(control);
  if ((word & STRONG) == 0 || <usize>load32(<usize>control + VALUE) != ptr) return 0;
  // Still the same generation: what was read in between is of the object that was alive before.
  return load64(control) >> 32 == word >> 32 ? <usize>control : 0;
}

/** One more strong count for somebody who has one. `OVERFLOW`: there are 2^31 - 1 already. More than one: for no cell. */
export function retain(control: usize, count: u32, cell: usize): i32 {
  if (BUILD == 1) verifyStrong(control);
  let step: u32 = 0;
  while (true) {
    const word = load64(control);
    if (<u32>(word & STRONG) > <u32>MAX_COUNT - count) return OVERFLOW;
    if (cas64(control, word, word + count)) {
      own(cell, control);
      return OK;
    }
    step = spin(step);
  }
}

/** Gives one strong count up. True: it was the last one; the object is the cell's, to be taken apart and then `finish`ed. */
export function release(control: usize, cell: usize): bool {
  return releaseMany(control, 1, cell);
}

/** Gives `count` of them up. */
export function releaseMany(control: usize, count: u32, cell: usize): bool {
  if (BUILD == 1) verifyStrong(control);
  const before = sub64(control, count);
  if ((before & STRONG) != count) {
    clear(cell);
    // Two that give up one and the same count may both have found it there.
    if (BUILD == 1) verifyRelease(control, before);
    return false;
  }
  // Nobody raises a count from zero, so nobody else is here.
  add64(control, GENERATION);
  setKind(cell, OWN_ENDING);
  return true;
}

/** Frees the value, and gives up the weak count that the strong ones held. */
export function finish(control: usize, cell: usize): void {
  if (BUILD == 1) verifyUnheld(control);
  const block = valueOf(control) - padding(alignOf(control));
  const ofBlock = blockCell();
  swap32(control + VALUE, 0);
  own(ofBlock, block);
  setKind(cell, OWN_WEAK);
  giveBack(block, ofBlock);
  releaseWeak(control, cell);
}

/** A count that came as a number is the cell's from now on: a strong one of the object. */
export function adopt(control: usize, cell: usize): void {
  if (BUILD == 1) verifyStrong(control);
  own(cell, control);
  setKind(cell, OWN_STRONG);
}

/** A count that came with an Arc's value moves from the cell, or slot, that it came to, to one of its own. */
export function moveCount(control: usize, from: usize, cell: usize): void {
  if (BUILD == 1) verifyStrong(control);
  own(cell, control);
  clear(from);
}

/** A count leaves its cell as a number: nobody's, or, as its object's value, the slot's. */
export function detach(cell: usize, slot: usize): void {
  if (slot != 0) writeF64(slot, <f64>load32(owned(cell) + VALUE));
  clear(cell);
}

/** A strong count for somebody who has a weak one. `STALE`: the value is gone. */
export function upgrade(control: usize, cell: usize): i32 {
  if (BUILD == 1) verifyWeak(control);
  let step: u32 = 0;
  while (true) {
    const word = load64(control);
    const strong = <u32>(word & STRONG);
    if (strong == 0) return STALE;
    if (strong == MAX_COUNT) return OVERFLOW;
    if (cas64(control, word, word + 1)) {
      own(cell, control);
      return OK;
    }
    step = spin(step);
  }
}

/** One more weak count for somebody who has a strong or a weak one. */
export function downgrade(control: usize, cell: usize): i32 {
  if (BUILD == 1) verifyWeak(control);
  let step: u32 = 0;
  while (true) {
    const weak = load32(control + WEAK);
    if (weak == LOCKED) {
      step = snooze(step);
      continue;
    }
    if (weak >= <u32>MAX_COUNT) return OVERFLOW;
    if (cas32(control + WEAK, weak, weak + 1)) {
      own(cell, control);
      return OK;
    }
    step = spin(step);
  }
}

/** Gives one weak count up; the last one frees the control block, unless its generations are used up. */
export function releaseWeak(control: usize, cell: usize): void {
  if (BUILD == 1) verifyWeak(control);
  if (sub32(control + WEAK, 1) != 1 || <u32>(load64(control) >> 32) == LAST_GENERATION) {
    clear(cell);
    return;
  }
  setKind(cell, OWN_BLOCK);
  freeControl(control, cell);
}

/**
 * Whether the caller's strong count is the only count there is, and no token was ever made. The weak count is locked for
 * the test, else a weak handle could be upgraded, downgraded again and dropped between looking at one count and the other.
 */
export function isUnique(control: usize): bool {
  if (BUILD == 1) verifyStrong(control);
  if (!cas32(control + WEAK, 1, LOCKED)) return false;
  const word = load64(control);
  store32(control + WEAK, 1);
  return (word & (STRONG | SHARED)) == 1;
}

/** Notes that a token goes out: an uncounted weak reference. It is never taken back. */
export function share(control: usize): void {
  if (BUILD == 1) verifyStrong(control);
  or64(control, SHARED);
}

/** The kind of the live object that a token names; 0 when it is gone, or never was. Takes nothing. */
export function kindIfLive(control: usize, generation: u32): u32 {
  if (!isControl(control)) return 0;
  const kind = kindOf(control);
  // Read after the kind: if it is still this generation now, then the kind was its.
  const word = load64(control);
  return <u32>(word >> 32) == generation && (word & STRONG) != 0 ? kind : 0;
}

/**
 * A strong count for somebody who has a token. `FOREIGN`: not a control block of this heap; `STALE`: the object is gone,
 * whatever lives there now.
 */
export function open(control: usize, generation: u32, cell: usize): i32 {
  if (!isControl(control)) return FOREIGN;
  let step: u32 = 0;
  while (true) {
    const word = load64(control);
    const strong = <u32>(word & STRONG);
    if (<u32>(word >> 32) != generation || strong == 0) return STALE;
    if (strong == MAX_COUNT) return OVERFLOW;
    if (cas64(control, word, word + 1)) {
      own(cell, control);
      return OK;
    }
    step = spin(step);
  }
}

/** Why the last `newTicket` returned 0. */
let refusal: i32 = 0;
export function ticketRefusal(): i32 {
  return refusal;
}

/**
 * Puts `count` more strong counts of `control` into a ticket, for somebody who has one, and for an empty `cell` that owns what
 * is left in it. Returns the ticket, or 0.
 */
export function newTicket(control: usize, count: u32, cell: usize): usize {
  const ofTicket = controlCell();
  const ticket = allocControl(ofTicket);
  if (ticket == 0) {
    refusal = NO_MEMORY;
    return 0;
  }
  if (BUILD == 1) verifyUnused(ticket);
  const generation = load64(ticket) & ~(GENERATION - 1);
  if (cell != 0) write32(cell + EXTRA, <u32>(generation >> 32));
  if (BUILD == 1) verifyStrong(control);
  refusal = OK;
  let step: u32 = 0;
  while (true) {
    const word = load64(control);
    if (<u32>(word & STRONG) > <u32>MAX_COUNT - count) {
      refusal = OVERFLOW;
      freeControl(ticket, ofTicket);
      return 0;
    }
    if (cas64(control, word, word + count)) {
      store32(ticket + WEAK, 1);
      store32(ticket + VALUE, <u32>control);
      store32(ticket + META, KIND_TICKET);
      store64(ticket, generation | count);
      own(cell, ticket);
      clear(ofTicket);
      return ticket;
    }
    step = spin(step);
  }
}

/**
 * Takes one strong count of `control` out of a ticket. False: the ticket is used up, of another object, or not one. The last
 * open frees the ticket: the CAS that takes its last count moves its generation on, too.
 */
export function openTicket(ticket: usize, generation: u32, control: usize, cell: usize): bool {
  if (!isControl(ticket) || kindOf(ticket) != KIND_TICKET) return false;
  let step: u32 = 0;
  while (true) {
    const word = load64(ticket);
    const left = word & STRONG;
    if (<u32>(word >> 32) != generation || left == 0) return false;
    // Read before the CAS: it belongs to this generation if the CAS succeeds, and is thrown away if not.
    if (<usize>load32(ticket + VALUE) != control) return false;
    if (cas64(ticket, word, left == 1 ? word - 1 + GENERATION : word - 1)) {
      own(cell, control);
      if (left == 1) {
        const ofTicket = ticketCell();
        own(ofTicket, ticket);
        releaseWeak(ticket, ofTicket);
        setKind(ofTicket, OWN_WEAK);
      }
      return true;
    }
    step = spin(step);
  }
}

/**
 * Takes all that is left in a ticket: as many counts of its object, for `cell`, which is empty or owns the ticket. False: the
 * ticket is used up, and the cell is empty.
 */
export function emptyTicket(ticket: usize, generation: u32, cell: usize): bool {
  let step: u32 = 0;
  while (true) {
    const word = load64(ticket);
    const left = word & STRONG;
    if (<u32>(word >> 32) != generation || left == 0) {
      clear(cell);
      return false;
    }
    const control = <usize>load32(ticket + VALUE);
    const ofTicket = ticketCell();
    if (cas64(ticket, word, word - left + GENERATION)) {
      own(ofTicket, ticket);
      own(cell, control);
      write32(cell + EXTRA, <u32>left);
      setKind(cell, OWN_COUNTS);
      releaseWeak(ticket, ofTicket);
      setKind(ofTicket, OWN_WEAK);
      return true;
    }
    step = spin(step);
  }
}
