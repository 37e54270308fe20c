/**
 * The semaphore: an event, and beside its counts a word that says how many permits there are.
 *
 *   word   | closed : 1 | queued : 31 | permits : 32 |
 *   node   | call : its cell |                          whose second number says for how many permits the call waits
 *
 * A call that finds too few permits queues: the call says so in the word, and from then on permits are taken in the list's order only.
 * Then it listens, and grants, since permits may have come before it listened. Permits are handed over: a thread that gives some back
 * gives them to the first in the list, if there are enough for it, then to the next, and so on (`grant` of listener/kernel/event.ts).
 * In the window that notifies a call, they become the call's: its node says so, and, once it has left, its cell. So no call sleeps beside
 * its permits. A call that asks for many is not overtaken by calls that ask for few. A thread that is busy, or dies, before it has looked
 * holds up others only by the permits that are its own.
 *
 * Invariants
 *   - queued = cells of the kind OWN_QUEUED that name the semaphore. Permits and those of all cells of the kind OWN_PERMITS are
 *     together as many as were added and not forgotten.
 *   - A cell that a node of the list names does not change until that has left. A granted node's is one of the kind OWN_PERMITS to the
 *     invariants, whatever it says; `leave` writes it there.
 *   - While there are permits enough for the first in the list, some thread is about to grant them, or owes that; or the first is about
 *     to do that itself.
 *
 * Who may call what: all of it any thread that owns a count of the semaphore; `queue` before it listens; `giveBack` with a cell that no
 * listening node names.
 *
 * Windows: the CAS that takes permits .. the stores to the cell; the addition that queues .. likewise; in `put` the CAS .. the stores
 * that clear the cell and say what is owed; in `shut` the change .. likewise; in `grant` the lock of the list.
 */
import { verifyOwnedEvent } from "../../arc/kernel/verifyControl";
import { add64, cas64, load64, or64, read32, write32 } from "../../heap/kernel/atomic";
import { clear, EXTRA, kindOfCell, own, setKind } from "../../heap/kernel/cells";
import { MAX_COUNT, OWN_PERMITS, OWN_QUEUED } from "../../heap/kernel/numbers";
import { QUEUED, wordOf } from "../../listener/kernel/shape";
import { EVERYBODY, GRANTS, owe, pay } from "./debt";

const CLOSED: u64 = 1 << 63;

/** Takes `n` permits, for an empty cell, if there are as many and nobody is queued. */
export function tryAcquire(semaphore: usize, n: u32, cell: usize): bool {
  if (BUILD == 1) verifyOwnedEvent(semaphore);
  const word = wordOf(semaphore);
  while (true) {
    const state = load64(word);
    if (state >> 32 != 0 || <u32>state < n) return false;
    if (cas64(word, state, state - n)) {
      own(cell, semaphore);
      setKind(cell, OWN_PERMITS);
      if (cell != 0) write32(cell + EXTRA, n);
      return true;
    }
  }
}

/** A call begins to wait for `n` permits, with an empty cell. */
export function queue(semaphore: usize, n: u32, cell: usize): void {
  add64(wordOf(semaphore), QUEUED);
  own(cell, semaphore);
  setKind(cell, OWN_QUEUED);
  if (cell != 0) write32(cell + EXTRA, n);
}

/** Gives back what a cell has of the semaphore: permits, or a place in the queue. */
export function giveBack(semaphore: usize, cell: usize): void {
  if (BUILD == 1) verifyOwnedEvent(semaphore);
  const isQueued = kindOfCell(cell) == OWN_QUEUED;
  put(semaphore, isQueued ? 0 : read32(cell + EXTRA), isQueued ? QUEUED : 0, cell);
}

/** Adds permits. False: there would be too many, and nothing was added. */
export function addPermits(semaphore: usize, n: u32): bool {
  if (BUILD == 1) verifyOwnedEvent(semaphore);
  if (<u32>load64(wordOf(semaphore)) > <u32>MAX_COUNT - n) return false;
  put(semaphore, n, 0, 0);
  return true;
}

function put(semaphore: usize, permits: u32, less: u64, cell: usize): void {
  const word = wordOf(semaphore);
  while (true) {
    const state = load64(word);
    if (cas64(word, state, state + permits - less)) {
      clear(cell);
      if (((state - less) & ~CLOSED) >> 32 == 0) return;
      owe(semaphore, GRANTS);
      break;
    }
  }
  pay(semaphore, GRANTS);
}

/** Closes the semaphore. All calls that wait are to look. True: it was open. */
export function shut(semaphore: usize): bool {
  if (BUILD == 1) verifyOwnedEvent(semaphore);
  const was = or64(wordOf(semaphore), CLOSED);
  owe(semaphore, EVERYBODY);
  pay(semaphore, EVERYBODY);
  return was < CLOSED;
}
