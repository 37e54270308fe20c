/**
 * The caller: notifies the whole crowd, round after round, from another thread: all at once, in portions, a few at a time
 * while the first are being settled already, or with pauses about as long as a wake-up takes, so that the last notification
 * of a small crowd comes while the doorbell is answered.
 */
import { Activity } from "./activity.js";
import { Hand } from "./hand.js";
import { CALLED, MISCOUNTS, OVER, ROUNDS } from "./ledger.js";

/** Iterations of a loop: the pauses of a whole round. */
const MAX_PAUSE = 200_000;
/** The largest portion. */
const MAX_PORTION = 64;
/** How often in a row a plain notification may find enough listeners notified before the caller sleeps in between. */
const PATIENCE = 64;
const NAP_MS = 0.05;
/** The round in which a cheater begins. */
const TRIGGER = 2;

export class Caller extends Hand {
  readonly #bed = new Int32Array(new SharedArrayBuffer(4));

  protected perform(): void {
    for (let round = 0; this.#isCalled(round); round++) {
      this.does(Activity.notifying);
      const cheats = round === TRIGGER && this.assignment.sabotage === "overlook";
      const left = cheats ? this.#overlook() : this.#notifyAll();
      if (left !== 0) this.ledger.count(this.seat, MISCOUNTS);
      this.count(ROUNDS);
    }
    this.does(Activity.leaving);
  }

  /** Waits until everybody listens for a round. False: it is over. */
  #isCalled(round: number): boolean {
    const { words } = this.ledger;
    this.does(Activity.waitingForTheCrowd);
    while (Atomics.load(words, CALLED) === round) Atomics.wait(words, CALLED, round);
    return Atomics.load(words, CALLED) !== OVER;
  }

  /** One by one, with pauses. Answers how many it notified. */
  #notifySlowly(): number {
    const { listeners } = this.assignment;
    const pause = 1 + this.random.below(MAX_PAUSE / listeners);
    let done = 0;
    for (let i = 0; i < listeners; i++) {
      done += this.event(0).notifyAdditional(1);
      for (let spin = this.random.below(pause); spin > 0; spin--);
    }
    return done;
  }

  /** All but the last one, and says nothing of it. */
  #overlook(): number {
    this.event(0).notify(this.assignment.listeners - 1);
    return 0;
  }

  /** Answers how many listeners it did not notify; negative: too many. */
  #notifyAll(): number {
    const { listeners } = this.assignment;
    const event = this.event(0);
    const how = this.random.below(4);
    if (how === 0) return listeners - event.notify(Infinity);
    if (how === 3) return listeners - this.#notifySlowly();
    let left = listeners;
    let idle = 0;
    while (left > 0) {
      const portion = 1 + this.random.below(MAX_PORTION);
      const done = how === 1 ? event.notifyAdditional(portion) : event.notify(portion);
      left -= done;
      // Plain ones find as many notified as they were to notify until the crowd has taken its notifications.
      idle = done === 0 ? idle + 1 : 0;
      if (how === 1 && done === 0) break;
      if (idle < PATIENCE) continue;
      if (event.totalListeners === 0) break;
      Atomics.wait(this.#bed, 0, 0, NAP_MS);
    }
    return left;
  }
}
