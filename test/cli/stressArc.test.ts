/** `shmol stress arc`: real workers, everything verified, and the verdict in the exit code. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { ArcStressReport } from "../../dist/cli/stress/arc.js";
import { start, stressArc } from "./shmol.js";

async function report(...args: string[]): Promise<ArcStressReport & { code: number | null }> {
  const { code, stdout, stderr } = await stressArc(...args, "--json");
  expect(stderr).toBe("");
  return { code, ...JSON.parse(stdout) };
}

describe("a run", () => {
  it("ends with a table of what was verified", async () => {
    const { code, stdout, stderr } = await stressArc("--deeds", "50k", "--seed", "0xc0ffee");
    expect(stderr).toBe("");
    expect(stdout).toMatch(/seed .* 0xc0ffee/);
    expect(stdout).toMatch(/blocks .* of up to 256 B/);
    expect(stdout).toMatch(/heap used .* 0 B before, .* at most, 0 B after/);
    for (const check of ["contents", "liveness", "memory"]) expect(stdout).toContain(`✓ ${check}`);
    expect(stdout).not.toContain("✗");
    // Not a terminal: no colours, no line that is written again and again.
    expect(stdout).not.toContain("\x1b");
    expect(code).toBe(0);
  });

  it("reports the same as one JSON document, with everything done that there is", async () => {
    const run = await report("--deeds", "50k", "--threads", "3", "--seed", "7");
    expect(run).toMatchObject({
      ...{ code: 0, ok: true, failures: [], interrupted: false, seed: 7, threads: 3, size: 256 },
      ...{ heap: 2 ** 28, alignment: 128, checked: false, refusals: 0 },
      ...{ heapUsed: { before: 0, after: 0 }, casualties: { kills: 0, returned: { threads: 0 } } },
    });
    expect(run.deeds).toBeGreaterThanOrEqual(50_000);
    expect(Object.values(run.did).reduce((a, b) => a + b)).toBe(run.deeds);
    for (const count of Object.values(run.did)) expect(count).toBeGreaterThan(100);
  });

  it("runs with one thread, with large blocks, on other heaps: of another alignment, checked, nearly too small", async () => {
    expect(await report("--deeds", "5k", "--threads", "1")).toMatchObject({ code: 0, ok: true });
    const heap = ["--alignment", "1024", "--heap", "1MiB", "--checked", "--size", "20000"];
    const run = await report("--deeds", "20k", ...heap);
    expect(run).toMatchObject({ code: 0, ok: true, alignment: 1024, heap: 2 ** 20, checked: true, size: 20_000 });
    expect(run.refusals).toBeGreaterThan(0);
  });

  it("ends after its duration", async () => {
    const run = await report("--duration", "0.5");
    expect(run).toMatchObject({ code: 0, ok: true, interrupted: false });
    expect(run.seconds).toBeGreaterThanOrEqual(0.5);
  });
});

describe("under kills", () => {
  it.each([[[]], [["--checked"]], [["--threads", "8", "--size", "20000"]]])(
    "everything of the killed is returned, %j",
    async (args) => {
      const run = await report("--kills", "30", "--kill", "60", ...args);
      expect(run).toMatchObject({ code: 0, ok: true, heapUsed: { before: 0, after: 0 } });
      const { kills, returned } = run.casualties;
      expect(kills).toBeGreaterThanOrEqual(30);
      expect(returned.threads).toBeLessThanOrEqual(kills);
      for (const count of [returned.strong, returned.weak, returned.tickets]) expect(count).toBeGreaterThan(0);
    },
  );
});

describe("Ctrl-C", () => {
  it("ends a run early, verified", async () => {
    const run = start("stress", "arc", "--duration", "40", "--json");
    await sleep(3000);
    run.interrupt();
    const { code, stdout } = await run.ended;
    const { ok, interrupted, seconds } = JSON.parse(stdout) as ArcStressReport;
    expect({ code, ok, interrupted }).toEqual({ code: 0, ok: true, interrupted: true });
    expect(seconds).toBeLessThan(30);
  });
});
