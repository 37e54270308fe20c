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

/** Buckets of a column, which is what people look at. */
const COARSE = FINE / 4;

/** Durations above `fromNs`, up to `toNs`. */
interface Column {
  readonly fromNs: number;
  readonly toNs: number;
  readonly count: number;
}

/** Durations in nanoseconds: those that so much of all did not exceed, the longest, and how many were how long. */
export interface Latency {
  readonly count: number;
  readonly p50Ns: number;
  readonly p99Ns: number;
  readonly p999Ns: number;
  readonly maxNs: number;
  readonly columns: readonly Column[];
}

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

  /** Takes in what another one counted. */
  merge(other: Histogram): void {
    other.#counts.forEach((count, bucket) => {
      this.#counts[bucket] = (this.#counts[bucket] as number) + count;
    });
    this.#longest[0] = Math.max(this.longestNs, other.longestNs);
  }

  /** Coarse buckets, a quarter of a doubling each, from the first that has something to the last that has. */
  columns(): Column[] {
    const columns: Column[] = [];
    for (let first = 0; first < BUCKETS; first += COARSE) {
      const count = this.#counts.subarray(first, first + COARSE).reduce((sum, each) => sum + each, 0);
      if (count === 0 && columns.length === 0) continue;
      columns.push({ fromNs: first === 0 ? 0 : limitOf(first - 1), toNs: limitOf(first + COARSE - 1), count });
    }
    while (columns.at(-1)?.count === 0) columns.pop();
    return columns;
  }

  /** What a report says of it. */
  get latency(): Latency {
    return {
      ...{
        count: this.count,
        p50Ns: this.quantileNs(0.5),
        p99Ns: this.quantileNs(0.99),
        p999Ns: this.quantileNs(0.999),
      },
      ...{ maxNs: this.longestNs, columns: this.columns() },
    };
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
