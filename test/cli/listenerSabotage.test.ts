/**
 * The checks of the event's stress run can fail: one worker cheats, and the run says how, with the seed that repeats it.
 *
 * @storm
 */
import { describe, expect, it } from "vitest";
import type { ListenerStressReport, TrialReport } from "../../dist/cli/stress/listener.js";
import { stressListener } from "./shmol.js";

/** A run with that saboteur: the trials in which something was found, and a wedge is found soon. */
async function failedTrials(mode: string, sabotage: string, ...args: string[]): Promise<TrialReport[]> {
  const cheating = ["--mode", mode, "--sabotage", sabotage, "--watchdog", "1.5", "--json", ...args];
  const run = await stressListener(...cheating);
  expect(run.code).toBe(1);
  const { ok, failures, trials } = JSON.parse(run.stdout) as ListenerStressReport;
  expect(ok).toBe(false);
  expect(failures).not.toEqual([]);
  return trials.filter((trial) => !trial.ok);
}

async function failedTrial(mode: string, sabotage: string, ...args: string[]): Promise<TrialReport> {
  const [failed, ...others] = await failedTrials(mode, sabotage, ...args);
  expect(others).toEqual([]);
  return failed as TrialReport;
}

/** The checks of a trial that failed, by name. */
function failedChecks({ checks }: TrialReport): string[] {
  return Object.keys(checks).filter((name) => checks[name]?.ok === false);
}

/** No kill comes in time; but the run is ready for one. */
const READY_TO_KILL = ["--kill", "0.001", "--rounds", "200k"];

describe("a contender that", () => {
  it.each([
    ["discards a notification and passes it on to nobody", "swallow", []],
    ["notifies nobody when it gives the lock back", "forget", []],
    ["notifies nobody, where others may be killed", "forget", READY_TO_KILL],
  ])("%s leaves everybody waiting, and the run names who waits for what", async (_, sabotage, args) => {
    const { failures, checks } = await failedTrial("mutex", sabotage, ...args);
    expect(failures).toHaveLength(1);
    const [failure, ...threads] = (failures[0] as string).split("\n");
    expect(failure).toMatch(
      /^wedged: nothing moved for \d+\.\d s, the lock is held by nobody; the event has \d listeners, 0/,
    );
    expect(threads).toHaveLength(4);
    for (const thread of threads) {
      expect(thread).toMatch(
        /^ {2}thread \d \((sync|async|mixed)\) has (waited \d+\.\d s, (blocking|awaiting), in|given) listener #\d+ .* the lock$/,
      );
    }
    expect(checks.counts).toEqual({ ok: false, found: "the run did not get that far" });
  });

  it("goes inside without the lock is found by exclusion", async () => {
    expect(failedChecks(await failedTrial("mutex", "barge"))).toContain("exclusion");
  });

  it("counts a round twice is found by counts alone", async () => {
    expect(failedChecks(await failedTrial("mutex", "miscount", "--rounds", "20k"))).toEqual(["counts"]);
  });

  it("keeps a listener and a count that stand in no ledger is found by listeners and memory", async () => {
    expect(failedChecks(await failedTrial("mutex", "leak", "--rounds", "20k"))).toEqual(["listeners", "memory"]);
  });

  it("stops inside the lock is named as the one who holds it", async () => {
    const { failures } = await failedTrial("mutex", "stall");
    expect(failures[0]).toMatch(/^wedged: nothing moved for \d+\.\d s, the lock is held by thread 1;/);
    expect(failures[0]).toMatch(/\n {2}thread 1 \(sync\) has been inside the lock for \d+\.\d s/);
  });

  it("throws has what it threw passed on", async () => {
    const { failures } = await failedTrial("mutex", "crash");
    expect(failures).toEqual([expect.stringMatching(/^thread 1 \(sync\) threw: Error: sabotaged/)]);
  });
});

describe("a player that", () => {
  it("hands over a turn that is not next is found by order", async () => {
    const failed = await failedTrials("ping-pong", "skip");
    expect(failed).toHaveLength(3);
    for (const each of failed) {
      expect(failedChecks(each)).toContain("order");
      expect(each.checks.order?.found).toMatch(/^thread [12]: 1 out of order, first 103 instead of 10[12]$/);
    }
  });
});

describe("a crowd that", () => {
  it("was settled in another order is found by order alone", async () => {
    const failed = await failedTrial("crowd", "swap");
    expect(failedChecks(failed)).toEqual(["order"]);
    expect(failed.checks.order?.found).toBe("thread 1: 2 out of order, first 1 instead of 0");
  });

  it("waits for one whom the caller overlooked is named as waiting", async () => {
    const { failures } = await failedTrial("crowd", "overlook", "--listeners", "10");
    expect(failures[0]).toMatch(/^wedged: nothing moved for \d+\.\d s; the event has 1 listeners, 0 notified/);
    expect(failures[0]).toMatch(/\n {2}thread 1 \(async\) has waited \d+\.\d s for all listeners up to #30/);
    expect(failures[0]).toMatch(/\n {2}thread 2 \(sync\) has waited \d+\.\d s for the crowd to listen/);
  });
});

describe("a run that fails", () => {
  it("prints the seed and the command line that repeats it", async () => {
    const args = ["--mode", "mutex", "--rounds", "20k", "--sabotage", "miscount"];
    const { code, stdout, stderr } = await stressListener(...args);
    expect(code).toBe(1);
    expect(stdout).toContain("✗ counts");
    const seed = /Seed (0x[0-9a-f]+)\./.exec(stderr)?.[1];
    expect(stderr).toMatch(/mutex: counts: \d+ rounds, counted 2000[01] without atomics/);
    expect(stderr).toContain(`shmol stress listener ${args.join(" ")} --seed ${seed}`);
  });
});
