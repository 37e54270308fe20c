/**
 * Debts: a thread that has changed a lock's word so that others may go on owes them a notification. The thread may be killed before it
 * notifies them. So in the window of the change it writes the debt into a working cell: the event, and how many of its listeners. The
 * reaper of a dead thread pays.
 *
 *   cell   | event : 64 | OWN_DEBT : 32 | listeners : 32 |       or GRANTS, ALL_OF_LOCK
 *
 * A debt may be paid twice: if a thread is killed between the notification and the end of the debt, its reaper notifies once more. A
 * call that is notified for nothing looks, finds nothing, and goes on waiting in its place (`again` of listener/kernel/event.ts).
 *
 * Who may call what: `owe` in a window, with no debt in the cell; `pay` the same thread, behind the window; `payFor` its reaper.
 */
import { read32, write32 } from "../../heap/kernel/atomic";
import { clear, EXTRA, own, owned, setKind } from "../../heap/kernel/cells";
import { OWN_DEBT } from "../../heap/kernel/numbers";
import { partCell } from "../../heap/kernel/threads";
import { grant, notifyMany } from "../../listener/kernel/event";
import { eventSize } from "../../listener/kernel/shape";

/** All listeners. */
export const EVERYBODY: u32 = 0xffffffff;
/** Those for whom there are permits (semaphore.ts). */
export const GRANTS: u32 = 0;
/** Those of the three events of a readers-writer lock (rwLock.ts): one, all, and one. */
export const ALL_OF_LOCK: u32 = 0xfffffffe;

/** Owes `n` listeners of an event a notification from now on. */
export function owe(event: usize, n: u32): void {
  const cell = partCell();
  own(cell, event);
  setKind(cell, OWN_DEBT);
  if (cell != 0) write32(cell + EXTRA, n);
}

/** Notifies `n` listeners, and owes nothing any more. */
export function pay(event: usize, n: u32): void {
  payTo(event, n, partCell());
}

/** Pays what a dead thread owed. */
export function payFor(cell: usize): void {
  payTo(owned(cell), read32(cell + EXTRA), cell);
}

function payTo(event: usize, n: u32, cell: usize): void {
  if (n == GRANTS) {
    grant(event);
  } else if (n == ALL_OF_LOCK) {
    notifyMany(event, 1, false);
    notifyMany(event + eventSize(), EVERYBODY, true);
    notifyMany(event + 2 * eventSize(), 1, false);
  } else {
    // Additional: a listener that is notified with all others, and in vain, goes behind them (`again`). So this comes to an end.
    notifyMany(event, n, n == EVERYBODY);
  }
  clear(cell);
}
