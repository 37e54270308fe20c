/**
 * Stillness: for how long nothing has moved in a run, and from when on that means that it is stuck.
 */

/** Some terminations take many seconds. That is V8's business, not a structure that is stuck. */
const TERMINATION_MS = 60_000;
/** When the thread that looks was itself held up for longer than this, the rest of that time proves nothing. */
const LONGEST_LOOK_MS = 1000;

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

  /** From how many milliseconds on the run is stuck, while so many workers were told to end and have not ended yet. */
  limitMs(dying: number): number {
    return dying > 0 ? Math.max(TERMINATION_MS, this.#watchdogMs) : this.#watchdogMs;
  }
}
