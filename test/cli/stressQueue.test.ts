/**
 * `shmol stress queue`: real workers, everything verified, and the verdict in the exit code.
 *
 * @storm
 */
import { describe, expect, it } from "vitest";
import { verified } from "./shmol.js";

describe("a run", () => {
  it.each([
    ...["i32", "u32", "f32", "f64", "bool", "i64", "u64"],
    ...["bytes", "utf8", "json", "clone", "struct", "record", "arc"],
  ])("verifies values of type %s, alone and in batches", async (type) => {
    for (const batch of ["1", "100"]) {
      const { counts, heapUsed } = await verified(`queue --items 20k --type ${type} --batch ${batch}`);
      expect([counts.items, heapUsed.after]).toEqual([20_000, 0]);
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
    const { counts, heapUsed } = await verified(`queue --items 10k ${crowd} --type ${type} --batch 4`);
    expect(counts).toMatchObject({ items: 10_000, displaced: 0 });
    expect(counts.maxSize).toBeLessThanOrEqual(capacity);
    expect(heapUsed.after).toBe(0);
  });

  if (capacity === Number.POSITIVE_INFINITY) return;

  it.each(["i32", "f64", "utf8", "arc"])("accounts for displaced values of type %s", async (type) => {
    const { counts, checks, heapUsed } = await verified(`queue --items 20k ${crowd} --type ${type} --force`);
    expect(checks.counts?.found).toBe("20000 in, 20000 out");
    expect(counts.displaced).toBeGreaterThan(0);
    expect(counts.displaced).toBeLessThan(counts.items as number);
    expect(heapUsed.after).toBe(0);
  });
});
