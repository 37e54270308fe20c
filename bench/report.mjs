// @ts-check
/** From repetitions to rows: medians, ratios, verdicts; and the table that people read. */
import { isClean } from "./threads.mjs";

/**
 * @typedef {object} Row
 * @property {string} scenario
 * @property {string} contender
 * @property {"M/s" | "ns"} unit
 * @property {{ median: number, min: number, max: number } | undefined} figures  undefined: not measured
 * @property {number} reps        repetitions that were tried
 * @property {number} clean       those that had their cores: what `figures` are of
 * @property {number} items       in each repetition
 * @property {number} cores       the fewest that were free in a repetition that counts; in all of them, if none does
 * @property {number} [ratio]     how many times as fast as this contender ours is
 * @property {string} [bar]       what ours has to reach
 * @property {"ok" | "MISSED" | "open"} [verdict]  open: not measured
 */

/** Of the repetitions asked for, so many must be clean. */
const CLEAN_SHARE = 0.5;

/**
 * @param {import("./scenarios.mjs").Scenario} scenario
 * @param {import("./threads.mjs").Measured[]} measured
 * @param {number} reps as many as were asked for
 * @returns {Row[]}
 */
export function rowsOf({ name, bars, unit = "M/s", pausesNs = 0 }, measured, reps) {
  const inUnit = (/** @type {number} */ rate) => (unit === "ns" ? 1000 / rate - pausesNs : rate);
  const rows = measured.map(({ contender, items, repetitions }) => {
    const clean = repetitions.filter(isClean);
    const counts = clean.length >= Math.ceil(reps * CLEAN_SHARE);
    /** @type {Row} */
    const row = {
      scenario: name,
      contender: contender.label,
      unit,
      figures: counts ? summary(clean.map(({ rate }) => inUnit(rate))) : undefined,
      reps: repetitions.length,
      clean: clean.length,
      items,
      cores: counts ? Math.min(...clean.map(({ cores }) => cores)) : median(repetitions.map(({ cores }) => cores)),
    };
    return row;
  });
  return judge(rows, bars);
}

/**
 * Adds to rows of one run how many times as fast the first one is, and whether that is enough.
 * @param {Row[]} rows
 * @param {import("./scenarios.mjs").Bar[]} bars
 */
export function judge(rows, bars) {
  const ours = rows[0]?.figures;
  for (const row of rows) {
    if (ours !== undefined && row.figures !== undefined && row !== rows[0]) {
      const ratio = ours.median / row.figures.median;
      row.ratio = row.unit === "ns" ? 1 / ratio : ratio;
    }
    const bar = bars.find(({ against }) => against === row.contender);
    if (bar === undefined) continue;
    const { ratio, orRate, atMostNs } = bar;
    const ways = [
      ratio === undefined ? undefined : `>= ${Math.round(ratio * 100) / 100} x`,
      orRate === undefined ? undefined : `${orRate} M/s`,
      atMostNs === undefined ? undefined : `<= ${atMostNs} ns`,
    ];
    row.bar = ways.filter((way) => way !== undefined).join(" or ");
    const reached =
      (ratio !== undefined && row.ratio !== undefined && row.ratio >= ratio) ||
      (orRate !== undefined && ours !== undefined && ours.median >= orRate) ||
      (atMostNs !== undefined && row.figures !== undefined && row.figures.median <= atMostNs);
    if (reached) row.verdict = "ok";
    else row.verdict = (ratio === undefined ? row.figures : row.ratio) === undefined ? "open" : "MISSED";
  }
  return rows;
}

/** @param {number[]} values */
function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const at = (/** @type {number} */ index) => /** @type {number} */ (sorted[index]);
  return Number.isInteger(middle) ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle));
}

/** @param {number[]} values */
function summary(values) {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

const COLUMNS = [
  { title: "", width: 26 },
  { title: "median", width: 10, right: true },
  { title: "min - max", width: 15, right: true },
  { title: "", width: 4 },
  { title: "ours is", width: 8, right: true },
  { title: "cores", width: 6, right: true },
  { title: "reps", width: 6, right: true },
  { title: "bar", width: 19 },
  { title: "", width: 6 },
];

/** @param {string[]} cells */
function line(cells) {
  const padded = COLUMNS.map(({ width, right }, i) => {
    const cell = cells[i] ?? "";
    return right ? cell.padStart(width) : cell.padEnd(width);
  });
  return padded.join(" ").trimEnd();
}

export const heading = line(COLUMNS.map(({ title }) => title));

/** @param {Row} row */
export function rowLine({ contender, figures, unit, ratio, cores, clean, reps, bar, verdict }) {
  const count = clean > 99 ? "" : `${clean}/${reps}`;
  if (figures === undefined) {
    return line([contender, "not", "measured", "", "", cores.toFixed(2), count, bar ?? "", verdict ?? ""]);
  }
  const { median, min, max } = figures;
  const range = `${short(min)} - ${short(max)}`;
  const times = ratio === undefined ? "" : `${short(ratio)} x`;
  return line([contender, short(median), range, unit, times, cores.toFixed(2), count, bar ?? "", verdict ?? ""]);
}

/** Three digits. @param {number} value */
function short(value) {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
