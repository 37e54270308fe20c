/**
 * The killer: terminates workers at random instants, at a given rate, until told to stop. Whom and after how long comes
 * from the seed; where in its work a victim is hit depends on the machine and is different each time.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../random.js";
import type { Crew } from "./crew.js";

/** Sets the killer's choices apart from the workers', whose seats count from 0. */
const STREAM = 0x6b696c6c;
/** One kill in so many may hit a worker that has not begun to work. */
const EARLY = 8;

export class Killer {
  readonly #crew: Crew;
  readonly #random: Random;
  readonly #meanMs: number;
  readonly #limit: number;
  readonly #stopping = new AbortController();
  #ended: Promise<void> = Promise.resolve();

  constructor(crew: Crew, { killRate, kills, seed }: { killRate: number; kills: number; seed: number }) {
    this.#crew = crew;
    this.#random = new Random(seed, STREAM);
    this.#meanMs = 1000 / killRate;
    this.#limit = killRate > 0 ? kills : 0;
  }

  /** Whether it has killed as many as it should. */
  get isDone(): boolean {
    return this.#limit > 0 && this.#crew.kills >= this.#limit;
  }

  /** Begins. */
  start(): void {
    if (this.#limit === 0) return;
    this.#ended = this.#kill(this.#stopping.signal);
  }

  /** Resolves when it kills nobody any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
  }

  async #kill(signal: AbortSignal): Promise<void> {
    let due = performance.now();
    while (!this.isDone) {
      due += 2 * this.#meanMs * this.#random.fraction();
      const early = this.#random.oneIn(EARLY);
      do {
        // Behind, because victims are rarer than wished: then without a debt to make up for.
        due = Math.max(due, performance.now());
        try {
          // Time goes on between two looks at it, and Node 24 and later warn of negative delays.
          await sleep(Math.max(0, due - performance.now()), undefined, { signal });
        } catch {
          return;
        }
      } while (!this.#crew.kill((among) => this.#random.below(among), early));
    }
  }
}
