/**
 * A stress run as a report page: verdict, charts, every check and figure. A run that failed has one, too, and says how far it came.
 */
import { asFacts, type Circumstances } from "../circumstances.js";
import { duration, hex } from "../figures.js";
import type { Cell, Chart, HistogramChart, ReportDocument, ReportTable } from "../report/document.js";
import type { Section } from "./frame.js";
import type { Latency } from "./histogram.js";

/** What is peculiar to what was stressed. */
export interface Picture {
  readonly title: string;
  readonly highlights: ReportDocument["highlights"];
  readonly charts: readonly Chart[];
}

/** What every run's report has. */
export interface Outcome {
  readonly ok: boolean;
  readonly failures: readonly string[];
  readonly interrupted: boolean;
  readonly seed: number;
}

export function stressPage(
  outcome: Outcome,
  { title, highlights, charts }: Picture,
  sections: readonly Section[],
  where: Circumstances,
  again: string,
): ReportDocument {
  return {
    ...{ title, verdict: verdictOf(outcome), remarks: outcome.failures, highlights, charts, again },
    facts: factsOf(where, outcome.seed),
    tables: [...sections.map(tableOf), ...checksOf(sections)],
  };
}

/** A run that ended with an error of its own: there is no report, only what was seen until then. */
export function brokenPage(
  error: unknown,
  charts: readonly Chart[],
  where: Circumstances,
  again: string,
): ReportDocument {
  const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    ...{ title: "A stress run that broke", highlights: [], charts, tables: [], again },
    verdict: { tone: "bad", text: "The run broke: nothing was verified" },
    ...{ remarks: [said], facts: factsOf(where) },
  };
}

/** How long something took; nothing, if nothing was timed. */
export function latencyChart(title: string, note: string, latency: Latency): HistogramChart[] {
  const { count, p50Ns, p99Ns, p999Ns, columns } = latency;
  if (count === 0) return [];
  const marks = [
    { name: "p50", ns: p50Ns },
    { name: "p99", ns: p99Ns },
    { name: "p99.9", ns: p999Ns },
  ];
  // Of a hundred samples, the slowest in a thousand is not known.
  return [{ kind: "histogram", title, note, buckets: columns, marks: marks.slice(0, count >= 1000 ? 3 : 2) }];
}

/** The median as a figure that matters. */
export function medianOf({ count, p50Ns }: Latency, about: string): ReportDocument["highlights"] {
  return count === 0 ? [] : [{ figure: duration(p50Ns), about }];
}

function verdictOf({ ok, failures, interrupted }: Outcome): ReportDocument["verdict"] {
  const cut = interrupted ? ", and was interrupted" : "";
  if (!ok)
    return {
      tone: "bad",
      text: `${failures.length} ${failures.length === 1 ? "thing was" : "things were"} wrong${cut}`,
    };
  return { tone: "good", text: interrupted ? "Interrupted; all that was done is verified" : "Everything was verified" };
}

function factsOf(where: Circumstances, seed?: number): ReportDocument["facts"] {
  return [...asFacts(where), ...(seed === undefined ? [] : [["Seed", hex(seed)] as const])];
}

function tableOf({ title, rows }: Section): ReportTable {
  return { title, head: ["", ""], rows: rows.map((row) => row.map((text) => ({ text }))) };
}

function checksOf(sections: readonly Section[]): ReportTable[] {
  const checked = sections.filter(({ checks }) => checks !== undefined);
  const rows = checked.flatMap(({ title, checks = {} }) =>
    Object.entries(checks).map(([name, { ok, found }]) => {
      const label = checked.length > 1 ? `${title}: ${name}` : name;
      const mark: Cell = ok ? { text: `✓ ${label}`, tone: "good" } : { text: `✗ ${label}`, tone: "bad" };
      return [mark, { text: found }];
    }),
  );
  return rows.length === 0 ? [] : [{ title: "Checks", head: ["", ""], rows }];
}
