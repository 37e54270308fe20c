/**
 * Deliberate faults, to show that the checks can fail: one taker cheats with what it took out, before it looks at it.
 */
import type { Encoding } from "./encoding.js";

/**
 * What the saboteur does, once.
 *
 *   swallow    keeps a value to itself              duplicate   looks at a value twice
 *   swap       looks at two values of one producer  foreign     looks at a value that nobody pushed
 *              in the wrong order                   damage      changes a value
 *   leak       keeps a count that no ledger has     stall       stops working
 *   crash      throws
 */
export const SABOTAGES = ["swallow", "duplicate", "swap", "foreign", "damage", "leak", "stall", "crash"] as const;
export type Sabotage = (typeof SABOTAGES)[number];

/** Whoever takes values can cheat with them: a consumer, or a producer with those that it displaces. */
export const SABOTEURS = ["consumer", "producer"] as const;
export type SaboteurRole = (typeof SABOTEURS)[number];

/** The value that it begins with. */
const TRIGGER = 100;
/** A serial so far off that no sabotaged run gets there, in the range of every type. */
const FAR = 2 ** 22;

export class Saboteur {
  readonly leaks: boolean;
  readonly #sabotage: Sabotage;
  readonly #encoding: Encoding;
  readonly #producerOf: (value: unknown) => number | undefined;
  #seen = 0;
  #withheld: unknown;
  #done = false;

  constructor(sabotage: Sabotage, encoding: Encoding, producerOf: (value: unknown) => number | undefined) {
    this.#sabotage = sabotage;
    this.#encoding = encoding;
    this.#producerOf = producerOf;
    this.leaks = sabotage === "leak";
  }

  /** The values as the taker gets to see them. */
  tamper(values: ArrayLike<unknown>, count: number): unknown[] {
    const kept: unknown[] = [];
    for (let i = 0; i < count; i++) {
      if (++this.#seen < TRIGGER || this.#done) kept.push(values[i]);
      else kept.push(...this.#cheat(values[i]));
    }
    return kept;
  }

  #cheat(value: unknown): unknown[] {
    if (this.#sabotage === "swap") return this.#swap(value);
    this.#done = true;
    switch (this.#sabotage) {
      case "swallow":
        return [];
      case "duplicate":
        return [value, value];
      case "foreign":
        return [value, this.#encoding.encode(FAR)];
      case "damage":
        return [this.#encoding.damaged(value)];
      case "crash":
        throw new Error("sabotaged");
      case "stall":
        // Until the watching thread ends the run.
        for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
      default:
        return [value];
    }
  }

  #swap(value: unknown): unknown[] {
    const withheld = this.#withheld;
    if (withheld === undefined) {
      this.#withheld = value;
      return [];
    }
    if (this.#producerOf(withheld) !== this.#producerOf(value)) return [value];
    this.#done = true;
    return [value, withheld];
  }
}
