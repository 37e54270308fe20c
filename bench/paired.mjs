// @ts-check
/**
 * What a change costs: this build against another one of this library, in turns, each in processes of its own.
 *
 *   node bench/paired.mjs /path/to/other/checkout/dist [ROUNDS]
 *
 * One thread, nanoseconds a call; of each round the quickest of a few samples, and of all rounds the median. The ratio is
 * that of each round's pair, again the median: what both have in common, such as a busy machine, drops out. Behind it stands its
 * interval: the true median lies in it with at least the probability that the head of the column says.
 */
import { fork } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { intervalOf, median, summaryOf } from "./ratios.mjs";

const CALLS = 2000;
const SAMPLES = 40;
const WARM_UPS = 40;

/** @param {typeof import("shmol")} shmol */
function tasksOf({ Arc, ConcurrentQueue, Heap, SharedEvent, bytes, i32, json }) {
  const heap = Heap.create();
  const unbounded = ConcurrentQueue.unbounded(i32, { heap });
  const bounded = ConcurrentQueue.bounded(1024, i32, { heap });
  const payloads = ConcurrentQueue.unbounded(bytes, { heap });
  const records = ConcurrentQueue.unbounded(json, { heap });
  const arc = Arc.create(64, { heap });
  const event = SharedEvent.create({ heap });
  const token = arc.share();
  const queueToken = unbounded.share();
  const numbers = Int32Array.from({ length: 256 }, (_, i) => i);
  const into = new Int32Array(256);
  const value = new Uint8Array(64);
  const many = Array.from({ length: 64 }, () => value);
  const record = { id: 7, name: "seven", ok: true, at: 1.5 };
  /** @type {<T>(queue: import("shmol").ConcurrentQueue<T>, value: T) => () => void} */
  const pushAndPop = (queue, value) => () => {
    queue.push(value);
    queue.pop();
  };
  const manyNumbers = () => {
    unbounded.pushMany(numbers);
    unbounded.popInto(into);
  };
  const manyPayloads = () => {
    payloads.pushMany(many);
    payloads.popMany(many.length);
  };
  /** @type {Record<string, { run: () => void, every?: number }>} */
  const tasks = {
    "push + pop, i32, unbounded": { run: pushAndPop(unbounded, 7) },
    "push + pop, i32, bounded": { run: pushAndPop(bounded, 7) },
    "256 in and out, i32, each": { run: manyNumbers, every: 256 },
    "push + pop, bytes of 64": { run: pushAndPop(payloads, value) },
    "64 in and out, bytes, each": { run: manyPayloads, every: 64 },
    "push + pop, json": { run: pushAndPop(records, record) },
    "alloc + free, 64 bytes": { run: () => heap.free(heap.alloc(64)) },
    "Arc: open + drop": { run: () => Arc.open(token).drop() },
    "Arc: clone + drop": { run: () => arc.clone().drop() },
    "Arc: create + drop": { run: () => Arc.create(64, { heap }).drop() },
    "queue: open + drop": { run: () => ConcurrentQueue.open(queueToken).drop() },
    "listen + drop": { run: () => event.listen().drop() },
    "notify, nobody": { run: () => void event.notify(1) },
  };
  return tasks;
}

/** In a process of its own: measures every task of one build. @param {string} dist */
async function measure(dist) {
  const shmol = await import(pathToFileURL(path.join(dist, "index.js")).href);
  /** @type {Record<string, number>} */
  const found = {};
  for (const [name, { run, every = 1 }] of Object.entries(tasksOf(shmol))) {
    const calls = Math.ceil(CALLS / every);
    let best = Number.POSITIVE_INFINITY;
    for (let sample = -WARM_UPS; sample < SAMPLES; sample++) {
      const start = process.hrtime.bigint();
      for (let i = 0; i < calls; i++) run();
      const ns = Number(process.hrtime.bigint() - start) / (calls * every);
      if (sample >= 0) best = Math.min(best, ns);
      // Handles that were dropped are collected outside of what is timed.
      await new Promise(setImmediate);
    }
    found[name] = best;
  }
  process.send?.(found);
}

/** @param {string} dist @returns {Promise<Record<string, number>>} */
function measured(dist) {
  return new Promise((resolve, reject) => {
    const child = fork(import.meta.filename, [], { env: { ...process.env, SHMOL_MEASURED_DIST: dist } });
    child.once("message", (found) => resolve(/** @type {Record<string, number>} */ (found)));
    child.once("exit", (code) => reject(new Error(`measuring ${dist} ended with ${code}`)));
  });
}

async function compare() {
  const [other, rounds = "7"] = process.argv.slice(2);
  if (other === undefined) {
    console.error("Usage: node bench/paired.mjs OTHER_DIST [ROUNDS]");
    process.exit(2);
  }
  const here = path.join(import.meta.dirname, "../dist");
  /** @type {{ before: Record<string, number>, after: Record<string, number> }[]} */
  const pairs = [];
  for (let i = 0; i < Number(rounds); i++) pairs.push({ before: await measured(other), after: await measured(here) });
  const { percent } = intervalOf(pairs.length);
  const head = `${"".padEnd(30)}${"other".padStart(9)}${"this".padStart(9)}${"ratio".padStart(8)}`;
  console.log(`${head}   interval (${percent.toFixed(1)} %)`);
  for (const name of Object.keys(pairs[0]?.before ?? {})) {
    const column = (/** @type {"before" | "after"} */ which) => pairs.map((pair) => pair[which][name] ?? Number.NaN);
    const before = column("before");
    const ratios = column("after").map((ns, i) => ns / (before[i] ?? Number.NaN));
    const { median: ratio, low, high } = summaryOf(ratios);
    const interval = `${low.toFixed(2)} - ${high.toFixed(2)}`;
    const [was, is] = [median(before), median(column("after"))].map((ns) => ns.toFixed(1).padStart(9));
    console.log(`${name.padEnd(30)}${was}${is}${ratio.toFixed(2).padStart(8)}   ${interval}`);
  }
}

const dist = process.env.SHMOL_MEASURED_DIST;
if (dist === undefined) await compare();
else await measure(dist);
