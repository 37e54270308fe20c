/** The mutex of the examples: four workers count exactly, after a fifth one has died inside. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("four workers count to 100000, and what a dead one left is repaired", async () => {
  const file = new URL("../../examples/mutex/main.mjs", import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 50_000 });
  expect(stdout.trim()).toBe("100000 200000");
});
