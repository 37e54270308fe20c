/**
 * A report in sections: what was run, how it went, and the checks.
 */
import { bytes, grouped, hex, millions } from "../../figures.js";
import type { Row, Section } from "../frame.js";
import { inWords } from "../obituaries.js";
import type { ArcStressReport } from "./report.js";

export function sections(report: ArcStressReport): Section[] {
  return [{ title: "The run", rows: [...setting(report), ...course(report)], checks: { ...report.checks } }];
}

function setting({ threads, size, heap, alignment, checked, seed }: ArcStressReport): Row[] {
  return [
    ["threads", `${threads}`],
    ["blocks", `of up to ${bytes(size)}`],
    ["heap", `${bytes(heap)}, alignment ${alignment}${checked ? ", checked kernel" : ""}`],
    ["seed", hex(seed)],
  ];
}

function course(report: ArcStressReport): Row[] {
  const { deeds, did, seconds, deedsPerSecond, stale, refusals, heapUsed, casualties, interrupted } = report;
  const rows: Row[] = [
    ["deeds", grouped(deeds)],
    [
      "of them",
      Object.entries(did)
        .map(([deed, count]) => `${grouped(count)} ${deed}`)
        .join(", "),
    ],
    ["seconds", `${seconds.toFixed(2)}${interrupted ? " (interrupted)" : ""}`],
    ["M deeds/s", millions(deedsPerSecond)],
    ["tokens out of date", grouped(stale)],
    ["heap used", `${bytes(heapUsed.before)} before, ${bytes(heapUsed.peak)} at most, ${bytes(heapUsed.after)} after`],
  ];
  if (refusals > 0) rows.push(["out of memory", `${grouped(refusals)} times, tried again`]);
  if (casualties.kills === 0) return rows;
  rows.push(["kills", grouped(casualties.kills)]);
  rows.push(["returned of them", inWords(casualties.returned)]);
  return rows;
}
