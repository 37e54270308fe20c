/**
 * What the command line says about itself, and about command lines that make no sense.
 *
 * @storm
 */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { addStress } from "../../dist/cli/stress/command.js";
import type { Report, SuiteReport } from "../../dist/cli/stress/report.js";
import { type Ended, interrupted, start } from "./shmol.js";

/** What the command says in this process to a line of arguments that makes no sense, and how it ends. */
async function refusal(line: string): Promise<{ code: string; stdout: string; stderr: string }> {
  const [out, err] = [[], []] as [string[], string[]];
  const program = new Command("shmol").exitOverride();
  program.configureOutput({ writeOut: (text) => out.push(text), writeErr: (text) => err.push(text) });
  addStress(program);
  const ended = program.parseAsync(line.split(" "), { from: "user" });
  const code = await ended.then(
    () => "none",
    (error) => error.code,
  );
  return { code, stdout: out.join(""), stderr: err.join("") };
}

const VERIFIED = "Exit code: 0 all verified, also after Ctrl-C";

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
    ["stress queue", "$ shmol stress queue --items 100M", "--flavor bounded --capacity 64 --type json", VERIFIED],
    ["stress listener", "\n  ping-pong ", "\n  mutex ", "\n  crowd ", "\n  all ", "--threads 8 --rounds 10M", VERIFIED],
    ["stress arc", "$ shmol stress arc --operations 10M --threads 8", VERIFIED],
    ["stress channel", "\n  fickle ", "$ shmol stress channel --kills 100 --kill 20 --checked", VERIFIED],
    ["bench", "$ shmol bench --filter spsc --compare before.json", "Exit code: 0 measured, also after Ctrl-C"],
    ["doctor", "Exit code: 0 everything works here"],
  ])("explains %s, its exit codes included, and keeps its saboteur to itself", async (command, ...words) => {
    const { code, stdout } = await start(...command.split(" "), "--help").ended;
    expect(code).toBe(0);
    for (const word of words) expect(stdout).toContain(word);
    expect(stdout).not.toMatch(/sabot/);
  });
});

/** Command lines that make no sense, and what is said of them, two spaces or more apart. */
const REFUSED = `
  stress queue --producers 0                       producers must be an integer from 1 to 128: 0
  stress queue --producers 1.5                     producers must be an integer from 1 to 128: 1.5
  stress queue --consumers 129                     consumers must be an integer from 1 to 128: 129
  stress queue --consumers -1                      consumers must be an integer from 1 to 128: -1
  stress queue --items 0                           items must be an integer from 1 to 9007199254740991: 0
  stress queue --batch 0                           batch must be an integer from 1 to 16384: 0
  stress queue --kills 0                           kills must be an integer from 1 to 1000000: 0
  stress queue --seed 4294967296                   seed must be an integer from 0 to 4294967295: 4294967296
  stress queue --items ten                         argument 'ten' is invalid. It must be a number, such as 1000000 or 20M.
  stress queue --duration 0                        duration must be from 1 to 86400000 ms: 0
  stress queue --duration 1min                     argument '1min' is invalid. It must be a number of seconds.
  stress queue --type i16                          argument 'i16' is invalid. Allowed choices are i32, u32, f32, f64, bool, i64, u64, bytes, utf8,
  stress queue --flavor ring                       argument 'ring' is invalid. Allowed choices are unbounded, bounded, single.
  stress queue --capacity 64                       capacity is 64, but an unbounded queue has none: leave it out, or choose flavor bounded
  stress queue --capacity many                     argument 'many' is invalid. It must be a number, such as 1000000 or 20M.
  stress queue --size 64                           size is 64, but values of type i32 all have the same: leave it out, or choose type bytes, utf8,
  stress queue --batch=                            argument '' is invalid. It must be a number.
  stress queue --heap 64GiB                        heap: capacity must be an integer from 1 to 4294901760: 68719476736
  stress queue --heap 64KiB                        heap: capacity of 65536 bytes leaves no room
  stress queue --heap 1GiX                         argument '1GiX' is invalid. It must be a number of bytes, such as 67108864 or 64MiB.
  stress queue --alignment 96                      alignment must be a power of two from 16 to 4096: 96
  stress queue --kill -2                           kill must be from 0 to 1000 kills a second: -2
  stress queue --kills 5 --kill 0                  kills is 5, but kill is 0 kills a second
  stress queue --seed 0x1_0000_0000                seed must be an integer from 0 to 4294967295: 4294967296
  stress queue --bogus                             unknown option '--bogus'
  stress queue --sabotage nonsense                 sabotage is nonsense, but nobody does that here
  stress queue --flavor single --capacity 2        capacity is 2, but a single-slot queue has room for exactly 1
  stress queue --flavor bounded --capacity 0       capacity must be an integer from 1 to 536870911: 0
  stress queue --flavor bounded --capacity 1.5     capacity must be an integer from 1 to 536870911: 1.5
  stress queue --flavor bounded --capacity 100M    no room for this queue: capacity 100000000 does not fit: a ring of
  stress queue --force                             force has nothing to displace in an unbounded queue: leave it out, or choose flavor bounded or single
  stress queue --type bytes --size -1              size must be an integer from 0 to 1048576: -1
  stress queue --type struct --size 8              size is 8, but values of type struct all have the same
  stress listener --threads 65                     threads must be an integer from 2 to 64: 65
  stress listener --threads 2.5                    threads must be an integer from 2 to 64: 2.5
  stress listener --listeners 100001               listeners must be an integer from 1 to 100000: 100001
  stress listener --mode barrier                   argument 'barrier' is invalid. Allowed choices are all, ping-pong, mutex, crowd.
  stress listener --rounds 5k                      rounds is 5000, but mode all has rounds of three kinds: choose mode ping-pong, mutex or crowd
  stress listener --kill 20                        kill is 20 kills a second, but mode all kills nobody: choose mode mutex
  stress listener --kills 50                       kills is 50, but mode all kills nobody: choose mode mutex
  stress listener --watchdog 0                     watchdog must be from 1 to 86400000 ms: 0
  stress listener --mode crowd --threads 8         threads is 8, but mode crowd has exactly 2: leave it out, or choose mode mutex
  stress listener --mode mutex --listeners 5       listeners is 5, but mode mutex has no crowd: leave it out, or choose mode
  stress listener --mode ping-pong --kill 5        kill is 5 kills a second, but mode ping-pong kills nobody
  stress listener --mode crowd --sabotage barge    sabotage is barge, but nobody does that here
  stress listener --mode mutex --kills 5 --kill 0  kills is 5, but kill is 0 kills a second
  stress arc --threads 0                           threads must be an integer from 1 to 64: 0
  stress arc --operations 0                        operations must be an integer from 1 to 9007199254740991: 0
  stress arc --size 7                              size must be an integer from 8 to 1048576: 7
  stress channel --senders 33                      senders must be an integer from 1 to 32: 33
  stress channel --receivers 0                     receivers must be an integer from 1 to 32: 0
  stress channel --messages 100000001              messages must be an integer from 1 to 100000000: 100000001
  stress channel --capacity 5 --unbounded          capacity is 5, but the channel is unbounded
  stress channel --close --duration 1              close is after half of the messages, but messages has no limit
  bench --filter nonsense                          no scenario's name contains "nonsense"; shmol bench --list names them
  bench --reps 0                                   It must be a whole number from 1 to 1000.
  bench --items many                               It must be a number, such as 1000000 or 20M.
  bench --compare missing.json                     cannot read results from
  bench --compare package.json                     holds no results of a benchmark: shmol bench --save
  check --model nonsense                           error: no model's name contains "nonsense"
  check --threads 0                                argument '0' is invalid. It must be a whole number from 1 to 128.
  check --bound -1                                 argument '-1' is invalid. It must be a whole number from 0.
  check --replay nonsense                          error: not a replay string: nonsense
  check --replay queue/single/batches#az           does not fit this program from step 2 on: it is of another version
  doctor --bogus                                   unknown option '--bogus'
  doctor --sabotage=nonsense                       argument 'nonsense' is invalid. Allowed choices are heap, arc,
  nonsense                                         unknown command 'nonsense'
  stress                                           Usage: shmol stress
  stress nonsense                                  unknown command 'nonsense'
`;

describe("shmol refuses", () => {
  const rows = REFUSED.trim()
    .split("\n")
    .map((row) => row.trim().split(/ {2,}/) as [line: string, message: string]);
  const isOfStress = ([line]: (typeof rows)[0]) => line.startsWith("stress ");

  it.each(rows.filter(isOfStress))("%s", async (line, message) => {
    const { code, stdout, stderr } = await refusal(line);
    expect(stderr).toContain(message);
    expect([code, stdout]).toEqual([expect.stringMatching(/^commander\./), ""]);
  });

  // Of stress runs one that the parser refuses, and one that the run refuses.
  it.each([
    ["", "Usage: shmol"] as const,
    ["stress queue --bogus", "unknown option '--bogus'"] as const,
    ["stress queue --producers 0", "producers must be an integer from 1 to 128: 0"] as const,
    ...rows.filter((row) => !isOfStress(row)),
  ])("%s, with exit code 2", async (line, message) => {
    const { code, stdout, stderr } = await start(...line.split(" ").filter((word) => word !== "")).ended;
    expect(stderr).toContain(message);
    expect([code, stdout]).toEqual([2, ""]);
  });
});

describe("Ctrl-C", { timeout: 120_000 }, () => {
  /** Of the first trial of a run, or of its only one. */
  const counted = ({ stdout }: Ended) => {
    const { trials = [], ...rest } = JSON.parse(stdout) as SuiteReport & Partial<Report>;
    const { counts = {}, unit = "" } = trials[0] ?? rest;
    return counts[unit] ?? 0;
  };

  const modes = ["ping-pong", "mutex", "crowd"].map((mode) => `listener --mode ${mode}`);
  it.each(["queue", "arc", "channel", "listener", ...modes])("ends stress %s early, verified", async (line) => {
    const args = ["stress", ...line.split(" "), "--duration", "45", "--json"];
    const { code, stdout } = await interrupted(args, (ended) => ended.code !== null && counted(ended) > 0);
    const { ok, interrupted: isEarly, seconds } = JSON.parse(stdout) as SuiteReport;
    expect({ code, ok, isEarly }).toEqual({ code: 0, ok: true, isEarly: true });
    expect(seconds).toBeLessThan(30);
  });

  it.each(["queue", "listener --mode mutex"])("twice gives up, stress %s", async (line) => {
    // A thread that stalls keeps the run from coming to an end.
    const args = ["stress", ...line.split(" "), ..."--duration 45 --sabotage stall --watchdog 30".split(" ")];
    const ended = await interrupted(args, ({ code }) => code !== null && code !== 0, 2);
    expect(ended).toMatchObject({ code: 130, stdout: "" });
  });
});
