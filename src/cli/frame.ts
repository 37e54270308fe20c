/**
 * Rows of a name and what there is to say of it, in a frame that fits the terminal.
 */
import Table from "cli-table3";
import { styled } from "./statusLine.js";

/** Below this many columns lines are drawn without a frame. */
const NARROW = 70;
const DEFAULT_COLUMNS = 100;
/** Widths of the first column and of the frame's three lines. */
const NAMES = 22;
const FRAME = 3;

export type Row = [name: string, value: string];

/** One check's verdict, with the numbers that were found. */
export interface Check {
  readonly ok: boolean;
  readonly found: string;
}

/** Rows that belong together, and the checks that say whether all was well. */
export interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
  readonly checks?: { readonly [name: string]: Check };
}

export function framed({ rows: told, checks = {} }: Section, stream: NodeJS.WriteStream): string {
  const rows = [...told, ...verdicts(checks, stream)];
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

function verdicts(checks: Section["checks"] & object, stream: NodeJS.WriteStream): Row[] {
  return Object.entries(checks).map(([name, check]) => {
    const mark = check.ok ? styled(stream, "green", "✓") : styled(stream, "red", "✗");
    return [`${mark} ${name}`, check.found];
  });
}
