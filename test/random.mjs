/**
 * Numbers that look random and come again with the same seed (mulberry32): `next(n)` is an integer from 0 to n - 1.
 *
 * @param {number} seed
 * @returns {(n: number) => number}
 */
export function random(seed) {
  let state = seed | 0;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
  };
}
