/**
 * The trial of the lock, `noLostWakeup`: more threads than cores contend for a lock whose waiters listen to one event.
 * Contenders say what they do and why (contender.ts); this says what must be true in the end.
 *
 * A killed contender's listener is the reaper's to remove, and a notification that it had goes on. But it may have had the lock,
 * which is a word that the heap knows nothing of; it may have taken a notification, or given the lock back, and not have come
 * to do what follows from that. Its successor knows nothing of it either. So the thread that learns of the death gives its
 * lock back, which names its owner, and notifies one: in the dead one's stead, as it would have, and not one more.
 */
import type { Check } from "../check.js";
import type { Manner } from "./assignment.js";
import {
  ABORTED,
  COUNTER,
  DISCARDED,
  DROPPED,
  INSIDE,
  LAST,
  LISTENERS,
  LOCK,
  NOTIFIED,
  OVERLAPS,
  ROUNDS,
  TIMED_OUT,
  YIELDED,
  YIELDER,
} from "./ledger.js";
import type { Settings } from "./options.js";
import type { TrialReport } from "./report.js";
import { Trial } from "./trial.js";

/** From seat to seat, so that every manner has its turn. */
const MANNERS: readonly Manner[] = ["sync", "async", "mixed"];

export class Mutex extends Trial {
  #locksHeld = 0;
  /** Rounds that killed workers counted, and did not get to write down as theirs. */
  #inherited = 0;

  constructor(settings: Settings, durationMs: number) {
    const roles = Array.from({ length: settings.threads }, (_, seat) => ({
      part: "contender" as const,
      manner: MANNERS[seat % MANNERS.length] as Manner,
    }));
    super(settings, { mode: "mutex", name: "mutex", roles, events: 1, durationMs });
  }

  protected override get prize(): string {
    return "the lock";
  }

  protected override get rounds(): number {
    return Atomics.load(this.ledger.words, COUNTER);
  }

  protected override get locksHeld(): number {
    return this.#locksHeld;
  }

  protected override situation(): string {
    const owner = Atomics.load(this.ledger.words, LOCK);
    return `, the lock is held by ${owner === 0 ? "nobody" : `thread ${owner}`}`;
  }

  protected override get hasFaults(): boolean {
    return this.ledger.total(OVERLAPS) > 0;
  }

  protected override buries(seat: number): void {
    const { words } = this.ledger;
    const dead = seat + 1;
    if (Atomics.load(words, LOCK) === dead) {
      this.#locksHeld++;
      // Nobody else is inside, so nobody changes these: the dead one counted and was killed before it wrote that down.
      if (Atomics.load(words, COUNTER) === this.ledger.total(ROUNDS) + this.#inherited + 1) this.#inherited++;
      Atomics.store(words, INSIDE, 0);
      Atomics.store(words, LAST, dead);
      Atomics.store(words, LOCK, 0);
    }
    // What it kept others from is another one's to do.
    Atomics.compareExchange(words, YIELDER, dead, 0);
    this.events[0]?.notify(1);
  }

  protected override dismisses(): void {
    // Everybody who leaves notifies the next.
    this.events[0]?.notifyAdditional(1);
  }

  protected override checks(): { readonly [name: string]: Check } {
    const { words } = this.ledger;
    const [counted, noted] = [Atomics.load(words, COUNTER), this.ledger.total(ROUNDS) + this.#inherited];
    const overlaps = this.ledger.total(OVERLAPS);
    const owner = Atomics.load(words, LOCK);
    return {
      counts: { ok: counted === noted, found: `${noted} rounds, counted ${counted} without atomics` },
      exclusion: {
        ok: overlaps === 0 && owner === 0,
        found: owner === 0 ? `${overlaps} times was somebody not alone inside` : `thread ${owner} kept the lock`,
      },
    };
  }

  protected override details(): Partial<TrialReport> {
    const { ledger } = this;
    return {
      waits: {
        listeners: ledger.total(LISTENERS),
        notified: ledger.total(NOTIFIED),
        timedOut: ledger.total(TIMED_OUT),
        aborted: ledger.total(ABORTED),
        dropped: ledger.total(DROPPED),
        discarded: ledger.total(DISCARDED),
        yielded: ledger.total(YIELDED),
      },
    };
  }
}
