/**
 * A stress run's report as sections of rows and checks, for the terminal, and as a page with charts. A run that failed has a page,
 * too, and it says how far the run came.
 */
import { asFacts, type Circumstances } from "../circumstances.js";
import { bytes, duration, grouped, hex, rate } from "../figures.js";
import type { Cell, HistogramChart, ReportDocument, ReportTable } from "../report/document.js";
import { asWords } from "./crew.js";
import { type Row, type Section, timed } from "./frame.js";
import type { Latency } from "./latency.js";
import type { CommonOptions, OptionTable, Values } from "./options.js";
import { inWords } from "./reapLog.js";
import type { Report, SuiteReport } from "./report.js";
import type { Suite } from "./scenario.js";
import type { Timeline } from "./timeline.js";

// ── sections ──

export function sectionsOf(report: SuiteReport): Section[] {
  const { trials, interrupted } = report;
  const [first] = trials;
  if (trials.length === 1 && first !== undefined) {
    // What limits the first count is told by that.
    const setting = settingOf(report).filter(([name]) => name !== first.unit);
    const rows = [...setting, ...courseOf(first, interrupted)];
    return [{ title: "The run", rows, checks: first.checks }];
  }
  return [
    { title: "The run", rows: settingOf(report) },
    ...trials.map((trial) => ({
      title: trial.scenario,
      rows: [["scenario", `${trial.scenario}, ${trial.threads} threads`] as Row, ...courseOf(trial, interrupted)],
      checks: trial.checks,
    })),
  ];
}

function settingOf({ options, seed }: SuiteReport): Row[] {
  const { heap, alignment, checked, ...rest } = options;
  const own = Object.entries(rest).filter(
    ([name, value]) =>
      value !== undefined && value !== false && value !== Number.POSITIVE_INFINITY && !HIDDEN.has(name),
  );
  return [
    ...own.map(
      ([name, value]): Row => [
        name,
        typeof value === "number" ? grouped(value) : value === true ? "yes" : String(value),
      ],
    ),
    ["heap", `${bytes(heap as number)}, alignment ${alignment}${checked === true ? ", checked kernel" : ""}`],
    ["seed", hex(seed)],
  ];
}

/** Options that the rows below tell of, or that say how the run was looked at. */
const HIDDEN = new Set(["seed", "duration", "kill", "kills", "watchdog"]);

function courseOf(report: Report, interrupted: boolean): Row[] {
  const { unit, counts, parts, seconds, perSecond, latency, heapUsed, casualties } = report;
  const { [unit]: count = 0, ...others } = counts;
  const some = Object.entries(others).filter(([, number]) => number > 0);
  const rows: Row[] = [
    [asWords(unit), `${grouped(count)}${parts > 1 ? ` in ${parts} runs` : ""}`],
    ["counted", some.map(([name, number]) => `${grouped(number)} ${asWords(name)}`).join(", ") || "nothing else"],
    ["seconds", `${seconds.toFixed(2)}${interrupted ? " (interrupted)" : ""}`],
    [`${asWords(unit)} a second`, grouped(Math.round(perSecond))],
    ...(latency === undefined ? [] : timed(latency)),
    ["heap used", `${bytes(heapUsed.before)} before, ${bytes(heapUsed.peak)} at most, ${bytes(heapUsed.after)} after`],
  ];
  if (casualties.lost > 0) rows.push(["workers lost", `${casualties.lost} did not start, the next ones did`]);
  if (casualties.kills === 0) return rows;
  const killed = Object.entries(casualties.killed).map(([part, number]) => `${number} ${part}s`);
  rows.push(["kills", `${grouped(casualties.kills)}: ${killed.join(", ")}`]);
  rows.push(["returned of them", inWords(casualties.returned)]);
  return rows;
}

// ── the page ──

export function stressPage<T extends OptionTable>(
  suite: Suite<T>,
  report: SuiteReport,
  timeline: Timeline,
  sections: readonly Section[],
  where: Circumstances,
  again: string,
): ReportDocument {
  const scenarios = suite.scenarios(report.options as Values<T> & CommonOptions);
  const { trials, failures } = report;
  const [{ unit } = { unit: "rounds" }] = trials;
  const pairs = trials.map((trial, i) => [trial, scenarios[i] as (typeof scenarios)[number]] as const);
  return {
    title: `Stress: ${suite.name}, ${trials.map(({ scenario, threads }) => (trials.length === 1 ? `${threads} threads` : scenario)).join(", ")}`,
    ...{ verdict: verdictOf(report), remarks: failures, highlights: highlightsOf(report), again },
    charts: [
      ...timeline.chart("Throughput", "Of all threads, in tenths of a second and up.", `${unit}/s`),
      ...pairs.flatMap(([{ latency }, { timing, name }]) =>
        latency === undefined || timing === undefined
          ? []
          : latencyChart(trials.length === 1 ? timing.title : `${timing.title}: ${name}`, timing.note, latency),
      ),
      ...pairs.flatMap(([{ counts }, { compared = [] }]) => {
        const bars = compared.map((name) => ({ label: asWords(name), count: counts[name] ?? 0 }));
        if (bars.every(({ count }) => count === 0)) return [];
        return [{ kind: "counts" as const, title: "What was done", note: "How often, by all threads.", bars }];
      }),
    ],
    facts: factsOf(where, report.seed),
    tables: [...sections.map(tableOf), ...checksOf(sections)],
  };
}

/** A run that ended with an error of its own: there is no report, only what was seen until then. */
export function brokenPage(error: unknown, timeline: Timeline, where: Circumstances, again: string): ReportDocument {
  const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    ...{ title: "A stress run that broke", highlights: [], tables: [], again },
    charts: timeline.chart("Throughput", "What was seen before the run broke.", "a second"),
    verdict: { tone: "bad", text: "The run broke: nothing was verified" },
    ...{ remarks: [said], facts: factsOf(where) },
  };
}

/** How long something took; nothing, if nothing was timed. */
function latencyChart(title: string, note: string, latency: Latency): HistogramChart[] {
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

function highlightsOf({ trials }: SuiteReport): ReportDocument["highlights"] {
  const [only] = trials;
  const sum = grouped(trials.reduce((sum, { counts, unit }) => sum + (counts[unit] ?? 0), 0));
  const unit = only?.unit ?? "";
  const medians = trials.flatMap(({ latency, scenario }) =>
    latency === undefined || latency.count === 0
      ? []
      : [{ figure: duration(latency.p50Ns), about: trials.length > 1 ? `the median, ${scenario}` : "the median" }],
  );
  if (trials.length !== 1 || only === undefined) {
    return [
      { figure: `${trials.length}`, about: "runs, one after the other" },
      { figure: sum, about: `${asWords(unit)} in all` },
      ...medians.slice(0, 2),
    ];
  }
  const { peak, after } = only.heapUsed;
  return [
    { figure: sum, about: asWords(unit) },
    { figure: rate(only.perSecond), about: `${asWords(unit)} a second` },
    ...medians,
    { figure: bytes(peak), about: `of heap at most, ${bytes(after)} afterwards` },
  ];
}

function verdictOf({ ok, failures, interrupted }: SuiteReport): ReportDocument["verdict"] {
  const cut = interrupted ? ", and was interrupted" : "";
  if (ok) {
    return {
      tone: "good",
      text: interrupted ? "Interrupted; all that was done is verified" : "Everything was verified",
    };
  }
  return { tone: "bad", text: `${failures.length} ${failures.length === 1 ? "thing was" : "things were"} wrong${cut}` };
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
