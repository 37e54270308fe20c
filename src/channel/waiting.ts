/**
 * The one loop in which all calls wait that wait for a channel: poll, listen, poll, wait. The caller has polled before, and comes
 * here only if that found nothing.
 */
import { DroppedError, TimeoutError } from "../heap/errors.js";
import { checkTimeout } from "../heap/token.js";
import type { SharedEvent } from "../listener/event.js";
import { checkSignal, type Listener, type WaitOptions } from "../listener/listener.js";
import { NOT_YET, type Side } from "./side.js";

/** How long to wait, and the signal that ends it; checked. */
export interface Limits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** What to wait for. */
export interface WaitFor<R> {
  readonly side: Side;
  /** Notified whenever a poll may succeed. */
  readonly event: SharedEvent;
  /** `NOT_YET`, or something that ends the wait; so does what it throws. */
  poll(): R | typeof NOT_YET;
  /** What the error of a time-out says, before the time. */
  readonly timeoutMessage: string;
}

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
  if (options === undefined) return UNLIMITED;
  const { timeoutMs, signal } = options;
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

/**
 * Listeners to wait for, one after the other, until a poll succeeds. `pollAgain` polls after a notification. A caller that was not
 * notified stops here.
 */
function* turnsOf<R>(
  waitFor: WaitFor<R>,
  pollAgain: (waitFor: WaitFor<R>) => R | typeof NOT_YET,
): Generator<Listener, R, void> {
  const { side, event } = waitFor;
  for (;;) {
    const listener = event.listen();
    let wasNotified = false;
    try {
      let found = waitFor.poll();
      if (found === NOT_YET) {
        yield listener;
        wasNotified = true;
        found = pollAgain(waitFor);
      }
      if (found !== NOT_YET) return found;
    } catch (error) {
      // The message or room that it was notified of may still be there, for another thread.
      if (wasNotified && !side.isDropped) event.notifyAdditional();
      throw error;
    } finally {
      listener.drop();
    }
  }
}

/**
 * Polls a few times, each after a longer pause: some microseconds in all, a small part of what it takes to be woken. So two
 * threads that keep up with each other do not disturb each other. To listen costs both of them time, and so does each poll,
 * which takes away the cache line that the other thread is writing. And a thread that waits for messages, or for room, finds
 * several after a pause.
 */
function pollPatiently<R>({ poll }: WaitFor<R>): R | typeof NOT_YET {
  for (let pause = FIRST_PAUSE; pause <= LONGEST_PAUSE; pause *= 2) {
    for (let left = pause; left > 0; left--) root = Math.sqrt(root + 1);
    const found = poll();
    if (found !== NOT_YET) return found;
  }
  return NOT_YET;
}

/** Waits without blocking until a poll succeeds, and returns what it found. */
export async function until<R>(waitFor: WaitFor<R>, { timeoutMs, signal }: Limits): Promise<R> {
  const deadline = deadlineOf(timeoutMs);
  const turns = turnsOf(waitFor, ({ poll }) => poll());
  for (;;) {
    const turn = turns.next();
    if (turn.done === true) return turn.value;
    const listener = turn.value;
    waitFor.side.awaits(listener);
    try {
      await listener.wait(optionsOf(deadline, signal));
    } catch (error) {
      throw signal?.aborted === true && error === signal.reason ? error : reasonOf(error, waitFor, timeoutMs);
    } finally {
      waitFor.side.awaitsNoMore(listener);
    }
  }
}

/** Blocks until a poll succeeds, and returns what it found. */
export function untilSync<R>(waitFor: WaitFor<R>, { timeoutMs }: Limits): R {
  const soon = timeoutMs === 0 ? NOT_YET : pollPatiently(waitFor);
  if (soon !== NOT_YET) return soon;
  const deadline = deadlineOf(timeoutMs);
  const turns = turnsOf(waitFor, pollPatiently);
  for (;;) {
    const turn = turns.next();
    if (turn.done === true) return turn.value;
    try {
      turn.value.waitSync({ timeoutMs: leftOf(deadline) });
    } catch (error) {
      turn.value.drop();
      throw reasonOf(error, waitFor, timeoutMs);
    }
  }
}

/** When the time is up, in milliseconds. The clock is read only if there is a limit. */
export function deadlineOf(timeoutMs: number): number {
  return timeoutMs === Number.POSITIVE_INFINITY ? timeoutMs : performance.now() + timeoutMs;
}

function leftOf(deadline: number): number {
  return deadline === Number.POSITIVE_INFINITY ? deadline : Math.max(0, deadline - performance.now());
}

/** What a listener's wait takes. */
export function optionsOf(deadline: number, signal: AbortSignal | undefined): WaitOptions {
  const timeoutMs = leftOf(deadline);
  return signal === undefined ? { timeoutMs } : { timeoutMs, signal };
}

/** What the listener threw, as the caller is to see it. */
function reasonOf(error: unknown, { side, timeoutMessage }: WaitFor<unknown>, timeoutMs: number): unknown {
  if (error instanceof TimeoutError) return new TimeoutError(`${timeoutMessage} within ${timeoutMs} ms`);
  return error instanceof DroppedError && side.isDropped ? new DroppedError(side.name) : error;
}
