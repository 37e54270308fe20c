/** The benchmark's verdicts: no figure without free cores, and ratios of medians. */
import { describe, expect, it } from "vitest";
import type { Measured } from "../../../dist/cli/bench/measure.js";
import { rowsOf } from "../../../dist/cli/bench/rows.js";
import type { Scenario } from "../../../dist/cli/bench/scenarios.js";
import { rowsTable } from "../../../dist/cli/bench/table.js";

const scenario: Scenario = { name: "spsc", about: "", contenders: [], bars: [{ against: "peer", ratio: 3 }] };

/** A contender's repetitions, as pairs of rate and cores. */
function measured(label: string, repetitions: [rate: number, cores: number][]): Measured {
  return {
    contender: { label },
    items: 1024,
    repetitions: repetitions.map(([rate, cores]) => ({ rate, cores })),
  };
}

const quiet = (...rates: number[]) => rates.map((rate): [number, number] => [rate, 1.95]);

describe("rows of a benchmark", () => {
  it("compares medians and says whether the bar is reached", () => {
    const [ours, peer] = rowsOf(
      scenario,
      [measured("shmol", quiet(50, 60, 10)), measured("peer", quiet(9, 10, 11))],
      3,
    );
    expect(ours?.figures).toEqual({ median: 50, min: 10, max: 60 });
    expect(peer).toMatchObject({ ratio: 5, verdict: "ok" });
  });

  it("reports a missed bar", () => {
    const [, peer] = rowsOf(scenario, [measured("shmol", quiet(50)), measured("peer", quiet(20))], 1);
    expect(peer).toMatchObject({ ratio: 2.5, verdict: "MISSED" });
  });

  it("takes an absolute rate instead of the ratio where the bar allows it", () => {
    const either = { ...scenario, bars: [{ against: "peer", ratio: 3, orRate: 30 }] };
    const [, peer] = rowsOf(either, [measured("shmol", quiet(31)), measured("peer", quiet(30))], 1);
    expect(peer?.verdict).toBe("ok");
  });

  it("turns rates into nanoseconds an item, without what all of them pause", () => {
    const slow = { ...scenario, unit: "ns" as const, pausesNs: 40_000 };
    const [ours, peer] = rowsOf(slow, [measured("shmol", quiet(0.02)), measured("peer", quiet(0.01))], 1);
    expect(ours).toMatchObject({ unit: "ns", figures: { median: 10_000 } });
    expect(peer).toMatchObject({ figures: { median: 60_000 }, ratio: 6, verdict: "ok" });
  });

  it("holds ours against a number of nanoseconds where that is the bar", () => {
    const absolute = { ...scenario, unit: "ns" as const, bars: [{ against: "shmol", atMostNs: 15 }] };
    const [fast] = rowsOf(absolute, [measured("shmol", quiet(100))], 1);
    expect(fast).toMatchObject({ bar: "<= 15 ns", verdict: "ok" });
    const [slow] = rowsOf(absolute, [measured("shmol", quiet(50))], 1);
    expect(slow).toMatchObject({ verdict: "MISSED" });
    const [unknown] = rowsOf(absolute, [measured("shmol", [[100, 1.2]])], 1);
    expect(unknown).toMatchObject({ verdict: "open" });
  });

  it("compares processor time, too, where repetitions are processes of their own", () => {
    const programs = { ...scenario, bars: [{ against: "peer", ratio: 3, processor: 0.9 }] };
    const both = (ours: number, theirs: number) =>
      [["shmol", 60, ours] as const, ["peer", 10, theirs] as const].map(([label, rate, processorNs]) => ({
        ...{ contender: { label }, items: 1024 },
        repetitions: [{ rate, processorNs, switches: 0.25, cores: 1.95 }],
      }));
    const rows = rowsOf(programs, both(100, 150), 1);
    expect(rows[1]).toMatchObject({ processorNs: { median: 150 }, processorRatio: 1.5, switches: 250, verdict: "ok" });
    expect(rowsOf(programs, both(100, 89), 1)[1]).toMatchObject({ bar: ">= 3 x, 0.9 x", verdict: "MISSED" });
    const [table, without] = [rows, rowsOf(scenario, [measured("shmol", quiet(50))], 1)].map((some) =>
      rowsTable("a", some, { columns: 140 } as NodeJS.WriteStream),
    );
    expect(table).toMatch(/peer +10\.0 M\/s +[^ ]+ - [^ ]+ +6\.00 x +150 ns, 1\.50 x/);
    expect(without).not.toContain("processor");
  });

  it("leaves out repetitions without two free cores", () => {
    const [ours] = rowsOf(scenario, [measured("shmol", [...quiet(50, 52), [5, 1.2], [6, 1.79]])], 4);
    expect(ours).toMatchObject({ figures: { median: 51, min: 50, max: 52 }, reps: 4, clean: 2, cores: 1.95 });
  });

  it("shows no figure when too few repetitions had their cores, and leaves the bar open", () => {
    const rows = rowsOf(
      scenario,
      [measured("shmol", [[50, 1.2], ...quiet(50)]), measured("peer", quiet(10, 10, 10))],
      3,
    );
    expect(rows[0]?.figures).toBeUndefined();
    expect(rows[1]).toMatchObject({ verdict: "open" });
    const table = rowsTable("spsc", rows.slice(0, 1), process.stdout);
    expect(table).toContain("not measured");
    expect(table).not.toContain("50.0");
  });

  it("has no figure for a contender that failed, however fast it was, and says why", () => {
    const broken = { ...measured("peer", quiet(90, 90, 90)), failure: "90 went in, 89 came out" };
    const [ours, peer] = rowsOf(scenario, [measured("shmol", quiet(50, 50, 50)), broken], 3);
    expect(ours?.figures?.median).toBe(50);
    expect(peer).toMatchObject({ figures: undefined, verdict: "FAILED", failure: "90 went in, 89 came out" });
    expect(rowsTable("spsc", peer === undefined ? [] : [peer], process.stdout)).toContain("90 went in, 89 came out");
  });

  it("leaves out a contender whose turn never came", () => {
    const rows = rowsOf(scenario, [measured("shmol", quiet(50)), measured("peer", [])], 1);
    expect(rows.map(({ contender }) => contender)).toEqual(["shmol"]);
  });
});
