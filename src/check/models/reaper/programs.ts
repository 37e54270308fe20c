/**
 * Models of what becomes of a dead thread: whatever it did when it was killed, what it owned is given back, by whoever reaps
 * it and whoever goes on with that, and neither less nor more. What threads do is written down step by step, with the cell of
 * each: there are too many kinds for a table.
 *
 *   blocks.ts      programs about memory: single blocks, batches, ledgers
 *   counts.ts      programs about objects: strong and weak counts, tickets, objects that come and go
 *   queues.ts      programs about what goes into a queue and comes out of it, and about its end
 *   listeners.ts   programs about listeners, their notifications and their doorbells
 *   locks.ts       programs about locks
 *   table.ts       programs about the thread table, and reapers that race or die
 */
import type { Program } from "../../program.js";
import { blockPrograms } from "./blocks.js";
import { countPrograms } from "./counts.js";
import { listenerPrograms } from "./listeners.js";
import { lockPrograms } from "./locks.js";
import { queuePrograms } from "./queues.js";
import { tablePrograms } from "./table.js";

export const reaperPrograms: readonly Program[] = [
  ...blockPrograms,
  ...countPrograms,
  ...queuePrograms,
  ...listenerPrograms,
  ...lockPrograms,
  ...tablePrograms,
];
