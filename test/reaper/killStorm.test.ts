/**
 * killStorm: workers that hammer a queue, an event, or Arcs, and handles of them, are terminated at random instants, each is
 * reaped, and the rest must not notice. In the end every block and count is exactly what the living hold: a run fails otherwise.
 *
 * The runs themselves are the command line's (`shmol stress ... --kill`); this holds their verdict against what is promised.
 * SHMOL_KILLS sets how many in all; with SHMOL_FULL=1 they are ten times as many as usual.
 */
import { describe, expect, test } from "vitest";
import { arc } from "../../dist/cli/stress/arc.js";
import { listener } from "../../dist/cli/stress/listener.js";
import { queue } from "../../dist/cli/stress/queue.js";
import type { Report } from "../../dist/cli/stress/report.js";
import { stress } from "../../dist/cli/stress/run.js";
import { KILLS } from "../counts.js";
import { seed } from "../seed.js";

const KILL_RATE = 60;
/** Of so many kills, some hit a thread that owns something of each kind. */
const MANY = 20;

type Suites = { queue: typeof queue; listener: typeof listener; arc: typeof arc };
/** A storm's name, its part of all kills, and what is told to the run. */
type Storm<S extends keyof Suites> = readonly [
  name: string,
  share: number,
  options: Parameters<typeof stress<Suites[S]["options"]>>[1] & object,
];

const queues: readonly Storm<"queue">[] = [
  ["unbounded, single pushes and pops", 0.1, { batch: 1, type: "f64" }],
  ["unbounded, batches within a block", 0.1, { batch: 16 }],
  ["unbounded, batches over several blocks", 0.1, { batch: 256, type: "f64" }],
  ["unbounded, bytes", 0.04, { batch: 4, type: "bytes" }],
  ["unbounded, bytes one by one", 0.04, { batch: 1, type: "bytes" }],
  ["unbounded, arcs", 0.05, { batch: 4, type: "arc" }],
  ["bounded, single pushes and pops", 0.05, { batch: 1, flavor: "bounded", capacity: 100 }],
  ["bounded, batches", 0.05, { batch: 16, flavor: "bounded", capacity: 100 }],
  ["bounded, by force", 0.05, { batch: 4, flavor: "bounded", capacity: 3, force: true }],
  ["bounded, strings", 0.02, { batch: 4, flavor: "bounded", type: "utf8" }],
  ["bounded, strings one by one", 0.02, { batch: 1, flavor: "bounded", type: "utf8" }],
  ["single", 0.04, { batch: 1, flavor: "single" }],
  ["single, by force", 0.02, { batch: 1, flavor: "single", force: true, type: "bytes" }],
  ["single, Arcs by force", 0.02, { batch: 1, flavor: "single", force: true, type: "arc" }],
];

const events: readonly Storm<"listener">[] = [
  ["two threads", 0.05, { mode: "mutex", threads: 2 }],
  ["four threads", 0.05, { mode: "mutex", threads: 4 }],
  ["eight threads", 0.05, { mode: "mutex", threads: 8 }],
];

const arcs: readonly Storm<"arc">[] = [
  ["small blocks", 0.1, { threads: 4 }],
  ["large blocks", 0.03, { threads: 3, size: 100_000 }],
  ["blocks of some pages, eight threads", 0.02, { threads: 8, size: 20_000 }],
];

function killsOf(share: number): number {
  return Math.ceil(KILLS * share);
}

/** What makes a storm of a run, again with the same seed. */
function weather(share: number) {
  return { kills: killsOf(share), kill: KILL_RATE, seed: seed() };
}

describe("killStorm", { timeout: 60_000 + 500 * KILLS }, () => {
  test("has all kills", () => {
    const shares = [...queues, ...events, ...arcs].map(([, share]) => share);
    expect(shares.reduce((sum, share) => sum + share)).toBeCloseTo(1);
  });

  /** What every storm has in common: never wedged, nothing wrong, and in the end nothing left in the heap. */
  function calm({ trials }: { readonly trials: readonly Report[] }, share: number): Report {
    const run = trials[0] as Report;
    expect(run.failures).toEqual([]);
    expect(run.casualties.kills).toBe(killsOf(share));
    expect(run.casualties.returned.threads).toBeLessThanOrEqual(run.casualties.kills);
    expect(run.heapUsed).toMatchObject({ before: 0, after: 0 });
    return run;
  }

  test.each(queues)("over a queue: %s, %d of all kills", async (name, share, options) => {
    const { casualties, counts } = calm(await stress(queue, { ...options, ...weather(share) }), share);
    const { kills, killed } = casualties;
    const { items = 0, lost } = counts;
    // A few kills may be over before the first value comes out.
    if (kills >= MANY) for (const some of [items - kills, casualties.returned.strong]) expect(some).toBeGreaterThan(0);
    // Values of the last call of each thread that took some.
    const { batch = 1, force } = options;
    expect(lost).toBeLessThanOrEqual(batch * (killed.consumer ?? 0) + (force ? (killed.producer ?? 0) : 0));
    console.info(`${name}: ${items} values, seed ${seed()},`, casualties, counts);
  });

  test.each(events)("over an event: %s, %d of all kills", async (name, share, options) => {
    const { casualties, counts } = calm(await stress(listener, { ...options, ...weather(share) }), share);
    const { kills, returned } = casualties;
    expect(counts.locksHeld).toBeLessThanOrEqual(kills);
    expect(returned.passedOn).toBeLessThanOrEqual(returned.listeners);
    const somethingOfEach = [counts.rounds, returned.strong, returned.listeners];
    if (kills >= MANY) for (const some of somethingOfEach) expect(some).toBeGreaterThan(0);
    console.info(`${name}: ${counts.rounds} rounds, seed ${seed()},`, casualties);
  });

  test.each(arcs)("over Arcs: %s, %d of all kills", async (name, share, options) => {
    const { casualties, counts } = calm(await stress(arc, { ...options, ...weather(share) }), share);
    const { strong, weak, tickets } = casualties.returned;
    if (casualties.kills >= MANY) for (const some of [strong, weak, tickets]) expect(some).toBeGreaterThan(0);
    console.info(`${name}: ${counts.operations} operations, seed ${seed()},`, casualties);
  });
});
