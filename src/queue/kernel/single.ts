/**
 * The bounded queue of capacity 1: one slot and one word that says what is in it.
 *
 *   queue value (shape.ts)
 *   tail   | state : 64 | value : 64 |          state = busy | holds | closed
 *
 * Invariants
 *   - The value is touched only by the thread whose CAS set `busy`.
 *   - `holds` changes with that CAS, so it says at any time what the queue has: a push that finds the last value being read
 *     waits for that and is not told "full" by a queue that is empty, and a pop that finds one being written does not say
 *     "empty".
 *
 * Windows: the CAS that sets `busy` .. the store to the cell that owns the value, behind the subtraction that clears it.
 * In between there is one load or store of the value.
 */

import { discard, prepare, seize } from "../../arc/kernel/discard";
import { cas64, load64, readF64, store64, sub64, writeF64 } from "../../heap/kernel/atomic";
import { snooze, spin } from "../../heap/kernel/backoff";
import { clear, ownSlot } from "../../heap/kernel/cells";
import { CLOSED, DISPLACED, EMPTY, FULL, OK } from "../../heap/kernel/numbers";
import { slotCell } from "../../heap/kernel/threads";
import { CLOSED_BIT, contentOf, note, tailOf } from "./shape";

const HOLDS: u64 = 2;
const BUSY: u64 = 4;

const VALUE: usize = 8;

/** No history shows: there are no positions. */
export function construct(queue: usize, _start: u64): i32 {
  store64(tailOf(queue), 0);
  return OK;
}

export function destroy(queue: usize): void {
  const content = contentOf(queue);
  const cell = slotCell();
  const state = tailOf(queue);
  if ((load64(state) & HOLDS) == 0) return;
  const value = readF64(state + VALUE);
  prepare(content, cell);
  sub64(state, HOLDS);
  seize(content, value, cell);
  discard(content, value, cell);
}

export function push(queue: usize, value: f64, cell: usize): i32 {
  const state = tailOf(queue);
  let step: u32 = 0;
  while (true) {
    const word = load64(state);
    if ((word & CLOSED_BIT) != 0) return CLOSED;
    if ((word & HOLDS) != 0) return FULL;
    if ((word & BUSY) != 0) {
      step = snooze(step);
      continue;
    }
    if (cas64(state, word, HOLDS | BUSY)) {
      writeF64(state + VALUE, value);
      sub64(state, BUSY);
      clear(cell);
      return OK;
    }
    step = spin(step);
  }
}

/** Puts a value in the place of the one that is there. Notes `DISPLACED` and returns that; `OK`: there was none any more. */
export function displace(queue: usize, value: f64, cell: usize, out: usize): f64 {
  const state = tailOf(queue);
  let step: u32 = 0;
  while (true) {
    const word = load64(state);
    if (word == (HOLDS | BUSY)) {
      step = snooze(step);
      continue;
    }
    if (word != HOLDS) {
      note(OK);
      return NaN;
    }
    if (cas64(state, HOLDS, HOLDS | BUSY)) {
      const oldest = readF64(state + VALUE);
      writeF64(state + VALUE, value);
      sub64(state, BUSY);
      clear(cell);
      ownSlot(out, oldest);
      note(DISPLACED);
      return oldest;
    }
    step = spin(step);
  }
}

export function pop(queue: usize, cell: usize): f64 {
  const state = tailOf(queue);
  let step: u32 = 0;
  while (true) {
    const word = load64(state);
    if ((word & HOLDS) == 0) {
      note((word & CLOSED_BIT) != 0 ? CLOSED : EMPTY);
      return NaN;
    }
    if ((word & BUSY) != 0) {
      step = snooze(step);
      continue;
    }
    if (cas64(state, word, word ^ (HOLDS | BUSY))) {
      const value = readF64(state + VALUE);
      sub64(state, BUSY);
      ownSlot(cell, value);
      note(OK);
      return value;
    }
    step = spin(step);
  }
}

export function size(queue: usize): f64 {
  return (load64(tailOf(queue)) & HOLDS) != 0 ? 1 : 0;
}

export function isEmpty(queue: usize): bool {
  return (load64(tailOf(queue)) & HOLDS) == 0;
}

export function isFull(queue: usize): bool {
  return (load64(tailOf(queue)) & HOLDS) != 0;
}

/** Both from one load. */
export function isFinished(queue: usize): bool {
  return (load64(tailOf(queue)) & (HOLDS | CLOSED_BIT)) == CLOSED_BIT;
}
