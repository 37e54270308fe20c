// @ts-check
/**
 * What is sent: for each kind of element how the n-th value is made, how its number is read off it again, and what the
 * numbers of a whole repetition come to.
 *
 * Making a value costs every contender the same, and as little as can be: what is measured is the way from thread to thread.
 */
import { bytes, f64, i32, json, struct, utf8 } from "shmol";

/**
 * @typedef {object} Payload
 * @property {import("shmol").Codec<any>} type         as a queue's element type
 * @property {(n: number) => any} make
 * @property {(value: any) => number} numberOf
 * @property {(message: any) => boolean} is            told from the messages of the harness, which use the same port
 * @property {(items: number) => number} total         what the numbers of items 0, 1, ... add up to, modulo 2^32
 */

/** Repetitions are of a multiple of so many items. */
const POOL = 1024;

/** 0 + 1 + ... + items - 1, modulo 2^32. @param {number} items */
const series = (items) => Number(BigInt.asIntN(32, (BigInt(items) * BigInt(items - 1)) / 2n));

/** Bytes whose first four are the number; one buffer for all, since both ways of sending copy it. @param {number} size @returns {Payload} */
function buffers(size) {
  const words = new Int32Array(size / 4).fill(0x55555555);
  const value = new Uint8Array(words.buffer);
  return {
    type: bytes,
    make(n) {
      words[0] = n;
      return value;
    },
    numberOf: (received) => received[0] | (received[1] << 8) | (received[2] << 16) | (received[3] << 24),
    is: (message) => message instanceof Uint8Array,
    total: series,
  };
}

/** Strings of 32 characters, from a pool: the first two say which. @returns {Payload} */
function strings() {
  const pool = Array.from({ length: POOL }, (_, n) => {
    const [high, low] = [48 + (n >> 5), 48 + (n & 31)];
    return String.fromCharCode(high, low).padEnd(32, "the quick brown fox jumps over ");
  });
  return {
    type: utf8,
    make: (n) => pool[n % POOL],
    numberOf: (text) => ((text.charCodeAt(0) - 48) << 5) | (text.charCodeAt(1) - 48),
    is: (message) => typeof message === "string" && message.length === 32,
    total: (items) => ((items / POOL) * series(POOL)) | 0,
  };
}

/** @type {Record<string, () => Payload>} */
const payloads = {
  i32: () => ({
    type: i32,
    make: (n) => n,
    numberOf: (value) => value,
    is: (message) => typeof message === "number",
    total: series,
  }),
  bytes64: () => buffers(64),
  bytes4k: () => buffers(4096),
  utf8_32: strings,
  json: () => ({
    type: json,
    make: (n) => ({ id: n, name: "resize", urgent: false, image: { width: 640, height: 480 } }),
    numberOf: ({ id }) => id,
    is: (message) => message?.id !== undefined,
    total: series,
  }),
  struct: () => ({
    type: struct({ id: f64, x: f64, y: f64, z: f64 }),
    make: (n) => ({ id: n, x: 0.5, y: -1.25, z: 3 }),
    numberOf: ({ id }) => id,
    is: (message) => message?.id !== undefined,
    total: series,
  }),
};

/** A payload by its name. @param {string} name @returns {Payload} */
export function payloadOf(name) {
  const make = payloads[name];
  if (make === undefined) throw new RangeError(`no payload named ${name}`);
  return make();
}
