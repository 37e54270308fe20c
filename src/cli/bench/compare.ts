/** This run against one that was saved: row for row, as far as both have them. */
import type { Circumstances } from "../circumstances.js";
import type { Figures, Row } from "./rows.js";

/** What is needed of results that were saved, perhaps by an earlier version. */
export type SavedResults = Circumstances & { readonly rows: readonly Row[] };

interface Change {
  readonly scenario: string;
  readonly contender: string;
  readonly unit: Row["unit"];
  readonly before: Figures;
  readonly after: Figures;
  /** How many times as fast it is now. */
  readonly ratio: number;
  /** Whether all of one run's repetitions were faster than all of the other's; else it may be chance. */
  readonly change: "faster" | "slower" | "within ranges";
}

export interface Comparison {
  readonly file: string;
  readonly date: string;
  readonly commit?: string;
  readonly node: string;
  readonly cpu: string;
  readonly changes: readonly Change[];
  /** Rows that only one of the runs has figures for. */
  readonly unmatched: number;
}

export function compare(file: string, before: SavedResults, rows: readonly Row[]): Comparison {
  const { date, commit, node, cpu } = before;
  const earlier = new Map(before.rows.map((row) => [keyOf(row), row]));
  const changes: Change[] = [];
  for (const row of rows) {
    const figures = earlier.get(keyOf(row))?.figures;
    if (figures === undefined || row.figures === undefined) continue;
    changes.push(changeOf(row, figures, row.figures));
  }
  const commits = commit === undefined ? {} : { commit };
  return { ...{ file, date, node, cpu }, ...commits, changes, unmatched: rows.length - changes.length };
}

const keyOf = ({ scenario, contender }: Row) => JSON.stringify([scenario, contender]);

function changeOf({ scenario, contender, unit }: Row, before: Figures, after: Figures): Change {
  const more = after.median / before.median;
  const ratio = unit === "ns" ? 1 / more : more;
  const apart = after.min > before.max || after.max < before.min;
  const change = apart ? (ratio > 1 ? "faster" : "slower") : "within ranges";
  return { scenario, contender, unit, before, after, ratio, change };
}
