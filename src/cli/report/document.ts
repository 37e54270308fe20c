/**
 * What a report page says: a verdict, the circumstances, charts, and every figure in tables. It is data, so it can be made and
 * looked at without a browser; page/ draws the charts, html.ts writes the rest.
 */

/** Good: all was well. Open: some of it is not known. Bad: something was wrong. */
type Tone = "good" | "open" | "bad";

/** Something over time, as one line or several. */
export interface TimeChart {
  readonly kind: "time";
  readonly title: string;
  readonly note: string;
  /** Of the vertical axis, such as "items/s". */
  readonly unit: string;
  readonly series: readonly {
    readonly name: string;
    readonly points: readonly (readonly [seconds: number, y: number])[];
  }[];
  /** When workers were killed, in seconds. */
  readonly kills: readonly number[];
}

/** How long something took how often. */
export interface HistogramChart {
  readonly kind: "histogram";
  readonly title: string;
  readonly note: string;
  /** In ascending order, without gaps: durations above `fromNs` and up to `toNs`. */
  readonly buckets: readonly { readonly fromNs: number; readonly toNs: number; readonly count: number }[];
  readonly marks: readonly { readonly name: string; readonly ns: number }[];
}

/** How many times as fast as something else. */
export interface RatioChart {
  readonly kind: "ratios";
  readonly title: string;
  readonly note: string;
  readonly bars: readonly { readonly label: string; readonly ratio: number; readonly detail: string }[];
}

/** How often each of some things was done. */
export interface CountChart {
  readonly kind: "counts";
  readonly title: string;
  readonly note: string;
  readonly bars: readonly { readonly label: string; readonly count: number }[];
}

/** A figure, with its range, that depends on a setting. */
export interface CurveChart {
  readonly kind: "curve";
  readonly title: string;
  readonly note: string;
  readonly unit: string;
  readonly xTitle: string;
  readonly points: readonly { readonly x: string; readonly y: number; readonly min: number; readonly max: number }[];
}

export type Chart = TimeChart | HistogramChart | RatioChart | CountChart | CurveChart;

export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

export interface ReportTable {
  readonly title: string;
  readonly note?: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface ReportDocument {
  readonly title: string;
  readonly verdict: { readonly tone: Tone; readonly text: string };
  /** What was wrong, or is not known, in sentences. */
  readonly remarks: readonly string[];
  /** The few figures that matter most. */
  readonly highlights: readonly { readonly figure: string; readonly about: string }[];
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly charts: readonly Chart[];
  readonly tables: readonly ReportTable[];
  /** The command line that does it again. */
  readonly again: string;
}
