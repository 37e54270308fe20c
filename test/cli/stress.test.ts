/**
 * What the stress commands have in common: tables of what was verified, time limits, other heaps.
 *
 * @storm
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { SuiteReport } from "../../dist/cli/stress/report.js";
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
