/**
 * What the command line says about itself, and about command lines that make no sense.
 *
 * @storm
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { start, stressArc, stressListener, stressQueue } from "./shmol.js";

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

  it("explains the stress run, its exit codes included, and keeps its saboteur to itself", async () => {
    const { code, stdout } = await stressQueue("--help");
    expect(code).toBe(0);
    expect(stdout).toContain("$ shmol stress queue --items 100M");
    expect(stdout).toContain("Exit code: 0 all verified, also after Ctrl-C");
    expect(stdout).toContain("$ shmol stress queue --flavor bounded --capacity 64 --type json");
    expect(stdout).not.toMatch(/sabot/);
  });

  it("explains the event's stress run, its modes included, and keeps its saboteur to itself", async () => {
    const { code, stdout } = await stressListener("--help");
    expect(code).toBe(0);
    for (const mode of ["ping-pong", "mutex", "crowd", "all"]) expect(stdout).toMatch(new RegExp(`^ {2}${mode} `, "m"));
    expect(stdout).toContain("$ shmol stress listener --mode mutex --threads 8 --rounds 10M");
    expect(stdout).toContain("Exit code: 0 all verified, also after Ctrl-C");
    expect(stdout).not.toMatch(/sabot/);
  });

  it("explains the Arcs' stress run, and keeps its saboteur to itself", async () => {
    const { code, stdout } = await stressArc("--help");
    expect(code).toBe(0);
    expect(stdout).toContain("$ shmol stress arc --deeds 10M --threads 8");
    expect(stdout).toContain("Exit code: 0 all verified, also after Ctrl-C");
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

describe("shmol stress queue refuses", () => {
  it.each([
    ["--producers", "0", "producers must be an integer from 1 to 128: 0"],
    ["--producers", "1.5", "producers must be an integer from 1 to 128: 1.5"],
    ["--consumers", "129", "consumers must be an integer from 1 to 128: 129"],
    ["--consumers", "-1", "consumers must be an integer from 1 to 128: -1"],
    ["--items", "0", "items must be an integer from 1 to 9007199254740991: 0"],
    ["--items", "ten", "argument 'ten' is invalid. It must be a number, such as 1000000 or 20M."],
    ["--duration", "0", "duration must be from 1 to 86400000 ms: 0"],
    ["--duration", "1min", "argument '1min' is invalid. It must be a number of seconds."],
    [
      "--type",
      "i16",
      "argument 'i16' is invalid. Allowed choices are i32, u32, f32, f64, bool, i64, u64, bytes, utf8,",
    ],
    ["--flavor", "ring", "argument 'ring' is invalid. Allowed choices are unbounded, bounded, single."],
    ["--capacity", "64", "capacity is 64, but an unbounded queue has none: leave it out, or choose flavor bounded"],
    ["--capacity", "many", "argument 'many' is invalid. It must be a number, such as 1000000 or 20M."],
    ["--size", "64", "size is 64, but values of type i32 all have the same: leave it out, or choose type bytes, utf8,"],
    ["--batch", "0", "batch must be an integer from 1 to 16384: 0"],
    ["--batch", "", "argument '' is invalid. It must be a number."],
    ["--heap", "64GiB", "heap: capacity must be an integer from 1 to 4294901760: 68719476736"],
    ["--heap", "64KiB", "heap: capacity of 65536 bytes leaves no room"],
    ["--heap", "1GiX", "argument '1GiX' is invalid. It must be a number of bytes, such as 67108864 or 64MiB."],
    ["--alignment", "96", "alignment must be a power of two from 16 to 4096: 96"],
    ["--kill", "-2", "kill must be from 0 to 1000 kills a second: -2"],
    ["--kills", "0", "kills must be an integer from 1 to 1000000: 0"],
    ["--seed", "4294967296", "seed must be an integer from 0 to 4294967295: 4294967296"],
    ["--seed", "0x1_0000_0000", "seed must be an integer from 0 to 4294967295: 4294967296"],
  ])("%s %s", async (option, value, message) => {
    const { code, stdout, stderr } = await stressQueue(option, value);
    expect(stderr).toContain(message);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  it.each([
    [["--flavor", "single", "--capacity", "2"], "capacity is 2, but a single-slot queue has room for exactly 1"],
    [["--flavor", "bounded", "--capacity", "0"], "capacity must be an integer from 1 to 536870911: 0"],
    [["--flavor", "bounded", "--capacity", "1.5"], "capacity must be an integer from 1 to 536870911: 1.5"],
    [
      ["--flavor", "bounded", "--capacity", "100M"],
      "no room for this queue: capacity 100000000 does not fit: a ring of",
    ],
    [
      ["--force"],
      "force has nothing to displace in an unbounded queue: leave it out, or choose flavor bounded or single",
    ],
    [["--type", "bytes", "--size", "-1"], "size must be an integer from 0 to 1048576: -1"],
    [["--type", "struct", "--size", "8"], "size is 8, but values of type struct all have the same"],
  ])("%j", async (args, message) => {
    const { code, stdout, stderr } = await stressQueue(...args);
    expect(stderr).toContain(message);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  it("a run that would never end", async () => {
    const { code, stderr } = await stressQueue("--kills", "5", "--kill", "0");
    expect(stderr).toContain("kills is 5, but kill is 0 kills a second");
    expect(code).toBe(2);
  });

  it("an option that does not exist", async () => {
    const { code, stderr } = await stressQueue("--bogus");
    expect(stderr).toContain("unknown option '--bogus'");
    expect(code).toBe(2);
  });
});

describe("shmol stress listener refuses", () => {
  it.each([
    ["--mode", "barrier", "argument 'barrier' is invalid. Allowed choices are all, ping-pong, mutex, crowd."],
    ["--threads", "1", "threads must be an integer from 2 to 64: 1"],
    ["--threads", "65", "threads must be an integer from 2 to 64: 65"],
    ["--threads", "2.5", "threads must be an integer from 2 to 64: 2.5"],
    ["--threads", "two", "argument 'two' is invalid. It must be a number."],
    ["--listeners", "0", "listeners must be an integer from 1 to 100000: 0"],
    ["--listeners", "100001", "listeners must be an integer from 1 to 100000: 100001"],
    ["--rounds", "0", "rounds must be an integer from 1 to 1000000000: 0"],
    ["--rounds", "2G", "rounds must be an integer from 1 to 1000000000: 2000000000"],
    ["--rounds", "5k", "rounds is 5000, but mode all has rounds of three kinds: choose mode ping-pong, mutex or crowd"],
    ["--duration", "0", "duration must be from 1 to 86400000 ms: 0"],
    ["--heap", "64KiB", "heap: capacity of 65536 bytes leaves no room"],
    ["--alignment", "96", "alignment must be a power of two from 16 to 4096: 96"],
    ["--kill", "-2", "kill must be from 0 to 1000 kills a second: -2"],
    ["--kill", "20", "kill is 20 kills a second, but mode all kills nobody: choose mode mutex"],
    ["--kills", "0", "kills must be an integer from 1 to 1000000: 0"],
    ["--kills", "50", "kills is 50, but mode all kills nobody: choose mode mutex"],
    ["--seed", "4294967296", "seed must be an integer from 0 to 4294967295: 4294967296"],
    ["--watchdog", "0", "watchdog must be from 1 to 86400000 ms: 0"],
  ])("%s %s", async (option, value, message) => {
    const { code, stdout, stderr } = await stressListener(option, value);
    expect(stderr).toContain(message);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  it.each([
    [
      ["--mode", "crowd", "--threads", "8"],
      "threads is 8, but mode crowd has exactly 2: leave it out, or choose mode mutex",
    ],
    [
      ["--mode", "mutex", "--listeners", "5"],
      "listeners is 5, but mode mutex has no crowd: leave it out, or choose mode",
    ],
    [["--mode", "ping-pong", "--kill", "5"], "kill is 5 kills a second, but mode ping-pong kills nobody"],
    [
      ["--mode", "mutex", "--kills", "5", "--kill", "0"],
      "kills is 5, but kill is 0 kills a second: the run would never",
    ],
    [["--mode", "crowd", "--sabotage", "barge"], "sabotage is barge, but nobody does that in mode crowd"],
  ])("%j", async (args, message) => {
    const { code, stdout, stderr } = await stressListener(...args);
    expect(stderr).toContain(message);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });
});

describe("shmol stress arc refuses", () => {
  it.each([
    ["--threads", "0", "threads must be an integer from 1 to 64: 0"],
    ["--threads", "65", "threads must be an integer from 1 to 64: 65"],
    ["--deeds", "0", "deeds must be an integer from 1 to 9007199254740991: 0"],
    ["--size", "7", "size must be an integer from 8 to 1048576: 7"],
    ["--duration", "0", "duration must be from 1 to 86400000 ms: 0"],
    ["--heap", "64KiB", "heap: capacity of 65536 bytes leaves no room"],
    ["--alignment", "96", "alignment must be a power of two from 16 to 4096: 96"],
    ["--kill", "-2", "kill must be from 0 to 1000 kills a second: -2"],
    ["--seed", "4294967296", "seed must be an integer from 0 to 4294967295: 4294967296"],
  ])("%s %s", async (option, value, message) => {
    const { code, stdout, stderr } = await stressArc(option, value);
    expect(stderr).toContain(message);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });
});
