/**
 * Models of a thread's death. Whatever the thread did when it was killed, everything that it owned is given back, and nothing
 * else: by the thread that reaps it, or by another one that goes on with that. The steps of the threads are written one by one,
 * with the cell of each, because there are too many kinds for a table.
 *
 *   blocks.ts      programs about memory: single blocks, batches, ledgers
 *   counts.ts      programs about objects: strong and weak counts, tickets, objects that come and go
 *   queues.ts      programs about values that go into a queue and come out of it, and about its disposal
 *   listeners.ts   programs about listeners, their notifications and their doorbells
 *   table.ts       programs about the thread table, and reapers that race or die
 */
import type { Program } from "../../program.js";
import { blockPrograms } from "./blocks.js";
import { countPrograms } from "./counts.js";
import { listenerPrograms } from "./listeners.js";
import { queuePrograms } from "./queues.js";
import { tablePrograms } from "./table.js";

export const reaperPrograms: readonly Program[] = [
  ...blockPrograms,
  ...countPrograms,
  ...queuePrograms,
  ...listenerPrograms,
  ...tablePrograms,
];
