/**
 * Results as a report page: a chart of ratios for each peer, the curve of false sharing, what changed, and all rows.
 */
import { asFacts } from "../circumstances.js";
import type { Cell, Chart, ReportDocument, ReportTable } from "../report/document.js";
import type { Comparison } from "./compare.js";
import type { Results } from "./results.js";
import type { Figures, Row } from "./rows.js";

/** The scenario whose contenders differ in the alignment unit, and what theirs is called. */
const ALIGNMENT = "alignment";
const APART = /^shmol, (\d+) bytes apart$/;
const DEFAULT_UNIT = 128;

/** Ours too, or nothing that one would use instead. */
const NO_PEER = /^(shmol|channel|event\.|an empty loop)/;

/** A row of somebody else that has a ratio, with ours of the same scenario. */
interface Pair {
  readonly ours: Row;
  readonly theirs: Row;
  readonly ratio: number;
}

export function benchReport(results: Results, again: string): ReportDocument {
  const { rows, comparison } = results;
  return {
    title: "How fast shmol is on this machine",
    ...verdictOf(results),
    highlights: highlightsOf(rows),
    facts: factsOf(results),
    charts: [...changesOf(comparison), ...peersOf(rows), ...curveOf(rows)],
    tables: [allRows(rows), ...(comparison === undefined ? [] : [comparisonTable(comparison)])],
    again,
  };
}

function verdictOf({ rows, ended, skipped }: Results): Pick<ReportDocument, "verdict" | "remarks"> {
  const failed = rows.filter(({ failure }) => failure !== undefined);
  const open = rows.filter(({ figures, failure }) => figures === undefined && failure === undefined);
  const remarks = failed.map(({ scenario, contender, failure }) => `${scenario}, ${contender}: ${failure}`);
  if (ended === "interrupted") {
    remarks.push(
      `The run was interrupted. Not measured: ${skipped.length === 0 ? "nothing more" : skipped.join(", ")}.`,
    );
  }
  if (open.length > 0) {
    const which =
      open.length === rows.length ? "Nothing was measured" : `${open.length} of ${rows.length} rows were not measured`;
    remarks.push(`${which}: two cores were not free often enough. They have no figures here, and no bars.`);
  }
  const count = `${rows.length - failed.length - open.length} of ${rows.length} rows measured`;
  if (failed.length > 0) return { remarks, verdict: { tone: "bad", text: `${failed.length} failed, ${count}` } };
  if (ended === "interrupted") return { remarks, verdict: { tone: "open", text: `Interrupted, ${count}` } };
  return { remarks, verdict: { tone: open.length > 0 ? "open" : "good", text: `Complete, ${count}` } };
}

/** What others are faster or slower than, in the order in which they come. */
function pairsOf(rows: readonly Row[]): Pair[] {
  return rows.flatMap((theirs) => {
    const ours = rows.find(({ scenario }) => scenario === theirs.scenario);
    if (ours === undefined || theirs.ratio === undefined || NO_PEER.test(theirs.contender)) return [];
    return [{ ours, theirs, ratio: theirs.ratio }];
  });
}

const HIGHLIGHTS: readonly { readonly scenario: string; readonly peer?: string; readonly about: string }[] = [
  { scenario: "spsc", about: "from thread to thread, one at a time" },
  { scenario: "to_worker-i32", peer: "MessagePort", about: "as fast as MessagePort, numbers from worker to worker" },
  { scenario: "batch256", about: "in batches of 256" },
  { scenario: "mpmc", peer: "mutex + ring", about: "as fast as a lock around a ring, two to two threads" },
  { scenario: "ping_pong-async", peer: "MessagePort", about: "as fast as MessagePort, there and back, both awaiting" },
];

function highlightsOf(rows: readonly Row[]): ReportDocument["highlights"] {
  return HIGHLIGHTS.flatMap(({ scenario, peer, about }) => {
    const row = rows.find((each) => each.scenario === scenario && (peer === undefined || each.contender === peer));
    if (peer !== undefined) return row?.ratio === undefined ? [] : [{ figure: `${three(row.ratio)} ×`, about }];
    return row?.figures === undefined ? [] : [{ figure: `${three(row.figures.median)} ${row.unit}`, about }];
  }).slice(0, 4);
}

function factsOf(results: Results): ReportDocument["facts"] {
  const { reps, ended } = results;
  return [...asFacts(results), ["Repetitions", `${reps} of each contender, in turns`], ["Ended", ended]];
}

/** One chart for each peer: in each scenario, how many times as fast ours is. */
function peersOf(rows: readonly Row[]): Chart[] {
  const pairs = pairsOf(rows);
  return [...new Set(pairs.map(({ theirs }) => theirs.contender))].map((peer) => ({
    kind: "ratios",
    title: `Against ${peer}`,
    note: "How many times as fast shmol is: right of 1 faster, left of it slower. Medians of the same run.",
    bars: pairs
      .filter(({ theirs }) => theirs.contender === peer)
      .map(({ ours, theirs, ratio }) => ({
        label: theirs.scenario,
        ratio,
        detail: `${ours.contender}: ${figureOf(ours)} against ${figureOf(theirs)}`,
      })),
  }));
}

function curveOf(rows: readonly Row[]): Chart[] {
  const points = rows
    .filter(({ scenario }) => scenario === ALIGNMENT)
    .flatMap(({ contender, figures }) => {
      const unit = contender === "shmol" ? DEFAULT_UNIT : Number(APART.exec(contender)?.[1]);
      return figures === undefined || Number.isNaN(unit) ? [] : [{ unit, figures }];
    })
    .sort((one, other) => one.unit - other.unit)
    .map(({ unit, figures: { median, min, max } }) => ({ x: `${unit}`, y: median, min, max }));
  if (points.length < 2) return [];
  return [
    {
      kind: "curve",
      title: "False sharing, by distance",
      note: "A producer and a consumer whose words lie this number of bytes apart. On one cache line, the two threads contend for the line.",
      unit: "M items/s",
      xTitle: "bytes apart",
      points,
    },
  ];
}

function changesOf(comparison: Comparison | undefined): Chart[] {
  const changes = comparison?.changes ?? [];
  if (comparison === undefined || changes.length === 0) return [];
  return [
    {
      kind: "ratios",
      title: `Against ${comparison.file}`,
      note: `How many times as fast each row is as on ${comparison.date.slice(0, 10)}, commit ${comparison.commit ?? "unknown"}.`,
      bars: changes.map(({ scenario, contender, ratio, change, before, after, unit }) => ({
        label: `${scenario}: ${contender}`,
        ratio,
        detail: `${three(before.median)} → ${three(after.median)} ${unit}, ${change}`,
      })),
    },
  ];
}

function allRows(rows: readonly Row[]): ReportTable {
  return {
    title: "All rows",
    note: "Median, slowest and fastest repetition. Only repetitions count in which two cores were free; “cores” is the least that any of them had.",
    head: ["Scenario", "Contender", "Median", "Range", "Ours is", "Cores", "Repetitions", "Bar"],
    rows: rows.map((row) => {
      const { scenario, contender, figures, unit, ratio, cores, clean, reps } = row;
      return [
        { text: scenario },
        { text: contender },
        medianOf(row),
        { text: figures === undefined ? "" : rangeOf(figures, unit) },
        { text: ratio === undefined ? "" : `${three(ratio)} ×` },
        { text: cores === undefined ? "" : cores.toFixed(2) },
        { text: clean > 99 ? "" : `${clean}/${reps}` },
        barOf(row),
      ];
    }),
  };
}

function comparisonTable({ file, date, commit, node, cpu, changes, unmatched }: Comparison): ReportTable {
  return {
    title: "What changed",
    note: `Against ${file} of ${date.slice(0, 10)}, commit ${commit ?? "unknown"}, Node ${node}, ${cpu}. ${unmatched} rows have no counterpart. Faster or slower: all repetitions of one run were, of the other's.`,
    head: ["Scenario", "Contender", "Before", "Now", "Times as fast", "Verdict"],
    rows: changes.map(({ scenario, contender, unit, before, after, ratio, change }) => [
      { text: scenario },
      { text: contender },
      { text: `${three(before.median)} ${unit}` },
      { text: `${three(after.median)} ${unit}` },
      { text: `${three(ratio)} ×` },
      change === "within ranges" ? { text: change } : { text: change, tone: change === "faster" ? "good" : "bad" },
    ]),
  };
}

function medianOf(row: Row): Cell {
  if (row.failure !== undefined) return { text: "failed", tone: "bad" };
  if (row.figures === undefined) return { text: "not\u00a0measured", tone: "open" };
  const { processorNs } = row;
  return {
    text: `${figureOf(row)}${processorNs === undefined ? "" : `, processor ${three(processorNs.median)}\u00a0ns`}`,
  };
}

function barOf({ bar, verdict }: Row): Cell {
  if (bar === undefined) return { text: "" };
  if (verdict === "ok") return { text: `✓ ${bar}`, tone: "good" };
  return verdict === "MISSED" ? { text: `✗ ${bar}`, tone: "open" } : { text: `? ${bar}` };
}

function figureOf({ figures, unit }: Row): string {
  return figures === undefined ? "not measured" : `${three(figures.median)}\u00a0${unit}`;
}

function rangeOf({ min, max }: Figures, unit: string): string {
  return `${three(min)}\u00a0–\u00a0${three(max)}\u00a0${unit}`;
}

/** Three digits. */
function three(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(3);
}
