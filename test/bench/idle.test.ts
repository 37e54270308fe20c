/** A channel that nothing goes through costs next to nothing, in whichever way its ends wait. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const SECONDS = 2;

test("five ends that wait take less than a twentieth of a processor, where one that spins takes all of it", async () => {
  const program = fileURLToPath(new URL("../../bench/idle.mjs", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program, `${SECONDS}`], { timeout: 50_000 });
  const { seconds, idleMs } = JSON.parse(stdout);
  expect(seconds).toBe(SECONDS);
  expect(idleMs).toBeLessThan(SECONDS * 50);
});
