/** A report of the event's stress run, as charts. */
import { grouped } from "../../figures.js";
import type { Course } from "../course.js";
import { latencyChart, medianOf, type Picture } from "../page.js";
import type { ListenerStressReport } from "./report.js";

export function picture({ mode, trials }: ListenerStressReport, course: Course): Picture {
  const timed = trials.flatMap(({ name, latency }) => (latency === undefined ? [] : [{ name, latency }]));
  return {
    title: `Stress of events: ${mode === "all" ? "all trials" : mode}`,
    highlights: [
      { figure: `${trials.length}`, about: trials.length === 1 ? "trial" : "trials, one after the other" },
      { figure: grouped(trials.reduce((sum, { rounds }) => sum + rounds, 0)), about: "rounds in all" },
      ...timed.flatMap(({ name, latency }) => medianOf(latency, `there and back, ${name}`)),
    ].slice(0, 4),
    charts: [
      ...course.chart("Throughput", "Rounds of each trial, in tenths of a second and up.", "rounds/s"),
      ...timed.flatMap(({ name, latency }) =>
        latencyChart(`Round trip: ${name}`, "From handing the turn over until it is back; all of them.", latency),
      ),
    ],
  };
}
