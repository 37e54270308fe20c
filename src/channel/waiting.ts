/**
 * What everything that waits for a channel has in common, and how a thread blocks until there is what it waits for: poll, listen,
 * poll, park, poll. The first poll is the caller's. How calls await it is in line.ts.
 */
import { DroppedError, TimeoutError } from "../heap/errors.js";
import { cores } from "../heap/host.js";
import { optionsOf } from "../heap/options.js";
import { checkTimeout, inMs } from "../heap/token.js";
import {
  blockOn,
  checkSignal,
  type Listener,
  WAIT_OPTIONS,
  WAIT_SYNC_OPTIONS,
  type WaitOptions,
  type WaitSyncOptions,
} from "../listener/listener.js";
import { Call, type Limits, LONGEST_LOOK_MS, NOT_YET, type WaitFor } from "./line.js";

/** For ever. */
export const UNLIMITED: Limits = { timeoutMs: Number.POSITIVE_INFINITY, signal: undefined };

/**
 * The pauses between looks, the first and the longest one, in square roots that each need the one before: some 6 ns each, of
 * which the processor does next to nothing else. On a core with two hardware threads the other one then has it for itself,
 * which a loop that only counts, or reads, would take half of.
 */
const FIRST_PAUSE = 2 ** 7;
const LONGEST_PAUSE = 2 ** 9;
/** What the square roots are of. Kept here, so that no compiler leaves them out. */
let root = 2;

/** Options of a call that may wait, checked. */
export function limitsOf(options: WaitOptions | undefined): Limits {
  return options === undefined ? UNLIMITED : limitsIn(optionsOf(options, WAIT_OPTIONS));
}

/** Likewise of one that blocks: no signal reaches its thread meanwhile. */
export function syncLimitsOf(options: WaitSyncOptions | undefined): Limits {
  return options === undefined ? UNLIMITED : limitsIn(optionsOf(options, WAIT_SYNC_OPTIONS));
}

/** Likewise, where the names of the options were looked at. */
export function limitsIn({
  timeoutMs,
  signal,
}: { readonly [K in keyof WaitOptions]: WaitOptions[K] | undefined }): Limits {
  checkTimeout(timeoutMs);
  checkSignal(signal);
  return { timeoutMs: timeoutMs ?? Number.POSITIVE_INFINITY, signal };
}

/** Likewise; throws the reason of a signal that was aborted before: nothing is done then. */
export function admitted(options: WaitOptions | undefined): Limits {
  const limits = limitsOf(options);
  throwIfAborted(limits);
  return limits;
}

/** By what `checkSignal` asks of a signal. Another realm's need not have the method of this name. */
export function throwIfAborted({ signal }: Limits): void {
  if (signal?.aborted === true) throw signal.reason;
}

/** Waits without blocking until a poll succeeds, behind the calls of this thread that wait already. */
export function until<R>(waitFor: WaitFor<R>, limits: Limits): Promise<R> {
  return new Call([waitFor], limits).start();
}

/** Blocks until a poll succeeds, and returns what it found. */
export function untilSync<R>(waitFor: WaitFor<R>, { timeoutMs }: Limits): R {
  try {
    const soon = timeoutMs === 0 ? NOT_YET : pollPatiently(waitFor);
    if (soon !== NOT_YET) return soon;
    const deadline = timeoutMs === Number.POSITIVE_INFINITY ? timeoutMs : performance.now() + timeoutMs;
    for (;;) {
      const found = untilNotified(waitFor, deadline);
      if (found !== NOT_YET) return found;
      if (leftOf(deadline) === 0) throw new TimeoutError(`${waitFor.timeoutMessage} within ${inMs(timeoutMs)}`);
    }
  } catch (error) {
    waitFor.ended?.(false);
    throw error instanceof DroppedError && waitFor.side.isDropped ? new DroppedError(waitFor.side.name) : error;
  }
}

/**
 * Listens, and polls until something is found, or the listener was notified and there is nothing, or the time is up. A thread that
 * looks in vain without having been notified listens anew, and is the newest then.
 */
function untilNotified<R>(waitFor: WaitFor<R>, deadline: number): R | typeof NOT_YET {
  const { side, line } = waitFor;
  for (let lookMs = line.firstLookMs(side); ; lookMs = Math.min(2 * lookMs, LONGEST_LOOK_MS)) {
    const listener = line.listen(side);
    try {
      const found = waitFor.poll();
      if (found !== NOT_YET) return found;
      if (blockOn(listener, Math.min(leftOf(deadline), lookMs))) return pollNotified(waitFor, listener);
      if (leftOf(deadline) === 0) return waitFor.poll();
    } finally {
      // If it was notified meanwhile, that goes on to another one.
      listener.drop();
    }
  }
}

/** What the listener was notified of, and is more than is found here, or still there after an error, is for another one. */
function pollNotified<R>(waitFor: WaitFor<R>, listener: Listener): R | typeof NOT_YET {
  const { side, line } = waitFor;
  listener.discard();
  let found: R | typeof NOT_YET | undefined;
  let hasFailed = true;
  try {
    found = pollPatiently(waitFor);
    hasFailed = false;
    return found;
  } finally {
    if (found !== NOT_YET && !side.isDropped) line.passOn(side, !hasFailed);
  }
}

/**
 * Polls a few times, each after a longer pause: some microseconds in all, a small part of what it takes to be woken. So two
 * threads that keep up with each other do not disturb each other. To listen costs both of them time, and so does each poll,
 * which takes away the cache line that the other thread is writing. And a thread that waits for messages, or for room, finds
 * several after a pause. On one core a pause keeps the other thread from running: there it polls once.
 */
function pollPatiently<R>({ poll }: WaitFor<R>): R | typeof NOT_YET {
  if (cores === 1) return poll();
  for (let pause = FIRST_PAUSE; pause <= LONGEST_PAUSE; pause *= 2) {
    for (let left = pause; left > 0; left--) root = Math.sqrt(root + 1);
    const found = poll();
    if (found !== NOT_YET) return found;
  }
  return NOT_YET;
}

/** The clock is looked at for those only who have a limit. */
function leftOf(deadline: number): number {
  return deadline === Number.POSITIVE_INFINITY ? deadline : Math.max(0, deadline - performance.now());
}
