/** A report of the queue's stress run, as charts. */
import { bytes, grouped, rate } from "../../figures.js";
import type { Course } from "../course.js";
import { latencyChart, medianOf, type Picture } from "../page.js";
import type { QueueStressReport } from "./report.js";

export function picture(report: QueueStressReport, course: Course): Picture {
  const { producers, consumers, flavor, type, batch, items, itemsPerSecond, latency, heapUsed } = report;
  const threads = `${producers} to ${consumers} threads`;
  return {
    title: `Stress of a queue: ${flavor}, ${type}, ${threads}`,
    highlights: [
      { figure: grouped(items), about: "values went through" },
      { figure: rate(itemsPerSecond), about: batch === 1 ? "one at a time" : `in batches of ${grouped(batch)}` },
      ...medianOf(latency, "under way, the median"),
      { figure: bytes(heapUsed.peak), about: `of heap at most, ${bytes(heapUsed.after)} afterwards` },
    ],
    charts: [
      ...course.chart("Throughput", "Values taken out and noted, in tenths of a second and up.", "items/s"),
      ...latencyChart(
        "Time under way",
        "From before a push until the consumer has looked at the value, of one value in about a thousand. With producers that are ahead it is the time in the line; consumers look at what they took after up to 1,024 values.",
        latency,
      ),
    ],
  };
}
