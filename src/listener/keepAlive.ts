/**
 * What keeps Node's event loop alive while listeners are awaited: a pending `Atomics.waitAsync` does not. One timer for the
 * whole thread, which never fires in practice and is ref'd exactly while a ref'd listener waits. Browsers need none.
 */

/** The longest delay that a timer takes, in ms. */
export const MAX_DELAY_MS = 2 ** 31 - 1;

let waiting = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** One more ref'd listener waits. */
export function keepAlive(): void {
  if (waiting++ > 0) return;
  timer ??= setInterval(() => {}, MAX_DELAY_MS);
  timer.ref?.();
}

/** One of them does no more. */
export function letGo(): void {
  if (--waiting === 0) timer?.unref?.();
}
