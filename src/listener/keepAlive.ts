/**
 * The one timer of a thread that awaits listeners. Once a second it has the thread's bells looked at (doorbell.ts). And it keeps
 * Node's event loop alive exactly while a ref'd listener waits: a pending `Atomics.waitAsync` does not. Browsers need no such thing.
 *
 * Invariant: while a listener waits, a doorbell is in use, and while one is, there is the timer.
 */
import { clearInterval, setInterval } from "../heap/host.js";

/** How often the bells are looked at. */
const LOOKED_AT_EVERY_MS = 1000;

/** Ref'd listeners that wait. */
let waiting = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** Calls `look` once a second, until it returns false: then nothing is left to look at. */
export function lookRegularly(look: () => boolean): void {
  if (timer !== undefined) return;
  timer = setInterval(() => {
    if (look()) return;
    clearInterval(timer);
    timer = undefined;
  }, LOOKED_AT_EVERY_MS);
  if (waiting === 0) timer.unref?.();
}

/** One more ref'd listener waits. */
export function keepAlive(): void {
  if (waiting++ === 0) timer?.ref?.();
}

/** One of them does no more. */
export function letGo(): void {
  if (--waiting === 0) timer?.unref?.();
}
