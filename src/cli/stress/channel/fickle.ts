/**
 * Ends that give up all the time: with time-outs, with signals, sooner and later, and now and then not at all.
 */
import { TimeoutError, type WaitOptions } from "../../../index.js";
import type { Random } from "../../random.js";

const GIVE_UP = new Error("gave up");

/** Limits for one call. */
export function limits(random: Random): WaitOptions {
  switch (random.below(4)) {
    case 0:
      return { timeoutMs: random.below(3) / 4 };
    case 1:
      return { signal: abortedSoon(queueMicrotask) };
    case 2:
      return { signal: abortedSoon(setImmediate) };
    default:
      return { timeoutMs: 20 };
  }
}

function abortedSoon(when: (act: () => void) => unknown): AbortSignal {
  const controller = new AbortController();
  when(() => controller.abort(GIVE_UP));
  return controller.signal;
}

/** Whether an end was told that it gave up. */
export function isGivenUp(error: unknown): boolean {
  return error === GIVE_UP || error instanceof TimeoutError;
}
