/** A thread that blocks for ten seconds in a checked heap says so, while it blocks, and once. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { test } from "vitest";

const program = new URL("./longWait.mjs", import.meta.url).pathname;
// Not on the kernel that these tests are told to run on.
const { NODE_OPTIONS: _, ...env } = process.env;
const run = (build: string) => promisify(execFile)(process.execPath, [program, build], { env, timeout: 20_000 });

test.concurrent("a wait of ten seconds is told of once for each thread", async ({ expect }) => {
  const { stdout, stderr } = await run("shmol/checked");
  const lines = ["0 before ten seconds", "1 after two long waits"];
  expect(stdout.trim().split("\n")).toEqual([...lines, ...lines]);
  const told =
    stderr.match(/ShmolLongWaitWarning: thread \d+ has been blocked for 10 s, waiting for a notification/g) ?? [];
  expect(told).toHaveLength(2);
  expect(new Set(told).size).toBe(2);
});

test.concurrent("not on the release kernel, where long waits are as usual", async ({ expect }) => {
  const { stdout, stderr } = await run("shmol");
  expect(stdout).not.toContain("1 after");
  expect(stderr).not.toContain("ShmolLongWaitWarning");
});
