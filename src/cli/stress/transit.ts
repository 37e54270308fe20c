/**
 * How long values are under way, from just before the call that puts one in until whoever took it out looks at it: of one
 * value in many, since looking at the clock takes as long as pushing. It lies in a SharedArrayBuffer of its own.
 *
 *   stamps      | serial | time |  for each of some serials; a later one replaces an earlier one
 *   histograms  one for each seat, written by its worker alone
 *
 * Whoever takes a value out sees what was written before the value went in. A stamp is taken for its serial's only if it says
 * so; serials that come again in a later round are no matter, since everybody has been at rest in between.
 */
import { HISTOGRAM_BYTES, Histogram, type Latency } from "./histogram.js";

/** Of so many values, or messages, one is timed; primes, lest they beat time with batches. */
export const OF_VALUES = 1021;
export const OF_MESSAGES = 61;
/** Values that are under way at most, and still found: this many times `every`. */
const STAMPS = 2 ** 14;
/** A serial and a time, 8 bytes each. */
const STAMP = 2;
const NOBODY = -1;

export class Transit {
  readonly buffer: SharedArrayBuffer;
  readonly #every: number;
  readonly #stamps: Float64Array;
  readonly #seats: number;
  /** This thread's, and nobody else's. */
  readonly #own: Histogram;

  /** Serials that `every` divides are timed. */
  constructor(every: number, seats: number, seat = 0, buffer?: SharedArrayBuffer) {
    const stampBytes = 8 * STAMP * STAMPS;
    this.buffer = buffer ?? new SharedArrayBuffer(stampBytes + seats * HISTOGRAM_BYTES);
    this.#every = every;
    this.#seats = seats;
    this.#stamps = new Float64Array(this.buffer, 0, STAMP * STAMPS);
    this.#own = this.#histogramOf(seat);
    if (buffer === undefined) this.#stamps.fill(NOBODY);
  }

  /** A value is about to be put in. */
  departs(serial: number): void {
    if (serial % this.#every !== 0) return;
    const at = this.#stampOf(serial);
    this.#stamps[at] = NOBODY;
    this.#stamps[at + 1] = now();
    this.#stamps[at] = serial;
  }

  /** A value was taken out. */
  arrives(serial: number): void {
    if (serial % this.#every !== 0) return;
    const at = this.#stampOf(serial);
    const departed = this.#stamps[at + 1] as number;
    if (this.#stamps[at] === serial) this.#own.add(Math.max(0, now() - departed));
  }

  /** What all seats together found. */
  get latency(): Latency {
    const all = new Histogram(new SharedArrayBuffer(HISTOGRAM_BYTES), 0);
    for (let seat = 0; seat < this.#seats; seat++) all.merge(this.#histogramOf(seat));
    return all.latency;
  }

  #stampOf(serial: number): number {
    return STAMP * ((serial / this.#every) % STAMPS);
  }

  #histogramOf(seat: number): Histogram {
    return new Histogram(this.buffer, 8 * STAMP * STAMPS + seat * HISTOGRAM_BYTES);
  }
}

/** Nanoseconds of the clock that all threads share. */
function now(): number {
  return Number(process.hrtime.bigint());
}
