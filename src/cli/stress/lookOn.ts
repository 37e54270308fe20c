/**
 * Looking on while the threads of a run work: until it has come as far as it should, or until nothing has moved for so long that it
 * never will, or so little that something is wrong: a thread that was not woken wakes by itself after a while, looks, and goes on.
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
  /** For how long nothing may move, in milliseconds; and how long it is looked at how much does. */
  readonly watchdog: number;
  /** How much must move in a second of work, at the least. */
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
