/**
 * Durations as a report shows them: percentiles, and columns of a chart.
 */
import type { RecordableHistogram } from "node:perf_hooks";
import type { HistogramChart } from "./document.js";

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
