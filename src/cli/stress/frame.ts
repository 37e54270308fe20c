/**
 * Rows of a name and what there is to say of it, in a frame that fits the terminal.
 */
import Table from "cli-table3";
import { styled } from "../statusLine.js";
import type { Check } from "./check.js";

/** Below this many columns lines are drawn without a frame. */
const NARROW = 70;
const DEFAULT_COLUMNS = 100;
/** Widths of the first column and of the frame's three lines. */
const NAMES = 22;
const FRAME = 3;

export type Row = [name: string, value: string];

export function framed(rows: readonly Row[], stream: NodeJS.WriteStream): string {
  const columns = stream.columns || DEFAULT_COLUMNS;
  if (columns < NARROW) return rows.map(([name, value]) => `${name}: ${value}`).join("\n");
  const table = new Table({
    style: { head: [], border: [], compact: true },
    colWidths: [NAMES, Math.min(columns, DEFAULT_COLUMNS) - NAMES - FRAME],
    wordWrap: true,
  });
  table.push(...rows);
  return table.toString();
}

/** A row for each check. */
export function verdicts(checks: object, stream: NodeJS.WriteStream): Row[] {
  return Object.entries(checks).map(([name, check]: [string, Check]) => {
    const mark = check.ok ? styled(stream, "green", "✓") : styled(stream, "red", "✗");
    return [`${mark} ${name}`, check.found];
  });
}
