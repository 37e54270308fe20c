/**
 * How long the present turn of the event loop has lasted. A loop that awaits messages which are all there already goes on
 * from promise to promise, and timers, sockets and signals never have their turn. So once in a while such a loop lets the
 * event loop go round.
 */

/** How long a turn may last, and after how many calls the clock is looked at again. */
const LONGEST_MS = 10;
const LOOK_EACH = 16;

/** Has something called in the next turn. Browsers have nothing better. */
const nextTurn = (globalThis as { setImmediate?: (next: () => void) => unknown }).setImmediate ?? setTimeout;

let calls = 0;
/** When the clock was first looked at in this turn; 0: not yet. */
let since = 0;

const begin = () => {
  since = 0;
};

/** Whether it is time to let the event loop go round. */
export function isOverdue(): boolean {
  if (++calls % LOOK_EACH !== 0) return false;
  const now = performance.now();
  if (since === 0) {
    since = now;
    nextTurn(begin);
  }
  return now - since > LONGEST_MS;
}

/** Resolves with `value` in the next turn. */
export function inNextTurn<T>(value: T): Promise<T> {
  return new Promise((resolve) => {
    nextTurn(() => resolve(value));
  });
}
