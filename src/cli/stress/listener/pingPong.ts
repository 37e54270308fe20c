/**
 * The trial of ping-pong: two players, two events, one turn. Every notification has exactly one thread to wake, so a round
 * trip is what two wake-ups cost, and a single one that is lost stops the game.
 */
import type { Check } from "../check.js";
import { Histogram } from "../histogram.js";
import type { Manner } from "./assignment.js";
import { LISTENERS, NOTIFIED, OVER, TURN } from "./ledger.js";
import type { Settings } from "./options.js";
import type { TrialReport } from "./report.js";
import { Trial } from "./trial.js";

/** Who plays against whom. */
export const PAIRINGS: readonly (readonly [Manner, Manner])[] = [
  ["sync", "sync"],
  ["async", "sync"],
  ["async", "async"],
];

export class PingPong extends Trial {
  constructor(settings: Settings, durationMs: number, [first, second]: readonly [Manner, Manner]) {
    super(settings, {
      ...{ mode: "ping-pong", name: `ping-pong ${first}/${second}`, events: 2, durationMs },
      roles: [
        { part: "player", manner: first },
        { part: "player", manner: second },
      ],
    });
  }

  protected override get prize(): string {
    return "its turn";
  }

  protected override get rounds(): number {
    return this.roundsOf(1);
  }

  protected override situation(): string {
    return `, it is turn ${Atomics.load(this.ledger.words, TURN)}`;
  }

  protected override checks(): { readonly [name: string]: Check } {
    const [first, second] = [this.roundsOf(0), this.roundsOf(1)];
    const over = Atomics.load(this.ledger.words, TURN) === OVER;
    return {
      order: this.checkOrder("every turn came after the one before it"),
      counts: { ok: over && first === second, found: `${first} turns of thread 1, ${second} of thread 2` },
    };
  }

  protected override details(): Partial<TrialReport> {
    const trips = new Histogram(this.ledger.buffer, this.ledger.histogramAt);
    return {
      latency: trips.latency,
      waits: {
        ...{ listeners: this.ledger.total(LISTENERS), notified: this.ledger.total(NOTIFIED) },
        ...{ timedOut: 0, aborted: 0, dropped: 0, discarded: 0, yielded: 0 },
      },
    };
  }
}
