/** `shmol stress queue`: real workers, everything verified, and the verdict in the exit code. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { QueueStressReport } from "../../dist/cli/stress/queue.js";
import { start, stressQueue } from "./shmol.js";

async function report(...args: string[]): Promise<QueueStressReport & { code: number | null }> {
  const { code, stdout, stderr } = await stressQueue(...args, "--json");
  expect(stderr).toBe("");
  return { code, ...JSON.parse(stdout) };
}

describe("a run", () => {
  it("ends with a table of what was verified", async () => {
    const { code, stdout, stderr } = await stressQueue("--items", "200k", "--seed", "0xc0ffee");
    expect(stderr).toBe("");
    expect(stdout).toMatch(/seed .* 0xc0ffee/);
    expect(stdout).toMatch(/items .* 200,000/);
    for (const check of ["counts", "checksum", "order", "finished", "memory"]) expect(stdout).toContain(`✓ ${check}`);
    expect(stdout).not.toContain("✗");
    // Not a terminal: no colours, no line that is written again and again.
    expect(stdout).not.toContain("\x1b");
    expect(code).toBe(0);
  });

  it("reports the same as one JSON document", async () => {
    const run = await report("--items", "123457", "--producers", "3", "--consumers", "1", "--seed", "7");
    expect(run).toMatchObject({
      ...{ code: 0, ok: true, failures: [], interrupted: false, seed: 7, producers: 3, consumers: 1 },
      ...{ type: "i32", batch: 1, capacity: 2 ** 28, alignment: 128, checked: false },
      ...{ items: 123457, rounds: 1, refusals: 0, heapUsed: { before: 0, after: 0 } },
      casualties: { kills: 0, lostValues: 0, leakedBlocks: 0, leakedScratch: 0, orphanedHandles: 0 },
      checks: { counts: { ok: true, found: "123457 in, 123457 out" }, memory: { ok: true } },
    });
    expect(run.seconds).toBeGreaterThan(0);
    expect(run.itemsPerSecond).toBeCloseTo(run.items / run.seconds);
    expect(run.heapUsed.peak).toBeGreaterThan(0);
  });

  it.each(["i32", "u32", "f32", "f64", "bool"])("verifies values of type %s, alone and in batches", async (type) => {
    for (const batch of ["1", "100"]) {
      expect(await report("--items", "300k", "--type", type, "--batch", batch)).toMatchObject({
        ...{ code: 0, ok: true, type, items: 300_000 },
      });
    }
  });

  it("goes on with another round when the serials of its type are used up", async () => {
    expect(await report("--items", "17M", "--type", "f32", "--batch", "256")).toMatchObject({
      ...{ code: 0, ok: true, items: 17_000_000, rounds: 2 },
    });
  });

  it("ends after its duration", async () => {
    const run = await report("--duration", "0.5");
    expect(run).toMatchObject({ code: 0, ok: true, interrupted: false });
    expect(run.seconds).toBeGreaterThanOrEqual(0.5);
    expect(run.items).toBeGreaterThan(0);
  });

  it("runs on other heaps: of another alignment, checked, nearly too small", async () => {
    const heap = ["--alignment", "1024", "--capacity", "1MiB", "--checked"];
    const run = await report("--items", "300k", ...heap, "--batch", "16");
    expect(run).toMatchObject({ code: 0, ok: true, alignment: 1024, capacity: 2 ** 20, checked: true, items: 300_000 });
    expect(run.refusals).toBeGreaterThan(0);
  });
});

/** By then a run has begun, on any machine. */
const START_MS = 3000;

describe("Ctrl-C", () => {
  it("ends a run early, verified", async () => {
    const run = start("stress", "queue", "--duration", "40", "--json");
    await sleep(START_MS);
    run.interrupt();
    const { code, stdout } = await run.ended;
    const { ok, interrupted, seconds, items } = JSON.parse(stdout) as QueueStressReport;
    expect({ code, ok, interrupted }).toEqual({ code: 0, ok: true, interrupted: true });
    expect(seconds).toBeLessThan(30);
    expect(items).toBeGreaterThan(0);
  });

  it("twice gives up", async () => {
    // A consumer that stalls keeps the first from coming to an end.
    const run = start("stress", "queue", "--duration", "40", "--sabotage", "stall", "--watchdog", "30");
    await sleep(START_MS);
    run.interrupt();
    await sleep(600);
    run.interrupt();
    expect(await run.ended).toMatchObject({ code: 130, stdout: "" });
  });
});

describe("under kills", () => {
  it.each(["1", "16"])("nothing is lost but what the killed took along, in batches of %s", async (batch) => {
    const run = await report("--kills", "50", "--kill", "60", "--type", "f64", "--batch", batch);
    expect(run).toMatchObject({ code: 0, ok: true });
    const { kills, killedProducers, killedConsumers, lostValues, leakedBlocks, leakedScratch } = run.casualties;
    expect(kills).toBeGreaterThanOrEqual(50);
    expect(killedProducers + killedConsumers).toBe(kills);
    expect(lostValues).toBeLessThanOrEqual(killedConsumers * Number(batch));
    expect(leakedBlocks).toBeLessThanOrEqual(2 * kills);
    expect(leakedScratch).toBeLessThanOrEqual(batch === "1" ? 0 : kills);
    expect(run.items).toBeGreaterThan(0);
  });
});
