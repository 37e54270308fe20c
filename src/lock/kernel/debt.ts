/**
 * Debts: a thread that has changed a lock's word so that others may go on owes them a notification. The thread may be killed before it
 * notifies them. So in the window of the change it writes the debt into a working cell: the event, and how many of its listeners. The
 * reaper of a dead thread pays.
 *
 *   cell   | event : 64 | OWN_DEBT : 32 | listeners : 32 |       GRANTS: those for whom there are permits (semaphore.ts)
 *
 * A debt may be paid twice: if a thread is killed between the notification and the end of the debt, its reaper notifies once more. A
 * call that is notified for nothing looks, finds nothing, and goes on waiting in its place (`again` of listener/kernel/event.ts).
 *
 * Who may call what: `owe` in a window, with no debt in the cell; `pay` the same thread, behind the window; `payFor` its reaper. `settle`
 * any thread that may make that change.
 *
 * Windows: in `settle` the CAS .. the stores to the cells.
 */
import { cas64, load64, read32, write32 } from "../../heap/kernel/atomic";
import { clear, EXTRA, kindOfCell, own, owned, setKind } from "../../heap/kernel/cells";
import { HELD, OWN_DEBT, OWN_STARVED } from "../../heap/kernel/numbers";
import { partCell } from "../../heap/kernel/threads";
import { grant, isIdle, notifyMany } from "../../listener/kernel/event";

/** All listeners. */
export const EVERYBODY: u32 = 0xffffffff;
/** Those for whom there are permits. */
export const GRANTS: u32 = 0;

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
  if (n == GRANTS) grant(event);
  else notifyMany(event, n, false);
  clear(cell);
}

/**
 * A step on a lock's word: `less` is taken off it, and the bits `gone` and then `come` are cleared and set. What the cell's thread
 * has from then on is of that kind; 0: nothing. Then `n` listeners of the event are notified, if there are some. False: nothing was
 * done but that the cell is empty, since the lock was broken after it was taken with that cell. The cell 0 stands for any holder, if
 * there is one.
 */
export function settle(
  word: usize,
  event: usize,
  n: u32,
  cell: usize,
  kind: u32,
  less: u64,
  gone: u64,
  come: u64,
): bool {
  while (true) {
    const state = load64(word);
    const isLost =
      cell == 0 ? (state & HELD) == 0 : kindOfCell(cell) != OWN_STARVED && <u32>(state >> 32) != read32(cell + EXTRA);
    if (isLost) {
      clear(cell);
      return false;
    }
    if (cas64(word, state, ((state - less) & ~gone) | come)) {
      if (kind == 0) clear(cell);
      else setKind(cell, kind);
      if (isIdle(event, n, false)) return true;
      owe(event, n);
      break;
    }
  }
  pay(event, n);
  return true;
}
