/**
 * The checks of a stress run can fail: one taker cheats, and the run says how, with the seed that repeats it.
 *
 * @storm
 */
import { describe, expect, it } from "vitest";
import type { Checks, QueueStressReport } from "../../dist/cli/stress/queue.js";
import { stressQueue } from "./shmol.js";

/** A run whose only consumer cheats, so that it surely gets values to cheat with. */
const RUN = ["--items", "100k", "--consumers", "1"];
/** No kill comes in time; but the run keeps its books as if one could. */
const READY_TO_KILL = ["--kill", "0.001"];

/** The checks that failed in a run with that saboteur, by name. */
async function failedChecks(sabotage: string, ...args: string[]): Promise<(keyof Checks)[]> {
  const run = await stressQueue(...RUN, "--batch", "4", "--sabotage", sabotage, "--json", ...args);
  expect(run.code).toBe(1);
  const { ok, failures, checks } = JSON.parse(run.stdout) as QueueStressReport;
  expect(ok).toBe(false);
  expect(failures).not.toEqual([]);
  return (Object.keys(checks) as (keyof Checks)[]).filter((name) => !checks[name].ok);
}

describe("a consumer that", () => {
  it("swallows a value is found by counts and checksum", async () => {
    expect(await failedChecks("swallow")).toEqual(["counts", "checksum"]);
    expect(await failedChecks("swallow", ...READY_TO_KILL)).toEqual(["counts"]);
    expect(await failedChecks("swallow", "--type", "bool")).toContain("counts");
  });

  it("gets a value twice is found by everything that looks at values", async () => {
    expect(await failedChecks("duplicate")).toEqual(["counts", "checksum", "order"]);
    expect(await failedChecks("duplicate", ...READY_TO_KILL)).toEqual(["checksum", "order"]);
  });

  it("sees two values in the wrong order is found by order alone", async () => {
    expect(await failedChecks("swap")).toEqual(["order"]);
    expect(await failedChecks("swap", ...READY_TO_KILL)).toEqual(["order"]);
    expect(await failedChecks("swap", "--batch", "1")).toEqual(["order"]);
  });

  it("gets a value that nobody pushed is found by the checksum", async () => {
    expect(await failedChecks("foreign")).toContain("checksum");
    expect(await failedChecks("foreign", ...READY_TO_KILL)).toContain("checksum");
  });

  it.each(["bytes", "utf8", "json", "clone", "struct", "arc"])("finds a payload damaged, of type %s", async (type) => {
    expect(await failedChecks("damage", "--type", type)).toEqual(["checksum"]);
    expect(await failedChecks("damage", "--type", type, ...READY_TO_KILL)).toEqual(["counts", "checksum"]);
  });

  it("says what the damaged value was", async () => {
    const { stdout } = await stressQueue(...RUN, "--type", "utf8", "--sabotage", "damage", "--json");
    expect((JSON.parse(stdout) as QueueStressReport).checks.checksum.found).toMatch(
      /consumer 1: 1 value came out damaged: its checksum does not match its content, first '[0-9a-z]+\.[0-9a-z]+\./,
    );
  });

  it("leaks a count that stands in no ledger is found by memory", async () => {
    expect(await failedChecks("leak")).toEqual(["memory"]);
    expect(await failedChecks("leak", ...READY_TO_KILL)).toEqual(["memory"]);
  });
});

/** Values leave by two doors where producers displace them. */
describe("a producer that, of the values it displaced,", () => {
  const displacing = ["--flavor", "bounded", "--capacity", "4", "--force", "--saboteur", "producer"];

  it("swallows one is found by counts and checksum", async () => {
    expect(await failedChecks("swallow", ...displacing)).toEqual(["counts", "checksum"]);
    expect(await failedChecks("swallow", ...displacing, ...READY_TO_KILL)).toEqual(["counts"]);
    const single = ["--flavor", "single", "--force", "--saboteur", "producer"];
    expect(await failedChecks("swallow", ...single)).toEqual(["counts", "checksum"]);
  });

  it("counts one twice is found by everything that looks at values", async () => {
    expect(await failedChecks("duplicate", ...displacing)).toEqual(["counts", "checksum", "order"]);
    expect(await failedChecks("duplicate", ...displacing, ...READY_TO_KILL)).toEqual(["checksum", "order"]);
  });

  it("takes two in the wrong order is found by order alone", async () => {
    expect(await failedChecks("swap", ...displacing)).toEqual(["order"]);
  });

  it("damages one is found by the checksum", async () => {
    expect(await failedChecks("damage", ...displacing, "--type", "bytes")).toEqual(["checksum"]);
    expect(await failedChecks("damage", ...displacing, "--type", "i64")).toEqual(["checksum"]);
  });
});

describe("a run that fails", () => {
  it("prints the seed and the command line that repeats it", async () => {
    const args = [...RUN, "--sabotage", "swallow"];
    const { code, stdout, stderr } = await stressQueue(...args);
    expect(code).toBe(1);
    expect(stdout).toContain("✗ counts");
    const seed = /Seed (0x[0-9a-f]+)\./.exec(stderr)?.[1];
    expect(stderr).toContain(`shmol stress queue ${args.join(" ")} --seed ${seed}`);
  });

  it("names what each worker was doing when nothing moves any more", async () => {
    const { code, stdout } = await stressQueue(...RUN, "--sabotage", "stall", "--watchdog", "1.5", "--json");
    expect(code).toBe(1);
    const [failure, ...others] = (JSON.parse(stdout) as QueueStressReport).failures;
    expect(others).toEqual([]);
    expect(failure).toMatch(/^wedged: nothing moved for \d+\.\d s, \d+ values in the queue/);
    expect(failure).toMatch(/\n {2}consumer 1: in pop, \d+ values/);
    expect(failure).toMatch(/\n {2}producer 2: waiting for the next round, \d+ values/);
  });

  it("passes on what a worker threw", async () => {
    const { code, stdout } = await stressQueue(...RUN, "--sabotage", "crash", "--json");
    expect(code).toBe(1);
    expect((JSON.parse(stdout) as QueueStressReport).failures).toEqual([
      expect.stringMatching(/^consumer 1 threw: Error: sabotaged/),
    ]);
  });
});
