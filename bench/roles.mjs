// @ts-check
/**
 * What a thread does with a queue: produce, consume, or both in turns. The same loops for every queue; each thread only
 * ever meets one, so the compiler sees a loop written for that one.
 *
 * Producers send numbered values (payloads.mjs). Consumers add up the numbers of what arrives, so that one lost, doubled or
 * torn item shows.
 */

/**
 * @typedef {object} Queue
 * @property {(value: any) => unknown} push  false: it was full
 * @property {() => any} pop                undefined: there is none
 * @property {(values: Int32Array) => number} pushMany
 * @property {(target: Int32Array) => number} popInto
 *
 * @typedef {{ first: number, count: number }} Share  The part of a repetition that is one thread's.
 * @typedef {{ count: number, sum: number, busyNs?: number }} Sum
 *   What came through: how many, and their sum modulo 2^32. `busyNs`: only so much of the repetition is what is measured.
 * @typedef {(share: Share) => Sum | Promise<Sum>} Work
 * @typedef {import("./payloads.mjs").Payload} Payload
 */

/** Looks in vain before a thread lets the processor go: some 60 µs. */
const SPINS = 30;
/**
 * The pause after a look in vain, in doublings of reads of a quiet word, each some 5 ns: it grows from the first of these
 * to the second. Who looks again at once takes the line away that the other thread is about to write, and slows both down.
 */
const FIRST_PAUSE = 4;
const LONGEST_PAUSE = 9;
/** How long it then sleeps. */
const NAP_MS = 0.1;
/** Naps in a row, 10 s and more of them, after which it gives up. */
const PATIENCE = 100_000;

/** Nobody writes it or notifies: reading it takes time and nothing else, waiting on it is a nap. */
const still = new Int32Array(new SharedArrayBuffer(4));

/**
 * What a thread does when a queue has nothing for it, or no room. Spinning alone would be wrong: with more threads than
 * cores it keeps the very thread from running that it waits for.
 * @param {number} misses how many times in a row
 */
export function rest(misses) {
  if (misses > PATIENCE) throw new Error(`nothing has moved for ${misses} looks: an item was lost`);
  if (misses > SPINS) Atomics.wait(still, 0, 0, NAP_MS);
  else for (let i = 1 << Math.min(FIRST_PAUSE + misses - 1, LONGEST_PAUSE); i > 0; i--) Atomics.load(still, 0);
}

/** @param {Queue} queue @param {number} batch @param {Payload} payload @returns {Work} */
export function produce(queue, batch, payload) {
  return batch === 1 ? (share) => pushOneByOne(queue, payload, share) : (share) => pushBatches(queue, batch, share);
}

/** @param {Queue} queue @param {number} batch @param {Payload} payload @returns {Work} */
export function consume(queue, batch, payload) {
  return batch === 1 ? (share) => popOneByOne(queue, payload, share) : (share) => popBatches(queue, batch, share);
}

/** One thread pushes an item and pops it again. @param {Queue} queue @param {number} _batch @param {Payload} payload @returns {Work} */
export function inPairs(queue, _batch, payload) {
  return ({ first, count }) => {
    const { make, numberOf } = payload;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      queue.push(make(first + i));
      sum = (sum + numberOf(queue.pop())) | 0;
    }
    return { count, sum };
  };
}

/** @param {Queue} queue @param {Payload} payload @param {Share} share */
function pushOneByOne(queue, { make }, { first, count }) {
  let misses = 0;
  for (let i = 0; i < count; ) {
    if (queue.push(make(first + i)) === false) {
      rest(++misses);
    } else {
      misses = 0;
      i++;
    }
  }
  return { count: 0, sum: 0 };
}

/** @param {Queue} queue @param {Payload} payload @param {Share} share */
function popOneByOne(queue, { numberOf }, { count }) {
  let sum = 0;
  let misses = 0;
  for (let i = 0; i < count; ) {
    const value = queue.pop();
    if (value === undefined) {
      rest(++misses);
    } else {
      misses = 0;
      sum = (sum + numberOf(value)) | 0;
      i++;
    }
  }
  return { count, sum };
}

/** Batches are of numbers. @param {Queue} queue @param {number} batch @param {Share} share */
function pushBatches(queue, batch, { first, count }) {
  const values = new Int32Array(batch);
  for (let done = 0; done < count; done += batch) {
    for (let i = 0; i < batch; i++) values[i] = first + done + i;
    let pushed = queue.pushMany(values);
    for (let misses = 1; pushed < batch; misses++) {
      rest(misses);
      pushed += queue.pushMany(values.subarray(pushed));
    }
  }
  return { count: 0, sum: 0 };
}

/** @param {Queue} queue @param {number} batch @param {Share} share */
function popBatches(queue, batch, { count }) {
  const values = new Int32Array(batch);
  let sum = 0;
  let misses = 0;
  for (let done = 0; done < count; ) {
    // The last one may not take what is another's, or the next repetition's.
    const popped = queue.popInto(count - done < batch ? values.subarray(0, count - done) : values);
    if (popped === 0) {
      rest(++misses);
    } else {
      misses = 0;
      for (let i = 0; i < popped; i++) sum = (sum + /** @type {number} */ (values[i])) | 0;
      done += popped;
    }
  }
  return { count, sum };
}
