/**
 * `shmol stress listener`: real workers that wait for each other, everything verified, and the verdict in the exit code.
 *
 * @storm
 */
import { describe, expect, it } from "vitest";
import type { Latency } from "../../dist/cli/report/latency.js";
import type { Report, SuiteReport } from "../../dist/cli/stress/report.js";
import { count, FULL } from "../counts.js";
import { printed, report, verified } from "./shmol.js";

/** Rounds of the lock, for 2, 4 and 8 threads each. */
const MUTEX_ROUNDS = count({ all: 3_400_000, usually: 20_000 });
const MUTEX_MS = FULL ? 1_800_000 : 60_000;

/** The only trial of a run that was verified. */
async function trial(line: string): Promise<Report & { counts: Record<string, number> }> {
  const { trials } = await verified<SuiteReport>(`listener ${line}`);
  expect(trials).toHaveLength(1);
  return trials[0] as Report & { counts: Record<string, number> };
}

describe("a run", () => {
  it("reports the same as one JSON document", async () => {
    const run = await verified<SuiteReport>("listener --seed 7 --threads 3 --listeners 100", printed);
    expect(run).toMatchObject({
      code: 0,
      interrupted: false,
      seed: 7,
      options: { mode: "all", heap: 2 ** 28, alignment: 128 },
    });
    const calm = { kills: 0, killed: {}, returned: { threads: 0, strong: 0, listeners: 0, blocks: 0 } };
    const trialOf = (scenario: string, threads: number, rounds: number) => ({
      ...{ scenario, threads, counts: { rounds }, ok: true, heapUsed: { before: 0, after: 0 }, casualties: calm },
    });
    expect(run.trials).toMatchObject([
      ...["sync/sync", "async/sync", "async/async"].map((who) => trialOf(`ping-pong ${who}`, 2, 2000)),
      ...[trialOf("mutex", 3, 20_000), trialOf("crowd", 2, 50)],
    ]);
  });

  it("ends after its duration, shared out among the trials", async () => {
    const { trials } = await verified<SuiteReport>("listener --duration 1");
    expect(trials).toHaveLength(5);
    for (const { seconds, counts } of trials) {
      expect(seconds).toBeGreaterThanOrEqual(0.2);
      expect(counts.rounds).toBeGreaterThan(0);
    }
  });
});

it("ping-pong keeps every turn in its order, and says how long round trips take", async () => {
  const { trials } = await verified<SuiteReport>("listener --mode ping-pong --rounds 2000");
  expect(trials).toHaveLength(3);
  for (const { counts, latency, checks } of trials) {
    expect(counts.rounds).toBe(2000);
    expect(checks.counts?.found).toBe("2000 turns of player 1, 2000 of player 2");
    const { count, p50Ns, p99Ns, p999Ns, maxNs } = latency as Latency;
    expect(count).toBe(2000);
    expect(p50Ns).toBeGreaterThan(0);
    expect([p50Ns, p99Ns, p999Ns, maxNs]).toEqual([p50Ns, p99Ns, p999Ns, maxNs].sort((a, b) => a - b));
  }
});

describe("noLostWakeup", { timeout: MUTEX_MS }, () => {
  it.each([2, 4, 8])(`%i threads have the lock, one at a time, ${MUTEX_ROUNDS} times in all`, async (threads) => {
    const rounds = MUTEX_ROUNDS;
    const run = await trial(`--mode mutex --threads ${threads} --rounds ${rounds}`);
    expect(run).toMatchObject({ threads, casualties: { kills: 0 }, heapUsed: { before: 0, after: 0 } });
    expect(run.checks.counts?.found).toBe(`${rounds} rounds, counted ${rounds} without atomics`);
    const { listeners, yielded, ...counts } = run.counts;
    const ended = ["notified", "timedOut", "aborted", "dropped", "discarded"].map((how) => counts[how] as number);
    for (const count of ended) expect(count).toBeGreaterThan(0);
    // Of two nobody gives way: the other one may be waiting for that one.
    expect((yielded as number) > 0).toBe(threads > 2);
    // Others found the lock free at their second look.
    expect(ended.reduce((a, b) => a + b)).toBeLessThanOrEqual(listeners as number);
  });
});

describe("crowd", () => {
  // A bell that is silenced at the wrong moment is made up for by the next ring, unless the crowd is small.
  it.each([
    [1, 1000],
    [3, 50_000],
    [1000, 100],
  ])("settles %i listeners in their order, by few wake-ups, %i times", async (listeners, rounds) => {
    const { counts } = await trial(`--mode crowd --listeners ${listeners} --rounds ${rounds}`);
    const { settled, wakeUps, drains = Infinity } = counts;
    expect(settled).toBe(listeners * rounds);
    expect(drains).toBeLessThanOrEqual(settled as number);
    expect(wakeUps).toBeLessThanOrEqual(2 * drains);
    expect(wakeUps).toBeGreaterThan(0);
  });

  it("fails of a heap that is too small when that is full", async () => {
    const { ok, failures } = await report<SuiteReport>("listener --mode crowd --heap 256KiB --listeners 10k");
    expect(ok).toBe(false);
    expect(failures).toEqual([
      expect.stringMatching(/^crowd: crowd 1 threw: OutOfMemoryError: no block of 56 bytes left/),
    ]);
  });
});
