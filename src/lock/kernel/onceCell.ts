/**
 * The once-cell: an event, beside its counts a word that says whether there is a value, and the value.
 *
 *   word   | 0 .. | set : 1 | 0 | 0 | held : 1 |     a mutex's (word.ts), for the thread that makes the value; once `set` nobody takes it
 *   slot   | value : 64 |                            behind the event, as a queue's slot holds it (queue/kernel/shape.ts)
 *
 * Invariants
 *   - While the word is held, exactly one cell of the kind OWN_SETTING names the once-cell. Its thread alone writes to the slot.
 *   - Once set, nothing changes any more: what the slot stands for is the once-cell's, and is given back with it.
 *   - A thread that lets go owes all that listen a notification.
 *
 * Who may call what: a thread begins by `tryLock` (mutex.ts), with an empty cell; the same thread ends by `fill`, or by `letGo` (word.ts),
 * as its reaper does. `emptyCell` the thread that gave the last count up, or its reaper.
 *
 * Windows: in `fill` the store of the word .. the stores that clear the cells, and say what is owed; in `emptyCell` the exchange .. the
 * store to the working cell.
 */
import { discard, prepare, seize } from "../../arc/kernel/discard";
import { verifyOwnedEvent } from "../../arc/kernel/verifyControl";
import { readF64, store64, swap64, writeF64 } from "../../heap/kernel/atomic";
import { clear } from "../../heap/kernel/cells";
import { STARVED } from "../../heap/kernel/numbers";
import { slotCell } from "../../heap/kernel/threads";
import { contentOf, eventSize, wordOf } from "../../listener/kernel/shape";
import { EVERYBODY, owe, pay } from "./debt";

/** The bit is the starved's: as long as it is there, `tryLock` takes nothing. */
const SET: u64 = STARVED;

/** Sets it to what a slot's value stands for, and which `valueCell` owns, if it stands for something. */
export function fill(once: usize, value: f64, valueCell: usize, cell: usize): void {
  if (BUILD == 1) verifyOwnedEvent(once);
  writeF64(once + eventSize(), value);
  store64(wordOf(once), SET);
  clear(valueCell);
  clear(cell);
  owe(once, EVERYBODY);
  pay(once, EVERYBODY);
}

/** `fill` with 64 bits as they are: a JavaScript number would not keep them. */
export function fillBits(once: usize, bits: u64, cell: usize): void {
  fill(once, reinterpret<f64>(bits), 0, cell);
}

/** Gives back what the value stands for. */
export function emptyCell(once: usize): void {
  const content = contentOf(once);
  const cell = slotCell();
  prepare(content, cell);
  if (swap64(wordOf(once), 0) != SET) return;
  const value = readF64(once + eventSize());
  seize(content, value, cell);
  discard(content, value, cell);
}
