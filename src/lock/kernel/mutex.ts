/**
 * The mutex: an event, and beside the event's counts a word that says whether the mutex is taken.
 *
 *   counts   | total : 32 | notified : 32 |             of the event (listener/kernel/shape.ts)
 *   word     | starved : 30 | poisoned : 1 | held : 1 |   8 bytes on
 *   data     what the mutex is for, behind the event, at its own alignment; the kernel does not touch it
 *
 * Whoever finds the mutex taken listens, tries, waits and tries again, in its place in the list. Who has the mutex next is whoever
 * tries first: a thread that runs anyway mostly, and that is fast. A listener that has lost for too long says that it starves. While
 * somebody does, nobody has the mutex but the starved, in the list's order.
 *
 * Invariants
 *   - The word is 0 or POISONED when nobody has the mutex and nobody starves. Held: exactly one cell of the kind OWN_LOCK names the
 *     mutex. Starved: as many cells of the kind OWN_STARVED name it. Such a cell becomes the holder's in the step that takes the mutex.
 *   - Whoever gives the mutex back, or its place among the starved, owes one listener a notification if somebody listens who is not
 *     notified (debt.ts). So while listeners wait and nobody has the mutex, one of them is notified, or somebody owes that.
 *   - Poison stays until the holder takes it out.
 *   - Only the starved are notified while there are any: who waits in vain goes back to its place, which is before all that wait (`again`),
 *     and starves from there. One listener is notified at a time.
 *
 * Who may call what: `tryLock` any thread that owns a count of the mutex, with an empty cell, or one of the kind OWN_STARVED; `starve` with
 * an empty cell, `starveNoMore` with that; `unlock` and `absolve` the holder, with its cell. `poison` the reaper of the holder.
 *
 * Windows: the CAS that takes the word .. the stores to the cell; the addition that starves .. likewise; in `settle` (debt.ts) the
 * CAS .. the stores that clear the cell and say what is owed.
 */

import { verifyOwnedEvent } from "../../arc/kernel/verifyControl";
import { add32, cas32, load32 } from "../../heap/kernel/atomic";
import { own, owned, setKind } from "../../heap/kernel/cells";
import { HELD, OWN_LOCK, OWN_STARVED, POISONED, STARVED } from "../../heap/kernel/numbers";
import { objectOf, wordOf } from "../../listener/kernel/shape";
import { settle } from "./debt";

/** A lock's own word: its lower half, or, with `at` 4, the upper one. A moment's answer. */
export function wordAt(event: usize, at: u32): u32 {
  if (BUILD == 1) verifyOwnedEvent(objectOf(event));
  return load32(wordOf(event) + at);
}

/**
 * Takes the mutex if nobody has it, and nobody starves: or, if `starved`, in whose name the cell says that it does. Returns 0: not taken;
 * otherwise HELD, and POISONED if somebody died who had it.
 */
export function tryLock(lock: usize, cell: usize, starved: bool): u32 {
  if (BUILD == 1) verifyOwnedEvent(lock);
  const word = wordOf(lock);
  while (true) {
    const state = load32(word);
    if ((state & HELD) != 0 || (!starved && state >= <u32>STARVED)) return 0;
    if (cas32(word, state, starved ? (state | HELD) - STARVED : state | HELD)) {
      own(cell, lock);
      setKind(cell, OWN_LOCK);
      return HELD | (state & POISONED);
    }
  }
}

/** From now on nobody takes the mutex but those that starve. */
export function starve(lock: usize, cell: usize): void {
  add32(wordOf(lock), STARVED);
  own(cell, lock);
  setKind(cell, OWN_STARVED);
}

/** Takes that back. */
export function starveNoMore(lock: usize, cell: usize): void {
  settle(wordOf(lock), lock, 1, cell, 0, STARVED, 0, 0);
}

/** Gives the mutex back. False: it is the holder's no more, since somebody has broken the lock. */
export function unlock(lock: usize, cell: usize): bool {
  if (BUILD == 1) verifyOwnedEvent(lock);
  if (cell != 0 && owned(cell) != lock) return false;
  settle(wordOf(lock), lock, 1, cell, 0, 0, HELD, 0);
  return true;
}

/** Its holder died: nobody has the mutex now, and who takes it next is told. */
export function poison(lock: usize, cell: usize): void {
  settle(wordOf(lock), lock, 1, cell, 0, 0, HELD, POISONED);
}

/** Takes the poison out, for the holder. */
export function absolve(event: usize): void {
  const word = wordOf(event);
  while (true) {
    const state = load32(word);
    if (cas32(word, state, state & ~POISONED)) return;
  }
}
