/**
 * Numbers that look random and come again with the same seed: Marsaglia's xorshift family would do, this is splitmix32,
 * which has one word of state and takes any seed.
 */
export class Random {
  #state: number;

  /** Different `parts` give streams that have nothing to do with each other: seed, then whose stream it is. */
  constructor(...parts: readonly number[]) {
    this.#state = 0;
    for (const part of parts) this.#state = (this.#word() ^ part) | 0;
  }

  /** An integer from 0 to `n - 1`. */
  below(n: number): number {
    return Math.floor(this.fraction() * n);
  }

  /** A number from 0 up to, not including, 1. */
  fraction(): number {
    return (this.#word() >>> 0) / 2 ** 32;
  }

  /** True one time in `n`. */
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  #word(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let mixed = this.#state ^ (this.#state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  }
}
