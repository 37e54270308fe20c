// @ts-check
/** ringbuf.js: a wait-free ring for one producer and one consumer, made for audio. It moves arrays; one number is an array of 1. */
import { RingBuffer } from "ringbuf.js";

const CAPACITY = 1 << 16;

export class RingBuf {
  #ring;
  #one = new Int32Array(1);

  /** @param {SharedArrayBuffer} buffer */
  constructor(buffer) {
    // Its types take an array where its code takes the array's constructor.
    this.#ring = new RingBuffer(buffer, /** @type {any} */ (Int32Array));
  }

  static create() {
    return RingBuffer.getStorageForCapacity(CAPACITY, /** @type {any} */ (Int32Array));
  }

  /** @param {number} value */
  push(value) {
    this.#one[0] = value;
    return this.#ring.push(this.#one, 1) === 1;
  }

  /** @returns {number | undefined} */
  pop() {
    return this.#ring.pop(this.#one, 1) === 1 ? this.#one[0] : undefined;
  }

  /** @param {Int32Array} values */
  pushMany(values) {
    return this.#ring.push(values, values.length);
  }

  /** @param {Int32Array} target */
  popInto(target) {
    return this.#ring.pop(target, target.length);
  }
}
