/** The checks of the Arcs' stress run can fail: one worker cheats, and the run says how, with the seed that repeats it. */
import { describe, expect, it } from "vitest";
import type { ArcStressReport, Checks } from "../../dist/cli/stress/arc.js";
import { stressArc } from "./shmol.js";

const RUN = ["--deeds", "200k", "--watchdog", "1.5", "--json"];

async function failedRun(sabotage: string): Promise<ArcStressReport> {
  const run = await stressArc(...RUN, "--sabotage", sabotage);
  expect(run.code).toBe(1);
  const report = JSON.parse(run.stdout) as ArcStressReport;
  expect(report.ok).toBe(false);
  return report;
}

describe("a worker that", () => {
  it.each([
    ["writes to a block that others hold", "damage", "contents", /thread \d found \d+ blocks? damaged/],
    ["leaks a count that stands in no ledger", "leak", "memory", /^memory: .*blocks \(\d+ bytes\) more than before/],
    ["drops what it says that it holds", "forget", "liveness", /^liveness: 1 that were held were gone/],
  ])("%s is found by that check alone", async (_, sabotage, check, message) => {
    const { checks, failures } = await failedRun(sabotage);
    const failed = (Object.keys(checks) as (keyof Checks)[]).filter((name) => !checks[name].ok);
    expect(failed).toEqual([check]);
    expect(failures).toEqual([expect.stringMatching(message)]);
  });

  it("stops working is named with what it was doing", async () => {
    // Without an end the others would go on; with one everybody but that worker leaves.
    const { failures } = await failedRun("stall");
    expect(failures[0]).toMatch(/^wedged: nothing moved for \d+\.\d s\n {2}thread 1: in \w+, \d+ deeds/);
  });

  it("throws has what it threw passed on", async () => {
    expect((await failedRun("crash")).failures).toEqual([expect.stringMatching(/^thread 1 threw: Error: sabotaged/)]);
  });
});

describe("a run that fails", () => {
  it("prints the seed and the command line that repeats it", async () => {
    const args = ["--deeds", "50k", "--sabotage", "leak"];
    const { code, stdout, stderr } = await stressArc(...args);
    expect(code).toBe(1);
    expect(stdout).toContain("✗ memory");
    const seed = /Seed (0x[0-9a-f]+)\./.exec(stderr)?.[1];
    expect(stderr).toContain(`shmol stress arc ${args.join(" ")} --seed ${seed}`);
  });
});
