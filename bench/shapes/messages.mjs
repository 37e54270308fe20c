// @ts-check
/**
 * What is sent, and how a thread sees that all of it came through.
 *
 * A message carries a word: its number, and in the highest byte who sent it.
 */

/** The lower bits of a word are the number. */
export const SENDER = 24;
const NUMBER = (1 << SENDER) - 1;

/**
 * @typedef {object} Payload
 * @property {(library: typeof import("shmol")) => import("shmol").Codec<any>} codec The element type.
 * @property {(word: number) => any} make
 * @property {(message: any) => number} wordOf
 * @property {(message: any, by: number) => any} change What a relay makes of it; `by` is added to the word.
 */

const words = new Int32Array(16).fill(0x55555555);
const buffer = new Uint8Array(words.buffer);

/** One buffer for all messages: both ways of sending copy it. @param {number} word */
function bytesOf(word) {
  words[0] = word;
  return buffer;
}

/** @param {Uint8Array} message */
function wordOfBytes({ 0: a = 0, 1: b = 0, 2: c = 0, 3: d = 0 }) {
  return a | (b << 8) | (c << 16) | (d << 24);
}

/** Objects that hold others. @type {Omit<Payload, "codec">} */
const users = {
  make: (word) => ({ id: word, name: `user-${word}`, tags: ["a", "b", "c"], at: { x: 1.5, y: 2.5 } }),
  wordOf: ({ id }) => id,
  change: (user, by) => ({ ...user, id: user.id + by, name: "x" }),
};

/** @type {Record<string, Payload>} */
export const payloads = {
  i32: { codec: ({ i32 }) => i32, make: (word) => word, wordOf: (word) => word, change: (word, by) => word + by },
  json: {
    codec: ({ json }) => json,
    ...users,
  },
  record: {
    codec: ({ array, f64, i32, struct, utf8 }) =>
      struct({ id: i32, name: utf8, tags: array(utf8), at: struct({ x: f64, y: f64 }) }),
    ...users,
  },
  bytes64: {
    codec: ({ bytes }) => bytes,
    make: bytesOf,
    wordOf: wordOfBytes,
    change: (message, by) => bytesOf(wordOfBytes(message) + by),
  },
};

/** Counts what arrives, adds it up, and sees that the numbers of each sender rise. */
export class Tally {
  count = 0;
  sum = 0;
  /** How long each call took, in milliseconds. @type {number[]} */
  calls = [];
  #last = new Int32Array(256).fill(-1);

  /** @param {number} word */
  take(word) {
    const sender = word >>> SENDER;
    const number = word & NUMBER;
    const last = this.#last[sender] ?? -1;
    if (number <= last) throw new Error(`of thread ${sender}, message ${number} came after ${last}`);
    this.#last[sender] = number;
    this.count++;
    this.sum += number;
  }
}
