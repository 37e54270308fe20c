/**
 * The command line: as a shell runs it, the bundled file in a process of its own, bounded in time; or its stress runs in the test's own
 * process, which takes half of the processor time.
 */
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { expect } from "vitest";
import { arc } from "../../dist/cli/stress/arc.js";
import { channel } from "../../dist/cli/stress/channel.js";
import { listener } from "../../dist/cli/stress/listener.js";
import { lock } from "../../dist/cli/stress/lock.js";
import { addOptions, common, type OptionTable } from "../../dist/cli/stress/options.js";
import { queue } from "../../dist/cli/stress/queue.js";
import type { Report, SuiteReport } from "../../dist/cli/stress/report.js";
import { stress as run } from "../../dist/cli/stress/run.js";
import type { Suite } from "../../dist/cli/stress/scenario.js";
import { FULL } from "../counts.js";

const SHMOL = fileURLToPath(new URL("../../dist/cli/shmol.js", import.meta.url));
const SUITES: Readonly<Record<string, unknown>> = { queue, listener, arc, channel, lock };
const DEADLINE_MS = FULL ? 1_800_000 : 50_000;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Running {
  /** Sends Ctrl-C. */
  interrupt(): void;
  readonly ended: Promise<Ended>;
}

/** Starts `shmol` with arguments. */
export function start(...args: string[]): Running {
  return startCopy(SHMOL, ...args);
}

/** Starts a copy of it, `file`. */
export function startCopy(file: string, ...args: string[]): Running {
  const child = spawn(process.execPath, [file, ...args], { timeout: DEADLINE_MS, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<Ended>((resolve, reject) => {
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (text) => {
      stdout += text;
    });
    child.stderr.on("data", (text) => {
      stderr += text;
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { interrupt: () => child.kill("SIGINT"), ended };
}

/** How long a command may take to begin: on a machine that is free, or else on one that is busy. */
const BEGIN_MS = [700, 2000, 6000, 18_000];
/** Between two presses of Ctrl-C that count as two. */
const PRESS_MS = 600;

/** How a command ends that gets Ctrl-C, some times in a row, when it has begun; how it has ended tells whether it had. */
export async function interrupted(
  args: readonly string[],
  hadBegun: (ended: Ended) => boolean,
  times = 1,
): Promise<Ended> {
  for (const ms of BEGIN_MS) {
    const run = start(...args);
    await sleep(ms);
    for (let time = 1; time <= times; time++) {
      if (time > 1) await sleep(PRESS_MS);
      run.interrupt();
    }
    const ended = await run.ended;
    if (hadBegun(ended)) return ended;
  }
  throw new Error(`not begun within ${BEGIN_MS.at(-1)} ms: ${args.join(" ")}`);
}

/** Runs `shmol stress` with a line of arguments to its end. */
export function stress(line: string): Promise<Ended> {
  return start("stress", ...line.split(" ")).ended;
}

/** What such a run prints as JSON, with its exit code. */
export async function printed<R extends object = Single>(line: string): Promise<R & { code: number | null }> {
  const { code, stdout } = await stress(`${line} --json`);
  return { code, ...JSON.parse(stdout) };
}

/** The same of a run in this process, where there is no exit code. */
export async function report<R extends object = Single>(line: string): Promise<R> {
  const [name = "", ...words] = line.split(" ");
  const suite = SUITES[name] as Suite<OptionTable>;
  const command = new Command().exitOverride().option("--sabotage <kind>");
  addOptions(command, { ...suite.options, ...common });
  const { sabotage, ...options } = command.parse(words, { from: "user" }).opts();
  const { trials, ...whole } = await run(suite, options, { sabotage });
  return { ...whole, ...(trials[0]?.scenario === name ? trials[0] : { trials }) } as unknown as R;
}

/** The report of a run in which nothing was wrong. */
export async function verified<R extends object = Single>(line: string, by: typeof report = report): Promise<R> {
  const found = await by<R & SuiteReport>(line);
  expect(found).toMatchObject({ ok: true, failures: [] });
  return found;
}

/** What a suite of one scenario prints. */
export type Single = Omit<SuiteReport, "trials"> & Report;
