/**
 * The readers-writer lock: three events, and one word for all that threads have of it (word.ts).
 *
 *   gate       a mutex (mutex.ts), which writers and the upgradable reader have        calls that want it wait at this event
 *   readable   readers wait at this event while there is a writer
 *   empty      the writer waits at this event while there are readers
 *   data       what the lock is for, behind the events
 *
 * A writer has the gate, sets its bit, which keeps new readers out, and waits until there are no readers. So readers cannot keep a
 * writer out, and a thread that reads and asks to read once more may wait for a writer that waits for it. The upgradable reader has the
 * gate, and so nobody writes. It is not one of the readers. All that a call has stands in one cell, whose kind says how far it is:
 *
 *   OWN_STARVED -> OWN_UPGRADABLE    the gate
 *     -> OWN_WRITING -> OWN_WRITE      and the writer's bit; and there are no readers
 *   OWN_READ                         one of the readers
 *
 * Invariants
 *   - A step that clears the writer's bit, or that of the gate, owes what ALL_OF_LOCK stands for (debt.ts); the last reader owes the
 *     writer a notification.
 *
 * Who may call what: `tryRead` any thread that owns a count of the lock, with an empty cell; the others the thread that has what their
 * names say, with its cell. A thread has the gate by `tryLock` (mutex.ts). `letGo` (word.ts) gives back what a thread has, however far
 * it is.
 *
 * Windows: each CAS .. the stores to the cell.
 */
import { verifyOwnedEvent } from "../../arc/kernel/verifyControl";
import { cas64, load64, write32 } from "../../heap/kernel/atomic";
import { EXTRA, own, setKind } from "../../heap/kernel/cells";
import { ALONE, HELD, LOST, OWN_READ, OWN_WRITE, OWN_WRITING, POISONED, WRITER } from "../../heap/kernel/numbers";
import { wordOf } from "../../listener/kernel/shape";
import { ALL_OF_LOCK } from "./debt";
import { isLost, READER, READERS, settle } from "./word";

/** The thread becomes a reader, unless there is a writer. Returns 0: there is one; otherwise HELD, and POISONED if a writer has died. */
export function tryRead(lock: usize, cell: usize): u32 {
  if (BUILD == 1) verifyOwnedEvent(lock);
  const word = wordOf(lock);
  while (true) {
    const state = load64(word);
    if ((state & WRITER) != 0 || (state & READERS) == READERS) return 0;
    if (cas64(word, state, state + READER)) {
      own(cell, lock);
      setKind(cell, OWN_READ);
      write32(cell + EXTRA, <u32>(state >> 48));
      return HELD | (<u32>state & POISONED);
    }
  }
}

/**
 * The thread that has the gate keeps readers out. Returns ALONE: there are none, and it may write; LOST: the lock was broken; 0: there
 * are some. With `atOnce`, nothing has changed then.
 */
export function beginWrite(lock: usize, cell: usize, atOnce: bool): u32 {
  if (BUILD == 1) verifyOwnedEvent(lock);
  const word = wordOf(lock);
  while (true) {
    const state = load64(word);
    const isAlone = (state & READERS) == 0;
    if (isLost(state, cell)) return LOST;
    if (atOnce && !isAlone) return 0;
    if (cas64(word, state, state | WRITER)) {
      setKind(cell, isAlone ? OWN_WRITE : OWN_WRITING);
      return isAlone ? ALONE : 0;
    }
  }
}

/** Whether the readers are gone that the writer waits for: ALONE, LOST or 0, likewise. */
export function isAlone(lock: usize, cell: usize): u32 {
  const state = load64(wordOf(lock));
  if (isLost(state, cell)) return LOST;
  if ((state & READERS) != 0) return 0;
  setKind(cell, OWN_WRITE);
  return ALONE;
}

/** The thread that has the gate is a reader from now on, or, if it wrote or waited to, the upgradable one. False: the lock was broken. */
export function stepDown(lock: usize, cell: usize, kind: u32): bool {
  const reads = kind == OWN_READ;
  return settle(lock, lock, ALL_OF_LOCK, cell, kind, reads ? -READER : 0, reads ? HELD | WRITER : WRITER, 0);
}
