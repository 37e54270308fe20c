// @ts-check
/**
 * What a thread does with a queue: produce, consume, or both in turns. The same loops for every queue; each thread only
 * ever meets one, so the compiler sees a loop written for that one.
 *
 * Producers send consecutive integers. Consumers add up what arrives, so that one lost, doubled or torn item shows.
 */

/**
 * @typedef {object} Queue
 * @property {(value: number) => unknown} push  false: it was full
 * @property {() => number | undefined} pop
 * @property {(values: Int32Array) => number} pushMany
 * @property {(target: Int32Array) => number} popInto
 *
 * @typedef {{ first: number, count: number }} Share  The part of a repetition that is one thread's.
 * @typedef {{ count: number, sum: number }} Sum      What came through: how many, and their sum modulo 2^32.
 * @typedef {(share: Share) => Sum | Promise<Sum>} Work
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

/** @param {Queue} queue @param {number} batch @returns {Work} */
export function produce(queue, batch) {
  return batch === 1 ? (share) => pushOneByOne(queue, share) : (share) => pushBatches(queue, batch, share);
}

/** @param {Queue} queue @param {number} batch @returns {Work} */
export function consume(queue, batch) {
  return batch === 1 ? (share) => popOneByOne(queue, share) : (share) => popBatches(queue, batch, share);
}

/** One thread pushes an item and pops it again. @param {Queue} queue @returns {Work} */
export function inPairs(queue) {
  return ({ first, count }) => {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      queue.push(first + i);
      sum = (sum + /** @type {number} */ (queue.pop())) | 0;
    }
    return { count, sum };
  };
}

/** @param {Queue} queue @param {Share} share */
function pushOneByOne(queue, { first, count }) {
  let misses = 0;
  for (let i = 0; i < count; ) {
    if (queue.push(first + i) === false) {
      rest(++misses);
    } else {
      misses = 0;
      i++;
    }
  }
  return { count: 0, sum: 0 };
}

/** @param {Queue} queue @param {Share} share */
function popOneByOne(queue, { count }) {
  let sum = 0;
  let misses = 0;
  for (let i = 0; i < count; ) {
    const value = queue.pop();
    if (value === undefined) {
      rest(++misses);
    } else {
      misses = 0;
      sum = (sum + value) | 0;
      i++;
    }
  }
  return { count, sum };
}

/** @param {Queue} queue @param {number} batch @param {Share} share */
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
