/** keepsLoopAlive: a program whose only work is an awaited listener lives until that is settled, and then ends by itself. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const SCRIPT = fileURLToPath(new URL("./lively.mjs", import.meta.url));

/** What a program prints until it ends with code 0; one that does not end is a failure. */
async function run(where: string, program: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, where, program], { timeout: 30_000 });
  return stdout.trim().split("\n");
}

const programs: [string, string, string[]][] = [
  ["stays alive until it is notified, and ends then", "notified", ["notified", "end"]],
  ["stays alive for a listener that was ref'd again", "referredAgain", ["notified", "end"]],
  ["ends at once with a listener that was unref'd when it was made", "unrefBefore", ["end"]],
  ["ends at once with a listener that is unref'd while it waits", "unrefAfter", ["end"]],
  ["stays alive for a time-out, and ends then", "timeout", ["ERR_SHMOL_TIMEOUT true", "end"]],
  ["ends at once with a listener that nobody awaits", "neverAwaited", ["end"]],
  ["ends when its listener is dropped", "dropped", ["ERR_SHMOL_DROPPED", "end"]],
];

describe("keepsLoopAlive", { timeout: 40_000 }, () => {
  test.each(programs)("a program %s", async (_, program, output) => {
    expect(await run("main", program)).toEqual(output);
  });

  test.each(programs)("a worker %s", async (_, program, output) => {
    expect(await run("worker", program)).toEqual([...output, "worker ended with 0"]);
  });
});
