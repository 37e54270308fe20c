/** A report of the Arcs' stress run, as charts. */
import { bytes, grouped, rate } from "../../figures.js";
import type { Course } from "../course.js";
import type { Picture } from "../page.js";
import type { ArcStressReport } from "./report.js";

export function picture(report: ArcStressReport, course: Course): Picture {
  const { threads, size, deeds, deedsPerSecond, did, heapUsed } = report;
  const counted = Object.entries(did).map(([label, count]) => ({ label, count }));
  return {
    title: `Stress of Arcs: ${threads} threads, blocks of up to ${bytes(size)}`,
    highlights: [
      { figure: grouped(deeds), about: "deeds of all threads" },
      { figure: rate(deedsPerSecond), about: "deeds a second" },
      { figure: bytes(heapUsed.peak), about: `of heap at most, ${bytes(heapUsed.after)} afterwards` },
    ],
    charts: [
      ...course.chart("Throughput", "Deeds of all threads, in tenths of a second and up.", "deeds/s"),
      ...(deeds === 0
        ? []
        : [{ kind: "counts" as const, title: "What was done", note: "How often, by all threads.", bars: counted }]),
    ],
  };
}
