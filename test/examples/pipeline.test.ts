/** The pipeline of the examples: four workers answer what one thread answers, in as much memory for any file. */
import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { generate } from "../../examples/pipeline/generate.mjs";
import { parse, Totals, wholeLines } from "../../examples/pipeline/log.mjs";

/** SHMOL_FULL=1: the 128 MB that the example is about. */
const MEGABYTES = process.env.SHMOL_FULL === "1" ? 128 : 8;
const SEED = 20260301;

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "shmol-"));
  file = path.join(folder, "log");
  await generate(file, MEGABYTES, SEED);
});
afterAll(() => rm(folder, { recursive: true }));

test("the totals are right, and memory stays flat", async () => {
  const { size } = await stat(file);
  expect(size).toBeGreaterThanOrEqual(MEGABYTES * 1e6);
  const totals = new Totals();
  for await (const lines of wholeLines(createReadStream(file))) {
    for (const request of parse(lines.toString("latin1"))) totals.add(request);
  }
  expect(`${totals}`).toMatch(/^\/shop\/0: \d+ requests, \d+ failed/);
  const program = new URL("../../examples/pipeline/main.mjs", import.meta.url).pathname;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, file], { timeout: 50_000 });
  expect(stdout).toBe(`${totals}\n`);
  const [, rss] = /peak RSS: (\d+) MiB/.exec(stderr) ?? [];
  // Five threads of JavaScript; a file of any size adds nothing to them.
  expect(Number(rss)).toBeLessThan(400);
});
