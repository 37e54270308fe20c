/** How a thread blocks until a listener of its own was notified. */
import { ShmolError } from "../heap/errors.js";
import { MAX_DELAY_MS, mayBlock, nodeProcess, threadId } from "../heap/host.js";
import { whileBlocked } from "../heap/registry.js";
import { looksForLostWakeUps } from "./doorbell.js";
import type { Place } from "./stake.js";

const NS_PER_MS = 1e6;
/**
 * A blocked thread parks for so long at first, and twice as long each time, up to the longest. In between it looks at its
 * listener's state, so a wake-up that the platform loses is not lost for ever, and for threads that have died. Never for a
 * steady millisecond or so: parks that short have kept `terminate()` waiting for seconds.
 */
const FIRST_PARK_MS = 10;
const LONGEST_PARK_MS = 1000;
/** After this time a thread that blocks in a checked heap says so, once. */
const LONG_WAIT_MS = 10_000;
let toldOfLongWait = false;

/** Whether this thread may block; else an error that says so. */
export function checkMayBlock(): void {
  if (!mayBlock()) throw new ShmolError("MAY_NOT_BLOCK", "this thread may not block: await wait() instead");
}

/**
 * Returns when the listener was notified, or the time is up. In between it looks for the dead, which may notify the listener: then
 * users' code may run (`Heap.on`, and what hears warnings), in `around`.
 */
export function block(
  place: Place<unknown>,
  timeoutMs = Number.POSITIVE_INFINITY,
  around: (lookUp: () => void) => void = (lookUp) => lookUp(),
): void {
  checkMayBlock();
  const { kernel } = place.stake.inside;
  // The clock is read only if there is a limit.
  const deadline = timeoutMs === Number.POSITIVE_INFINITY ? timeoutMs : performance.now() + timeoutMs;
  let left = timeoutMs;
  let park = looksForLostWakeUps ? FIRST_PARK_MS : MAX_DELAY_MS;
  const mayTell = place.stake.inside.checked !== undefined && !toldOfLongWait;
  const longAfter = mayTell ? performance.now() + LONG_WAIT_MS : Number.POSITIVE_INFINITY;
  const lookUp = () => {
    whileBlocked();
    if (longAfter < Number.POSITIVE_INFINITY && performance.now() >= longAfter) tellOfLongWait();
  };
  while (kernel.waitOn(place.node, Math.min(left, park) * NS_PER_MS) === 0) {
    // Also where the time is up: a thread that only ever waits for a moment looks at no other time.
    around(lookUp);
    left = Math.max(0, deadline - performance.now());
    if (left === 0) return;
    if (park < LONGEST_PARK_MS) park = Math.min(2 * park, LONGEST_PARK_MS);
  }
}

/**
 * Warns, once, that this thread blocks. At once, and not as `process.emitWarning` does, with the next turn of the event loop: there
 * may never be one.
 */
function tellOfLongWait(): void {
  if (toldOfLongWait) return;
  toldOfLongWait = true;
  const warning = new Error(
    `thread ${threadId} has been blocked for ${LONG_WAIT_MS / 1000} s, waiting for a notification: meanwhile none of its timers, ` +
      "messages and signal handlers run. A wait that is awaited would let them",
  );
  warning.name = "ShmolLongWaitWarning";
  nodeProcess?.emit?.("warning", warning);
}
