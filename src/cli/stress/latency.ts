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
import type { HistogramChart } from "../report/document.js";

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
  readonly #histogram: RecordableHistogram | undefined;
  readonly #stamps: Float64Array;

  constructor(parts: ClockParts | undefined) {
    this.#every = parts?.every ?? ENDLESS;
    this.#histogram = parts?.histogram;
    this.#stamps = parts === undefined ? new Float64Array(STAMP * STAMPS) : new Float64Array(parts.stamps);
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
    this.#histogram?.record(Math.max(1, Math.round(ns)));
  }

  #stampOf(serial: number): number {
    return STAMP * ((serial / this.#every) % STAMPS);
  }
}

/** No serial is divided by this. */
const ENDLESS = Number.NaN;

/** Nanoseconds of the clock that all threads share. */
function now(): number {
  return Number(process.hrtime.bigint());
}

/** Durations in nanoseconds: percentiles, the longest, and how many were how long. */
export interface Latency {
  readonly count: number;
  readonly p50Ns: number;
  readonly p99Ns: number;
  readonly p999Ns: number;
  readonly maxNs: number;
  readonly columns: HistogramChart["buckets"];
}

export function latencyOf(histogram: RecordableHistogram): Latency {
  const { count } = histogram;
  const maxNs = count === 0 ? 0 : histogram.max;
  const percentile = (percent: number) => Math.min(maxNs, histogram.percentile(percent));
  const [p50Ns, p99Ns, p999Ns] = [percentile(50), percentile(99), percentile(99.9)];
  return { count, p50Ns, p99Ns, p999Ns, maxNs, columns: columnsOf(histogram) };
}

/** Columns without gaps, four to a doubling, from the first that has something to the last that has. */
function columnsOf(histogram: RecordableHistogram) {
  const { count, max } = histogram;
  const columns: HistogramChart["buckets"][number][] = [];
  let [fromNs, below] = [0, 0];
  for (let doubling = 1; below < count; doubling *= 2) {
    for (let quarter = 5; quarter <= 8 && below < count; quarter++) {
      const toNs = (doubling * quarter) / 4;
      const upTo = toNs >= max ? count : rankOf(histogram, toNs);
      if (upTo > 0) columns.push({ fromNs, toNs, count: upTo - below });
      [fromNs, below] = [toNs, upTo];
    }
  }
  return columns;
}

function rankOf(histogram: RecordableHistogram, ns: number): number {
  let [low, high] = [0, histogram.count];
  while (low < high) {
    const rank = Math.ceil((low + high) / 2);
    if (histogram.percentile((100 * rank) / histogram.count) <= ns) low = rank;
    else high = rank - 1;
  }
  return low;
}
