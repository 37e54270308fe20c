/**
 * What the status line says while a run is on, the important first.
 */
import { bytes, grouped, rate } from "../../figures.js";
import { styled } from "../../statusLine.js";
import type { Progress } from "./report.js";

export function progressParts({ elapsedMs, deeds, deedsPerSecond, heapUsed, kills }: Progress): string[] {
  const parts = [
    styled(process.stderr, "bold", rate(deedsPerSecond)),
    `${grouped(deeds)} deeds`,
    `${bytes(heapUsed)} of heap`,
    `${(elapsedMs / 1000).toFixed(1)} s`,
  ];
  if (kills > 0) parts.splice(2, 0, `${grouped(kills)} kills`);
  return parts;
}
