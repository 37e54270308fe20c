// @ts-check
/** What pairs of measurements come to: a median, and an interval that the true one lies in. */

/** @param {readonly number[]} values */
export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/**
 * Which of n sorted values are the ends of an interval that the median lies in with at least 95 %: by the binomial distribution,
 * whatever that of the values is. With few values the ends are the smallest and the largest, and the probability is what it is.
 *
 * @param {number} n
 */
export function intervalOf(n) {
  let outside = 0;
  let low = 0;
  for (let k = 0, p = 0.5 ** n; k < n / 2 && (k === 0 || outside + 2 * p <= 0.05); k++) {
    outside += 2 * p;
    low = k;
    p *= (n - k) / (k + 1);
  }
  return { low, high: n - 1 - low, percent: 100 * (1 - outside) };
}

/** The median of ratios, and its interval. @param {readonly number[]} ratios */
export function summaryOf(ratios) {
  const { low, high } = intervalOf(ratios.length);
  const sorted = ratios.toSorted((a, b) => a - b);
  return { median: median(ratios), low: sorted[low] ?? Number.NaN, high: sorted[high] ?? Number.NaN };
}

/** @param {readonly number[]} values */
export const geometricMean = (values) =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
