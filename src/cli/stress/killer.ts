/**
 * The killer terminates workers at random instants, at a given rate, until it is told to stop. The seed decides which worker, and
 * after how long. Where in its work the worker is hit depends on the machine, and is different each time.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../random.js";
import type { Crew } from "./crew.js";
import type { CommonOptions } from "./options.js";

/** Sets the killer's choices apart from the workers', whose seats count from 0. */
const STREAM = 0x6b696c6c;
/** One kill in this number may hit a worker that has not begun to work. */
const EARLY = 8;

/** Resolves when it kills nobody any more. */
export async function killSome(crew: Crew, { kill, kills, seed }: CommonOptions, signal: AbortSignal): Promise<void> {
  if (kill === 0) return;
  const random = new Random(seed, STREAM);
  let due = performance.now();
  while (crew.kills < kills) {
    due += (2000 / kill) * random.fraction();
    const early = random.oneIn(EARLY);
    do {
      // If there were too few workers to kill, the kills that were missed are not made up for.
      due = Math.max(due, performance.now());
      try {
        // Time goes on between two looks at it, and Node 24 and later warn of negative delays.
        await sleep(Math.max(0, due - performance.now()), undefined, { signal });
      } catch {
        return;
      }
    } while (!crew.kill((among) => random.below(among), early));
  }
}
