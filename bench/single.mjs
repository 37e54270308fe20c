// @ts-check
/** What one thread does on its own, timed by tinybench: taking memory and giving it back, counting references. */
import { Arc, Heap } from "shmol";
import { Bench } from "tinybench";
import { isClean } from "./threads.mjs";

/** An operation takes some ten nanoseconds, looking at the clock as long: so many are timed at once. */
const CALLS = 1000;
const TIME_MS = 300;

/** @typedef {import("./report.mjs").Row} Row */

const heap = Heap.create();
const arc = Arc.create(64, { heap });

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
];

export const names = [...new Set(tasks.map(({ scenario }) => scenario))];

/**
 * @param {string} scenario one of `names`
 * @param {import("./cores.mjs").CoreProbe} probe
 * @returns {Promise<Row[]>}
 */
export async function measureSingle(scenario, probe) {
  const bench = new Bench({ time: TIME_MS, warmupTime: TIME_MS });
  for (const { label, run } of tasks.filter((task) => task.scenario === scenario)) bench.add(label, run);
  const before = await probe.read();
  await bench.run();
  const cores = Math.min(before, await probe.read());
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
  const ours = rows[0]?.figures;
  for (const row of rows.slice(1)) {
    if (ours !== undefined && row.figures !== undefined) row.ratio = row.figures.median / ours.median;
  }
  return rows;
}
