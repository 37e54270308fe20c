/**
 * The start of a repetition: no thread goes on before all have come.
 *
 *   word 0   how many have come      word 1   how many starts there were
 */

const ARRIVED = 0;
const STARTS = 1;

/** Looks before a thread sleeps. Those that spin start at the same instant, and while few are here cores are free. */
const SPINS = 20_000;
/** A member that does not come within this has died. */
const PATIENCE_MS = 30_000;

export const newBarrier = () => new Int32Array(new SharedArrayBuffer(8));

/** Returns when `members` threads have called it. */
export function meet(barrier: Int32Array, members: number) {
  const starts = Atomics.load(barrier, STARTS);
  if (Atomics.add(barrier, ARRIVED, 1) === members - 1) {
    Atomics.store(barrier, ARRIVED, 0);
    Atomics.add(barrier, STARTS, 1);
    Atomics.notify(barrier, STARTS);
    return;
  }
  for (let i = 0; i < SPINS; i++) if (Atomics.load(barrier, STARTS) !== starts) return;
  if (Atomics.wait(barrier, STARTS, starts, PATIENCE_MS) === "timed-out") {
    throw new Error(`${members} threads were to start, not all came within ${PATIENCE_MS} ms`);
  }
}
