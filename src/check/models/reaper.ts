/**
 * Models of what becomes of a dead thread: whatever it did when it was killed, what it owned is given back, by whoever reaps
 * it and whoever goes on with that, and neither less nor more.
 *
 *   reaper/subject.ts     what these programs are made of, and what they are all checked for
 *   reaper/blocks.ts      programs about memory: single blocks, batches, ledgers
 *   reaper/counts.ts      programs about objects: strong and weak counts, tickets, objects that come and go
 *   reaper/queues.ts      programs about what goes into a queue and comes out of it, and about its end
 *   reaper/listeners.ts   programs about listeners, their notifications and their doorbells
 *   reaper/locks.ts       programs about locks
 *   reaper/table.ts       programs about the thread table, and reapers that race or die
 */
import type { Program } from "../program.js";
import { blockPrograms } from "./reaper/blocks.js";
import { countPrograms } from "./reaper/counts.js";
import { listenerPrograms } from "./reaper/listeners.js";
import { lockPrograms } from "./reaper/locks.js";
import { queuePrograms } from "./reaper/queues.js";
import { tablePrograms } from "./reaper/table.js";

export const reaperPrograms: readonly Program[] = [
  ...blockPrograms,
  ...countPrograms,
  ...queuePrograms,
  ...listenerPrograms,
  ...lockPrograms,
  ...tablePrograms,
];
