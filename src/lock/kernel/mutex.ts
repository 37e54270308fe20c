/**
 * The mutex: an event, and beside the event's counts a word that says whether the mutex is taken.
 *
 *   counts   | total : 32 | notified : 32 |             of the event (listener/kernel/shape.ts)
 *   word     | broken : 32 | starved : 30 | poisoned : 1 | held : 1 |   8 bytes on
 *   data     what the mutex is for, behind the event, at its own alignment; the kernel does not touch it
 *
 * A call that finds the mutex taken listens, tries, waits and tries again, in its place in the list. The first thread that tries has the
 * mutex next: mostly one that runs anyway, and that is fast. A call that has waited for too long says that it starves. While some call
 * starves, only starved calls take the mutex, in the list's order.
 *
 * Invariants
 *   - The word is 0 or POISONED when nobody has the mutex and nobody starves. Held: exactly one cell of the kind OWN_LOCK names the
 *     mutex. Starved: as many cells of the kind OWN_STARVED name it. Such a cell becomes the holder's in the step that takes the mutex.
 *   - `broken` says how often the mutex was taken from its holder. The holder's cell says how often that was when the holder took it. As
 *     long as both are equal, the holder has it. So the step that breaks the lock leaves the holder's cell alone, and one
 *     compare-and-swap decides between an `unlock` and a `breakMutex` that meet.
 *   - A thread that gives the mutex back, or its place among the starved, owes one listener a notification if one listens that is not
 *     notified (debt.ts). So while listeners wait and no thread has the mutex, one of them is notified, or a thread owes that.
 *   - Poison stays until the holder takes it out.
 *   - Only the starved are notified while there are any: a call that was notified in vain goes back to its place, before all that wait
 *     (`again`), and starves from there. One listener is notified at a time.
 *
 * Who may call what: `tryLock` any thread that owns a count of the mutex, with an empty cell, or one of the kind OWN_STARVED; `starve` with
 * an empty cell, `starveNoMore` with that; `unlock` and `absolve` the holder, with its cell. `poison` the reaper of the holder.
 *
 * Windows: the CAS that takes the word .. the stores to the cell; the addition that starves .. likewise; in `settle` (debt.ts) the
 * CAS .. the stores that clear the cell and say what is owed.
 */

import { verifyOwnedEvent } from "../../arc/kernel/verifyControl";
import { add64, cas64, load32, load64, read32, write32 } from "../../heap/kernel/atomic";
import { EXTRA, own, owned, setKind } from "../../heap/kernel/cells";
import { HELD, OWN_LOCK, OWN_STARVED, POISONED, STARVED } from "../../heap/kernel/numbers";
import { objectOf, wordOf } from "../../listener/kernel/shape";
import { settle } from "./debt";

/** One time more that the mutex was broken. */
const BROKEN: u64 = 1 << 32;

/** Half of a lock's own word: the lower one, or, with `at` 4, the upper one. A moment's answer. */
export function wordAt(event: usize, at: u32): u32 {
  if (BUILD == 1) verifyOwnedEvent(objectOf(event));
  return load32(wordOf(event) + at);
}

/**
 * Takes the mutex if no thread has it, and no call starves. With `starved`, for a call that starves, by its cell. Returns 0: not taken;
 * otherwise HELD, and POISONED if a holder has died.
 */
export function tryLock(lock: usize, cell: usize, starved: bool): u32 {
  if (BUILD == 1) verifyOwnedEvent(lock);
  const word = wordOf(lock);
  while (true) {
    const state = load64(word);
    if ((state & HELD) != 0 || (!starved && <u32>state >= <u32>STARVED)) return 0;
    if (cas64(word, state, starved ? (state | HELD) - STARVED : state | HELD)) {
      own(cell, lock);
      setKind(cell, OWN_LOCK);
      write32(cell + EXTRA, <u32>(state >> 32));
      return HELD | (<u32>state & POISONED);
    }
  }
}

/** A call starves: from now on only starved calls take the mutex. */
export function starve(lock: usize, cell: usize): void {
  add64(wordOf(lock), STARVED);
  own(cell, lock);
  setKind(cell, OWN_STARVED);
}

/** The call starves no more. */
export function starveNoMore(lock: usize, cell: usize): void {
  settle(wordOf(lock), lock, 1, cell, 0, STARVED, 0, 0);
}

/** Gives the mutex back. False: the lock was broken, and the mutex is not the thread's any more. */
export function unlock(lock: usize, cell: usize): bool {
  if (BUILD == 1) verifyOwnedEvent(lock);
  return owned(cell) == lock && settle(wordOf(lock), lock, 1, cell, 0, 0, HELD, 0);
}

/** Takes the mutex from the thread that has it, as if that had died. False: no thread has it. */
export function breakMutex(lock: usize): bool {
  if (BUILD == 1) verifyOwnedEvent(lock);
  return settle(wordOf(lock), lock, 1, 0, 0, -BROKEN, HELD, POISONED);
}

/** The holder died: no thread has the mutex now, and the next one that takes it is told. */
export function poison(lock: usize, cell: usize): void {
  settle(wordOf(lock), lock, 1, cell, 0, 0, HELD, POISONED);
}

/** Takes the poison out, for the holder with that cell. */
export function absolve(event: usize, cell: usize): void {
  const word = wordOf(event);
  while (true) {
    const state = load64(word);
    if (<u32>(state >> 32) != read32(cell + EXTRA) || cas64(word, state, state & ~(<u64>POISONED))) return;
  }
}
