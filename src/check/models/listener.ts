/**
 * Models of the event and its listeners: who waits and is notified goes on, and nobody else has what was his.
 *
 *   listener/specification.ts   a plain list of listeners and what each was notified of
 *   listener/subject.ts         an event with every operation on it, doorbells, and what users do around it
 *   listener/list.ts            programs about the list: who is notified, how many, and what becomes of it when he leaves
 *   listener/waiting.ts         programs about blocking: nobody sleeps for ever
 *   listener/awaited.ts         programs about doorbells and their ready lists
 *   listener/tags.ts            programs about what goes with notifications
 *   listener/kills.ts           all of it with threads that die
 */
import type { Program } from "../program.js";
import { awaitedPrograms } from "./listener/awaited.js";
import { killPrograms } from "./listener/kills.js";
import { listPrograms } from "./listener/list.js";
import { tagPrograms } from "./listener/tags.js";
import { waitingPrograms } from "./listener/waiting.js";

export const listenerPrograms: readonly Program[] = [
  ...listPrograms,
  ...waitingPrograms,
  ...awaitedPrograms,
  ...tagPrograms,
  ...killPrograms,
];
