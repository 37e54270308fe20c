/**
 * Looking on while the threads of a run work: until it has come as far as it should, or until nothing has moved for so long that it
 * never will.
 */
import { setTimeout as sleep } from "node:timers/promises";

/** How often the main thread looks. */
const LOOK_MS = 5;

/** A run that ends before its end; the message says why. */
export class Aborted extends Error {}

/** A run as seen by the thread that looks on. */
interface Watched {
  readonly crew: { readonly failures: readonly string[]; readonly changing: number; readonly hired: number };
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
    if (stillness.forMs > stillness.limitMs(crew.changing)) throw new Aborted(run.wedged(stillness.forMs));
    await sleep(LOOK_MS);
  }
  // A worker that threw is gone, too.
  check();
}

/** Some terminations, and starts, take many seconds. That is V8's business, not a structure that is stuck. */
const CHANGE_MS = 60_000;
/** When the thread that looks was itself held up for longer than this, the rest of that time proves nothing. */
const LONGEST_LOOK_MS = 1000;

/** For how long nothing has moved in a run, and from when on that means that it is stuck. */
export class Stillness {
  /** Milliseconds since anything moved, as of the last `feel`. */
  forMs = 0;
  readonly #watchdogMs: number;
  #motion = 0;
  #lookedAt = performance.now();

  constructor(watchdogMs: number) {
    this.#watchdogMs = watchdogMs;
  }

  /** Looks once, at a number that changes whenever something moves. */
  feel(motion: number): void {
    const now = performance.now();
    this.forMs = motion === this.#motion ? this.forMs + Math.min(now - this.#lookedAt, LONGEST_LOOK_MS) : 0;
    this.#motion = motion;
    this.#lookedAt = now;
  }

  /** From how many milliseconds on the run is stuck, while that many workers start or end. */
  limitMs(changing: number): number {
    return changing > 0 ? Math.max(CHANGE_MS, this.#watchdogMs) : this.#watchdogMs;
  }
}
