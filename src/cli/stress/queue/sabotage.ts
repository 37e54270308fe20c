/**
 * Deliberate faults, to show that the checks can fail: one consumer cheats with what it took out, before it looks at it.
 */
import type { Values } from "./encoding.js";

/**
 * What the saboteur does, once.
 *
 *   swallow    keeps a value to itself              duplicate   looks at a value twice
 *   swap       looks at two values of one producer  foreign     looks at a value that nobody pushed
 *              in the wrong order
 *   leak       does not drop its handle             stall       stops working
 *   crash      throws
 */
export const SABOTAGES = ["swallow", "duplicate", "swap", "foreign", "leak", "stall", "crash"] as const;
export type Sabotage = (typeof SABOTAGES)[number];

/** The value that it begins with. */
const TRIGGER = 100;

export class Saboteur {
  readonly forgetsToDrop: boolean;
  readonly #sabotage: Sabotage;
  readonly #producerOf: (value: number) => number | undefined;
  #seen = 0;
  #withheld: number | undefined;
  #done = false;

  constructor(sabotage: Sabotage, producerOf: (value: number) => number | undefined) {
    this.#sabotage = sabotage;
    this.#producerOf = producerOf;
    this.forgetsToDrop = sabotage === "leak";
  }

  /** The values as the consumer gets to see them. */
  tamper(values: Values, count: number): Values {
    const kept: number[] = [];
    for (const value of values.subarray(0, count)) {
      if (++this.#seen < TRIGGER || this.#done) kept.push(value);
      else kept.push(...this.#cheat(value));
    }
    return (values.constructor as unknown as { from(list: number[]): Values }).from(kept);
  }

  #cheat(value: number): number[] {
    if (this.#sabotage === "swap") return this.#swap(value);
    this.#done = true;
    switch (this.#sabotage) {
      case "swallow":
        return [];
      case "duplicate":
        return [value, value];
      case "foreign":
        return [value, value + 2 ** 22];
      case "crash":
        throw new Error("sabotaged");
      case "stall":
        // Until the watching thread ends the run.
        for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
      default:
        return [value];
    }
  }

  #swap(value: number): number[] {
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
