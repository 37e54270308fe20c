/**
 * What the command line says about itself, and about command lines that make no sense.
 *
 * @storm
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Report, SuiteReport } from "../../dist/cli/stress/report.js";
import { start, stress } from "./shmol.js";

describe("shmol", () => {
  it("explains itself with examples", async () => {
    const { code, stdout } = await start("--help").ended;
    expect(code).toBe(0);
    expect(stdout).toContain("$ shmol stress queue");
  });

  it("says its version", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(await start("--version").ended).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  it.each([
    ["queue", ["$ shmol stress queue --items 100M", "$ shmol stress queue --flavor bounded --capacity 64 --type json"]],
    ["listener", ["\n  ping-pong ", "\n  mutex ", "\n  crowd ", "\n  all ", "--mode mutex --threads 8 --rounds 10M"]],
    ["arc", ["$ shmol stress arc --operations 10M --threads 8"]],
    ["channel", ["\n  fickle ", "$ shmol stress channel --kills 100 --kill 20 --checked"]],
  ])("explains stress %s, its exit codes included, and keeps its saboteur to itself", async (name, words) => {
    const { code, stdout } = await stress(`${name} --help`);
    expect(code).toBe(0);
    for (const word of [...words, "Exit code: 0 all verified, also after Ctrl-C"]) expect(stdout).toContain(word);
    expect(stdout).not.toMatch(/sabot/);
  });

  it("explains the benchmark, its exit codes included, and keeps its saboteur to itself", async () => {
    const { code, stdout } = await start("bench", "--help").ended;
    expect(code).toBe(0);
    expect(stdout).toContain("$ shmol bench --filter spsc --compare before.json");
    expect(stdout).toContain("Exit code: 0 measured, also after Ctrl-C");
    expect(stdout).not.toMatch(/sabot/);
  });

  it.each([[[]], [["stress"]], [["nonsense"]], [["stress", "nonsense"]]])("ends with 2 for %j", async (args) => {
    const { code, stdout, stderr } = await start(...args).ended;
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).not.toBe("");
  });
});

describe("shmol stress refuses", () => {
  const integer = (line: string, from: number, to: number | string) => {
    const [, option, value] = line.split(" ");
    return [line, `${option?.slice(2)} must be an integer from ${from} to ${to}: ${value}`];
  };
  it.each([
    integer("queue --producers 0", 1, 128),
    integer("queue --producers 1.5", 1, 128),
    integer("queue --consumers 129", 1, 128),
    integer("queue --consumers -1", 1, 128),
    integer("queue --items 0", 1, 9007199254740991),
    integer("queue --batch 0", 1, 16384),
    integer("queue --kills 0", 1, 1000000),
    integer("queue --seed 4294967296", 0, 4294967295),
    integer("listener --threads 65", 2, 64),
    integer("listener --threads 2.5", 2, 64),
    integer("listener --listeners 100001", 1, 100000),
    integer("arc --threads 0", 1, 64),
    integer("arc --operations 0", 1, 9007199254740991),
    integer("arc --size 7", 8, 1048576),
    integer("channel --senders 33", 1, 32),
    integer("channel --receivers 0", 1, 32),
    integer("channel --messages 100000001", 1, 100000000),
    ["queue --items ten", "argument 'ten' is invalid. It must be a number, such as 1000000 or 20M."],
    ["queue --duration 0", "duration must be from 1 to 86400000 ms: 0"],
    ["queue --duration 1min", "argument '1min' is invalid. It must be a number of seconds."],
    [
      "queue --type i16",
      "argument 'i16' is invalid. Allowed choices are i32, u32, f32, f64, bool, i64, u64, bytes, utf8,",
    ],
    ["queue --flavor ring", "argument 'ring' is invalid. Allowed choices are unbounded, bounded, single."],
    ["queue --capacity 64", "capacity is 64, but an unbounded queue has none: leave it out, or choose flavor bounded"],
    ["queue --capacity many", "argument 'many' is invalid. It must be a number, such as 1000000 or 20M."],
    [
      "queue --size 64",
      "size is 64, but values of type i32 all have the same: leave it out, or choose type bytes, utf8,",
    ],
    ["queue --batch ", "argument '' is invalid. It must be a number."],
    ["queue --heap 64GiB", "heap: capacity must be an integer from 1 to 4294901760: 68719476736"],
    ["queue --heap 64KiB", "heap: capacity of 65536 bytes leaves no room"],
    ["queue --heap 1GiX", "argument '1GiX' is invalid. It must be a number of bytes, such as 67108864 or 64MiB."],
    ["queue --alignment 96", "alignment must be a power of two from 16 to 4096: 96"],
    ["queue --kill -2", "kill must be from 0 to 1000 kills a second: -2"],
    ["queue --kills 5 --kill 0", "kills is 5, but kill is 0 kills a second"],
    ["queue --seed 0x1_0000_0000", "seed must be an integer from 0 to 4294967295: 4294967296"],
    ["queue --bogus", "unknown option '--bogus'"],
    ["queue --sabotage nonsense", "sabotage is nonsense, but nobody does that here"],
    ["queue --flavor single --capacity 2", "capacity is 2, but a single-slot queue has room for exactly 1"],
    ["queue --flavor bounded --capacity 0", "capacity must be an integer from 1 to 536870911: 0"],
    ["queue --flavor bounded --capacity 1.5", "capacity must be an integer from 1 to 536870911: 1.5"],
    ["queue --flavor bounded --capacity 100M", "no room for this queue: capacity 100000000 does not fit: a ring of"],
    [
      "queue --force",
      "force has nothing to displace in an unbounded queue: leave it out, or choose flavor bounded or single",
    ],
    ["queue --type bytes --size -1", "size must be an integer from 0 to 1048576: -1"],
    ["queue --type struct --size 8", "size is 8, but values of type struct all have the same"],
    ["listener --mode barrier", "argument 'barrier' is invalid. Allowed choices are all, ping-pong, mutex, crowd."],
    [
      "listener --rounds 5k",
      "rounds is 5000, but mode all has rounds of three kinds: choose mode ping-pong, mutex or crowd",
    ],
    ["listener --kill 20", "kill is 20 kills a second, but mode all kills nobody: choose mode mutex"],
    ["listener --kills 50", "kills is 50, but mode all kills nobody: choose mode mutex"],
    ["listener --watchdog 0", "watchdog must be from 1 to 86400000 ms: 0"],
    [
      "listener --mode crowd --threads 8",
      "threads is 8, but mode crowd has exactly 2: leave it out, or choose mode mutex",
    ],
    [
      "listener --mode mutex --listeners 5",
      "listeners is 5, but mode mutex has no crowd: leave it out, or choose mode",
    ],
    ["listener --mode ping-pong --kill 5", "kill is 5 kills a second, but mode ping-pong kills nobody"],
    ["listener --mode crowd --sabotage barge", "sabotage is barge, but nobody does that here"],
    ["channel --capacity 5 --unbounded", "capacity is 5, but the channel is unbounded"],
    ["channel --close --duration 1", "close is after half of the messages, but messages has no limit"],
  ] as [string, string][])("%s", async (line, message) => {
    const { code, stdout, stderr } = await stress(line);
    expect(stderr).toContain(message);
    expect([code, stdout]).toEqual([2, ""]);
  });
});

/** By then a run has begun, on any machine. */
const START_MS = 2000;

describe("Ctrl-C", () => {
  const modes = ["ping-pong", "mutex", "crowd"].map((mode) => `listener --mode ${mode}`);
  it.each(["queue", "arc", "channel", "listener", ...modes])("ends stress %s early, verified", async (line) => {
    const run = start("stress", ...line.split(" "), "--duration", "45", "--json");
    await sleep(START_MS);
    run.interrupt();
    const { code, stdout } = await run.ended;
    const { ok, interrupted, seconds, trials = [], ...rest } = JSON.parse(stdout) as SuiteReport & Partial<Report>;
    expect({ code, ok, interrupted }).toEqual({ code: 0, ok: true, interrupted: true });
    expect(seconds).toBeLessThan(30);
    const { counts = {}, unit = "" } = trials[0] ?? rest;
    expect(counts[unit]).toBeGreaterThan(0);
  });

  it.each(["queue", "listener --mode mutex"])("twice gives up, stress %s", async (line) => {
    // A thread that stalls keeps the run from coming to an end.
    const run = start("stress", ...line.split(" "), ..."--duration 45 --sabotage stall --watchdog 30".split(" "));
    await sleep(START_MS);
    run.interrupt();
    await sleep(600);
    run.interrupt();
    expect(await run.ended).toMatchObject({ code: 130, stdout: "" });
  });
});
