/** The example of a pool whose workers are killed: nothing hangs, nothing leaks, nothing is done twice. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const KILLS = 20;

test("killed workers of a piscina take at most the job with them that they were at", async () => {
  const file = new URL("../../examples/killed-pool/main.mjs", import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 50_000 });
  const [killed = 0, lost, jobs, before, after] = (stdout.match(/\d+/g) ?? []).map(Number);
  expect(killed).toBeGreaterThanOrEqual(KILLS);
  expect(lost).toBeLessThanOrEqual(killed);
  expect(jobs).toBeGreaterThan(1000);
  expect(after).toBe(before);
});
