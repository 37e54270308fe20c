/** The command line as a shell runs it: the bundled file in a process of its own, bounded in time. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { Report, SuiteReport } from "../../dist/cli/stress/report.js";

const SHMOL = fileURLToPath(new URL("../../dist/cli/shmol.js", import.meta.url));
/** Whether to run what takes many minutes, too. */
export const FULL = process.env.SHMOL_FULL === "1";
const DEADLINE_MS = FULL ? 1_800_000 : 50_000;

interface Ended {
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

/** Runs `shmol stress` with a line of arguments to its end. */
export function stress(line: string): Promise<Ended> {
  return start("stress", ...line.split(" ")).ended;
}

/** What such a run reports as JSON, with its exit code. */
export async function report<R extends object = Single>(line: string): Promise<R & { code: number | null }> {
  const { code, stdout } = await stress(`${line} --json`);
  return { code, ...JSON.parse(stdout) };
}

/** The report of a run in which nothing was wrong. */
export async function verified<R extends object = Single>(line: string): Promise<R> {
  const run = await report<R & SuiteReport>(line);
  expect(run).toMatchObject({ code: 0, ok: true, failures: [] });
  return run;
}

/** What a suite of one scenario prints. */
export type Single = Omit<SuiteReport, "trials"> & Report;
