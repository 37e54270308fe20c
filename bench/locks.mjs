// @ts-check
/**
 * Locks that several threads want: how often they are taken, and how long a call waits.
 *
 *   node bench/locks.mjs [SECONDS]     for each row that has no end of its own; 2 by default
 *
 *   contended   threads take the lock, are inside for 1 us, and ask again at once: ours, a mutex made of Atomics, and navigator.locks
 *               where the host has it
 *   skew        one thread is inside for 200 us and asks again at once; four others ask 40 times each, blocking and awaiting
 *   readers     eight readers that sleep in between, and one writer
 */
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { Mutex, RwLock } from "shmol";

const ASKS = 40;
const WRITES = 500;
const SLEEP_MS = 1;
// Words of each row: whether it is over, a counter, and the mutex made of Atomics: free, taken, or taken and waited for.
const [OVER, COUNTER, LOCK] = [0, 1, 2];

/**
 * @typedef {object} Orders
 * @property {string} role
 * @property {Int32Array} words
 * @property {import("shmol").MutexToken} mutex
 * @property {import("shmol").RwLockToken} rwLock
 */

/** @param {number} us */
function spin(us) {
  for (const end = performance.now() + us / 1000; performance.now() < end; );
}

/** @param {Int32Array} words */
function lockAtomics(words) {
  if (Atomics.compareExchange(words, LOCK, 0, 1) === 0) return;
  while (Atomics.exchange(words, LOCK, 2) !== 0) Atomics.wait(words, LOCK, 2);
}

/** @param {Int32Array} words */
function unlockAtomics(words) {
  if (Atomics.exchange(words, LOCK, 0) === 2) Atomics.notify(words, LOCK, 1);
}

/** What a thread does. @param {Orders} orders @returns {Promise<number[]>} how long each of its calls waited, in ms */
async function act({ role, words, mutex: token, rwLock: rwToken }) {
  const [mutex, rwLock] = [Mutex.open(token), RwLock.open(rwToken)];
  /** @type {number[]} */
  const waits = [];
  const isOver = () => Atomics.load(words, OVER) !== 0;
  const inside = () => {
    words[COUNTER] = /** @type {number} */ (words[COUNTER]) + 1;
    spin(1);
  };
  /** @type {<G>(take: () => G | Promise<G>, us: number, leave: (guard: G) => void) => Promise<void>} */
  const visit = async (take, us, leave) => {
    const asked = performance.now();
    const guard = await take();
    waits.push(performance.now() - asked);
    spin(us);
    leave(guard);
  };
  /** @type {<G>(take: () => G, leave: (guard: G) => void) => () => void} */
  const contends = (take, leave) => () => {
    while (!isOver()) {
      const asked = performance.now();
      const guard = take();
      waits.push(performance.now() - asked);
      inside();
      leave(guard);
    }
  };
  /** @type {Record<string, () => void | Promise<void>>} */
  const roles = {
    shmol: contends(
      () => mutex.lockSync(),
      (guard) => guard.unlock(),
    ),
    Atomics: contends(
      () => lockAtomics(words),
      () => unlockAtomics(words),
    ),
    async "navigator.locks"() {
      const { locks } = /** @type {any} */ (navigator);
      while (!isOver()) {
        const asked = performance.now();
        await locks.request("shmol", () => {
          waits.push(performance.now() - asked);
          inside();
        });
      }
    },
    holder() {
      while (!isOver()) {
        const guard = mutex.lockSync();
        spin(200);
        guard.unlock();
      }
    },
    async blocks() {
      for (let i = 0; i < ASKS; i++)
        await visit(
          () => mutex.lockSync(),
          200,
          (guard) => guard.unlock(),
        );
    },
    async awaits() {
      for (let i = 0; i < ASKS; i++)
        await visit(
          () => mutex.lock(),
          200,
          (guard) => guard.unlock(),
        );
    },
    reader() {
      while (!isOver()) {
        const guard = rwLock.readSync();
        spin(50);
        guard.unlock();
        Atomics.wait(words, LOCK, 0, SLEEP_MS);
      }
    },
    async writer() {
      for (let i = 0; i < WRITES; i++) {
        await visit(
          () => rwLock.writeSync(),
          50,
          (guard) => guard.unlock(),
        );
        Atomics.wait(words, LOCK, 0, SLEEP_MS);
      }
    },
  };
  await roles[role]?.();
  mutex.drop();
  rwLock.drop();
  return waits;
}

/**
 * Threads by their roles; those of `measured` say how long they waited. Ends when these have ended, or after so many seconds.
 *
 * @param {string} name @param {string[]} measured @param {string[]} others @param {number} [seconds]
 */
async function row(name, measured, others, seconds) {
  const [mutex, rwLock] = [Mutex.create(), RwLock.create()];
  const words = new Int32Array(new SharedArrayBuffer(12));
  const started = performance.now();
  const run = (/** @type {string} */ role) => {
    const orders = { role, words, mutex: mutex.share({ opens: 1 }), rwLock: rwLock.share({ opens: 1 }) };
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: orders });
    return once(worker, "message").then(([waits]) => /** @type {number[]} */ (waits));
  };
  const rest = others.map(run);
  const all = Promise.all(measured.map(run));
  const timer = setTimeout(() => Atomics.store(words, OVER, 1), seconds === undefined ? 60_000 : seconds * 1000);
  const waits = (await all).flat().sort((a, b) => a - b);
  clearTimeout(timer);
  Atomics.store(words, OVER, 1);
  await Promise.all(rest);
  const lasted = (performance.now() - started) / 1000;
  for (const lock of [mutex, rwLock]) lock.drop();
  if (seconds !== undefined && words[COUNTER] !== waits.length) {
    throw new Error(`${name}: ${waits.length} were inside, and the counter says ${words[COUNTER]}`);
  }
  const at = (/** @type {number} */ part) => (waits[Math.floor(part * (waits.length - 1))] ?? Number.NaN).toFixed(3);
  const rate = seconds === undefined ? "" : `${Math.round(waits.length / lasted)} a second, `;
  console.log(
    `${name.padEnd(40)} ${rate}${waits.length} waits: p50 ${at(0.5)}, p99 ${at(0.99)}, p99.9 ${at(0.999)}, longest ${at(1)} ms`,
  );
}

if (isMainThread) {
  const seconds = Number(process.argv[2] ?? 2);
  const all = ["shmol", "Atomics", ...("locks" in (globalThis.navigator ?? {}) ? ["navigator.locks"] : [])];
  for (const threads of [2, 8]) {
    for (const role of all) await row(`contended, ${threads} threads: ${role}`, Array(threads).fill(role), [], seconds);
  }
  for (const how of ["blocks", "awaits"]) await row(`skew, ${how}`, Array(4).fill(how), ["holder"]);
  await row("readers, the writer", ["writer"], Array(8).fill("reader"));
} else {
  parentPort?.postMessage(await act(/** @type {Orders} */ (workerData)));
}
