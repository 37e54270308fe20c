/** The command line as a shell runs it: the bundled file in a process of its own, bounded in time. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

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
  const child = spawn(process.execPath, [SHMOL, ...args], { timeout: DEADLINE_MS, stdio: ["ignore", "pipe", "pipe"] });
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

/** Runs `shmol stress queue` with arguments to its end. */
export function stressQueue(...args: string[]): Promise<Ended> {
  return start("stress", "queue", ...args).ended;
}

/** Runs `shmol stress listener` with arguments to its end. */
export function stressListener(...args: string[]): Promise<Ended> {
  return start("stress", "listener", ...args).ended;
}

/** Runs `shmol stress arc` with arguments to its end. */
export function stressArc(...args: string[]): Promise<Ended> {
  return start("stress", "arc", ...args).ended;
}

/** Runs `shmol stress channel` with arguments to its end. */
export function stressChannel(...args: string[]): Promise<Ended> {
  return start("stress", "channel", ...args).ended;
}
