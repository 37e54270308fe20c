/**
 * Threads die in crowds, and while others block: every channel is closed, everybody who waits is told within three seconds, and
 * nothing is left of the dead. On all cores, and with all threads on one.
 *
 * With SHMOL_FULL=1 there are ten times as many rounds. `@storm`: it only repeats.
 */
import { execFile, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { KILLS } from "../counts.js";
import { seed } from "../seed.js";
import { testWhere } from "../testWhere.js";

const ROUNDS = Math.ceil(KILLS * 0.12);
const PINNED_ROUNDS = Math.ceil(KILLS * 0.05);
const LIMIT_MS = 3000;
/** What a child may take for one round; a hang must end. */
const ROUND_MS = 3000;

/** Runs a program to its end, and answers what it has printed. */
async function run(
  program: string,
  args: readonly string[],
  ms: number,
  starter: readonly string[] = [],
): Promise<unknown> {
  const file = fileURLToPath(new URL(program, import.meta.url));
  const [command = "", ...words] = [...starter, process.execPath, file, ...args];
  const { stdout } = await promisify(execFile)(command, words, { timeout: ms, maxBuffer: 2 ** 24 });
  return JSON.parse(stdout);
}

async function crowds(rounds: number, starter: readonly string[]): Promise<void> {
  const seen = await run("crowd.mjs", [`${rounds}`, `${seed()}`], 30_000 + rounds * ROUND_MS, starter);
  expect(seen).toEqual({ rounds, wrong: [], latestMs: expect.any(Number) });
  console.info(`${rounds} crowds: ${JSON.stringify(seen)}`);
}

test(`${ROUNDS} crowds`, { timeout: 60_000 + ROUNDS * ROUND_MS }, () => crowds(ROUNDS, []));

const canPin = spawnSync("taskset", ["-c", "0", "true"]).status === 0;

testWhere(canPin)(`${PINNED_ROUNDS} crowds on one core`, { timeout: 60_000 + PINNED_ROUNDS * ROUND_MS }, () =>
  crowds(PINNED_ROUNDS, ["taskset", "-c", "0"]),
);

interface Row {
  readonly name: string;
  readonly lateMs: number;
  readonly left: readonly number[];
}

test("a main thread that blocks is told of deaths, however they come", { timeout: 120_000 }, async () => {
  const rows = (await run("blockedMain.mjs", [], 100_000)) as Row[];
  expect(rows).toHaveLength(61);
  const isRight = ({ name, lateMs, left }: Row) =>
    ["ClosedError", "it went on"].includes(name) && lateMs < LIMIT_MS && `${left}` === "0,0,0,1";
  expect(rows.filter((row) => !isRight(row))).toEqual([]);
});
