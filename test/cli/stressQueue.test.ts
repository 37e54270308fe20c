/**
 * `shmol stress queue`: real workers, everything verified, and the verdict in the exit code.
 *
 * @storm
 */
import { describe, expect, it } from "vitest";
import { verified } from "./shmol.js";

describe("a run", () => {
  it("reports the same as one JSON document", async () => {
    const run = await verified("queue --items 123457 --producers 3 --consumers 1 --seed 7");
    expect(run).toMatchObject({
      ...{ interrupted: false, seed: 7, parts: 1, threads: 4, unit: "items", heapUsed: { before: 0, after: 0 } },
      options: { producers: 3, consumers: 1, flavor: "unbounded", type: "i32", force: false, batch: 1, heap: 2 ** 28 },
      counts: { items: 123457, pushed: 123457, full: 0, displaced: 0, refusals: 0, lost: 0, doubtful: 0 },
      casualties: { kills: 0, returned: { threads: 0, strong: 0, values: 0, blocks: 0 } },
      checks: { counts: { ok: true, found: "123457 in, 123457 out" }, memory: { ok: true } },
    });
    expect(run.perSecond).toBeCloseTo(123457 / run.seconds);
    expect(run.heapUsed.peak).toBeGreaterThan(0);
  });

  it.each([
    ...["i32", "u32", "f32", "f64", "bool", "i64", "u64"],
    ...["bytes", "utf8", "json", "clone", "struct", "record", "arc"],
  ])("verifies values of type %s, alone and in batches", async (type) => {
    for (const batch of ["1", "100"]) {
      const { counts, heapUsed } = await verified(`queue --items 50k --type ${type} --batch ${batch}`);
      expect([counts.items, heapUsed.after]).toEqual([50_000, 0]);
    }
  });

  it("takes payloads of the size that it is told", async () => {
    const peaks = [];
    for (const size of [0, 20_000]) {
      const run = await verified(`queue --items 40k --flavor bounded --type bytes --size ${size}`);
      expect(run).toMatchObject({ options: { size }, counts: { items: 40_000 }, heapUsed: { after: 0 } });
      peaks.push(run.heapUsed.peak);
    }
    expect(peaks[1]).toBeGreaterThan(2 * (peaks[0] as number));
  });

  it("is repeated when the serials of its type are used up", async () => {
    const { counts, parts } = await verified("queue --items 17M --type f32 --batch 256");
    expect([counts.items, parts]).toEqual([17_000_000, 2]);
  });
});

describe.each([
  ["--flavor unbounded", Number.POSITIVE_INFINITY],
  ["--flavor bounded --capacity 16", 16],
  ["--flavor single", 1],
])("a run of the queue with %s", (flavor, capacity) => {
  const crowd = `${flavor} --producers 3 --consumers 3`;

  it.each(["i32", "bytes", "struct", "arc"])("verifies values of type %s", async (type) => {
    const { counts, heapUsed } = await verified(`queue --items 20k ${crowd} --type ${type} --batch 4`);
    expect(counts).toMatchObject({ items: 20_000, displaced: 0 });
    expect(counts.maxSize).toBeLessThanOrEqual(capacity);
    expect(heapUsed.after).toBe(0);
  });

  if (capacity === Number.POSITIVE_INFINITY) return;

  it.each(["i32", "f64", "utf8", "arc"])("accounts for displaced values of type %s", async (type) => {
    const { counts, checks, heapUsed } = await verified(`queue --items 50k ${crowd} --type ${type} --force`);
    expect(checks.counts?.found).toBe("50000 in, 50000 out");
    expect(counts.displaced).toBeGreaterThan(0);
    expect(counts.displaced).toBeLessThan(counts.items as number);
    expect(heapUsed.after).toBe(0);
  });
});

describe("under kills", () => {
  it.each([
    [1, "--type f64"],
    [16, "--type f64"],
    [1, "--type bytes"],
    [16, "--flavor bounded"],
    [1, "--flavor bounded --type utf8"],
    [1, "--flavor single"],
    [1, "--flavor single --type arc --force"],
  ])("nothing is lost but what the killed took along, batch %i %s", async (batch, args) => {
    const { casualties, counts, heapUsed, options } = await verified(
      `queue --kills 30 --kill 60 ${args} --batch ${batch}`,
    );
    const { kills, killed, returned } = casualties;
    const { producer = 0, consumer = 0 } = killed;
    expect(kills).toBeGreaterThanOrEqual(30);
    expect(producer + consumer).toBe(kills);
    expect(counts.lost).toBeLessThanOrEqual(consumer * batch + (options.force === true ? producer : 0));
    expect(returned.threads).toBeLessThanOrEqual(kills);
    expect(returned.strong).toBeGreaterThan(0);
    expect(heapUsed).toMatchObject({ before: 0, after: 0 });
    expect(counts.items).toBeGreaterThan(0);
  });
});
