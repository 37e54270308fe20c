// @ts-check
/**
 * What one thread does on its own, timed by tinybench: taking memory and giving it back, counting references, events that
 * nobody else uses.
 *
 * For the reader, of native code on such machines: event-listener takes 18.9 ns to notify without listeners, 44 ns to listen
 * and drop, and 66 ns a listener to listen, notify and wait for 8.
 */
import { Arc, Heap, SharedEvent } from "shmol";
import { Bench } from "tinybench";
import { judge } from "./report.mjs";
import { isClean } from "./threads.mjs";

/** An operation takes some ten nanoseconds, looking at the clock as long: so many are timed at once. */
const CALLS = 1000;
const TIME_MS = 300;
/** How often that is tried on a busy machine. */
const ATTEMPTS = 5;

/** Listeners that are notified at once. */
const LISTENERS = 8;

/** @typedef {import("./report.mjs").Row} Row */

const heap = Heap.create();
const arc = Arc.create(64, { heap });
const event = SharedEvent.create({ heap });
const words = new Int32Array(new SharedArrayBuffer(4));

/** What the loops find out, lest the compiler leave them out. */
export let found = 0;

/** @param {number} size */
const allocAndFree = (size) => () => {
  for (let i = 0; i < CALLS; i++) heap.free(heap.alloc(size));
};

/** In the order in which they run; the first of a scenario is ours. */
const tasks = [
  { scenario: "alloc_free", label: "shmol, 64 bytes", run: allocAndFree(64) },
  { scenario: "alloc_free", label: "shmol, 1 KiB", run: allocAndFree(1024) },
  {
    scenario: "alloc_free",
    label: "new SharedArrayBuffer(64)",
    run: () => {
      for (let i = 0; i < CALLS; i++) new SharedArrayBuffer(64);
    },
  },
  {
    scenario: "arc_clone_drop",
    label: "shmol",
    run: () => {
      for (let i = 0; i < CALLS; i++) arc.clone().drop();
    },
  },
  {
    scenario: "notify_no_listener",
    label: "shmol",
    run: () => {
      let sum = 0;
      for (let i = 0; i < CALLS; i++) sum += event.notify();
      found += sum;
    },
  },
  {
    scenario: "notify_no_listener",
    label: "Atomics.load",
    run: () => {
      let sum = 0;
      for (let i = 0; i < CALLS; i++) sum += Atomics.load(words, 0);
      found += sum;
    },
  },
  {
    scenario: "notify_no_listener",
    label: "event.totalListeners",
    run: () => {
      let sum = 0;
      for (let i = 0; i < CALLS; i++) sum += event.totalListeners;
      found += sum;
    },
  },
  {
    scenario: "notify_no_listener",
    label: "an empty loop",
    run: () => {
      let sum = 0;
      for (let i = 0; i < CALLS; i++) sum += i;
      found += sum;
    },
  },
  {
    scenario: "listen_drop",
    label: "shmol",
    run: () => {
      for (let i = 0; i < CALLS; i++) event.listen().drop();
    },
  },
  {
    scenario: "notify_and_wait",
    label: "shmol, per listener",
    run: () => {
      for (let i = 0; i < CALLS; i += LISTENERS) {
        const listeners = [];
        for (let k = 0; k < LISTENERS; k++) listeners.push(event.listen());
        found += event.notify(LISTENERS);
        for (const listener of listeners) listener.waitSync();
      }
    },
  },
];

/** @type {Record<string, import("./scenarios.mjs").Bar[]>} */
const bars = {
  notify_no_listener: [
    { against: "shmol", atMostNs: 15 },
    { against: "Atomics.load", ratio: 0.5 },
  ],
};

export const names = [...new Set(tasks.map(({ scenario }) => scenario))];

/**
 * Measures a scenario's contenders one after the other, again if the cores were not free meanwhile.
 * @param {string} scenario one of `names`
 * @param {import("./cores.mjs").CoreProbe} probe
 * @param {object} [options]
 * @param {number} [options.timeMs]    for each contender, and as long again for its warm-up
 * @param {number} [options.attempts]
 * @returns {Promise<Row[]>}
 */
export async function measureSingle(scenario, probe, { timeMs = TIME_MS, attempts = ATTEMPTS } = {}) {
  const bench = new Bench({ time: timeMs, warmupTime: timeMs });
  for (const { label, run } of tasks.filter((task) => task.scenario === scenario)) bench.add(label, run);
  let cores = 0;
  for (let attempt = 0; attempt < attempts && !isClean({ cores }); attempt++) {
    const before = await probe.read();
    await bench.run();
    cores = Math.min(before, await probe.read());
  }
  const perCall = (/** @type {number} */ ms) => (ms * 1e6) / CALLS;
  /** @type {Row[]} */
  const rows = bench.tasks.map(({ name, result }) => {
    if ("error" in result) throw result.error;
    if (!("latency" in result)) throw new Error(`${scenario}, ${name}: ${result.state}`);
    const { p50, min, p99, samplesCount } = result.latency;
    const figures = isClean({ cores }) ? { median: perCall(p50), min: perCall(min), max: perCall(p99) } : undefined;
    return {
      scenario,
      contender: name,
      unit: "ns",
      figures,
      reps: samplesCount,
      clean: samplesCount,
      items: CALLS,
      cores,
    };
  });
  return judge(rows, bars[scenario] ?? []);
}
