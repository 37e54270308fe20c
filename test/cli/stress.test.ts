/**
 * What the stress commands have in common: tables of what was verified, time limits, other heaps.
 *
 * @storm
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { listener } from "../../dist/cli/stress/listener.js";
import { mutex } from "../../dist/cli/stress/mutex.js";
import type { SuiteReport } from "../../dist/cli/stress/report.js";
import { stress as runSuite } from "../../dist/cli/stress/run.js";
import type { Scenario } from "../../dist/cli/stress/scenario.js";
import { startCopy, stress, verified } from "./shmol.js";

describe("a run ends with tables of what was verified", () => {
  const TIMED = /latency .* p50 [\d.]+ [µm]s, p99 [\d.]+ [µm]s, p99\.9 [\d.]+ [µm]s, longest [\d.]+ [µm]s/;

  it.each<[line: string, checks: string, said: readonly RegExp[]]>([
    ["queue --items 200k", "counts checksum order finished memory", [/items .* 200,000/]],
    ["arc --operations 50k", "contents liveness memory", [/heap used .* 0 B before, .* at most, 0 B after/]],
    ["channel --messages 50k", "delivery order end memory", [/ends .* mixed/]],
    [
      "listener",
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

it.each(["queue", "arc"])("%s ends after its duration", async (name) => {
  const { seconds, counts, unit } = await verified(`${name} --duration 0.5`);
  expect(seconds).toBeGreaterThanOrEqual(0.5);
  expect(counts[unit]).toBeGreaterThan(0);
});

it.each([
  ["queue --items 300k --batch 16", { items: 300_000 }],
  ["arc --operations 20k --size 20000", {}],
])("%s runs on another heap: of another alignment, checked, nearly too small", async (line, done) => {
  const { options, counts } = await verified(`${line} --alignment 1024 --heap 1MiB --checked`);
  expect(options).toMatchObject({ alignment: 1024, heap: 2 ** 20, checked: true });
  expect(counts).toMatchObject(done);
  expect(counts.refusals).toBeGreaterThan(0);
});

it("listener runs on another heap: of another alignment, checked", async () => {
  const { options } = await verified<SuiteReport>("listener --alignment 1024 --heap 8MiB --checked --listeners 500");
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
