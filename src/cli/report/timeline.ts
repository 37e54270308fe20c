/**
 * The timeline of a run, for a report: what its progress said, and from that the rates over time. Thinned as it grows: a run of a
 * day has as many points as one of a minute.
 */
import type { TimeChart } from "./document.js";

/** What there was at a moment: all that was counted, and killed, since the beginning. */
interface Sample {
  readonly count: number;
  readonly elapsedMs: number;
  readonly kills: number;
}

/** What was done in less says nothing of a rate: nobody has begun. */
const LEAST_MS = 20;
/** At this number of samples every second one is left out. */
const MOST = 600;

interface Leg {
  readonly name: string;
  samples: Sample[];
  /** The number of samples that were offered, and of how many one is kept. */
  offered: number;
  every: number;
}

export class Timeline {
  readonly #legs: Leg[] = [];

  note(name: string, sample: Sample): void {
    let leg = this.#legs.at(-1);
    if (leg?.name !== name) {
      leg = { name, samples: [], offered: 0, every: 1 };
      this.#legs.push(leg);
    }
    if (leg.offered++ % leg.every !== 0) return;
    leg.samples.push(sample);
    if (leg.samples.length < MOST) return;
    leg.samples = leg.samples.filter((_, i) => i % 2 === 0);
    leg.every *= 2;
  }

  /** Rates over time, one trial after the other. None, when the run was over before it could be looked at. */
  chart(title: string, note: string, unit: string): TimeChart[] {
    const kills: number[] = [];
    let began = 0;
    const series = this.#legs.map(({ name, samples }) => {
      let last: Sample = { count: 0, elapsedMs: 0, kills: 0 };
      const points = samples.flatMap((sample): [number, number][] => {
        const [before, ms] = [last, sample.elapsedMs - last.elapsedMs];
        if (ms < LEAST_MS) return [];
        last = sample;
        const at = (began + sample.elapsedMs) / 1000;
        if (sample.kills > before.kills) kills.push(at);
        return [[at, (1000 * (sample.count - before.count)) / ms]];
      });
      began += last.elapsedMs;
      return { name, points };
    });
    const drawn = series.filter(({ points }) => points.length > 0);
    return drawn.length === 0 ? [] : [{ kind: "time", title, note, unit, series: drawn, kills }];
  }
}
