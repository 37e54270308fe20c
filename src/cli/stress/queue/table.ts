/**
 * A report in sections: what was run, how it went, and the checks.
 */
import { bytes, grouped, hex, millions } from "../../figures.js";
import { type Row, type Section, underWay } from "../frame.js";
import { inWords } from "../obituaries.js";
import type { QueueStressReport } from "../queue.js";

export function sections(report: QueueStressReport): Section[] {
  return [{ title: "The run", rows: [...setting(report), ...course(report)], checks: { ...report.checks } }];
}

function setting(report: QueueStressReport): Row[] {
  const { producers, consumers, flavor, capacity, type, size, force, batch, heap, alignment, checked, seed } = report;
  const room = flavor === "bounded" && capacity !== null ? `, capacity ${grouped(capacity)}` : "";
  return [
    ["producers", `${producers}`],
    ["consumers", `${consumers}`],
    ["queue", `${flavor}${room}${force ? ", pushed to by force" : ""}`],
    ["type", `${type}${size === null ? "" : `, payloads of up to ${grouped(size)}`}`],
    ["batch", `${batch}`],
    ["heap", `${bytes(heap)}, alignment ${alignment}${checked ? ", checked kernel" : ""}`],
    ["seed", hex(seed)],
  ];
}

function course(report: QueueStressReport): Row[] {
  const { items, rounds, seconds, itemsPerSecond, maxSize, heapUsed, casualties, interrupted } = report;
  const { flavor, force, fulls, displaced, refusals } = report;
  const rows: Row[] = [
    ["items", `${grouped(items)}${rounds > 1 ? ` in ${rounds} rounds` : ""}`],
    ["seconds", `${seconds.toFixed(2)}${interrupted ? " (interrupted)" : ""}`],
    ["M items/s", millions(itemsPerSecond)],
    ...underWay(report.latency),
    ["largest size seen", grouped(maxSize)],
    ["heap used", `${bytes(heapUsed.before)} before, ${bytes(heapUsed.peak)} at most, ${bytes(heapUsed.after)} after`],
  ];
  if (flavor !== "unbounded") rows.push(["full", `${grouped(fulls)} times, tried again`]);
  if (force) rows.push(["displaced", `${grouped(displaced)} of the items`]);
  if (refusals > 0) rows.push(["out of memory", `${grouped(refusals)} times, tried again`]);
  if (casualties.kills === 0) return rows;
  const { kills, killedProducers, killedConsumers, lostValues, returned } = casualties;
  rows.push(["kills", `${grouped(kills)}: ${killedProducers} producers, ${killedConsumers} consumers`]);
  rows.push(["lost with the killed", `${grouped(lostValues)} values`]);
  rows.push(["returned of them", inWords(returned)]);
  return rows;
}
