/** A report of the channel's stress run, as charts. */
import { grouped, rate } from "../../figures.js";
import type { Course } from "../course.js";
import { latencyChart, medianOf, type Picture } from "../page.js";
import type { ChannelStressReport } from "./report.js";

export function picture(report: ChannelStressReport, course: Course): Picture {
  const { senders, receivers, capacity, ends, received, refused, givenUp, messagesPerSecond, latency } = report;
  const room = capacity === null ? "unbounded" : `capacity ${grouped(capacity)}`;
  return {
    title: `Stress of a channel: ${senders} to ${receivers} threads, ${room}, ${ends}`,
    highlights: [
      { figure: grouped(received), about: "messages received" },
      { figure: rate(messagesPerSecond), about: "messages a second" },
      ...medianOf(latency, "under way, the median"),
      { figure: grouped(refused + givenUp), about: "sends and receives given up" },
    ],
    charts: [
      ...course.chart("Throughput", "Messages received, in tenths of a second and up.", "messages/s"),
      ...latencyChart(
        "Time under way",
        "From before a send, waiting for room included, until the receiver has the message; of one message in 61.",
        latency,
      ),
    ],
  };
}
