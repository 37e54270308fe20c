/** The workers' side of workers.ts. */
import { parentPort } from "node:worker_threads";

const DEADLINE_MS = 60_000;

/**
 * Plays the parts that jobs name, one job after the other, until it is told to leave. A part is called with the job to make
 * itself ready; what it answers is called when all workers stand at the line, and what that answers, now or later, is the
 * worker's answer.
 */
export function play(parts) {
  parentPort.on("message", async (message) => {
    if (message === null) {
      parentPort.close();
      return;
    }
    const { part, line, ...job } = message;
    const run = parts[part](job);
    Atomics.add(line, 0, 1);
    if (Atomics.wait(line, 1, 0, DEADLINE_MS) === "timed-out") throw new Error(`${part}: the start never came`);
    parentPort.postMessage({ answer: await run() });
  });
}

/**
 * Waits until all `parties` threads have called this for the `round`th time, from 1; `cell[0]` counts the calls. Spins, so
 * that they go on together, but leaves the processor to the others when there are more threads than cores.
 *
 * @param {Int32Array} cell
 * @param {number} parties
 * @param {number} round
 */
export function meet(cell, parties, round) {
  Atomics.add(cell, 0, 1);
  Atomics.notify(cell, 0);
  let turns = 0;
  waitUntil(() => {
    const calls = Atomics.load(cell, 0);
    if (calls >= parties * round) return true;
    if (++turns > 2000) Atomics.wait(cell, 0, calls, 100);
    return false;
  }, `round ${round}`);
}

/**
 * Calls `done` until it says so, and not for ever.
 *
 * @param {() => boolean} done
 * @param {string} what
 */
export function waitUntil(done, what) {
  const deadline = Date.now() + DEADLINE_MS;
  for (let turns = 1; !done(); turns++) {
    if (turns % 1024 === 0 && Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
  }
}
