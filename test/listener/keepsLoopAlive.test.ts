/** Whether a thread stays alive for the listeners that it awaits, and ends by itself when it should. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { BRIEF } from "../counts.js";

const SCRIPT = fileURLToPath(new URL("./lively.mjs", import.meta.url));
/** The notifier would wait 200 ms; a program that waited for something else than it should would wait for this. */
const NEVER_MS = 30_000;
/** What Node says of a top-level `await` that nothing will settle any more. */
const UNSETTLED = 13;

/** What a program prints until it ends, and its exit code; one that does not end is a failure. */
function run(...args: string[]): Promise<{ lines: string[]; code: number }> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [SCRIPT, ...args], { timeout: NEVER_MS }, (error, stdout, stderr) => {
      if (error?.killed) reject(new Error(`${args.join(" ")} did not end: ${stdout}${stderr}`));
      else resolve({ lines: stdout.trim().split("\n"), code: Number(error?.code ?? 0) });
    });
  });
}

const programs: [string, string, string[], code?: number][] = [
  ["stays alive until it is notified, and ends then", "notified", ["notified", "end"]],
  ["stays alive for a listener that was ref'd again", "referredAgain", ["notified", "end"]],
  ["stays alive for what it awaits on top level", "awaited", ["notified", "end"]],
  ["stays alive for a time-out, and ends then", "timeout", ["ERR_SHMOL_TIMEOUT true", "end"]],
  ["ends at once with a listener that was unref'd when it was made", "unrefBefore", ["end"]],
  ["ends at once with a listener that is unref'd while it waits", "unrefAfter", ["end"]],
  ["ends at once with a listener that was unref'd and has a time-out", "timeoutUnref", ["end"]],
  ["ends at once with an unref'd listener on top level, unsettled", "awaitedUnref", ["end"], UNSETTLED],
  ["ends at once with a listener that nobody awaits", "neverAwaited", ["end"]],
  ["ends when what keeps it alive was notified, unref'd listeners or not", "oneOfTwo", ["notified", "end"]],
  ["ends when its listener is dropped", "dropped", ["ERR_SHMOL_DROPPED", "end"]],
  ["ends when its listener is discarded", "discarded", ["ERR_SHMOL_DROPPED", "end"]],
  ["ends when its signal is aborted", "aborted", ["AbortError", "end"]],
  ["may drop at its end what it awaits", "droppedAtExit", ["end", "0 listeners"]],
];

const places: [string, string, string][] = [
  ["a program", "main", "waits"],
  ["a worker", "worker", "waits"],
];
// On every host that is like this, and every kernel.
const without: typeof places = [
  ["a program without Atomics.waitAsync", "main", "polls"],
  ["a worker without Atomics.waitAsync", "worker", "polls"],
];

describe.each(BRIEF ? places : [...places, ...without])(
  "keepsLoopAlive: %s",
  { timeout: 2 * NEVER_MS, concurrent: true },
  (_, where, how) => {
    test.each(programs)("%s", async (_, program, output, code = 0) => {
      const ended = await run(where, how, program);
      if (where === "main") expect(ended).toEqual({ lines: output, code });
      else expect(ended).toEqual({ lines: [...output, `worker ended with ${code}`], code: 0 });
    });
  },
);
