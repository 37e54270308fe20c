/**
 * Debts: whoever has changed a lock's word so that others may go on owes them a notification, and may be killed before it comes to
 * that. So in the window of the change it says in a working cell that it owes it, and to whom. Its reaper pays.
 *
 *   cell   | event : 64 | OWN_DEBT : 32 | listeners : 32 |       GRANTS: those for whom there are permits (semaphore.ts)
 *
 * A debt may be paid twice: who is killed between the notification and the end of the debt has its reaper notify once more. Whoever is
 * notified for nothing looks, finds nothing, and goes on waiting in its place (`again` of listener/kernel/event.ts).
 *
 * Who may call what: `owe` in a window, with nobody's debt in the cell; `pay` the thread behind it; `payFor` its reaper. `settle` whoever
 * may make that change.
 *
 * Windows: in `settle` the CAS .. the stores to the cells.
 */
import { cas32, load32, read32, write32 } from "../../heap/kernel/atomic";
import { clear, EXTRA, own, owned, setKind } from "../../heap/kernel/cells";
import { OWN_DEBT } from "../../heap/kernel/numbers";
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
 * A step on a lock's word of 32 bits: `less` is taken off it, and the bits `gone` and then `come` are cleared and set. What its thread
 * has from then on is of that kind; 0: it has nothing. Then `n` listeners of the event are notified, if there are some.
 */
export function settle(
  word: usize,
  event: usize,
  n: u32,
  cell: usize,
  kind: u32,
  less: u32,
  gone: u32,
  come: u32,
): void {
  while (true) {
    const state = load32(word);
    if (cas32(word, state, ((state - less) & ~gone) | come)) {
      if (kind == 0) clear(cell);
      else setKind(cell, kind);
      if (isIdle(event, n, false)) return;
      owe(event, n);
      break;
    }
  }
  pay(event, n);
}
