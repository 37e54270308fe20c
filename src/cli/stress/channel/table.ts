/**
 * A report in sections, and what the status line says while a run is on.
 */
import { bytes, grouped, hex, millions } from "../../figures.js";
import { styled } from "../../statusLine.js";
import { type Row, type Section, underWay } from "../frame.js";
import { inWords } from "../obituaries.js";
import type { ChannelStressReport, Progress } from "./report.js";

export function sections(report: ChannelStressReport): Section[] {
  return [{ title: "The run", rows: [...setting(report), ...course(report)], checks: { ...report.checks } }];
}

function setting(report: ChannelStressReport): Row[] {
  const { senders, receivers, capacity, ends, close, heap, alignment, checked, seed } = report;
  return [
    ["ends", `${senders} senders, ${receivers} receivers, ${ends}`],
    [
      "channel",
      `${capacity === null ? "unbounded" : `capacity ${grouped(capacity)}`}${close ? ", closed in the middle" : ""}`,
    ],
    ["heap", `${bytes(heap)}, alignment ${alignment}${checked ? ", checked kernel" : ""}`],
    ["seed", hex(seed)],
  ];
}

function course(report: ChannelStressReport): Row[] {
  const { sent, received, refused, givenUp, seconds, messagesPerSecond, interrupted, casualties } = report;
  const rows: Row[] = [
    ["messages", `${grouped(sent)} sent, ${grouped(received)} received`],
    ["given up", `${grouped(refused)} sends, ${grouped(givenUp)} receives`],
    ["seconds", `${seconds.toFixed(2)}${interrupted ? " (interrupted)" : ""}`],
    ["M messages/s", millions(messagesPerSecond)],
    ...underWay(report.latency),
  ];
  const { kills, lost, doubtful, returned } = casualties;
  if (kills === 0) return rows;
  return [
    ...rows,
    ["kills", grouped(kills)],
    ["lost with the killed", `${grouped(lost)} messages, ${grouped(doubtful)} in doubt`],
    ["returned of them", inWords(returned)],
  ];
}

/** The important first. */
export function progressParts({ elapsedMs, messages, messagesPerSecond, size, kills }: Progress): string[] {
  const parts = [
    styled(process.stderr, "bold", `${grouped(messages)} messages`),
    `${millions(messagesPerSecond)} M/s`,
    `${grouped(size)} in the channel`,
    `${(elapsedMs / 1000).toFixed(1)} s`,
  ];
  if (kills > 0) parts.splice(2, 0, `${grouped(kills)} kills`);
  return parts;
}
