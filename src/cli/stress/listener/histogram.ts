/**
 * A histogram of durations in shared memory, of one writer: 64 buckets to a doubling, so a percentile is at most 1.6 %
 * beside what it was. The longest one is kept as it is.
 *
 *   0   longest : 64 (in nanoseconds)
 *   8   count : 32 for each bucket
 */

/** Buckets of a doubling. */
const FINE_BITS = 6;
const FINE = 2 ** FINE_BITS;
/** Durations of up to this many bits, in nanoseconds: an hour. */
const BITS = 42;
const BUCKETS = FINE * (BITS - FINE_BITS + 1);
const COUNTS_AT = 8;
export const HISTOGRAM_BYTES = COUNTS_AT + 4 * BUCKETS;

export class Histogram {
  readonly #longest: Float64Array;
  readonly #counts: Uint32Array;

  constructor(buffer: SharedArrayBuffer, at: number) {
    this.#longest = new Float64Array(buffer, at, 1);
    this.#counts = new Uint32Array(buffer, at + COUNTS_AT, BUCKETS);
  }

  add(ns: number): void {
    const whole = Math.round(ns);
    const bucket = bucketOf(whole);
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    if (whole > (this.#longest[0] as number)) this.#longest[0] = whole;
  }

  get longestNs(): number {
    return this.#longest[0] as number;
  }

  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  /** The duration, in nanoseconds, that this part of all did not exceed; 0 when there are none. */
  quantileNs(part: number): number {
    let left = Math.ceil(part * this.count);
    if (left === 0) return 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.#counts[bucket] as number;
      if (left <= 0) return Math.min(limitOf(bucket), this.longestNs);
    }
    return this.longestNs;
  }
}

function bucketOf(whole: number): number {
  if (whole < FINE) return whole;
  const doubling = Math.floor(Math.log2(whole)) - FINE_BITS;
  const fine = Math.floor(whole / 2 ** doubling) - FINE;
  return Math.min(BUCKETS - 1, FINE * (doubling + 1) + fine);
}

/** The largest duration of a bucket. */
function limitOf(bucket: number): number {
  if (bucket < FINE) return bucket;
  const doubling = Math.floor(bucket / FINE) - 1;
  return (FINE + (bucket % FINE) + 1) * 2 ** doubling - 1;
}
