/**
 * `shmol stress queue`: real workers, everything verified, and the verdict in the exit code.
 *
 * @storm
 */
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
      ...{ flavor: "unbounded", capacity: null, type: "i32", size: null, force: false, batch: 1 },
      ...{ heap: 2 ** 28, alignment: 128, checked: false },
      ...{ items: 123457, rounds: 1, fulls: 0, displaced: 0, refusals: 0, heapUsed: { before: 0, after: 0 } },
      casualties: { kills: 0, lostValues: 0, returned: { threads: 0, strong: 0, values: 0, blocks: 0 } },
      checks: { counts: { ok: true, found: "123457 in, 123457 out" }, memory: { ok: true } },
    });
    expect(run.seconds).toBeGreaterThan(0);
    expect(run.itemsPerSecond).toBeCloseTo(run.items / run.seconds);
    expect(run.heapUsed.peak).toBeGreaterThan(0);
  });

  it.each([
    ...["i32", "u32", "f32", "f64", "bool", "i64", "u64"],
    ...["bytes", "utf8", "json", "clone", "struct", "arc"],
  ])("verifies values of type %s, alone and in batches", async (type) => {
    for (const batch of ["1", "100"]) {
      expect(await report("--items", "50k", "--type", type, "--batch", batch)).toMatchObject({
        ...{ code: 0, ok: true, type, items: 50_000, heapUsed: { after: 0 } },
      });
    }
  });

  it("takes payloads of the size that it is told", async () => {
    const peaks = [];
    for (const size of ["0", "20000"]) {
      const run = await report("--items", "40k", "--flavor", "bounded", "--type", "bytes", "--size", size);
      expect(run).toMatchObject({ code: 0, ok: true, size: Number(size), items: 40_000, heapUsed: { after: 0 } });
      peaks.push(run.heapUsed.peak);
    }
    expect(peaks[1]).toBeGreaterThan(2 * (peaks[0] as number));
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
    const heap = ["--alignment", "1024", "--heap", "1MiB", "--checked"];
    const run = await report("--items", "300k", ...heap, "--batch", "16");
    expect(run).toMatchObject({ code: 0, ok: true, alignment: 1024, heap: 2 ** 20, checked: true, items: 300_000 });
    expect(run.refusals).toBeGreaterThan(0);
  });
});

describe.each([
  { flavor: "unbounded", capacity: null, room: [] },
  { flavor: "bounded", capacity: 16, room: ["--capacity", "16"] },
  { flavor: "single", capacity: 1, room: [] },
])("a run of the $flavor queue", ({ flavor, capacity, room }) => {
  const crowd = ["--producers", "3", "--consumers", "3"];

  it.each(["i32", "bytes", "struct", "arc"])("verifies values of type %s", async (type) => {
    const run = await report("--items", "20k", "--flavor", flavor, ...room, "--type", type, ...crowd, "--batch", "4");
    expect(run).toMatchObject({ code: 0, ok: true, flavor, capacity, type, items: 20_000, displaced: 0 });
    expect(run.heapUsed.after).toBe(0);
    if (capacity !== null) expect(run.maxSize).toBeLessThanOrEqual(capacity);
  });

  if (capacity === null) return;

  it.each(["i32", "f64", "utf8", "arc"])("accounts for displaced values of type %s", async (type) => {
    const run = await report("--items", "50k", "--flavor", flavor, ...room, "--type", type, ...crowd, "--force");
    expect(run).toMatchObject({ code: 0, ok: true, flavor, capacity, type, force: true, items: 50_000 });
    expect(run.checks.counts.found).toBe("50000 in, 50000 out");
    expect(run.displaced).toBeGreaterThan(0);
    expect(run.displaced).toBeLessThan(run.items);
    expect(run.heapUsed.after).toBe(0);
  });
});

describe("a table of a bounded run", () => {
  it("shows queue, payloads, fulls and displaced values", async () => {
    const args = ["--flavor", "bounded", "--capacity", "2", "--force", "--type", "utf8", "--batch", "3"];
    const { code, stdout } = await stressQueue("--items", "20k", ...args);
    expect(stdout).toMatch(/queue .* bounded, capacity 2, pushed to by force/);
    expect(stdout).toMatch(/type .* utf8, payloads of up to 256/);
    expect(stdout).toMatch(/full .* [\d,]+ times, tried again/);
    expect(stdout).toMatch(/displaced .* [\d,]+ of the items/);
    expect(code).toBe(0);
  });

  it("has defaults: 1024 values, nobody displaced", async () => {
    const run = await report("--items", "20k", "--flavor", "bounded");
    expect(run).toMatchObject({ code: 0, ok: true, capacity: 1024, force: false, displaced: 0, items: 20_000 });
  });
});

/** By then a run has begun, on any machine. */
const START_MS = 2000;

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
  it.each([
    { name: "unbounded f64", batch: 1, args: ["--type", "f64"] },
    { name: "unbounded f64", batch: 16, args: ["--type", "f64"] },
    { name: "unbounded bytes", batch: 1, args: ["--type", "bytes"] },
    { name: "bounded i32", batch: 16, args: ["--flavor", "bounded"] },
    { name: "bounded utf8", batch: 1, args: ["--flavor", "bounded", "--type", "utf8"] },
    { name: "single i32", batch: 1, args: ["--flavor", "single"] },
    { name: "single arc by force", batch: 1, args: ["--flavor", "single", "--type", "arc", "--force"] },
  ])("$name, batch $batch: nothing is lost but what the killed took along", async ({ args, batch }) => {
    const run = await report("--kills", "30", "--kill", "60", ...args, "--batch", `${batch}`);
    expect(run).toMatchObject({ code: 0, ok: true });
    const { kills, killedProducers, killedConsumers, lostValues, returned } = run.casualties;
    expect(kills).toBeGreaterThanOrEqual(30);
    expect(killedProducers + killedConsumers).toBe(kills);
    const displaced = run.force ? killedProducers : 0;
    expect(lostValues).toBeLessThanOrEqual(killedConsumers * batch + displaced);
    expect(returned.threads).toBeLessThanOrEqual(kills);
    expect(returned.strong).toBeGreaterThan(0);
    expect(run.heapUsed).toMatchObject({ before: 0, after: 0 });
    expect(run.items).toBeGreaterThan(0);
  });
});
