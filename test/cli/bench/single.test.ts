/** The benchmark of one thread: figures in nanoseconds, held against their bars; none without free cores. */
import { describe, expect, it } from "vitest";
import { measureSingle } from "../../../dist/cli/bench/single.js";

/** A probe that finds so many cores. */
const probe = (cores: number) => ({ read: async () => cores });
const quick = { timeMs: 5, attempts: 2 };

describe("what one thread does", () => {
  it.each(["notify_no_listener", "listen_drop", "notify_and_wait", "lock_unlock"])(
    "%s: measures every contender",
    async (name) => {
      const rows = await measureSingle(name, probe(2), quick);
      for (const row of rows) expect(row).toMatchObject({ scenario: name, unit: "ns", cores: 2 });
      for (const { figures } of rows) expect(figures?.median).toBeGreaterThan(0);
    },
  );

  it("says whether notifying nobody is as cheap as it must be", async () => {
    const rows = await measureSingle("notify_no_listener", probe(2), quick);
    expect(rows[0]).toMatchObject({ contender: "shmol", bar: "<= 15 ns" });
    expect(rows[1]).toMatchObject({ contender: "Atomics.load", bar: ">= 0.5 x" });
    for (const { verdict } of rows.slice(0, 2)) expect(["ok", "MISSED"]).toContain(verdict);
  });

  it("shows no figure without free cores, and leaves the bars open", async () => {
    const rows = await measureSingle("notify_no_listener", probe(1.2), quick);
    expect(rows[0]).toMatchObject({ figures: undefined, verdict: "open", cores: 1.2 });
    expect(rows[1]).toMatchObject({ figures: undefined, verdict: "open" });
  });
});
