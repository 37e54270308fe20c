/** From repetitions to rows: medians, ratios, verdicts. Plain numbers and strings, which is also what is saved. */
import { isClean, type Measured, type Spent } from "./measure.js";
import type { Bar, Scenario } from "./scenarios.js";

export interface Figures {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Row {
  readonly scenario: string;
  readonly contender: string;
  readonly unit: "M/s" | "ns";
  /** Undefined: not measured. */
  figures?: Figures | undefined;
  /** Repetitions that were tried. */
  readonly reps: number;
  /** Those that had their cores: what `figures` are of. */
  readonly clean: number;
  /** In each repetition. */
  readonly items: number;
  /** The fewest that were free in a repetition that counts; in all of them, if none does. Undefined: there was none. */
  readonly cores?: number | undefined;
  /** How many times as fast as this contender ours is. */
  ratio?: number;
  /** Processor time of all threads for each item, and how many times as much this contender takes as ours. */
  processorNs?: Figures;
  processorRatio?: number;
  /** Context switches of all threads among a thousand items. */
  switches?: number;
  /** What ours has to reach. */
  bar?: string;
  /** Open: not measured. */
  verdict?: "ok" | "MISSED" | "open" | "FAILED";
  /** What went wrong: a wrong sum, a thread that died. */
  failure?: string;
}

/** The part of the repetitions that must be clean. */
const CLEAN_SHARE = 0.5;

/** What is known of a scenario whose contenders were measured in turns. */
export type Turns = Pick<Scenario, "name" | "bars" | "unit" | "pausesNs">;

/** `reps`: as many as were asked for. A contender that nothing was tried with, and that did not fail, has no row. */
export function rowsOf(
  { name, bars, unit = "M/s", pausesNs = 0 }: Turns,
  measured: readonly Measured[],
  reps: number,
): Row[] {
  const inUnit = (rate: number) => (unit === "ns" ? 1000 / rate - pausesNs : rate);
  const rows = measured.map(({ contender, items, repetitions, failure }) => {
    const clean = repetitions.filter(isClean);
    // What a queue that loses items was fast at is of no interest.
    const counts = failure === undefined && clean.length > 0 && clean.length >= Math.ceil(reps * CLEAN_SHARE);
    const row: Row = {
      scenario: name,
      contender: contender.label,
      unit,
      figures: counts ? summary(clean.map(({ rate }) => inUnit(rate))) : undefined,
      reps: repetitions.length,
      clean: clean.length,
      items,
      ...(repetitions.length === 0 ? {} : { cores: coresOf(counts ? clean : undefined, repetitions) }),
      ...(counts ? processorOf(clean) : {}),
      ...(failure === undefined ? {} : { failure }),
    };
    return row;
  });
  const ours = rows[0];
  return judge(rows, bars).filter((row) => row === ours || row.reps > 0 || row.failure !== undefined);
}

/** What repetitions have taken that were processes of their own. */
function processorOf(clean: readonly Spent[]): Pick<Row, "processorNs" | "switches"> {
  const times = clean.flatMap(({ processorNs }) => processorNs ?? []);
  if (times.length === 0) return {};
  return { processorNs: summary(times), switches: 1000 * median(clean.map(({ switches = 0 }) => switches)) };
}

function coresOf(clean: readonly { cores: number }[] | undefined, all: readonly { cores: number }[]): number {
  return clean === undefined ? median(all.map(({ cores }) => cores)) : Math.min(...clean.map(({ cores }) => cores));
}

/** Adds to rows of one run how many times as fast the first one is, and whether that is enough. */
export function judge(rows: Row[], bars: readonly Bar[]): Row[] {
  const ours = rows[0]?.figures;
  const processor = rows[0]?.processorNs;
  for (const row of rows) {
    if (processor !== undefined && row.processorNs !== undefined && row !== rows[0]) {
      row.processorRatio = row.processorNs.median / processor.median;
    }
    if (ours !== undefined && row.figures !== undefined && row !== rows[0]) {
      const ratio = ours.median / row.figures.median;
      row.ratio = row.unit === "ns" ? 1 / ratio : ratio;
    }
    const bar = bars.find(({ against }) => against === row.contender);
    if (bar !== undefined) hold(row, bar, ours);
    if (row.failure !== undefined) row.verdict = "FAILED";
  }
  return rows;
}

/** Holds a row against its bar. */
function hold(row: Row, { ratio, orRate, atMostNs, processor }: Bar, ours: Figures | undefined): void {
  const ways = [
    ratio === undefined ? undefined : `>= ${Math.round(ratio * 100) / 100} x`,
    orRate === undefined ? undefined : `${orRate} M/s`,
    atMostNs === undefined ? undefined : `<= ${atMostNs} ns`,
  ];
  const thrift = processor === undefined ? "" : `, ${processor} x`;
  row.bar = ways.filter((way) => way !== undefined).join(" or ") + thrift;
  const reached =
    (ratio !== undefined && row.ratio !== undefined && row.ratio >= ratio) ||
    (orRate !== undefined && ours !== undefined && ours.median >= orRate) ||
    (atMostNs !== undefined && row.figures !== undefined && row.figures.median <= atMostNs);
  const isThrifty = processor === undefined || (row.processorRatio ?? 0) >= processor;
  if (reached && isThrifty) row.verdict = "ok";
  else row.verdict = (ratio === undefined ? row.figures : row.ratio) === undefined ? "open" : "MISSED";
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const at = (index: number) => sorted[index] as number;
  return Number.isInteger(middle) ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle));
}

function summary(values: readonly number[]): Figures {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}
