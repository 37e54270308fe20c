/** `shmol stress channel`: real workers in all ways, every message accounted for, and the verdict in the exit code. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { ChannelStressReport } from "../../dist/cli/stress/channel.js";
import { start, stressChannel } from "./shmol.js";

/** By then a run has begun, on any machine. */
const START_MS = 2000;

async function report(...args: string[]): Promise<ChannelStressReport & { code: number | null }> {
  const { code, stdout } = await stressChannel(...args, "--json");
  return { code, ...JSON.parse(stdout) };
}

/** A run in which nothing was wrong. */
async function verified(...args: string[]): Promise<ChannelStressReport> {
  const run = await report(...args);
  expect({ code: run.code, ok: run.ok, failures: run.failures }).toEqual({ code: 0, ok: true, failures: [] });
  return run;
}

describe("a run", () => {
  it("has all ways meet, and ends with a table of what was verified", async () => {
    const { code, stdout, stderr } = await stressChannel("--messages", "50k", "--seed", "0xc0ffee");
    expect(stderr).toBe("");
    expect(stdout).toMatch(/seed .* 0xc0ffee/);
    expect(stdout).toMatch(/ends .* 3 senders, 3 receivers, mixed/);
    for (const check of ["delivery", "order", "end", "memory"]) expect(stdout).toContain(`✓ ${check}`);
    expect(stdout).not.toContain("✗");
    expect(stdout).not.toContain("\u001b");
    expect(code).toBe(0);
  });

  it.each(["sync", "async", "batch", "stream"])("of %s ends delivers everything", async (ends) => {
    for (const room of [["--unbounded"], ["--capacity", "3"]]) {
      const run = await verified("--ends", ends, "--messages", "5k", ...room);
      expect(run.sent + run.refused).toBe(5000);
      expect(run.received).toBe(run.sent);
    }
  });

  it("of fickle ends counts what was given up", async () => {
    const run = await verified("--ends", "fickle", "--messages", "3k", "--capacity", "1");
    expect(run.sent + run.refused).toBe(3000);
    expect(Math.min(run.refused, run.givenUp)).toBeGreaterThan(0);
  });

  it.each([["--unbounded"], ["--capacity", "2"]])(
    "that closes in the middle delivers what went in, %s",
    async (...room) => {
      const run = await verified("--close", "--messages", "20k", "--senders", "5", "--receivers", "5", ...room);
      expect(run.refused).toBeGreaterThan(0);
      expect(run.sent).toBeLessThanOrEqual(20_000 / 2 + 5 * 100);
      expect(run.checks.end.found).toBe("closed in the middle, and emptied");
    },
  );

  it("with kills accounts for what went with the killed, and is repeated by its seed", async () => {
    const run = await verified("--kills", "20", "--kill", "40", "--seed", "77");
    expect([run.casualties.kills, run.seed]).toEqual([20, 77]);
    expect(run.casualties.returned.strong).toBeGreaterThan(0);
  });

  it("ends at Ctrl-C, and what was done so far is verified", async () => {
    const run = start("stress", "channel", "--duration", "40", "--json");
    await sleep(START_MS);
    run.interrupt();
    const { code, stdout } = await run.ended;
    const { ok, interrupted, received } = JSON.parse(stdout) as ChannelStressReport;
    expect({ code, ok, interrupted }).toEqual({ code: 0, ok: true, interrupted: true });
    expect(received).toBeGreaterThan(0);
  });
});

describe("the checks can fail: a worker that", () => {
  it.each([
    [
      "says nothing of a message",
      "swallow",
      "delivery",
      /0 wrong, 1 missing, first: message \d+ of sender \d was sent/,
    ],
    ["says that a message came twice", "duplicate", "delivery", /1 wrong, 0 missing, .* was received 2 times/],
    ["says that a message came that nobody sent", "forge", "delivery", /1 wrong/],
    ["says that it sent a message", "lie", "delivery", /0 wrong, 1 missing, first: message \d+ of sender 1 was sent/],
    ["says that it did not send one", "retract", "delivery", /1 wrong, .* was not sent, and was received 1 times/],
    ["says that two came in the wrong order", "swap", "order", /^1 messages came out of order$/],
    ["allocates a block and forgets it", "leak", "memory", /^1 blocks \(16 bytes\) more than before$/],
  ] as const)("%s is found by %s", async (_, sabotage, check, found) => {
    const { code, ok, checks, failures } = await report("--messages", "20k", "--sabotage", sabotage);
    expect([code, ok, failures.length]).toEqual([1, false, 1]);
    expect(checks[check].ok).toBe(false);
    expect(checks[check].found).toMatch(found);
  });

  it("stops working wedges the run, which says how far everybody has come", async () => {
    const { code, failures } = await report("--messages", "20k", "--sabotage", "stall", "--watchdog", "1.5");
    expect([code, failures.length]).toEqual([1, 1]);
    const [failure, ...threads] = (failures[0] as string).split("\n");
    expect(failure).toMatch(
      /^wedged: nothing moved for \d+\.\d s, \d+ messages in the channel, which is \w+; for room: /,
    );
    expect(threads).toHaveLength(6);
    expect(threads[3]).toBe("  receiver 4 (async) has received 49 messages, and given up 0 times");
  });

  it("throws ends the run with what it threw", async () => {
    const { code, failures } = await report("--messages", "20k", "--sabotage", "crash");
    expect(code).toBe(1);
    expect(failures[0]).toMatch(/^sender 1 \(sync\) threw: Error: sabotaged/);
  });
});

describe("shmol stress channel refuses", () => {
  it.each([
    [["--senders", "33"], "senders must be an integer from 1 to 32: 33"],
    [["--receivers", "0"], "receivers must be an integer from 1 to 32: 0"],
    [["--capacity", "5", "--unbounded"], "capacity is 5, but the channel is unbounded"],
    [["--messages", "100000001"], "messages must be an integer from 1 to 100000000: 100000001"],
    [["--kill", "1001"], "kill must be from 0 to 1000 kills a second: 1001"],
    [["--kills", "5", "--kill", "0"], "kills is 5, but kill is 0 kills a second"],
    [["--close", "--duration", "1"], "close is after half of 100000000 messages"],
  ])("%j", async (args, says) => {
    const { code, stdout, stderr } = await stressChannel(...args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(`error: ${says}`);
  });
});
