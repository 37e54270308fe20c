/**
 * An awaited listener: what ends its wait, whichever comes first.
 *
 *   the doorbell   a notification came            resolved
 *   its timer      the time is up                 rejected, or resolved by a notification that came just before
 *   its signal     the caller gave up             likewise
 *   the handle     dropped or discarded           rejected
 *
 * Each of these first takes the listener out of the event's list, and finds out in the same step whether it was notified. So a
 * notification either ends the wait or goes on to another listener, as `leave` is told: never both, never neither.
 *
 * A wait may have a goal: what it looks for when it is notified, such as a lock. Then the bell ends the wait only if that was found;
 * otherwise it listens on, in its place. A timer and a signal have it look once more.
 */
import { DroppedError, TimeoutError } from "../heap/errors.js";
import { clearTimeout as clearHostTimeout, setTimeout as hostTimeout, MAX_DELAY_MS, now } from "../heap/host.js";
import { DISCARD, PASS, TAKE } from "../heap/kernel/numbers.js";
import { inMs } from "../heap/token.js";
import { keepAlive, letGo } from "./keepAlive.js";
import type { Place } from "./stake.js";

const realm = EventTarget.prototype;
/** By how much a timer may fire early, in ms. */
const EARLY_MS = 1;

/** How long a wait may take, and the signal that may end it. */
export interface Limits {
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** What a listener waits for, if that is more than a notification. None of it runs code of users, nor throws. */
export interface Goal<R> {
  /** What the handle is called that it waits by. */
  readonly name: string;
  /** Whether it was found. Looks again while the listener is notified; afterwards it is not. Not while the bell knows of it. */
  look(place: Place<unknown>): boolean;
  /** Looks once. */
  tries(place: Place<unknown>): boolean;
  /** What was found; may throw. */
  result(): R;
  /** It is not looked for any more: the listener has left. */
  giveUp(): void;
  /** The error when the time is up. */
  timedOut(timeoutMs: number): Error;
  /** The wait is over. */
  ended(wait: Wait<R>): void;
}

/** Where a wait stands while it lasts: the thread's doorbell (doorbell.ts). */
interface Waits {
  /** A wait ended otherwise than by the bell. */
  remove(id: number): void;
}

export class Wait<Tag = unknown> {
  readonly promise: Promise<Tag>;
  readonly place: Place<Tag>;
  /** The doorbell's name for it. */
  readonly id: number;
  readonly #doorbell: Waits;
  readonly #goal: Goal<Tag> | undefined;
  #resolve!: (tag: Tag) => void;
  #reject!: (reason: unknown) => void;
  readonly #signal: AbortSignal | undefined;
  #abort: (() => void) | undefined;
  #alarm: Alarm | undefined;
  #isRef: boolean;
  #ended = false;

  /** For `Doorbell.add`, which has entered the listener as `id`. */
  constructor(
    place: Place<Tag>,
    doorbell: Waits,
    id: number,
    { timeoutMs, signal }: Limits,
    isRef: boolean,
    goal: Goal<Tag> | undefined,
  ) {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.place = place;
    this.id = id;
    this.#doorbell = doorbell;
    this.#goal = goal;
    this.#signal = signal;
    this.#isRef = isRef;
    if (isRef) keepAlive();
    // Most waits have neither a signal nor a time: no closures for those. A signal that refuses does not stop this half-way.
    if (signal !== undefined) {
      this.#abort = () => this.#stop(() => signal.reason);
      const refusal = onAbort(signal, this.#abort);
      if (refusal !== undefined) queueMicrotask(() => this.#ended || this.#stop(() => refusal));
    }
    if (timeoutMs === undefined || timeoutMs === Number.POSITIVE_INFINITY) return;
    this.#alarm = new Alarm(timeoutMs, () => this.#stop(() => goal?.timedOut(timeoutMs) ?? timedOut(timeoutMs)));
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Whether the event loop stays alive for it. */
  set isRef(isRef: boolean) {
    if (this.#ended || isRef === this.#isRef) return;
    this.#isRef = isRef;
    if (isRef) keepAlive();
    else letGo();
  }

  /** The doorbell's: the listener was notified. No code of users runs before `settle`. False: it waits on. */
  take(): boolean {
    if (this.#goal?.look(this.place as Place<unknown>) === false) return false;
    this.place.leave(TAKE);
    this.#end();
    return true;
  }

  /** Resolves with the tag of the notification that was taken, or with what was looked for. */
  settle(): void {
    try {
      this.#resolve(this.#goal === undefined ? this.place.takeTag() : this.#goal.result());
    } catch (error) {
      this.#reject(error);
    }
  }

  /** The doorbell's: the thread ends. Nothing settles any more; handlers that come later may still use the handle. */
  quit(): void {
    this.place.leave(PASS);
    this.#goal?.giveUp();
    this.#end();
  }

  /** The handle was dropped. */
  drop(): void {
    this.place.leave(PASS);
    this.#goal?.giveUp();
    this.#giveUp();
  }

  /** The handle was dropped, and the notification with it; whether there was one. */
  discard(): boolean {
    const notified = this.place.leave(DISCARD);
    this.#giveUp();
    return notified;
  }

  #giveUp(): void {
    this.#end();
    this.#doorbell.remove(this.id);
    this.#reject(new DroppedError(this.#goal?.name ?? "listener"));
  }

  /** Leaves the list. If the listener was notified, or its goal is there, the wait resolves with that, and else it is rejected. */
  #stop(reason: () => unknown): void {
    const found = this.#leave();
    this.#end();
    this.#doorbell.remove(this.id);
    if (found) this.settle();
    else this.#reject(reason());
  }

  #leave(): boolean {
    const goal = this.#goal;
    if (goal === undefined) return this.place.leave(TAKE);
    // Once: a notification that comes now goes on to another listener.
    const found = goal.tries(this.place as Place<unknown>);
    this.place.leave(found ? TAKE : PASS);
    if (!found) goal.giveUp();
    return found;
  }

  #end(): void {
    this.#ended = true;
    this.#goal?.ended(this);
    if (this.#signal !== undefined) offAbort(this.#signal, this.#abort as () => void);
    this.#alarm?.clear();
    if (this.#isRef) letGo();
  }
}

/**
 * Calls `ring` after this number of milliseconds. It uses the timers of the moment: where a test has replaced them, time-outs
 * follow the test's clock. They are unref'd: the wait itself keeps the event loop alive.
 */
export class Alarm {
  readonly #ring: () => void;
  readonly #due: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The host's own. */
  #rest: ReturnType<typeof hostTimeout> | undefined;

  constructor(ms: number, ring: () => void) {
    this.#ring = ring;
    this.#due = now() + ms;
    this.#sleep(ms);
  }

  clear(): void {
    clearTimeout(this.#timer);
    if (this.#rest !== undefined) clearHostTimeout(this.#rest);
  }

  /** Timers take no delay beyond some 25 days. */
  #sleep(ms: number): void {
    const step = Math.min(ms, MAX_DELAY_MS);
    this.#timer = setTimeout(() => (step < ms ? this.#sleep(ms - step) : this.#wake()), step);
    this.#timer.unref?.();
  }

  /** A timer may fire a little early. When more than that is left, the clock is a test's. */
  #wake(): void {
    const left = this.#due - now();
    if (left <= 0 || left > EARLY_MS) this.#ring();
    else this.#rest = hostTimeout(this.#ring, left);
  }
}

/**
 * Calls `abort` when the signal is aborted. By the prototype's method, so that no code of users runs meanwhile; but a signal of
 * another realm (a page of jsdom, a `vm` context) is none to that, and has a method of its own. Returns what that one throws.
 */
export function onAbort(signal: AbortSignal, abort: () => void): unknown {
  return call("addEventListener", signal, abort);
}

/** Calls `abort` no more. */
export function offAbort(signal: AbortSignal, abort: () => void): void {
  call("removeEventListener", signal, abort);
}

function call(method: "addEventListener" | "removeEventListener", signal: AbortSignal, abort: () => void): unknown {
  try {
    realm[method].call(signal, "abort", abort);
  } catch {
    try {
      signal[method]("abort", abort);
    } catch (error) {
      return error;
    }
  }
  return undefined;
}

export function timedOut(timeoutMs: number): TimeoutError {
  return new TimeoutError(`not notified within ${inMs(timeoutMs)}`);
}
