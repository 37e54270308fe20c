/**
 * A stress run's report as sections of rows and checks, for the terminal, and as a page with charts. A run that failed has a page,
 * too, and it says how far the run came.
 */
import { asFacts, type Circumstances } from "../circumstances.js";
import { asWords, bytes, duration, grouped, hex, rate } from "../figures.js";
import type { Row, Section } from "../frame.js";
import type { Cell, Chart, ReportDocument, ReportTable } from "../report/document.js";
import type { Latency } from "../report/latency.js";
import type { Timeline } from "../report/timeline.js";
import { inWords } from "./reapLog.js";
import type { Report, SuiteReport } from "./report.js";

// ── sections ──

/** One for each scenario. The first tells the options, too. */
export function sectionsOf(report: SuiteReport): Section[] {
  return report.trials.map((trial, i) => ({
    title: trial.scenario,
    rows: [...(i === 0 ? settingOf(report, trial.unit) : []), ...courseOf(trial, report.interrupted)],
    checks: trial.checks,
  }));
}

/** Options that the rows below tell of, or that say how the run was looked at. */
const ELSEWHERE = ["seed", "duration", "kill", "kills", "watchdog"];

function settingOf({ options, seed }: SuiteReport, unit: string): Row[] {
  const { heap, alignment, checked, ...rest } = options;
  const said = Object.entries(rest).filter(
    ([name, value]) => Boolean(value) && value !== Number.POSITIVE_INFINITY && ![unit, ...ELSEWHERE].includes(name),
  );
  return [
    ...said.map(([name, value]): Row => [name, typeof value === "number" ? grouped(value) : String(value)]),
    ["heap", `${bytes(heap as number)}, alignment ${alignment}${checked === true ? ", checked kernel" : ""}`],
    ["seed", hex(seed)],
  ];
}

function courseOf(report: Report, interrupted: boolean): Row[] {
  const { scenario, threads, unit, counts, parts, seconds, perSecond, latency, heapUsed, casualties } = report;
  const { [unit]: count = 0, ...others } = counts;
  const some = Object.entries(others).filter(([, number]) => number > 0);
  const { kills, killed, lost, returned } = casualties;
  const dead = Object.entries(killed).map(([part, number]) => `${number} ${part}s`);
  return [
    ["scenario", `${scenario}, ${threads} threads`],
    [asWords(unit), `${grouped(count)}${parts > 1 ? ` in ${parts} runs` : ""}`],
    ["counted", some.map(([name, number]) => `${grouped(number)} ${asWords(name)}`).join(", ") || "nothing else"],
    ["seconds", `${seconds.toFixed(2)}${interrupted ? " (interrupted)" : ""}`],
    [`${asWords(unit)} a second`, grouped(Math.round(perSecond))],
    ...(latency === undefined || latency.count === 0 ? [] : [["latency", timed(latency)] as Row]),
    ["heap used", `${bytes(heapUsed.before)} before, ${bytes(heapUsed.peak)} at most, ${bytes(heapUsed.after)} after`],
    ...(lost === 0 ? [] : [["workers lost", `${lost} did not start, the next ones did`] as Row]),
    ...(kills === 0 ? [] : [["kills", `${grouped(kills)}: ${dead.join(", ")}`] as Row]),
    ...(kills === 0 ? [] : [["returned of them", inWords(returned)] as Row]),
  ];
}

function timed({ count, p50Ns, p99Ns, p999Ns, maxNs }: Latency): string {
  const [p50, p99, p999, longest] = [p50Ns, p99Ns, p999Ns, maxNs].map(duration);
  return `p50 ${p50}, p99 ${p99}, p99.9 ${p999}, longest ${longest}, of ${grouped(count)} timed`;
}

// ── the page ──

export function stressPage(
  report: SuiteReport,
  timeline: Timeline,
  sections: readonly Section[],
  where: Circumstances,
  again: string,
): ReportDocument {
  const { suite, trials, failures, seed } = report;
  const { unit = "" } = trials[0] ?? {};
  return {
    title: `Stress: ${suite}`,
    ...{ verdict: verdictOf(report), remarks: failures, highlights: trials.flatMap(highlightsOf).slice(0, 4), again },
    charts: [
      ...timeline.chart("Throughput", "Of all threads, in tenths of a second and up.", `${unit}/s`),
      ...trials.flatMap((trial) => [...latencyChart(trial), ...countChart(trial)]),
    ],
    facts: [...asFacts(where), ["Seed", hex(seed)]],
    tables: sections.map(tableOf),
  };
}

/** A run that ended with an error of its own: there is no report, only what was seen until then. */
export function brokenPage(error: unknown, timeline: Timeline, where: Circumstances, again: string): ReportDocument {
  const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    ...{ title: "A stress run that broke", highlights: [], tables: [], again },
    charts: timeline.chart("Throughput", "What was seen before the run broke.", "a second"),
    verdict: { tone: "bad", text: "The run broke: nothing was verified" },
    ...{ remarks: [said], facts: asFacts(where) },
  };
}

function latencyChart({ scenario, latency }: Report): Chart[] {
  if (latency === undefined || latency.count === 0) return [];
  const { count, p50Ns, p99Ns, p999Ns, columns, what, note } = latency;
  const marks = Object.entries({ p50: p50Ns, p99: p99Ns, "p99.9": p999Ns }).map(([name, ns]) => ({ name, ns }));
  // Of a hundred samples, the slowest in a thousand is not known.
  const known = marks.slice(0, count >= 1000 ? 3 : 2);
  return [{ kind: "histogram", title: `${what}: ${scenario}`, note, buckets: columns, marks: known }];
}

function countChart({ scenario, counts, compared = [] }: Report): Chart[] {
  const bars = compared.map((name) => ({ label: asWords(name), count: counts[name] ?? 0 }));
  if (bars.every(({ count }) => count === 0)) return [];
  return [{ kind: "counts", title: `What was done: ${scenario}`, note: "How often, by all threads.", bars }];
}

function highlightsOf({ scenario, unit, counts, perSecond, latency, heapUsed }: Report): ReportDocument["highlights"] {
  return [
    { figure: grouped(counts[unit] ?? 0), about: `${asWords(unit)}, ${scenario}` },
    { figure: rate(perSecond), about: `${asWords(unit)} a second` },
    ...(latency === undefined ? [] : [{ figure: duration(latency.p50Ns), about: "the median" }]),
    { figure: bytes(heapUsed.peak), about: `of heap at most, ${bytes(heapUsed.after)} afterwards` },
  ];
}

function verdictOf({ ok, failures, interrupted }: SuiteReport): ReportDocument["verdict"] {
  const verified = interrupted ? "Interrupted; all that was done is verified" : "Everything was verified";
  if (ok) return { tone: "good", text: verified };
  const things = failures.length === 1 ? "1 thing was" : `${failures.length} things were`;
  return { tone: "bad", text: `${things} wrong${interrupted ? ", and was interrupted" : ""}` };
}

function tableOf({ title, rows, checks = {} }: Section): ReportTable {
  const told = rows.map((row): Cell[] => row.map((text) => ({ text })));
  const verdicts = Object.entries(checks).map(([name, { ok, found }]): Cell[] => [
    { text: `${ok ? "✓" : "✗"} ${name}`, tone: ok ? "good" : "bad" },
    { text: found },
  ]);
  return { title, head: ["", ""], rows: [...told, ...verdicts] };
}
