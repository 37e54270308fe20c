/** What the threads of storm.test.ts write, and must find again. */

/**
 * The words of an Arc with this number.
 *
 * @param {number} number
 */
export function contentOf(number) {
  const words = new Uint32Array(4 + (number % 13));
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(number + 1, 0x9e3779b1 + i);
  return words;
}

/**
 * A value: who has pushed it, how many of that one's there are with it, and some words that follow from the two.
 *
 * @param {number} seat
 * @param {number} serial
 */
export function messageOf(seat, serial) {
  const words = new Uint32Array(2 + ((seat + serial) % 40));
  words[0] = seat;
  words[1] = serial;
  for (let i = 2; i < words.length; i++) {
    words[i] = Math.imul(/** @type {number} */ (words[i - 2]) ^ (i << 8), 0x85ebca6b);
  }
  return new Uint8Array(words.buffer);
}

/**
 * Whether two lists of bytes or words are the same.
 *
 * @param {Uint8Array | Uint32Array} found
 * @param {Uint8Array | Uint32Array} right
 */
export function isSame(found, right) {
  return found.length === right.length && right.every((word, i) => found[i] === word);
}
