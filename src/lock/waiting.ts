/**
 * How calls wait at a lock: try, listen, try, wait, and try again in the same place of the list.
 *
 * A call that is notified tries before it leaves the list. So a thread that dies in between is either still in the list, and its
 * notification goes on to another one, or it has what it wanted, by its cell, and its reaper gives that back. Nothing is between the two.
 *
 * A notification that was for nothing is taken away, and the call waits on before all others, or behind them if all were notified
 * (`Place.again`). A call may be notified for nothing at any time: by a wake-up that came too late, or by a reaper that paid a debt twice.
 */
import { TimeoutError } from "../heap/errors.js";
import { now } from "../heap/host.js";
import { PASS, TAKE } from "../heap/kernel/numbers.js";
import { optionsOf } from "../heap/options.js";
import { checkTimeout, inMs } from "../heap/token.js";
import { block, checkMayBlock } from "../listener/block.js";
import { Doorbell } from "../listener/doorbell.js";
import {
  checkSignal,
  WAIT_OPTIONS,
  WAIT_SYNC_OPTIONS,
  type WaitOptions,
  type WaitSyncOptions,
} from "../listener/listener.js";
import type { Place, Stake } from "../listener/stake.js";
import type { Goal, Limits, Wait } from "../listener/wait.js";
import type { Core } from "./lock.js";

/** A call that blocks tries also without a notification, after so long at first, and up to the longest. */
const FIRST_LOOK_MS = 10;
const LONGEST_LOOK_MS = 1000;

/** A call that wants something of a lock. */
export abstract class Ask<R> implements Goal<R> {
  readonly name: string;
  /** The waits of the handle, which end with it. */
  readonly #waits: Set<Wait<unknown>>;

  constructor({ name, waits }: Core) {
    this.name = name;
    this.#waits = waits;
  }

  /** Tries. Whether it has what it wants. */
  abstract tries(place: Place<unknown>): boolean;
  /** Begins to listen. */
  listen(stake: Stake<void>): Place<unknown> {
    const place = stake.listen() as Place<unknown>;
    place.keep();
    return place;
  }
  /** It was notified, and has tried in vain. */
  protected misses(): void {}
  abstract result(): R;
  abstract giveUp(): void;
  /** What the error of a time-out says, before the time. */
  protected abstract readonly late: string;

  look(place: Place<unknown>): boolean {
    for (;;) {
      if (this.tries(place)) return true;
      if (!place.again()) return false;
      this.misses();
    }
  }

  timedOut(timeoutMs: number): Error {
    return new TimeoutError(`${this.late} within ${inMs(timeoutMs)}`);
  }

  begun(wait: Wait<unknown>): void {
    this.#waits.add(wait);
  }
  ended(wait: Wait<R>): void {
    this.#waits.delete(wait as Wait<unknown>);
  }
}

export const UNLIMITED: Limits = { timeoutMs: undefined, signal: undefined };

/** Options of a call that may wait, checked. Throws the reason of a signal that was aborted before: nothing is done then. */
export function limitsOf(options: WaitOptions | undefined): Limits {
  const { timeoutMs, signal } = optionsOf(options, WAIT_OPTIONS);
  checkTimeout(timeoutMs);
  checkSignal(signal);
  if (signal?.aborted === true) throw signal.reason;
  return { timeoutMs, signal };
}

/** Likewise of one that blocks: its time-out. */
export function timeoutOf(options: WaitSyncOptions | undefined): number {
  const { timeoutMs } = optionsOf(options, WAIT_SYNC_OPTIONS);
  checkTimeout(timeoutMs);
  return timeoutMs ?? Number.POSITIVE_INFINITY;
}

/** Blocks until the call has what it wants. It has tried once before. */
export function untilSync<R>(ask: Ask<R>, stake: Stake<void>, timeoutMs: number): R {
  let place: Place<unknown> | undefined;
  let isFound = false;
  try {
    checkMayBlock();
    const deadline = timeoutMs === Number.POSITIVE_INFINITY ? timeoutMs : now() + timeoutMs;
    place = ask.listen(stake);
    for (let lookMs = FIRST_LOOK_MS; ; lookMs = Math.min(2 * lookMs, LONGEST_LOOK_MS)) {
      isFound = ask.look(place);
      if (isFound) break;
      const left = deadline === Number.POSITIVE_INFINITY ? deadline : Math.max(0, deadline - now());
      if (left === 0) throw ask.timedOut(timeoutMs);
      block(place, Math.min(left, lookMs));
    }
  } finally {
    place?.leave(isFound ? TAKE : PASS);
    if (!isFound) ask.giveUp();
  }
  return ask.result();
}

/** Waits without blocking, likewise. */
export function until<R>(ask: Ask<R>, stake: Stake<void>, limits: Limits): Promise<R> {
  let place: Place<unknown> | undefined;
  let isFound = false;
  let wait: Wait<R> | undefined;
  try {
    place = ask.listen(stake);
    isFound = ask.look(place);
    if (!isFound) {
      if (limits.timeoutMs === 0) throw ask.timedOut(0);
      wait = Doorbell.of(stake.inside).add(place as Place<R>, limits, true, ask);
      isFound = wait === undefined;
    }
  } finally {
    if (wait === undefined) {
      place?.leave(isFound ? TAKE : PASS);
      if (!isFound) ask.giveUp();
    }
  }
  if (wait === undefined) return Promise.resolve(ask.result());
  // It may have been notified and served by now.
  if (!wait.ended) ask.begun(wait as Wait<unknown>);
  return wait.promise;
}
