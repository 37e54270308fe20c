/**
 * The readers-writer lock: three events, and beside the counts of two of them a word each.
 *
 *   gate      a mutex (mutex.ts), which writers and the upgradable reader have        threads that want it wait at its event
 *   readable  | readers : 30 | poisoned : 1 | writer : 1 |                            readers wait here while there is a writer
 *   empty     -                                                                       the writer waits here while there are readers
 *   data      what the lock is for, behind the events
 *
 * A writer has the gate, sets its bit, which keeps new readers out, and waits until there are no readers. So readers cannot keep a
 * writer out, and a thread that reads and asks to read once more may wait for a writer that waits for it. The upgradable reader has
 * the gate, and is a reader. All that a call has stands in one cell, whose kind says how far it is:
 *
 *   OWN_STARVED -> OWN_LOCK        the gate
 *     -> OWN_WRITING -> OWN_WRITE    and the writer's bit; and there are no readers
 *     -> OWN_UPGRADABLE              and counts as a reader
 *   OWN_READ                       counts as a reader
 *
 * Invariants
 *   - readers = cells of the kinds OWN_READ and OWN_UPGRADABLE that name the lock. The writer's bit is set exactly while some cell is of
 *     the kind OWN_WRITING or OWN_WRITE, of which there is one at most, as of OWN_UPGRADABLE, and not both.
 *   - A thread that clears the writer's bit owes all readers that listen a notification. The last reader owes the writer one. A thread
 *     that gives the gate back owes one call that waits for it a notification.
 *   - Poison is in the second word. That of the gate means nothing.
 *
 * Who may call what: `tryRead` any thread that owns a count of the lock, with an empty cell; the others the
 * thread that has what their names say, with its cell. A thread has the gate by `tryLock` (mutex.ts).
 *
 * Windows: each change of the second word .. the stores to the cell, and those that say what is owed.
 */
import { verifyOwnedEvent } from "../../arc/kernel/verifyControl";
import { add32, cas32, load32, sub32, write32 } from "../../heap/kernel/atomic";
import { clear, EXTRA, own, setKind } from "../../heap/kernel/cells";
import {
  HELD,
  OWN_LOCK,
  OWN_READ,
  OWN_UPGRADABLE,
  OWN_WRITE,
  OWN_WRITING,
  POISONED,
  STARVED,
} from "../../heap/kernel/numbers";
import { isIdle } from "../../listener/kernel/event";
import { eventSize, wordOf } from "../../listener/kernel/shape";
import { EVERYBODY, owe, pay, settle } from "./debt";

/** The bits are the mutex's; what it counts the starved in, readers are counted in here. */
const WRITER: u32 = HELD;
const READER: u32 = STARVED;

/** The event at which readers wait. */
export function readableOf(lock: usize): usize {
  return lock + eventSize();
}
/** The event at which the writer waits. */
export function emptyOf(lock: usize): usize {
  return lock + 2 * eventSize();
}

/** The thread becomes a reader, unless there is a writer. Returns 0: there is one; otherwise HELD, and POISONED if a writer has died. */
export function tryRead(lock: usize, cell: usize): u32 {
  if (BUILD == 1) verifyOwnedEvent(lock);
  const word = wordOf(readableOf(lock));
  while (true) {
    const state = load32(word);
    if ((state & WRITER) != 0 || state + READER < READER) return 0;
    if (cas32(word, state, state + READER)) {
      own(cell, lock);
      setKind(cell, OWN_READ);
      write32(cell + EXTRA, 0);
      return HELD | (state & POISONED);
    }
  }
}

/** The thread is no reader any more. The last one lets the writer in. */
export function endRead(lock: usize, cell: usize): void {
  if (BUILD == 1) verifyOwnedEvent(lock);
  const word = wordOf(readableOf(lock));
  const empty = emptyOf(lock);
  while (true) {
    const state = load32(word) - READER;
    if (cas32(word, state + READER, state)) {
      clear(cell);
      if (state >= READER || isIdle(empty, 1, false)) return;
      owe(empty, 1);
      break;
    }
  }
  pay(empty, 1);
}

/** The thread that has the gate keeps readers out. True: there are none, and it may write. */
export function beginWrite(lock: usize, cell: usize): bool {
  return keepOut(lock, cell, WRITER);
}

/** The upgradable reader keeps the others out. True: there are none, and it may write. */
export function upgradeReader(lock: usize, cell: usize): bool {
  return keepOut(lock, cell, WRITER - READER);
}

function keepOut(lock: usize, cell: usize, change: u32): bool {
  if (BUILD == 1) verifyOwnedEvent(lock);
  const word = wordOf(readableOf(lock));
  while (true) {
    const state = load32(word) + change;
    if (cas32(word, state - change, state)) {
      setKind(cell, state < READER ? OWN_WRITE : OWN_WRITING);
      return state < READER;
    }
  }
}

/** `upgradeReader`, if there are no other readers. False: there are some, and nothing has changed. */
export function tryUpgrade(lock: usize, cell: usize): bool {
  const word = wordOf(readableOf(lock));
  const state = load32(word);
  if (state >= 2 * READER || !cas32(word, state, state + WRITER - READER)) return false;
  setKind(cell, OWN_WRITE);
  return true;
}

/** Whether the readers are gone that the writer waits for. Then it may write. */
export function isAlone(lock: usize, cell: usize): bool {
  if (load32(wordOf(readableOf(lock))) >= READER) return false;
  setKind(cell, OWN_WRITE);
  return true;
}

/** Lets readers in again. The thread has the gate from then on. */
export function endWrite(lock: usize, cell: usize): void {
  letReadersIn(lock, cell, OWN_LOCK, 0, WRITER, 0);
}

/** A writer died that may have written: as `endWrite`, and the next one that takes the lock is told. */
export function poisonWrite(lock: usize, cell: usize): void {
  letReadersIn(lock, cell, OWN_LOCK, 0, WRITER, POISONED);
}

/** The thread that writes, or waits to, is the upgradable reader from now on. */
export function downgradeWrite(lock: usize, cell: usize): void {
  letReadersIn(lock, cell, OWN_UPGRADABLE, <u64>WRITER - READER, 0, 0);
}

function letReadersIn(lock: usize, cell: usize, kind: u32, less: u64, gone: u64, come: u64): void {
  if (BUILD == 1) verifyOwnedEvent(lock);
  const readable = readableOf(lock);
  settle(wordOf(readable), readable, EVERYBODY, cell, kind, less, gone, come);
}

/** The thread that has the gate becomes the upgradable reader. */
export function beginUpgradable(lock: usize, cell: usize): void {
  add32(wordOf(readableOf(lock)), READER);
  setKind(cell, OWN_UPGRADABLE);
}

/** Likewise back: the thread has the gate from then on. No writer waits. */
export function endUpgradable(lock: usize, cell: usize): void {
  sub32(wordOf(readableOf(lock)), READER);
  setKind(cell, OWN_LOCK);
}

/** The upgradable reader gives the gate back, and reads on. */
export function downgradeUpgradable(lock: usize, cell: usize): void {
  settle(wordOf(lock), lock, 1, cell, OWN_READ, 0, HELD, 0);
}
