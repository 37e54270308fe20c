/**
 * How long things take: of one value in many, from just before it is put in until the thread that took it out looks at it, or a
 * round trip. Looking at the clock takes as long as pushing, hence one in many.
 *
 *   histogram   Node's own: its clones in `workerData` all count into the same one
 *   stamps      | serial | time |  for each of some serials; a later one replaces an earlier one
 *
 * A thread that takes a value out sees what was written before the value went in. A stamp counts for a serial only if it says so.
 */
import { createHistogram, type RecordableHistogram } from "node:perf_hooks";

export interface ClockParts {
  /** Serials that this number divides are timed. */
  readonly every: number;
  readonly histogram: RecordableHistogram;
  readonly stamps: SharedArrayBuffer;
}

/** Values that are under way at most and still found: this many times `every`. */
const STAMPS = 2 ** 14;
const STAMP = 2;
const NOBODY = -1;

/** The shared parts of a clock; undefined where histograms cannot be shared: in Bun and Deno. Nothing is timed there. */
export function createClock(every: number): ClockParts | undefined {
  if (process.versions.bun !== undefined || process.versions.deno !== undefined) return undefined;
  const stamps = new SharedArrayBuffer(8 * STAMP * STAMPS);
  new Float64Array(stamps).fill(NOBODY);
  return { every, histogram: createHistogram(), stamps };
}

export class Clock {
  readonly #every: number;
  readonly #histogram: RecordableHistogram;
  readonly #stamps: Float64Array;

  constructor({ every, histogram, stamps }: ClockParts) {
    this.#every = every;
    this.#histogram = histogram;
    this.#stamps = new Float64Array(stamps);
  }

  departs(serial: number): void {
    if (serial % this.#every !== 0) return;
    const at = this.#stampOf(serial);
    this.#stamps[at] = NOBODY;
    this.#stamps[at + 1] = now();
    this.#stamps[at] = serial;
  }

  arrives(serial: number): void {
    if (serial % this.#every !== 0) return;
    const at = this.#stampOf(serial);
    const departed = this.#stamps[at + 1] as number;
    if (this.#stamps[at] === serial) this.record(now() - departed);
  }

  record(ns: number): void {
    this.#histogram.record(Math.max(1, Math.round(ns)));
  }

  #stampOf(serial: number): number {
    return STAMP * ((serial / this.#every) % STAMPS);
  }
}

/** Nanoseconds of the clock that all threads share. */
function now(): number {
  return Number(process.hrtime.bigint());
}
