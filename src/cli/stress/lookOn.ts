/**
 * Looks on while the threads of a run work, until the run has come as far as it should. It also ends a run in which nothing has
 * moved for too long, or too little: a thread whose wake-up was lost looks by itself after a while, and goes on.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Crew } from "./crew.js";

const LOOK_MS = 5;
/** Some starts and terminations take many seconds, in V8. They do not mean that a structure is stuck. */
const CHANGE_MS = 60_000;
/** If the thread that looks was itself delayed for longer than this, the rest of that time does not count. */
const LONGEST_LOOK_MS = 1000;

/** A run was ended early; the message says why. */
export class Aborted extends Error {}

interface Watched {
  readonly crew: Crew;
  /** For how long nothing may move, in milliseconds. After the same time the pace is checked. */
  readonly watchdog: number;
  /** The least amount of motion in a second of work. */
  readonly least: number;
  /** A number that changes whenever something moves. */
  motion(): number;
  look(): void;
  /** What everybody waits for, in words that follow what is wrong. */
  situation(): string;
}

export class Onlooker {
  readonly #run: Watched;
  #stillForMs = 0;
  #motion = 0;
  #lookedAt = performance.now();
  /** How long the threads have been at work undisturbed, and the motion at the beginning of that. */
  #stretch = { ms: 0, from: 0 };

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

  /** The same while all threads work: not less than `least` a second may move. */
  untilWorked(done: () => boolean): Promise<void> {
    this.#stretch.ms = 0;
    return this.until(() => {
      this.#checkPace();
      return done();
    });
  }

  #look(): void {
    const { crew, watchdog, ...run } = this.#run;
    const [now, motion] = [performance.now(), run.motion() + crew.hired];
    const isStill = motion === this.#motion;
    const ms = Math.min(now - this.#lookedAt, LONGEST_LOOK_MS);
    this.#stillForMs = isStill ? this.#stillForMs + ms : 0;
    this.#stretch.ms += ms;
    this.#motion = motion;
    this.#lookedAt = now;
    run.look();
    this.#check();
    const limitMs = crew.changing > 0 ? Math.max(CHANGE_MS, watchdog) : watchdog;
    if (this.#stillForMs > limitMs) this.#abort("wedged: nothing moved", this.#stillForMs);
  }

  #checkPace(): void {
    const { crew, watchdog, least } = this.#run;
    const { ms, from } = this.#stretch;
    const isOver = ms > watchdog;
    const isSlow = this.#motion - from < (least * ms) / 1000;
    // Where nothing has moved lately, that will be said.
    if (isOver && isSlow && this.#stillForMs < ms / 4) {
      this.#abort(`crawls: fewer than ${Number(least.toPrecision(2))} a second`, ms);
    }
    // Starts and terminations take their time.
    if (isOver || ms === 0 || crew.changing > 0) this.#stretch = { ms: 0, from: this.#motion };
  }

  #abort(what: string, forMs: number): never {
    throw new Aborted(`${what} for ${(forMs / 1000).toFixed(1)} s${this.#run.situation()}`);
  }

  #check(): void {
    const { failures } = this.#run.crew;
    if (failures.length > 0) throw new Aborted(failures.join("\n"));
  }
}
