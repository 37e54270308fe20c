/**
 * Looking on while a run's threads work: until it has come as far as it should, or it shows that it never will.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Stillness } from "./stillness.js";

/** How often the main thread looks. */
export const LOOK_MS = 5;

/** A run that ends before its end; the message says why. */
export class Aborted extends Error {}

/** A run as seen by who looks on. */
interface Watched {
  readonly crew: { readonly failures: readonly string[]; readonly dying: number; readonly hired: number };
  readonly stillness: Stillness;
  /** A number that changes whenever something moves. */
  motion(): number;
  /** Called at each look. */
  look(): void;
  /** What is to be said of a run in which nothing has moved for so long. */
  wedged(forMs: number): string;
}

/** Looks on until `done()`. Throws `Aborted` when that will not come: a thread failed, or nothing moves any more. */
export async function lookOn({ crew, stillness, ...run }: Watched, done: () => boolean): Promise<void> {
  const check = () => {
    if (crew.failures.length > 0) throw new Aborted(crew.failures.join("\n"));
  };
  while (!done()) {
    stillness.feel(run.motion() + crew.hired);
    run.look();
    check();
    if (stillness.forMs > stillness.limitMs(crew.dying)) throw new Aborted(run.wedged(stillness.forMs));
    await sleep(LOOK_MS);
  }
  // A worker that threw is gone, too.
  check();
}
