/**
 * killStorm: workers that hammer a queue, an event, or Arcs, and handles of them, are terminated at random instants, each is
 * reaped, and the rest must not notice. In the end every block and count is exactly what the living hold: a run fails otherwise.
 *
 * The runs themselves are the command line's (`shmol stress ... --kill`); this holds their verdict against what is promised.
 * SHMOL_KILLS sets how many in all; with SHMOL_FULL=1 they are ten times as many as usual.
 */
import { describe, expect, test } from "vitest";
import { type ArcStressOptions, stressArc } from "../../dist/cli/stress/arc.js";
import { type ListenerStressOptions, stressListener } from "../../dist/cli/stress/listener.js";
import { type QueueStressOptions, stressQueue } from "../../dist/cli/stress/queue.js";
import { seed } from "../seed.js";

const KILLS = Number(process.env.SHMOL_KILLS ?? (process.env.SHMOL_FULL === "1" ? 10_000 : 1000));
const KILL_RATE = 60;

/** A storm's name, its part of all kills, and what is told to the run. */
type Storm<Options> = readonly [name: string, share: number, options: Options];

const queues: readonly Storm<QueueStressOptions & { readonly batch: number }>[] = [
  ["unbounded, single pushes and pops", 0.1, { batch: 1 }],
  ["unbounded, batches within a block", 0.1, { batch: 16 }],
  ["unbounded, batches over several blocks", 0.1, { batch: 256 }],
  ["unbounded, bytes", 0.08, { batch: 4, type: "bytes" }],
  ["unbounded, arcs", 0.05, { batch: 4, type: "arc" }],
  ["bounded, single pushes and pops", 0.05, { batch: 1, flavor: "bounded", capacity: 100 }],
  ["bounded, batches", 0.05, { batch: 16, flavor: "bounded", capacity: 100 }],
  ["bounded, by force", 0.05, { batch: 4, flavor: "bounded", capacity: 3, force: true }],
  ["bounded, strings", 0.04, { batch: 4, flavor: "bounded", type: "utf8" }],
  ["single", 0.04, { batch: 1, flavor: "single" }],
  ["single, by force", 0.04, { batch: 1, flavor: "single", force: true, type: "bytes" }],
];

const events: readonly Storm<ListenerStressOptions>[] = [
  ["two threads", 0.05, { mode: "mutex", threads: 2 }],
  ["four threads", 0.05, { mode: "mutex", threads: 4 }],
  ["eight threads", 0.05, { mode: "mutex", threads: 8 }],
];

const arcs: readonly Storm<ArcStressOptions>[] = [
  ["small blocks", 0.1, { threads: 4 }],
  ["large blocks", 0.05, { threads: 3, size: 100_000 }],
];

function killsOf(share: number): number {
  return Math.ceil(KILLS * share);
}

/** What makes a storm of a run, again with the same seed. */
function weather(share: number) {
  return { kills: killsOf(share), killRate: KILL_RATE, seed: seed() };
}

describe("killStorm", { timeout: 60_000 + 500 * KILLS }, () => {
  test("has all kills", () => {
    const shares = [...queues, ...events, ...arcs].map(([, share]) => share);
    expect(shares.reduce((sum, share) => sum + share)).toBeCloseTo(1);
  });

  test.each(queues)("over a queue: %s, %d of all kills", async (name, share, options) => {
    const report = await stressQueue({ producers: 2, consumers: 2, ...options, ...weather(share) });
    // Never wedged, no value out that was not pushed or that was out before, order per producer, nothing left in the heap.
    expect(report.failures).toEqual([]);
    expect(report.ok).toBe(true);
    const { casualties, heapUsed, items } = report;
    const { kills, killedConsumers, killedProducers, lostValues, returned } = casualties;
    expect(kills).toBe(killsOf(share));
    expect(items).toBeGreaterThan(kills);
    expect(heapUsed).toMatchObject({ before: 0, after: 0 });
    // Values of the last call of each taker.
    expect(lostValues).toBeLessThanOrEqual(options.batch * killedConsumers + (options.force ? killedProducers : 0));
    expect(returned.threads).toBeLessThanOrEqual(kills);
    console.info(`${name}: ${items} values, seed ${report.seed},`, casualties);
  });

  test.each(events)("over an event: %s, %d of all kills", async (name, share, options) => {
    const report = await stressListener({ ...options, ...weather(share) });
    // Nobody waited in vain: that is a run that is wedged.
    expect(report.failures).toEqual([]);
    const [{ casualties, heapUsed, rounds } = { casualties: undefined, heapUsed: undefined, rounds: 0 }] =
      report.trials;
    expect(casualties?.kills).toBe(killsOf(share));
    expect(heapUsed).toEqual({ before: 0, after: 0 });
    expect(rounds).toBeGreaterThan(0);
    console.info(`${name}: ${rounds} rounds, seed ${report.seed},`, casualties);
  });

  test.each(arcs)("over Arcs: %s, %d of all kills", async (name, share, options) => {
    const report = await stressArc({ ...options, ...weather(share) });
    expect(report.failures).toEqual([]);
    const { casualties, heapUsed, deeds } = report;
    expect(casualties.kills).toBe(killsOf(share));
    expect(heapUsed).toMatchObject({ before: 0, after: 0 });
    console.info(`${name}: ${deeds} deeds, seed ${report.seed},`, casualties);
  });
});
