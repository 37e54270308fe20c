/**
 * `shmol stress listener`: real workers that wait for each other, everything verified, and the verdict in the exit code.
 *
 * @storm
 */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { ListenerStressReport, TrialReport } from "../../dist/cli/stress/listener.js";
import { FULL, start, stressListener } from "./shmol.js";

/** Rounds of the lock for 2, 4 and 8 threads: 200,000 in all, and with SHMOL_FULL=1 ten million. */
const MUTEX_ROUNDS: readonly (readonly [threads: number, rounds: number])[] = FULL
  ? [
      [2, 2_000_000],
      [4, 3_000_000],
      [8, 5_000_000],
    ]
  : [
      [2, 60_000],
      [4, 60_000],
      [8, 80_000],
    ];
const MUTEX_MS = FULL ? 1_800_000 : 60_000;

async function report(...args: string[]): Promise<ListenerStressReport & { code: number | null }> {
  const { code, stdout, stderr } = await stressListener(...args, "--json");
  expect(stderr).toBe("");
  return { code, ...JSON.parse(stdout) };
}

/** The only trial of a run that was verified. */
async function trial(...args: string[]): Promise<TrialReport> {
  const { code, ok, failures, trials } = await report(...args);
  expect({ code, ok, failures, trials: trials.length }).toEqual({ code: 0, ok: true, failures: [], trials: 1 });
  return trials[0] as TrialReport;
}

const NOTHING = {
  threads: 0,
  strong: 0,
  weak: 0,
  tickets: 0,
  listeners: 0,
  passedOn: 0,
  values: 0,
  blocks: 0,
  locks: 0,
};
const NO_CASUALTIES = { kills: 0, locksHeld: 0, returned: NOTHING };

describe("a run", () => {
  it("goes through a short form of all, and ends with tables of what was verified", async () => {
    const { code, stdout, stderr } = await stressListener("--seed", "0xc0ffee");
    expect(stderr).toBe("");
    expect(stdout).toMatch(/seed .* 0xc0ffee/);
    for (const pairing of ["sync/sync", "async/sync", "async/async"]) expect(stdout).toContain(`ping-pong ${pairing}`);
    expect(stdout).toMatch(
      /round trip .* p50 [\d.]+ [µm]s, p99 [\d.]+ [µm]s, p99\.9 [\d.]+ [µm]s, longest [\d.]+ [µm]s/,
    );
    expect(stdout).toMatch(/trial .* mutex, 4 threads/);
    for (const check of ["order", "counts", "exclusion", "wakeUps", "listeners", "memory"]) {
      expect(stdout).toContain(`✓ ${check}`);
    }
    expect(stdout).not.toContain("✗");
    // Not a terminal: no colours, no line that is written again and again.
    expect(stdout).not.toContain("\x1b");
    expect(code).toBe(0);
  });

  it("reports the same as one JSON document", async () => {
    const run = await report("--seed", "7", "--threads", "3", "--listeners", "100");
    expect(run).toMatchObject({
      ...{ code: 0, ok: true, failures: [], interrupted: false, seed: 7, mode: "all" },
      ...{ heap: 2 ** 28, alignment: 128, checked: false },
    });
    expect(run.trials.map(({ name, threads, rounds }) => [name, threads, rounds])).toEqual([
      ["ping-pong sync/sync", 2, 2000],
      ["ping-pong async/sync", 2, 2000],
      ["ping-pong async/async", 2, 2000],
      ["mutex", 3, 20_000],
      ["crowd", 2, 50],
    ]);
    for (const { ok, casualties, heapUsed } of run.trials) {
      expect({ ok, casualties, heapUsed }).toEqual({
        ...{ ok: true, casualties: NO_CASUALTIES, heapUsed: { before: 0, after: 0 } },
      });
    }
  });

  it("runs on other heaps: of another alignment, checked", async () => {
    const run = await report("--alignment", "1024", "--heap", "8MiB", "--checked", "--listeners", "500");
    expect(run).toMatchObject({ code: 0, ok: true, alignment: 1024, heap: 2 ** 23, checked: true });
  });

  it("ends after its duration, shared out among the trials", async () => {
    const run = await report("--duration", "2");
    expect(run).toMatchObject({ code: 0, ok: true, interrupted: false });
    expect(run.trials).toHaveLength(5);
    for (const { seconds, rounds } of run.trials) {
      expect(seconds).toBeGreaterThanOrEqual(0.4);
      expect(rounds).toBeGreaterThan(0);
    }
  });
});

describe("ping-pong", () => {
  it("keeps every turn in its order, and says how long round trips take", async () => {
    const { code, ok, trials } = await report("--mode", "ping-pong", "--rounds", "5000");
    expect({ code, ok }).toEqual({ code: 0, ok: true });
    expect(trials).toHaveLength(3);
    for (const { rounds, latency, checks } of trials) {
      expect(rounds).toBe(5000);
      expect(checks.counts?.found).toBe("5000 turns of thread 1, 5000 of thread 2");
      const { count, p50Ns, p99Ns, p999Ns, maxNs } = latency as NonNullable<TrialReport["latency"]>;
      expect(count).toBe(5000);
      expect(p50Ns).toBeGreaterThan(0);
      expect([p50Ns, p99Ns, p999Ns, maxNs]).toEqual([p50Ns, p99Ns, p999Ns, maxNs].sort((a, b) => a - b));
    }
  });
});

describe("noLostWakeup", { timeout: MUTEX_MS }, () => {
  it.each(MUTEX_ROUNDS)("%i threads have the lock, one at a time, %i times in all", async (threads, rounds) => {
    const args = ["--mode", "mutex", "--threads", `${threads}`, "--rounds", `${rounds}`];
    const run = await trial(...args);
    expect(run).toMatchObject({ threads, rounds, casualties: NO_CASUALTIES, heapUsed: { before: 0, after: 0 } });
    expect(run.checks.counts?.found).toBe(`${rounds} rounds, counted ${rounds} without atomics`);
    const { listeners, notified, timedOut, aborted, dropped, discarded, yielded } = run.waits as NonNullable<
      TrialReport["waits"]
    >;
    for (const count of [notified, timedOut, aborted, dropped, discarded]) expect(count).toBeGreaterThan(0);
    // Of two nobody gives way: the other one may be waiting for that one.
    expect(yielded > 0).toBe(threads > 2);
    // Others found the lock free at their second look.
    expect(notified + timedOut + aborted + dropped + discarded).toBeLessThanOrEqual(listeners);
  });
});

describe("noLostWakeup under kills", () => {
  it.each([2, 4, 8])("%i threads, each as good as its successor", async (threads) => {
    const args = ["--mode", "mutex", "--threads", `${threads}`, "--kills", "30", "--kill", "60"];
    const { rounds, casualties, checks, heapUsed } = await trial(...args);
    const { kills, locksHeld, returned } = casualties;
    expect(kills).toBeGreaterThanOrEqual(30);
    expect(locksHeld).toBeLessThanOrEqual(kills);
    // Some were killed before they had the heap open.
    expect(returned.threads).toBeLessThanOrEqual(kills);
    expect(returned.strong).toBeGreaterThan(0);
    expect(returned.listeners).toBeGreaterThan(0);
    expect(returned.passedOn).toBeLessThanOrEqual(returned.listeners);
    expect(heapUsed).toEqual({ before: 0, after: 0 });
    expect(rounds).toBeGreaterThan(0);
    expect(checks.counts?.found).toBe(`${rounds} rounds, counted ${rounds} without atomics`);
  });
});

describe("crowd", () => {
  // A bell that is silenced at the wrong moment is made up for by the next ring, unless the crowd is small.
  it.each([
    [1, 1000],
    [3, 50_000],
    [1000, 100],
  ])("settles %i listeners in their order, by few wake-ups, %i times", async (listeners, rounds) => {
    const args = ["--mode", "crowd", "--listeners", `${listeners}`, "--rounds", `${rounds}`];
    const { settling } = await trial(...args);
    const { settled, wakeUps, drains } = settling as NonNullable<TrialReport["settling"]>;
    expect(settled).toBe(listeners * rounds);
    expect(drains).toBeLessThanOrEqual(settled);
    expect(wakeUps).toBeLessThanOrEqual(2 * drains);
    expect(wakeUps).toBeGreaterThan(0);
  });
});

describe("a heap that is too small", () => {
  it("is what the crowd fails of when it is full", async () => {
    const { code, stdout } = await stressListener(
      "--mode",
      "crowd",
      "--heap",
      "256KiB",
      "--listeners",
      "10k",
      "--json",
    );
    const { failures } = JSON.parse(stdout) as ListenerStressReport;
    expect(code).toBe(1);
    expect(failures).toEqual([
      expect.stringMatching(/^crowd: thread 1 \(async\) threw: OutOfMemoryError: no block of 52 bytes left/),
    ]);
  });
});

/** By then a run has begun, on any machine. */
const START_MS = 2000;

describe("Ctrl-C", () => {
  it.each(["all", "ping-pong", "mutex", "crowd"])("ends mode %s early, verified", async (mode) => {
    const run = start("stress", "listener", "--mode", mode, "--duration", "45", "--json");
    await sleep(START_MS);
    run.interrupt();
    const { code, stdout } = await run.ended;
    const { ok, interrupted, seconds, trials } = JSON.parse(stdout) as ListenerStressReport;
    expect({ code, ok, interrupted }).toEqual({ code: 0, ok: true, interrupted: true });
    expect(seconds).toBeLessThan(30);
    expect(trials[0]?.rounds).toBeGreaterThan(0);
  });

  it("twice gives up", async () => {
    // One who stalls inside the lock keeps the first from coming to an end.
    const stall = ["--mode", "mutex", "--duration", "45", "--sabotage", "stall", "--watchdog", "30"];
    const run = start("stress", "listener", ...stall);
    await sleep(START_MS);
    run.interrupt();
    await sleep(600);
    run.interrupt();
    expect(await run.ended).toMatchObject({ code: 130, stdout: "" });
  });
});
