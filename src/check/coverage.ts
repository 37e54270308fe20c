/**
 * Call sites of the kernel that no schedule reached, less those that cannot be: each of those with its reason.
 */
import { sites } from "./wasm/model.js";

/** Sites that programs do not reach, by the beginning of their description, and why. */
const EXPLAINED: readonly (readonly [start: string, why: string])[] = [
  ["no site", "not a site"],
  ["src/arc/kernel/header.ts", "runs before a thread knows of the heap, or for statistics, and only reads"],
];

/** The sites in neither list. */
export function unexplained(reached: ReadonlySet<number>): readonly string[] {
  return sites.filter((site, i) => !reached.has(i) && !EXPLAINED.some(([start]) => site.startsWith(start)));
}
