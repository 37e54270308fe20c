/**
 * What the stress commands have in common: tables of what was verified, time limits, other heaps, kills.
 *
 * @storm
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { OPERATIONS } from "../../dist/cli/stress/arc.js";
import { listener } from "../../dist/cli/stress/listener.js";
import { mutex } from "../../dist/cli/stress/mutex.js";
import type { Report, SuiteReport } from "../../dist/cli/stress/report.js";
import { stress as runSuite } from "../../dist/cli/stress/run.js";
import type { Scenario } from "../../dist/cli/stress/scenario.js";
import { printed, type Single, startCopy, stress, verified } from "./shmol.js";

describe("a run ends with tables of what was verified", () => {
  const TIMED = /latency .* p50 [\d.]+ [µm]s, p99 [\d.]+ [µm]s, p99\.9 [\d.]+ [µm]s, longest [\d.]+ [µm]s/;

  it.each<[line: string, checks: string, said: readonly RegExp[]]>([
    ["queue --items 200k", "counts checksum order finished memory", [/items .* 200,000/]],
    ["arc --operations 50k", "contents liveness memory", [/heap used .* 0 B before, .* at most, 0 B after/]],
    ["channel --messages 50k", "delivery order end memory", [/ends .* mixed/]],
    [
      "listener --duration 1",
      "order counts exclusion wakeUps listeners memory",
      [
        /ping-pong sync\/sync/,
        /ping-pong async\/sync/,
        /ping-pong async\/async/,
        TIMED,
        /scenario .* mutex, 4 threads/,
      ],
    ],
  ])("%s", async (line, checks, said) => {
    const { code, stdout, stderr } = await stress(`${line} --seed 0xc0ffee`);
    expect(stderr).toBe("");
    for (const words of [/seed .* 0xc0ffee/, ...said]) expect(stdout).toMatch(words);
    for (const check of checks.split(" ")) expect(stdout).toContain(`✓ ${check}`);
    expect(stdout).not.toContain("✗");
    // Not a terminal: no colours, no line that is written again and again.
    expect(stdout).not.toContain("\x1b");
    expect(code).toBe(0);
  });
});

describe("a run reports the same as one JSON document:", () => {
  const CALM = { kills: 0, returned: { threads: 0, strong: 0, values: 0, blocks: 0 } };

  it.each<[line: string, expected: object]>([
    [
      "queue --items 123457 --producers 3 --consumers 1",
      {
        ...{ parts: 1, threads: 4, unit: "items" },
        options: { producers: 3, consumers: 1, flavor: "unbounded", type: "i32", force: false, batch: 1 },
        counts: { items: 123457, pushed: 123457, full: 0, displaced: 0, refusals: 0, lost: 0, doubtful: 0 },
        checks: { counts: { ok: true, found: "123457 in, 123457 out" }, memory: { ok: true } },
      },
    ],
    ["arc --operations 50k --threads 3", { options: { threads: 3, size: 256 }, counts: { refusals: 0 } }],
  ])("%s", async (line, expected) => {
    const run = await verified(`${line} --seed 7`);
    expect(run).toMatchObject(expected);
    expect(run).toMatchObject({ interrupted: false, seed: 7, heapUsed: { before: 0, after: 0 }, casualties: CALM });
    expect(run.options).toMatchObject({ heap: 2 ** 28, alignment: 128, checked: false });
    const { [run.unit]: count = 0 } = run.counts;
    expect(run.perSecond).toBeCloseTo(count / run.seconds);
    expect(run.heapUsed.peak).toBeGreaterThan(0);
    if (run.suite !== "arc") return;
    expect(count).toBeGreaterThanOrEqual(50_000);
    const done = OPERATIONS.map((operation) => run.counts[operation] as number);
    expect(done.reduce((a, b) => a + b)).toBe(count);
    for (const count of done) expect(count).toBeGreaterThan(100);
  });
});

it("arc runs with one thread", async () => {
  await verified("arc --operations 5k --threads 1");
});

describe("under kills, what the dead owned is returned, and nothing is lost but what they took along:", () => {
  const ofArc = ({ casualties: { returned } }: Single) => {
    for (const count of [returned.weak, returned.tickets]) expect(count).toBeGreaterThan(0);
  };
  const ofQueue = ({ casualties: { killed }, counts, options }: Single) => {
    expect(counts.lost).toBeLessThanOrEqual((killed.consumer ?? 0) * Number(options.batch));
  };
  const ofMutex = ({ casualties: { kills, returned }, counts: { locksHeld, rounds }, checks }: Single) => {
    expect(locksHeld).toBeLessThanOrEqual(kills);
    expect(returned.passedOn).toBeLessThanOrEqual(returned.listeners);
    expect(checks.counts?.found).toBe(`${rounds} rounds, counted ${rounds} without atomics`);
  };

  // Of all kinds, in the test's own process: test/reaper/killStorm.test.ts.
  it.each<[line: string, and: (run: Single) => void]>([
    ["arc --checked", ofArc],
    ["queue --batch 16 --type f64", ofQueue],
    ["listener --mode mutex --threads 4", ofMutex],
  ])("%s", async (line, and) => {
    const { trials, ...whole } = await verified<Single & { readonly trials?: readonly Report[] }>(
      `${line} --kills 20 --kill 60`,
      printed,
    );
    const run = { ...whole, ...trials?.[0] };
    const { kills, killed, returned } = run.casualties;
    expect(kills).toBeGreaterThanOrEqual(20);
    expect(Object.values(killed).reduce((a, b) => a + b)).toBe(kills);
    // Some were killed before they had the heap open.
    expect(returned.threads).toBeLessThanOrEqual(kills);
    expect(returned.strong).toBeGreaterThan(0);
    expect(run.heapUsed).toMatchObject({ before: 0, after: 0 });
    expect(run.counts[run.unit]).toBeGreaterThan(0);
    and(run);
  });
});

it.each(["queue", "arc"])("%s ends after its duration", async (name) => {
  const { seconds, counts, unit } = await verified(`${name} --duration 0.5`);
  expect(seconds).toBeGreaterThanOrEqual(0.5);
  expect(counts[unit]).toBeGreaterThan(0);
});

it.each([
  ["queue --items 300k --batch 16", { items: 300_000 }],
  ["arc --operations 20k --size 20000", {}],
])("%s runs on another heap: of another alignment, checked, nearly too small", async (line, done) => {
  const { options, counts } = await verified(`${line} --alignment 1024 --heap 1MiB --checked`, printed);
  expect(options).toMatchObject({ alignment: 1024, heap: 2 ** 20, checked: true });
  expect(counts).toMatchObject(done);
  expect(counts.refusals).toBeGreaterThan(0);
});

it("listener runs on another heap: of another alignment, checked", async () => {
  const { options } = await verified<SuiteReport>(
    "listener --alignment 1024 --heap 8MiB --checked --listeners 500 --duration 1",
    printed,
  );
  expect(options).toMatchObject({ alignment: 1024, heap: 2 ** 23, checked: true });
});

// npm installs the package without any other. Only the bundle of the main thread has the libraries in it.
it("runs where no other package is installed", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "shmol-alone-"));
  for (const name of ["dist", "package.json"]) {
    cpSync(new URL(`../../${name}`, import.meta.url), path.join(folder, name), { recursive: true });
  }
  const runs = ["queue --items 1k", "arc --operations 1k", "channel --messages 1k", "listener --mode crowd --rounds 2"];
  for (const line of runs) {
    const run = startCopy(path.join(folder, "dist/cli/shmol.js"), "stress", ...line.split(" "));
    expect(await run.ended).toMatchObject({ code: 0, stderr: "" });
  }
  rmSync(folder, { recursive: true });
});

describe("a run that will not come to its end says so after a while,", () => {
  const run = (scenario: Scenario, sabotage?: string) =>
    runSuite({ ...listener, scenarios: () => [scenario] }, { watchdog: 1000 }, { sabotage });

  it("when less moves than a wake-up in time would have moved", async () => {
    const { failures } = await run({ ...mutex(2, 1e9), least: 1e9 });
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatch(/^mutex: crawls: fewer than 1000000000 a second for \d\.\d s, the lock is held by /);
  });

  it("and does not drop what may be broken: that may never end", async () => {
    const scenario = mutex(2, 1e9);
    const drop = vi.fn();
    const setUp: Scenario["setUp"] = (context) => {
      const stage = scenario.setUp(context);
      return { ...stage, subjects: stage.subjects.map((subject) => ({ share: subject.share.bind(subject), drop })) };
    };
    const { failures } = await run({ ...scenario, setUp }, "stall");
    expect(failures).toEqual([expect.stringMatching(/^mutex: wedged: nothing moved for \d\.\d s/)]);
    expect(drop).not.toHaveBeenCalled();
  });
});
