/**
 * Stolen wake-ups: what a dead thread waited on becomes something on which a living one waits, and the living one is notified.
 * No wait that was left behind may take its wake-up. In programs of their own (stolenWakes.mjs), in which nobody looks for lost
 * wake-ups. SHMOL_FULL=1: in ten times as many rounds.
 */
import { execFile, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { count } from "../counts.js";

const SCRIPT = fileURLToPath(new URL("./stolenWakes.mjs", import.meta.url));
const ROUNDS = count({ all: 200, usually: 20, brief: 8 });
/** A program that does not end is a failure. */
const DEADLINE_MS = 10_000 + 1000 * ROUNDS;
/** What has a program run on one processor: a thread that dies is then cleared up while the others go on. */
const ONE_CPU = ["taskset", "-c", "0"] as const;
const onOneCpu = spawnSync(ONE_CPU[0], [...ONE_CPU.slice(1), "true"]).status === 0 ? ONE_CPU : [];

interface Tally {
  readonly rounds: number;
  readonly reused: number;
  readonly sleptOn: number;
  readonly armedLate: number;
}

function play(how: string, what: string, rounds: number): Promise<Tally> {
  const [program, ...args] = [...onOneCpu, process.execPath, SCRIPT, how, what, String(rounds)] as [
    string,
    ...string[],
  ];
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: DEADLINE_MS }, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout) as Tally);
      else reject(new Error(`${how} ${what} failed: ${stdout}${stderr}`, { cause: error }));
    });
  });
}

test.each([
  ["exit", "bell"],
  ["exit", "futex"],
  ["terminate", "bell"],
  ["terminate", "futex"],
])(`${ROUNDS} threads die by %s; the block of each becomes a %s`, { timeout: 2 * DEADLINE_MS }, async (how, what) => {
  const tally = await play(how, what, ROUNDS);
  expect(tally).toEqual({ rounds: ROUNDS, reused: expect.any(Number), sleptOn: 0, armedLate: 0 });
  expect(tally.reused, "the block was the dead thread's doorbell").toBeGreaterThan(ROUNDS / 2);
});

test("a wait that begins in an exit handler after the library's own is not armed", async () => {
  expect(await play("exit", "late", 3)).toMatchObject({ rounds: 3, sleptOn: 0, armedLate: 0 });
});
