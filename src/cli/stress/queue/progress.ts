/**
 * What the status line says while a run is on, the important first.
 */
import { bytes, grouped, rate } from "../../figures.js";
import { styled } from "../../statusLine.js";
import type { Progress } from "../queue.js";

export function progressParts(progress: Progress): string[] {
  const { elapsedMs, items, itemsPerSecond, size, heapUsed, kills } = progress;
  const parts = [
    styled(process.stderr, "bold", rate(itemsPerSecond)),
    `${grouped(items)} items`,
    `${grouped(size)} in the queue`,
    `${bytes(heapUsed)} of heap`,
    `${(elapsedMs / 1000).toFixed(1)} s`,
  ];
  if (kills > 0) parts.splice(2, 0, `${grouped(kills)} kills`);
  return parts;
}
