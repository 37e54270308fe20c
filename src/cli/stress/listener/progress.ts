/**
 * What the status line says while a run is on, the important first.
 */
import { grouped } from "../../figures.js";
import { styled } from "../../statusLine.js";
import type { Progress } from "./report.js";

export function progressParts({ trial, elapsedMs, rounds, roundsPerSecond, listeners, kills }: Progress): string[] {
  const parts = [
    styled(process.stderr, "bold", trial),
    `${grouped(rounds)} rounds`,
    `${grouped(Math.round(roundsPerSecond))} rounds/s`,
    `${grouped(listeners)} listening`,
    `${(elapsedMs / 1000).toFixed(1)} s`,
  ];
  if (kills > 0) parts.splice(2, 0, `${grouped(kills)} kills`);
  return parts;
}
