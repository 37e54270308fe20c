/**
 * The word of a mutex, of a readers-writer lock and of a once-cell: all that threads have of it. It lies beside the counts of the lock's first event.
 *
 *   word   | broken : 16 | readers : 16 | starved : 29 | writer : 1 | poisoned : 1 | held : 1 |
 *
 * Each step is one compare-and-swap, and what its thread has afterwards stands in one cell. The cell also says how often the lock had
 * been broken when the thread took it. As long as that is what the word says, the thread has it. So the step that breaks a lock leaves
 * the cells of others alone, and one compare-and-swap decides between a thread that gives the lock back and one that breaks it.
 *
 * Invariants, of the cells that name the lock and say `broken` as the word does
 *   - held: one of them is of the kind OWN_LOCK (a mutex), OWN_UPGRADABLE, OWN_WRITING or OWN_WRITE. writer: of one of the last two.
 *   - readers = those of the kind OWN_READ. While a cell is of the kind OWN_WRITE there are none.
 *   - starved = cells of the kind OWN_STARVED, whatever they say of `broken`.
 *   - A step after which others may go on owes them a notification (debt.ts).
 *   - Poison stays until a thread that has the lock takes it out.
 *
 * Who may call what: `letGo` the thread that has something, with its cell, or its reaper; `absolve` such a thread. `breakLock` any
 * thread that owns a count of the lock.
 *
 * Windows: each CAS .. the stores to the cells.
 */
import { verifyOwnedEvent } from "../../arc/kernel/verifyControl";
import { cas64, load32, load64, read32 } from "../../heap/kernel/atomic";
import { clear, EXTRA, kindOfCell, setKind } from "../../heap/kernel/cells";
import {
  HELD,
  OWN_LOCK,
  OWN_READ,
  OWN_SETTING,
  OWN_STARVED,
  OWN_WRITE,
  OWN_WRITING,
  POISONED,
  STARVED,
  WRITER,
} from "../../heap/kernel/numbers";
import { isIdle } from "../../listener/kernel/event";
import { eventSize, objectOf, wordOf } from "../../listener/kernel/shape";
import { ALL_OF_LOCK, EVERYBODY, owe, pay } from "./debt";

/** One reader, and the bits of their number. */
export const READER: u64 = 1 << 32;
export const READERS: u64 = 0xffff << 32;
/** The lock was broken once more. */
const BROKEN: u64 = 1 << 48;

/** Half of a lock's own word: the lower one, or, with `at` 4, the upper one. */
export function wordAt(event: usize, at: u32): u32 {
  if (BUILD == 1) verifyOwnedEvent(objectOf(event));
  return load32(wordOf(event) + at);
}

/** Whether the lock was broken since it was taken with that cell. */
export function isLost(state: u64, cell: usize): bool {
  return <u32>(state >> 48) != read32(cell + EXTRA);
}

/**
 * A step: `less` is taken off the word, and the bits `gone` and then `come` are cleared and set. What the thread has from then on is of that
 * kind; 0: nothing. Then `n` listeners of the event are notified, if there are some. False: the lock was broken, and the thread has nothing.
 */
export function settle(
  lock: usize,
  event: usize,
  n: u32,
  cell: usize,
  kind: u32,
  less: u64,
  gone: u64,
  come: u64,
): bool {
  if (BUILD == 1) verifyOwnedEvent(lock);
  const word = wordOf(lock);
  while (true) {
    const state = load64(word);
    if (isLost(state, cell) && less != STARVED) {
      clear(cell);
      return false;
    }
    const next = ((state - less) & ~gone) | come;
    if (cas64(word, state, next)) {
      if (kind == 0) clear(cell);
      else setKind(cell, kind);
      // Only the last reader lets the writer in.
      if ((less == READER && (next & READERS) != 0) || (n != ALL_OF_LOCK && isIdle(event, n, false))) return true;
      owe(event, n);
      break;
    }
  }
  pay(event, n);
  return true;
}

/**
 * Gives back what a cell's thread has of a lock: the lock, or a place among the starved. If it died, it poisons what it may have left half
 * done. False: the lock was broken, and the thread had nothing any more.
 */
export function letGo(lock: usize, cell: usize, died: bool): bool {
  const kind = kindOfCell(cell);
  if (kind == OWN_READ) return settle(lock, lock + 2 * eventSize(), 1, cell, 0, READER, 0, 0);
  if (kind == OWN_STARVED) return settle(lock, lock, 1, cell, 0, STARVED, 0, 0);
  const writes = kind == OWN_WRITING || kind == OWN_WRITE;
  const come: u64 = died && (kind == OWN_LOCK || kind == OWN_WRITE) ? POISONED : 0;
  const n: u32 = writes ? ALL_OF_LOCK : kind == OWN_SETTING ? EVERYBODY : 1;
  return settle(lock, lock, n, cell, 0, 0, writes ? HELD | WRITER : HELD, come);
}

/** Takes a lock from all threads that have it, as if they had died. False: none has it. */
export function breakLock(lock: usize, isMutex: bool): bool {
  if (BUILD == 1) verifyOwnedEvent(lock);
  const word = wordOf(lock);
  const n: u32 = isMutex ? 1 : ALL_OF_LOCK;
  while (true) {
    const state = load64(word);
    if ((state & (READERS | HELD)) == 0) return false;
    const wrote = (state & READERS) == 0 && (state & (isMutex ? HELD : WRITER)) != 0;
    const next = (state & ~(READERS | HELD | WRITER)) | (wrote ? POISONED : 0);
    if (cas64(word, state, next + BROKEN)) {
      owe(lock, n);
      break;
    }
  }
  pay(lock, n);
  return true;
}

/** Takes the poison out, for a thread that has the lock by that cell. */
export function absolve(lock: usize, cell: usize): void {
  const word = wordOf(lock);
  while (true) {
    const state = load64(word);
    if (isLost(state, cell) || cas64(word, state, state & ~(<u64>POISONED))) return;
  }
}
