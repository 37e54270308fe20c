/**
 * Which call sites of the kernel the schedules reached. A site that no schedule can reach is listed here, with the reason. If any
 * other site is not reached, the models are incomplete.
 */
import { sites } from "./wasm/model.js";

/** Sites that programs do not reach, by file and function (any, if empty), and why. */
const EXPLAINED: readonly (readonly [file: string, fn: string, why: string])[] = [
  ["heap/kernel/header.ts", "", "runs before a thread knows of the heap, or for statistics, and only reads"],
  ["heap/kernel/alloc.ts", "usedPages", "for statistics, and only reads"],
  ["heap/kernel/looking.ts", "", "only speed depends on it, and the model build leaves it out"],
  ["heap/kernel/threads.ts", "phaseOf", "for statistics, and only reads"],
  ["heap/kernel/threads.ts", "holds", "for statistics, and only reads"],
  ["arc/kernel/arc.ts", "sizeOf", "reads what create wrote once and for all"],
  ["queue/kernel/unbounded.ts", "construct", "runs before anyone else knows of the queue"],
  ["queue/kernel/bounded.ts", "construct", "runs before anyone else knows of the queue"],
  ["queue/kernel/single.ts", "construct", "runs before anyone else knows of the queue"],
  ["queue/kernel/shape.ts", "describeQueue", "runs before anyone else knows of the queue"],
  ["queue/kernel/shape.ts", "describeOffsets", "runs before anyone else knows of the queue"],
  ["queue/kernel/lanes.ts", "", "only touches the thread's own scratch"],
  [
    "listener/kernel/event.ts",
    "look",
    "looks before the listener parks, which the model build leaves out: it may park at once",
  ],
  ["listener/kernel/shape.ts", "describeEvent", "runs before anyone else knows of the event"],
  ["listener/kernel/shape.ts", "tagType", "reads what constructEvent wrote once and for all"],
  ["listener/kernel/shape.ts", "objectOf", "reads what constructEvent wrote once and for all"],
  ["listener/kernel/doorbell.ts", "newDoorbell", "runs before anyone else knows of the doorbell"],
  ["listener/kernel/doorbell.ts", "nextEmptied", "only touches the thread's own empty cells"],
  ["channel/kernel/side.ts", "partOf", "reads what constructSide wrote once and for all"],
  ["queue/kernel/shape.ts", "typeTag", "reads what construct wrote once and for all"],
];

/** How far the schedules got. */
export interface Coverage {
  /** Call sites that threads can reach: all but the explained ones. */
  readonly sites: number;
  readonly reached: number;
  /** Those that no program reaches, and why. */
  readonly explained: readonly { readonly site: string; readonly why: string }[];
  /** Those that should have been reached. */
  readonly unreached: readonly string[];
}

export function coverageOf(reached: ReadonlySet<number>): Coverage {
  const explained: { site: string; why: string }[] = [];
  const unreached: string[] = [];
  // The first is no site: numbers begin at 1.
  for (const [i, site] of sites.entries()) {
    if (i === 0 || reached.has(i)) continue;
    const [, , why] = EXPLAINED.find(([file, fn]) => site.startsWith(`src/${file}:`) && site.includes(`${fn}: `)) ?? [];
    if (why === undefined) unreached.push(site);
    else explained.push({ site, why });
  }
  const all = sites.length - 1 - explained.length;
  return { sites: all, reached: all - unreached.length, explained, unreached };
}
