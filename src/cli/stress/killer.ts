/**
 * The killer: terminates workers at random instants, at a given rate, until told to stop. Whom and after how long comes
 * from the seed; where in its work a victim is hit depends on the machine and is different each time.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../random.js";
import type { Crew } from "./crew.js";
import type { CommonOptions } from "./options.js";

/** Sets the killer's choices apart from the workers', whose seats count from 0. */
const STREAM = 0x6b696c6c;
/** One kill in so many may hit a worker that has not begun to work. */
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
      // Behind, because victims are rarer than wished: then without a debt to make up for.
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
