/**
 * What a thread does with a queue: produce, consume, or both in turns. The loops are the same for every queue. Each thread uses
 * one queue only, so the compiler optimizes its loop for that one.
 *
 * Producers send numbered values (payloads.ts). Consumers add up the numbers that arrive. So an item that is lost, doubled or torn
 * changes the sum.
 */

import type { Payload } from "./payloads.js";

export interface Queue {
  /** False: it was full. */
  push(value: unknown): unknown;
  /** Undefined: there is none. */
  pop(): unknown;
  pushMany(values: Int32Array): number;
  popInto(target: Int32Array): number;
}

/** The part of a repetition that is one thread's. */
export interface Share {
  readonly first: number;
  readonly count: number;
}

/** What came through: how many, and their sum modulo 2^32. */
export interface Sum {
  readonly count: number;
  readonly sum: number;
  /** The part of the repetition that is measured. */
  readonly busyNs?: number;
}

export type Work = (share: Share) => Sum | Promise<Sum>;

/** Looks in vain before a thread lets the processor go: some 60 µs. */
const SPINS = 30;
/**
 * The pause after a look in vain, in doublings of reads of a quiet word, each some 5 ns: it grows from the first of these
 * to the second. A thread that looks again at once takes the cache line away that the other one is about to write: both are slower.
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
 * @param misses how many times in a row
 */
function rest(misses: number) {
  if (misses > PATIENCE) throw new Error(`nothing has moved for ${misses} looks: an item was lost`);
  if (misses > SPINS) Atomics.wait(still, 0, 0, NAP_MS);
  else for (let i = 1 << Math.min(FIRST_PAUSE + misses - 1, LONGEST_PAUSE); i > 0; i--) Atomics.load(still, 0);
}

export function produce(queue: Queue, batch: number, payload: Payload): Work {
  return batch === 1 ? (share) => pushOneByOne(queue, payload, share) : (share) => pushBatches(queue, batch, share);
}

export function consume(queue: Queue, batch: number, payload: Payload): Work {
  return batch === 1 ? (share) => popOneByOne(queue, payload, share) : (share) => popBatches(queue, batch, share);
}

/** One thread pushes an item and pops it again. */
export function inPairs(queue: Queue, _batch: number, payload: Payload): Work {
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

function pushOneByOne(queue: Queue, { make }: Payload, { first, count }: Share) {
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

function popOneByOne(queue: Queue, { numberOf }: Payload, { count }: Share) {
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

/** Batches are of numbers. */
function pushBatches(queue: Queue, batch: number, { first, count }: Share) {
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

function popBatches(queue: Queue, batch: number, { count }: Share) {
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
      for (let i = 0; i < popped; i++) sum = (sum + (values[i] as number)) | 0;
      done += popped;
    }
  }
  return { count, sum };
}
