/**
 * Rows as tables, one for each scenario, whose columns stand below each other; as many as the terminal has room for.
 */
import Table from "cli-table3";
import { styled } from "../statusLine.js";
import type { Comparison } from "./compare.js";
import type { Results } from "./results.js";
import type { Row } from "./rows.js";

const DEFAULT_COLUMNS = 100;
/** Below this many columns each row is a line of its own. */
const NARROW = 60;
/** The width of a column that only some tables have. */
const PROCESSOR = 18;

interface Column {
  readonly title: string;
  readonly width: number;
  readonly align: "left" | "right";
  readonly cell: (row: Row, stream: NodeJS.WriteStream) => string;
  /** The least number of columns of a terminal that shows it. */
  readonly from: number;
}

const COLUMNS: readonly Column[] = [
  { title: "", width: 32, align: "left", from: 0, cell: ({ contender }) => contender },
  { title: "median", width: 14, align: "right", from: 0, cell: medianOf },
  { title: "min - max", width: 17, align: "right", from: 92, cell: rangeOf },
  { title: "ours is", width: 10, align: "right", from: 0, cell: timesOf },
  { title: "processor", width: PROCESSOR, align: "right", from: 0, cell: processorOf },
  { title: "cores", width: 7, align: "right", from: 100, cell: ({ cores }) => cores?.toFixed(2) ?? "" },
  { title: "reps", width: 7, align: "right", from: 107, cell: countOf },
  { title: "bar", width: 22, align: "left", from: 80, cell: barOf },
];

/** No lines but one below the head: a table like those of the other commands, with less around it. */
const BARE = {
  ...{ top: "", "top-mid": "", "top-left": "", "top-right": "", bottom: "", "bottom-mid": "", "bottom-left": "" },
  ...{ "bottom-right": "", left: "", "left-mid": "", mid: "", "mid-mid": "", right: "", "right-mid": "", middle: "" },
};

/** A scenario's rows below what it is about. */
export function rowsTable(about: string, rows: readonly Row[], stream: NodeJS.WriteStream): string {
  const title = styled(stream, "bold", about);
  const columns = stream.columns || DEFAULT_COLUMNS;
  const hasProcessor = rows.some(({ processorNs }) => processorNs !== undefined);
  const width = columns - (hasProcessor ? PROCESSOR : 0);
  const failures = rows.flatMap(({ contender, failure }) =>
    failure === undefined ? [] : [styled(stream, "red", `  ✗ ${contender}: ${failure}`)],
  );
  if (width < NARROW) return [title, ...rows.map((row) => inOneLine(row, stream)), ...failures].join("\n");
  const shown = COLUMNS.filter(({ from, cell }) => from <= width && (hasProcessor || cell !== processorOf));
  const table = new Table({
    chars: BARE,
    style: { head: [], border: [], compact: true, "padding-left": 1, "padding-right": 1 },
    colWidths: shown.map(({ width }) => width),
    colAligns: shown.map(({ align }) => align),
    head: shown.map(({ title: name }) => (name === "" ? name : styled(stream, "dim", name))),
  });
  for (const row of rows) table.push(shown.map(({ cell }) => cell(row, stream)));
  return [title, trimmed(table.toString()), ...failures].join("\n");
}

/** What came of it all. */
export function summaryOf({ rows, ended, skipped }: Results, stream: NodeJS.WriteStream): string {
  const count = (verdict: Row["verdict"]) => rows.filter((row) => row.verdict === verdict).length;
  const missed = count("MISSED");
  const failed = count("FAILED");
  const parts = [
    styled(stream, "green", `${count("ok")} reached`),
    missed > 0 ? styled(stream, "yellow", `${missed} missed`) : "0 missed",
    `${count("open")} not measured`,
  ];
  const lines = [`bars: ${parts.join(", ")}`];
  if (rows.some(({ figures, failure }) => figures === undefined && failure === undefined)) {
    lines.push("not measured: two cores were not free for long enough; close what else is running, and try again");
  }
  if (failed > 0) lines.push(styled(stream, "red", `✗ ${failed} failed: no figure of theirs is worth anything`));
  if (ended === "interrupted") {
    const left = skipped.length === 0 ? "" : `; not measured: ${skipped.join(", ")}`;
    lines.push(styled(stream, "yellow", `interrupted${left}`));
  }
  return lines.join("\n");
}

/** What changed since another run. Ratios above 1 are faster now. */
export function comparisonTable(comparison: Comparison, stream: NodeJS.WriteStream): string {
  const { file, date, commit, node, cpu, changes, unmatched } = comparison;
  const title = styled(stream, "bold", `against ${file}, ${date.slice(0, 10)}, Node ${node}, ${cpu}, ${commit ?? ""}`);
  const rows = changes.map(({ scenario, contender, unit, before, after, ratio, change }) => {
    const figures = `${short(before.median)} -> ${short(after.median)} ${unit}`;
    const style = change === "faster" ? "green" : change === "slower" ? "red" : "dim";
    return [scenario, contender, figures, `${short(ratio)} x`, styled(stream, style, change)];
  });
  const counts = ["faster", "slower"].map(
    (kind) => `${changes.filter(({ change }) => change === kind).length} ${kind}`,
  );
  const last = `${counts.join(", ")}, beyond both runs' ranges; ${unmatched} rows without a counterpart`;
  if ((stream.columns || DEFAULT_COLUMNS) < NARROW)
    return [title, ...rows.map((row) => row.join(", ")), last].join("\n");
  const table = new Table({
    chars: BARE,
    style: { head: [], border: [], compact: true, "padding-left": 1, "padding-right": 1 },
    colAligns: ["left", "left", "right", "right", "left"],
  });
  table.push(...rows);
  return [title, trimmed(table.toString()), last].join("\n");
}

function inOneLine(row: Row, stream: NodeJS.WriteStream): string {
  const parts = [medianOf(row, stream), timesOf(row), processorOf(row), barOf(row, stream)].filter(
    (part) => part !== "",
  );
  return `  ${row.contender}: ${parts.join(", ")}`;
}

function medianOf({ figures, unit, failure }: Row, stream: NodeJS.WriteStream): string {
  if (failure !== undefined) return styled(stream, "red", "failed");
  return figures === undefined ? "not measured" : `${short(figures.median)} ${unit}`;
}

function rangeOf({ figures }: Row): string {
  return figures === undefined ? "" : `${short(figures.min)} - ${short(figures.max)}`;
}

function timesOf({ ratio }: Row): string {
  return ratio === undefined ? "" : `${short(ratio)} x`;
}

/** Of each item, and how many times as much as ours. */
function processorOf({ processorNs, processorRatio }: Row): string {
  if (processorNs === undefined) return "";
  return `${short(processorNs.median)} ns${processorRatio === undefined ? "" : `, ${short(processorRatio)} x`}`;
}

function countOf({ clean, reps }: Row): string {
  return clean > 99 ? "" : `${clean}/${reps}`;
}

function barOf({ bar, verdict }: Row, stream: NodeJS.WriteStream): string {
  if (bar === undefined) return "";
  if (verdict === "ok") return `${styled(stream, "green", "✓")} ${bar}`;
  if (verdict === "MISSED") return `${styled(stream, "yellow", "✗")} ${bar} missed`;
  return `? ${bar}`;
}

/** Three digits. */
function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function trimmed(text: string): string {
  return text
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}
