/**
 * The mutex: an event, and beside the event's counts a word (word.ts).
 *
 *   counts   | total : 32 | notified : 32 |                        of the event (listener/kernel/shape.ts)
 *   word     | broken | 0 | starved | 0 | poisoned | held |        8 bytes on
 *   data     what the mutex is for, behind the event, at its own alignment; the kernel does not touch it
 *
 * A call that finds the mutex taken listens, tries, waits and tries again, in its place in the list. The first thread that tries has the
 * mutex next: mostly one that runs anyway, and that is fast. A call that has waited for too long says that it starves. While some call
 * starves, only starved calls take the mutex, in the list's order.
 *
 * Invariants
 *   - A cell of the kind OWN_STARVED becomes the holder's in the step that takes the mutex.
 *   - A thread that gives the mutex back, or its place among the starved, owes one listener a notification if one listens that is not
 *     notified (debt.ts). So while listeners wait and no thread has the mutex, one of them is notified, or a thread owes that.
 *   - Only the starved are notified while there are any: a call that was notified in vain goes back to its place, before all that wait
 *     (`again`), and starves from there. One listener is notified at a time.
 *
 * Who may call what: `tryLock` any thread that owns a count of the mutex, with an empty cell, or one of the kind OWN_STARVED; `starve` with
 * an empty cell. `letGo` (word.ts) gives back either.
 *
 * Windows: the CAS that takes the word .. the stores to the cell; the addition that starves .. likewise.
 */
import { verifyOwnedEvent } from "../../arc/kernel/verifyControl";
import { add64, cas64, load64, write32 } from "../../heap/kernel/atomic";
import { EXTRA, own, setKind } from "../../heap/kernel/cells";
import { HELD, OWN_STARVED, POISONED, STARVED } from "../../heap/kernel/numbers";
import { wordOf } from "../../listener/kernel/shape";

/**
 * Takes the mutex if no thread has it, and no call starves. With `starved`, for a call that starves, by its cell. From then on that is of
 * that kind. Returns 0: not taken; otherwise HELD, and POISONED if a holder has died.
 */
export function tryLock(lock: usize, cell: usize, starved: bool, kind: u32): u32 {
  if (BUILD == 1) verifyOwnedEvent(lock);
  const word = wordOf(lock);
  while (true) {
    const state = load64(word);
    if ((state & HELD) != 0 || (!starved && <u32>state >= <u32>STARVED)) return 0;
    if (cas64(word, state, starved ? (state | HELD) - STARVED : state | HELD)) {
      own(cell, lock);
      setKind(cell, kind);
      write32(cell + EXTRA, <u32>(state >> 48));
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
