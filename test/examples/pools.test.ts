/** A channel in the pools that people use: tasks feed it, the main thread consumes it. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test.each(["piscina", "tinypool"])("%s: all steps of all tasks come through, and the loop ends", async (pool) => {
  const file = new URL(`../../examples/pools/${pool}.mjs`, import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 30_000 });
  expect(stdout.trim()).toBe("200 steps, 1900 in all");
});
