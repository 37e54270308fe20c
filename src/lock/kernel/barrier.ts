/**
 * The barrier: an event, and beside its counts a word that says how many have come.
 *
 *   word   | generation : 32 | arrived : 32 |
 *   meta   | type |               how many must come (listener/kernel/shape.ts)
 *
 * The last call to come begins the next generation: in that step all go on, and that call leads. The others wait until they see that their
 * generation is over. A call that gives up, or whose thread dies, is subtracted as long as its generation goes on.
 *
 * Invariants
 *   - arrived = cells of the kind OWN_ARRIVAL that name the barrier, and whose second number is the generation.
 *   - The call that ends a generation owes all that listen a notification.
 *
 * Who may call what: `arrive` any thread that owns a count of the barrier, with an empty cell, while it listens; `depart` the same, or
 * its reaper.
 *
 * Windows: the CAS of `arrive` .. the stores to the cell, or those that say what is owed; the CAS of `depart` .. the store that clears
 * the cell.
 */
import { verifyOwnedEvent } from "../../arc/kernel/verifyControl";
import { cas64, load64, read32, write32 } from "../../heap/kernel/atomic";
import { clear, EXTRA, own, setKind } from "../../heap/kernel/cells";
import { OWN_ARRIVAL } from "../../heap/kernel/numbers";
import { tagType, wordOf } from "../../listener/kernel/shape";
import { EVERYBODY, owe, pay } from "./debt";

/** A call comes to the barrier. True: it was the last one, and all go on. */
export function arrive(barrier: usize, cell: usize): bool {
  if (BUILD == 1) verifyOwnedEvent(barrier);
  const word = wordOf(barrier);
  const all = tagType(barrier);
  while (true) {
    const state = load64(word);
    const generation = <u32>(state >> 32);
    if (<u32>state + 1 < all) {
      if (cas64(word, state, state + 1)) {
        own(cell, barrier);
        setKind(cell, OWN_ARRIVAL);
        write32(cell + EXTRA, generation);
        return false;
      }
    } else if (cas64(word, state, (<u64>(generation + 1)) << 32)) {
      owe(barrier, EVERYBODY);
      break;
    }
  }
  pay(barrier, EVERYBODY);
  return true;
}

/** The call has gone on, or gives up. True: it gave up, and is subtracted. */
export function depart(barrier: usize, cell: usize): bool {
  const word = wordOf(barrier);
  while (true) {
    const state = load64(word);
    const isOver = <u32>(state >> 32) != read32(cell + EXTRA);
    if (isOver || cas64(word, state, state - 1)) {
      clear(cell);
      return !isOver;
    }
  }
}
