/**
 * A report in sections: what was run, and for each trial how it went and its checks.
 */
import { bytes, duration, grouped, hex } from "../../figures.js";
import type { Row, Section } from "../frame.js";
import { inWords } from "../obituaries.js";
import type { ListenerStressReport, TrialReport } from "./report.js";

export function sections(report: ListenerStressReport): Section[] {
  const trials = report.trials.map((trial) => ({ title: trial.name, rows: course(trial), checks: trial.checks }));
  return [{ title: "The run", rows: setting(report) }, ...trials];
}

function setting({ mode, heap, alignment, checked, seed, seconds, interrupted }: ListenerStressReport): Row[] {
  return [
    ["mode", mode],
    ["heap", `${bytes(heap)}, alignment ${alignment}${checked ? ", checked kernel" : ""}`],
    ["seed", hex(seed)],
    ["seconds", `${seconds.toFixed(2)}${interrupted ? " (interrupted)" : ""}`],
  ];
}

function course(trial: TrialReport): Row[] {
  const { name, threads, rounds, seconds, roundsPerSecond, latency, waits, settling } = trial;
  const rows: Row[] = [
    ["trial", `${name}, ${threads} threads`],
    ["rounds", `${grouped(rounds)} in ${seconds.toFixed(2)} s, ${grouped(Math.round(roundsPerSecond))} a second`],
  ];
  if (latency !== undefined) {
    const { p50Ns, p99Ns, p999Ns, maxNs } = latency;
    rows.push([
      "round trip",
      `p50 ${duration(p50Ns)}, p99 ${duration(p99Ns)}, p99.9 ${duration(p999Ns)}, longest ${duration(maxNs)}`,
    ]);
  }
  if (waits !== undefined) {
    rows.push([
      "waits ended",
      `${grouped(waits.notified)} notified, ${grouped(waits.timedOut)} out of time, ${grouped(waits.aborted)} aborted`,
    ]);
    rows.push([
      "listeners",
      `${grouped(waits.listeners)}, of them ${grouped(waits.dropped)} dropped, ${grouped(waits.discarded)} discarded; gave way ${grouped(waits.yielded)} times`,
    ]);
  }
  if (settling !== undefined) {
    const { listeners, settled, wakeUps } = settling;
    rows.push([
      "listeners",
      `${grouped(listeners)} a round, ${grouped(settled)} settled by ${grouped(wakeUps)} wake-ups`,
    ]);
  }
  return [...rows, ...losses(trial)];
}

function losses({ casualties }: TrialReport): Row[] {
  const { kills, locksHeld, returned } = casualties;
  if (kills === 0) return [];
  return [
    ["kills", `${grouped(kills)}, ${grouped(locksHeld)} of them had the lock (given back)`],
    ["returned of them", inWords(returned)],
  ];
}
