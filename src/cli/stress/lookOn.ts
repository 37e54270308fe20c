/**
 * Looking on while the threads of a run work: until it has come as far as it should, or until nothing has moved for so long that it
 * never will.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Crew } from "./crew.js";

const LOOK_MS = 5;
/** Some terminations, and starts, take many seconds. That is V8's business, not a structure that is stuck. */
const CHANGE_MS = 60_000;
/** When the thread that looks was itself held up for longer than this, the rest of that time proves nothing. */
const LONGEST_LOOK_MS = 1000;

/** A run that ends before its end; the message says why. */
export class Aborted extends Error {}

interface Watched {
  readonly crew: Crew;
  /** For how long nothing may move, in milliseconds. */
  readonly watchdog: number;
  /** A number that changes whenever something moves. */
  motion(): number;
  look(): void;
  /** What is to be said of a run in which nothing has moved for so long. */
  wedged(forMs: number): string;
}

export class Onlooker {
  readonly #run: Watched;
  #stillForMs = 0;
  #motion = 0;
  #lookedAt = performance.now();

  constructor(run: Watched) {
    this.#run = run;
  }

  /** Looks on until `done()`. Throws `Aborted` when that will not come: a thread failed, or nothing moves any more. */
  async until(done: () => boolean): Promise<void> {
    while (!done()) {
      this.#look();
      await sleep(LOOK_MS);
    }
    // A worker that threw is gone, too.
    this.#check();
  }

  #look(): void {
    const { crew, watchdog, ...run } = this.#run;
    const [now, motion] = [performance.now(), run.motion() + crew.hired];
    const isStill = motion === this.#motion;
    this.#stillForMs = isStill ? this.#stillForMs + Math.min(now - this.#lookedAt, LONGEST_LOOK_MS) : 0;
    this.#motion = motion;
    this.#lookedAt = now;
    run.look();
    this.#check();
    const limitMs = crew.changing > 0 ? Math.max(CHANGE_MS, watchdog) : watchdog;
    if (this.#stillForMs > limitMs) throw new Aborted(run.wedged(this.#stillForMs));
  }

  #check(): void {
    const { failures } = this.#run.crew;
    if (failures.length > 0) throw new Aborted(failures.join("\n"));
  }
}
