/**
 * A contender for the lock: goes inside, counts up by a plain increment, leaves, notifies one. The lock is a word in shared
 * memory that is only ever tried; waiting is up to the event: look, listen, look again, wait.
 *
 * A lock that its last owner may take again hides lost wake-ups: who was not woken in this round will be in the next, as
 * soon as the owner gives the lock back once more. So every other time the owner is polite: it goes inside again only after
 * somebody else was. When all that is left are polite owners and listeners, a wake-up that is lost now stops everybody.
 * (Nobody can miss the lock over this: who listens behind a polite owner has looked after the lock was given back.)
 *
 * Who drops a listener, or gives up waiting, and then looks again would not miss a notification that went nowhere. So now and
 * then a contender gives way instead: it drops a listener that was notified, or was not notified in time, and does nothing
 * until somebody else had the lock. That one may know of it only by the notification that went on, or was not for the one who
 * gave up. One at a time, and where there are three, so that somebody is left who is neither polite nor giving way.
 *
 * Nobody keeps a notification without a look at the lock. Listeners are dropped at random, which passes a notification on;
 * discarded, which does not, so that who discards one notifies another; given up after a moment, or by a signal.
 *
 * Where workers are killed, nothing is different. A killed listener that is notified may be what a plain `notify(1)` takes for
 * the one that is about to wake up; then its notification goes on when it is reaped.
 */

import { type Listener, TimeoutError } from "../../../index.js";
import { internals } from "../../../internals.js";
import { leak } from "../leak.js";
import { Activity } from "./activity.js";
import type { Assignment } from "./assignment.js";
import { Hand } from "./hand.js";
import {
  ABORTED,
  COUNTER,
  DISCARDED,
  DROPPED,
  INSIDE,
  LAST,
  LIMIT,
  LISTENERS,
  LOCK,
  NOTIFIED,
  OVERLAPS,
  ROUNDS,
  TIMED_OUT,
  YIELDED,
  YIELDER,
} from "./ledger.js";
import type { Sabotage } from "./sabotage.js";

// One in so many listeners, waits or rounds is of that kind.
const IS_DROPPED = 16;
const IS_DISCARDED = 32;
const GIVES_WAY = 32;
const GIVES_WAY_LATE = 2;
const HAS_TIME_LIMIT = 8;
const ONLY_LOOKS = 8;
const HAS_SIGNAL = 8;
const IS_ADDITIONAL = 4;
const IS_POLITE = 2;
const LINGERS = 16;
const SLEEPS_INSIDE = 1024;
/** In runs that kill, so that some are killed there. */
const SLEEPS_INSIDE_UNDER_KILLS = 32;
/** The longest limits of time, short enough to race with notifications. Timers take whole milliseconds. */
const MAX_BLOCKED_MS = 0.5;
const MAX_AWAITED_MS = 2;
/** Iterations of a loop inside the lock. */
const MAX_LINGER = 500;
const SLEEP_MS = 0.05;
/** Sleeps in which a listener that is to be dropped may be notified. */
const MAX_LOOKS = 20;
/** Rounds after which a cheater begins, and one in so many chances that it then takes. */
const TRIGGER = 100;
const CHEATS = 4;

/** Why a signal was aborted. */
const GIVEN_UP = new Error("given up");

export class Contender extends Hand {
  /** The seat's number, as the lock shows it. */
  readonly #me: number;
  readonly #words: Int32Array;
  /** Nobody ever notifies here: somewhere to sleep. */
  readonly #bed = new Int32Array(new SharedArrayBuffer(4));
  #isPolite = false;
  /** Inside without the lock. */
  #barges = false;
  #rounds = 0;

  constructor(assignment: Assignment) {
    super(assignment);
    this.#me = this.seat + 1;
    this.#words = this.ledger.words;
  }

  protected async perform(): Promise<void> {
    while (await this.#acquire()) {
      this.#goInside();
      this.#release();
    }
    // One who leaves has had its notification, or needs none: the next one is to leave as well.
    this.#notify();
  }

  protected override leave(): void {
    this.does(Activity.leaving);
    if (this.assignment.sabotage === "leak") this.#leak();
    super.leave();
  }

  /** A count and a listener that stand in no ledger, and are nobody's therefore. */
  #leak(): void {
    const event = this.event(0);
    const { kernel } = internals(event.heap);
    kernel.listen(kernel.valueOf(event.share({ light: true }).control), 0);
    leak(event);
  }

  /** False: it is over. */
  async #acquire(): Promise<boolean> {
    const event = this.event(0);
    this.#barges = this.#cheats("barge");
    if (this.#barges) return true;
    while (true) {
      this.does(Activity.looking);
      if (this.ledger.isDone) return false;
      if (this.#tryLock()) return true;
      const listener = event.listen();
      this.count(LISTENERS);
      if (this.ledger.isDone) {
        listener.drop();
        return false;
      }
      if (this.#tryLock()) {
        listener.drop();
        return true;
      }
      if (this.random.oneIn(GIVES_WAY) && this.#mayGiveWay()) {
        this.#dropLate(listener);
        this.#giveWay();
      } else if (this.random.oneIn(IS_DROPPED)) {
        listener.drop();
        this.count(DROPPED);
      } else if (this.random.oneIn(IS_DISCARDED)) {
        if (listener.discard()) this.#notify();
        this.count(DISCARDED);
      } else {
        const gaveUp = !(await this.#wait(listener));
        if (gaveUp && this.random.oneIn(GIVES_WAY_LATE) && this.#mayGiveWay()) this.#giveWay();
        if (this.#cheats("swallow")) await this.#swallow();
      }
    }
  }

  #tryLock(): boolean {
    if (this.#isPolite && Atomics.load(this.#words, LAST) === this.#me) return false;
    return Atomics.compareExchange(this.#words, LOCK, 0, this.#me) === 0;
  }

  #mayGiveWay(): boolean {
    return this.ledger.seats > 2 && Atomics.compareExchange(this.#words, YIELDER, 0, this.#me) === 0;
  }

  /** Drops the listener when it is notified, or after a while. */
  #dropLate(listener: Listener): void {
    this.does(Activity.blocked);
    for (let looks = MAX_LOOKS; looks > 0 && !listener.isNotified && !this.ledger.isDone; looks--)
      this.#sleep(SLEEP_MS);
    listener.drop();
    this.count(DROPPED);
  }

  /** Waits until somebody else was inside. */
  #giveWay(): void {
    this.does(Activity.givingWay);
    this.count(YIELDED);
    const count = Atomics.load(this.#words, COUNTER);
    while (Atomics.load(this.#words, COUNTER) === count && !this.ledger.isDone) this.#sleep(SLEEP_MS);
    Atomics.store(this.#words, YIELDER, 0);
  }

  /** Waits for a notification, for the time to be up, or for the signal, whichever comes first. Whether it was notified. */
  async #wait(listener: Listener): Promise<boolean> {
    const { manner } = this.assignment;
    const blocks = manner === "sync" || (manner === "mixed" && this.random.oneIn(2));
    try {
      if (blocks) this.#block(listener);
      else await this.#await(listener);
      this.count(NOTIFIED);
      return true;
    } catch (error) {
      if (error instanceof TimeoutError) this.count(TIMED_OUT);
      else if (error === GIVEN_UP) this.count(ABORTED);
      else throw error;
      return false;
    }
  }

  #block(listener: Listener): void {
    this.does(Activity.blocked);
    listener.waitSync(this.random.oneIn(HAS_TIME_LIMIT) ? { timeoutMs: this.#timeLimit(MAX_BLOCKED_MS) } : {});
  }

  async #await(listener: Listener): Promise<void> {
    this.does(Activity.awaiting);
    if (this.random.oneIn(HAS_TIME_LIMIT)) await listener.wait({ timeoutMs: this.#timeLimit(MAX_AWAITED_MS) });
    else if (this.random.oneIn(HAS_SIGNAL)) await this.#awaitWithSignal(listener);
    else await listener.wait();
  }

  #timeLimit(maxMs: number): number {
    return this.random.oneIn(ONLY_LOOKS) ? 0 : maxMs * this.random.fraction();
  }

  async #awaitWithSignal(listener: Listener): Promise<void> {
    const controller = new AbortController();
    const abort = () => controller.abort(GIVEN_UP);
    const soon = this.random.oneIn(2) ? setImmediate(abort) : undefined;
    const later = soon === undefined ? setTimeout(abort, MAX_AWAITED_MS * this.random.fraction()) : undefined;
    try {
      await listener.wait({ signal: controller.signal });
    } finally {
      clearImmediate(soon);
      clearTimeout(later);
    }
  }

  #goInside(): void {
    const words = this.#words;
    this.does(Activity.inside);
    if (Atomics.exchange(words, INSIDE, this.#me) !== 0) this.count(OVERLAPS);
    // Plain on purpose: nothing but the lock keeps others from counting from the same number.
    const count = words[COUNTER] as number;
    const limit = words[LIMIT] as number;
    if (this.#cheats("crash")) throw new Error("sabotaged");
    if (this.#cheats("stall")) for (;;) this.#sleep(1000);
    if (count < limit) {
      this.#linger();
      words[COUNTER] = count + (this.#cheats("miscount") ? 2 : 1);
      this.count(ROUNDS);
      this.#rounds++;
    }
    if (count + 1 >= limit) this.ledger.finish();
    if (Atomics.compareExchange(words, INSIDE, this.#me, 0) !== this.#me) this.count(OVERLAPS);
  }

  /** Takes its time now and then, so that others come while it is inside. */
  #linger(): void {
    const sleeps = this.assignment.kills ? SLEEPS_INSIDE_UNDER_KILLS : SLEEPS_INSIDE;
    if (this.random.oneIn(sleeps)) this.#sleep(SLEEP_MS);
    else if (this.random.oneIn(LINGERS)) for (let i = this.random.below(MAX_LINGER); i > 0; i--);
  }

  #sleep(ms: number): void {
    Atomics.wait(this.#bed, 0, 0, ms);
  }

  #release(): void {
    const words = this.#words;
    this.does(Activity.notifying);
    if (this.#barges) return;
    Atomics.store(words, LAST, this.#me);
    this.#isPolite = this.random.oneIn(IS_POLITE);
    if (Atomics.compareExchange(words, LOCK, this.#me, 0) !== this.#me) this.count(OVERLAPS);
    if (!this.#cheats("forget")) this.#notify();
  }

  #notify(): void {
    this.does(Activity.notifying);
    if (this.random.oneIn(IS_ADDITIONAL)) this.event(0).notifyAdditional(1);
    else this.event(0).notify(1);
  }

  #cheats(how: Sabotage): boolean {
    return this.assignment.sabotage === how && this.#rounds >= TRIGGER && this.random.oneIn(CHEATS);
  }

  /** Lets the next notification go to waste, and the one after it as well if that is soon. */
  async #swallow(): Promise<void> {
    const listener = this.event(0).listen();
    this.count(LISTENERS);
    this.does(Activity.blocked);
    while (!listener.isNotified) {
      if (this.ledger.isDone) break;
      this.#sleep(SLEEP_MS);
    }
    listener.discard();
  }
}
