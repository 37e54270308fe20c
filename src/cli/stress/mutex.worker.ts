/**
 * A contender for the lock: goes inside, counts up by a plain increment, leaves, notifies one. The lock is a word in shared memory that
 * is only ever tried. Waiting is up to the event: look, listen, look again, wait.
 *
 * A lock that its last owner may take again hides lost wake-ups: a thread that was not woken in this round will be woken in the next,
 * as soon as the owner gives the lock back once more. So every other time the owner is polite: it goes inside again only after another
 * thread was. When all that is left are polite owners and listeners, a wake-up that is lost now stops everybody. (No thread can miss
 * the lock over this: one that listens behind a polite owner has looked after the lock was given back.)
 *
 * A thread that drops a listener, or gives up waiting, and then looks again would not miss a notification that went nowhere. So now and
 * then a contender gives way instead: it drops a listener that was notified, or was not notified in time, and does nothing until
 * another thread had the lock. That one may know of it only by the notification that went on, or by the one that was not for the
 * thread that gave up. One at a time gives way, and only where there are three threads: one must be left that is neither polite nor
 * giving way.
 *
 * No thread keeps a notification without a look at the lock. Listeners are dropped at random, which passes a notification on;
 * discarded, which does not, so that the thread that discards one notifies another; given up after a moment, or by a signal.
 *
 * Where workers are killed, nothing is different. A killed listener that is notified may be what a plain `notify(1)` takes for the one
 * that is about to wake up. Then its notification goes on when it is reaped.
 *
 * Deliberate faults:
 *
 *   swallow    discards a notification, passes it on to nobody, and listens again without a look
 *   forget     gives the lock back and notifies nobody          barge          goes inside without the lock
 *   miscount   counts a round twice                             leak           keeps a listener and a count that no ledger has
 *   crash      throws inside the lock                           stall          stops working inside the lock
 */
import { type Listener, SharedEvent, TimeoutError } from "../../index.js";
import { internals } from "../../internals.js";
import type { Manner } from "./events.js";
import { COUNTER, INSIDE, LAST, LOCK, type MutexOrders, YIELDER } from "./mutex.js";
import { abortedSoon, GIVEN_UP, type Seat } from "./seat.js";

// One in that many listeners, waits or rounds is of that kind.
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
/** In runs that kill, so that some threads are killed there. */
const SLEEPS_INSIDE_UNDER_KILLS = 32;
/** The longest limits of time, short enough to race with notifications. Timers take whole milliseconds. */
const MAX_BLOCKED_MS = 0.5;
const MAX_AWAITED_MS = 2;
/** Iterations of a loop inside the lock. */
const MAX_LINGER = 500;
const SLEEP_MS = 0.05;
/** Sleeps in which a listener that is to be dropped may be notified. */
const MAX_LOOKS = 20;
/** Rounds after which a saboteur begins, and the part of its chances that it then takes. */
const TRIGGER = 100;
const CHEATS = 4;

class Contender {
  readonly #seat: Seat<object, MutexOrders, Manner>;
  readonly #event: SharedEvent;
  readonly #me: number;
  readonly #words: Int32Array;
  #isPolite = false;
  /** Inside without the lock. */
  #barges = false;
  #rounds = 0;

  constructor(seat: Seat<object, MutexOrders, Manner>) {
    this.#seat = seat;
    this.#event = SharedEvent.open(seat.orders.event);
    this.#me = seat.number;
    this.#words = seat.board.words;
  }

  async work(): Promise<void> {
    this.#seat.awaitBeginning();
    while (await this.#acquire()) {
      this.#goInside();
      this.#release();
    }
    // A thread that leaves has had its notification, or needs none: the next one is to leave as well.
    this.#notify();
    this.#seat.does("leaving");
    this.#leak();
    this.#event.drop();
  }

  #leak(): void {
    const event = this.#event;
    const { kernel } = internals(event.heap);
    if (this.#seat.cheats("leak")) kernel.listen(kernel.valueOf(event.share({ light: true }).control), 0, 0);
    this.#seat.leak(event);
  }

  /** False: it is over. */
  async #acquire(): Promise<boolean> {
    const event = this.#event;
    this.#barges = this.#cheats("barge");
    if (this.#barges) return true;
    while (true) {
      this.#seat.does("looking for the lock");
      if (this.#seat.isDone) return false;
      if (this.#tryLock()) return true;
      const listener = event.listen();
      this.#seat.count("listeners");
      if (this.#seat.isDone) {
        listener.drop();
        return false;
      }
      if (this.#tryLock()) {
        listener.drop();
        return true;
      }
      if (this.#seat.random.oneIn(GIVES_WAY) && this.#mayGiveWay()) {
        this.#dropLate(listener);
        this.#giveWay();
      } else if (this.#seat.random.oneIn(IS_DROPPED)) {
        listener.drop();
        this.#seat.count("dropped");
      } else if (this.#seat.random.oneIn(IS_DISCARDED)) {
        if (listener.discard()) this.#notify();
        this.#seat.count("discarded");
      } else {
        const gaveUp = !(await this.#wait(listener));
        if (gaveUp && this.#seat.random.oneIn(GIVES_WAY_LATE) && this.#mayGiveWay()) this.#giveWay();
        if (this.#cheats("swallow")) this.#swallow();
      }
    }
  }

  #tryLock(): boolean {
    if (this.#isPolite && Atomics.load(this.#words, LAST) === this.#me) return false;
    return Atomics.compareExchange(this.#words, LOCK, 0, this.#me) === 0;
  }

  #mayGiveWay(): boolean {
    return this.#seat.board.shape.seats > 2 && Atomics.compareExchange(this.#words, YIELDER, 0, this.#me) === 0;
  }

  /** Drops the listener when it is notified, or after a while. */
  #dropLate(listener: Listener): void {
    this.#watch(listener, MAX_LOOKS);
    listener.drop();
    this.#seat.count("dropped");
  }

  #watch(listener: Listener, looks: number): void {
    this.#seat.does("waiting in a listener for the lock, blocking");
    for (let i = 0; i < looks && !listener.isNotified && !this.#seat.isDone; i++) this.#seat.sleep(SLEEP_MS);
  }

  #giveWay(): void {
    this.#seat.does("giving way: waiting for another thread to have had the lock");
    this.#seat.count("yielded");
    const count = Atomics.load(this.#words, COUNTER);
    while (Atomics.load(this.#words, COUNTER) === count && !this.#seat.isDone) this.#seat.sleep(SLEEP_MS);
    Atomics.store(this.#words, YIELDER, 0);
  }

  /** Waits for a notification, for the time to be up, or for the signal, whichever comes first. Whether it was notified. */
  async #wait(listener: Listener): Promise<boolean> {
    const { manner } = this.#seat;
    const blocks = manner === "sync" || (manner === "mixed" && this.#seat.random.oneIn(2));
    try {
      this.#seat.does(`waiting in a listener for the lock, ${blocks ? "blocking" : "awaiting"}`);
      if (blocks) listener.waitSync(this.#limit(MAX_BLOCKED_MS));
      else await this.#await(listener);
      this.#seat.count("notified");
      return true;
    } catch (error) {
      if (error instanceof TimeoutError) this.#seat.count("timedOut");
      else if (error === GIVEN_UP) this.#seat.count("aborted");
      else throw error;
      return false;
    }
  }

  #await(listener: Listener): Promise<void> {
    const { random } = this.#seat;
    const limit = this.#limit(MAX_AWAITED_MS);
    if (limit !== undefined || !random.oneIn(HAS_SIGNAL)) return listener.wait(limit);
    const later = (abort: () => void) => setTimeout(abort, MAX_AWAITED_MS * random.fraction());
    return listener.wait({ signal: abortedSoon(random.oneIn(2) ? setImmediate : later) });
  }

  #limit(maxMs: number): { timeoutMs: number } | undefined {
    const { random } = this.#seat;
    if (!random.oneIn(HAS_TIME_LIMIT)) return undefined;
    return { timeoutMs: random.oneIn(ONLY_LOOKS) ? 0 : maxMs * random.fraction() };
  }

  #goInside(): void {
    const words = this.#words;
    this.#seat.does("inside the lock");
    if (Atomics.exchange(words, INSIDE, this.#me) !== 0) this.#overlap();
    // Plain on purpose: nothing but the lock keeps others from counting from the same number.
    const count = words[COUNTER] as number;
    const { rounds: limit } = this.#seat.orders;
    if (this.#cheats("crash") || this.#cheats("stall")) this.#seat.crashOrStall();
    if (count < limit) {
      this.#linger();
      words[COUNTER] = count + (this.#cheats("miscount") ? 2 : 1);
      this.#seat.count("rounds");
      this.#rounds++;
    }
    if (count + 1 >= limit) this.#seat.board.finish();
    if (Atomics.compareExchange(words, INSIDE, this.#me, 0) !== this.#me) this.#overlap();
  }

  /** Takes its time now and then, so that others come while it is inside. */
  #linger(): void {
    const sleeps = this.#seat.options.kill > 0 ? SLEEPS_INSIDE_UNDER_KILLS : SLEEPS_INSIDE;
    if (this.#seat.random.oneIn(sleeps)) this.#seat.sleep(SLEEP_MS);
    else if (this.#seat.random.oneIn(LINGERS)) for (let i = this.#seat.random.below(MAX_LINGER); i > 0; i--);
  }

  #overlap(): void {
    this.#seat.fault("exclusion", "it was not alone inside the lock");
  }

  #release(): void {
    const words = this.#words;
    this.#seat.does("in notify");
    if (this.#barges) return;
    Atomics.store(words, LAST, this.#me);
    this.#isPolite = this.#seat.random.oneIn(IS_POLITE);
    if (Atomics.compareExchange(words, LOCK, this.#me, 0) !== this.#me) this.#overlap();
    if (!this.#cheats("forget")) this.#notify();
  }

  #notify(): void {
    this.#seat.does("in notify");
    if (this.#seat.random.oneIn(IS_ADDITIONAL)) this.#event.notifyAdditional(1);
    else this.#event.notify(1);
  }

  #cheats(how: string): boolean {
    return this.#seat.cheats(how) && this.#rounds >= TRIGGER && this.#seat.random.oneIn(CHEATS);
  }

  /** Lets the next notification go to waste, and the one after it as well if that is soon. */
  #swallow(): void {
    const listener = this.#event.listen();
    this.#seat.count("listeners");
    this.#watch(listener, Infinity);
    listener.discard();
  }
}

export const parts = { thread: (seat: Seat<object, MutexOrders, Manner>) => new Contender(seat).work() };
