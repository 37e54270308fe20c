/**
 * Models of the queue: whatever any number of threads do to it, each may only see what a plain array would have shown.
 *
 *   queue/subject.ts     that array as a specification, and a queue of any flavour with the operations on it
 *   queue/unbounded.ts   programs about blocks: their ends, their holes, and that they come back
 *   queue/bounded.ts     programs about the ring: full and empty, over its groups, its end, its laps and their wrap
 *   queue/single.ts      programs about the one slot, and the same for a ring of one
 *   queue/payloads.ts    programs about what the slots of each flavour stand for: blocks and counts of Arcs
 */
import type { Program } from "../program.js";
import { boundedPrograms } from "./queue/bounded.js";
import { payloadPrograms } from "./queue/payloads.js";
import { singlePrograms } from "./queue/single.js";
import { unboundedPrograms } from "./queue/unbounded.js";

export const queuePrograms: readonly Program[] = [
  ...unboundedPrograms,
  ...boundedPrograms,
  ...singlePrograms,
  ...payloadPrograms,
];
