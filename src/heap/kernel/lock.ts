/**
 * What a lock needs to survive its holder: a word that says whether it is taken, and a cell that says by whom. The waiting is
 * not here (an event's, or the word's own).
 *
 *   word (32 bits)   held | poisoned
 *
 * Who may call what: `tryHold` anyone, with an empty cell of the kind OWN_LOCK; `letGo` whoever holds it, with that cell;
 * `poison` the reaper of its holder. `absolve` whoever has seen to what the lock protects.
 *
 * Windows: the CAS that takes the word .. the store to the cell; the subtraction that gives it back .. the store that clears
 * the cell; in `poison` .. the wake-up of those who wait on the word.
 */
import { cas32, load32, notify, sub32, swap32 } from "./atomic";
import { clear, own } from "./cells";
import { HELD, POISONED } from "./numbers";

/** Takes the lock, if nobody has it. Returns 0: somebody has; otherwise HELD, and POISONED if somebody died who had it. */
export function tryHold(lock: usize, cell: usize): u32 {
  const word = load32(lock);
  if ((word & HELD) != 0 || !cas32(lock, word, word | HELD)) return 0;
  own(cell, lock);
  return word | HELD;
}

/** Gives the lock back. Poison stays. */
export function letGo(lock: usize, cell: usize): void {
  sub32(lock, HELD);
  clear(cell);
}

/** Its holder died: nobody has it now, and who takes it next is told. */
export function poison(lock: usize, cell: usize): void {
  swap32(lock, POISONED);
  clear(cell);
  notify(lock, 0xffffffff);
}

/** Takes the poison out, under the lock. */
export function absolve(lock: usize): void {
  cas32(lock, HELD | POISONED, HELD);
}
