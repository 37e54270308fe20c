/**
 * The trial of the crowd: many awaited listeners on one thread, notified from another one.
 *
 * How often may the doorbell wake its thread? Each wake-up takes one ring, and one ring takes a bell that was silenced since
 * the last one. The thread silences it before it takes what is ready. Who pushed in between rings although its listener is
 * settled already, once at most until the bell is silenced again; so there are at most two rings for each time that
 * something was ready. Mostly, there is one for many listeners.
 */
import type { Check } from "../check.js";
import { CALLED, DRAINS, LISTENERS, MISCOUNTS, OVER, SETTLED, WAKE_UPS } from "./ledger.js";
import type { Settings } from "./options.js";
import type { TrialReport } from "./report.js";
import { Trial } from "./trial.js";

export class CrowdTrial extends Trial {
  constructor(settings: Settings, durationMs: number) {
    super(settings, {
      ...{ mode: "crowd", name: "crowd", events: 1, durationMs },
      roles: [
        { part: "crowd", manner: "async" },
        { part: "caller", manner: "sync" },
      ],
    });
  }

  protected override get prize(): string {
    return "its notification";
  }

  protected override get rounds(): number {
    return this.roundsOf(0);
  }

  protected override checks(): { readonly [name: string]: Check } {
    const { ledger } = this;
    const listeners = ledger.total(LISTENERS);
    const { settled, wakeUps, drains } = this.#settling;
    const miscounts = ledger.total(MISCOUNTS);
    const over = Atomics.load(ledger.words, CALLED) === OVER;
    const all = settled === listeners && listeners === this.rounds * this.settings.listeners;
    return {
      order: this.checkOrder("listeners were settled in the order in which they came"),
      counts: {
        ok: over && all && miscounts === 0,
        found: `${listeners} listened, ${settled} settled${miscounts > 0 ? `, ${miscounts} rounds notified another number` : ""}`,
      },
      wakeUps: {
        ok: wakeUps > 0 && wakeUps <= 2 * drains,
        found: `${wakeUps} wake-ups, ${drains} times something was ready (at most two for each)`,
      },
    };
  }

  protected override details(): Partial<TrialReport> {
    return { settling: this.#settling };
  }

  get #settling(): NonNullable<TrialReport["settling"]> {
    const { ledger } = this;
    return {
      listeners: this.settings.listeners,
      settled: ledger.total(SETTLED),
      wakeUps: ledger.total(WAKE_UPS),
      drains: ledger.total(DRAINS),
    };
  }
}
