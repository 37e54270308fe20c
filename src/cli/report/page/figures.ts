/** Figures as people read them on a page. */

/** 1.2 µs */
export function duration(ns: number): string {
  if (ns < 1e3) return `${three(ns)} ns`;
  if (ns < 1e6) return `${three(ns / 1e3)} µs`;
  return ns < 1e9 ? `${three(ns / 1e6)} ms` : `${three(ns / 1e9)} s`;
}

/** 12.3 M */
export function compact(value: number): string {
  if (value >= 1e9) return `${three(value / 1e9)} G`;
  if (value >= 1e6) return `${three(value / 1e6)} M`;
  return value >= 1e4 ? `${three(value / 1e3)} k` : three(value);
}

/** Three digits, without zeros at the end. */
export function three(value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en-US") : `${Number(value.toPrecision(3))}`;
}

/** A ratio, with as many digits as say something. */
export function times(ratio: number): string {
  return ratio >= 100 ? `${Math.round(ratio)}` : ratio.toFixed(ratio >= 10 ? 1 : 2);
}
