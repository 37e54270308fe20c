/**
 * What a benchmark has to say, as it is saved and as `--json` prints it, and how it is read again. bench/results.schema.json
 * describes the same.
 */
import { readFileSync } from "node:fs";
import type { Circumstances } from "../circumstances.js";
import type { Comparison, SavedResults } from "./compare.js";
import type { Row } from "./rows.js";

export interface Results extends Circumstances {
  /** Repetitions that were asked for. */
  readonly reps: number;
  /** Interrupted: by Ctrl-C, before everything was measured. */
  readonly ended: "completed" | "interrupted";
  /** Scenarios that were to be measured and were not begun. */
  readonly skipped: readonly string[];
  readonly rows: readonly Row[];
  /** With an earlier run, if there was one to compare with. */
  readonly comparison?: Comparison;
}

/** A file that holds no results. */
export class UnreadableResults extends Error {}

export function readResults(file: string): SavedResults {
  let read: Partial<SavedResults> | null;
  try {
    read = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UnreadableResults(`cannot read results from ${file}: ${(error as Error).message}`);
  }
  const rows: unknown = read?.rows;
  const isRow = (row: Partial<Row> | null) => typeof row?.scenario === "string" && typeof row.contender === "string";
  if (!Array.isArray(rows) || !rows.every(isRow)) {
    throw new UnreadableResults(`${file} holds no results of a benchmark: shmol bench --save ${file} writes some`);
  }
  return read as SavedResults;
}
