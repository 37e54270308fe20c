/** `shmol bench`: what it prints is what was measured, also when the run was cut short, or something broke. `@storm` */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Ajv } from "ajv";
import { afterAll, describe, expect, it } from "vitest";
import { compare } from "../../../dist/cli/bench/compare.js";
import type { Results } from "../../../dist/cli/bench/results.js";
import type { Row } from "../../../dist/cli/bench/rows.js";
import { chosen } from "../../../dist/cli/bench/run.js";
import { interrupted, start } from "../shmol.js";

const BENCH = new URL("../../../bench/", import.meta.url);
const validate = new Ajv({ allErrors: true }).compile(
  JSON.parse(readFileSync(new URL("results.schema.json", BENCH), "utf8")),
);
const folder = mkdtempSync(path.join(tmpdir(), "shmol-bench-"));
/** One scenario between threads, the least of it. */
const QUICK = ["--filter", "bounded-seq", "--reps", "1", "--items", "1024"];

afterAll(() => rmSync(folder, { recursive: true }));

const bench = (...args: string[]) => start("bench", ...args).ended;

/** The one JSON document that a run printed, which the schema must describe. */
async function results(...args: string[]): Promise<Results & { code: number | null }> {
  const { code, stdout, stderr } = await bench(...args, "--json");
  expect(stderr).toBe("");
  const found = JSON.parse(stdout);
  expect(validate(found), JSON.stringify(validate.errors)).toBe(true);
  return { code, ...found };
}

describe("a run", () => {
  it("is one JSON document, as the schema says, and the same in the file that it saves", async () => {
    const file = path.join(folder, "deep/saved.json");
    const { code, ...found } = await results(...QUICK, "--save", file);
    expect(code).toBe(0);
    expect(found).toMatchObject({ reps: 1, ended: "completed", skipped: [], node: process.version });
    expect(found.rows.map(({ contender }) => contender)).toEqual([
      "shmol, bounded(1024)",
      "shmol, bounded(1)",
      "shmol",
      "mutex + ring",
    ]);
    for (const row of found.rows) expect(row).toMatchObject({ scenario: "bounded-seq", items: 1024 });
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(found);
  });

  it("prints a table, and no control characters where there is no terminal", async () => {
    const { code, stdout, stderr } = await bench(...QUICK);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("bounded-seq: one thread pushes an item and pops it again");
    expect(stdout).toMatch(/mutex \+ ring +[\d.]+ M\/s|mutex \+ ring +not measured/);
    expect(stdout).toMatch(/bars: \d reached, \d missed, \d not measured/);
    expect(stdout).not.toContain("\x1b");
  });

  it("says what there is to measure, peers of the checkout included", async () => {
    const { code, stdout } = await bench("--list");
    expect(code).toBe(0);
    for (const name of ["spsc", "ringbuf16", "alignment", "channel_mpmc", "notify_and_wait"]) {
      expect(stdout).toMatch(new RegExp(`^${name} +\\S`, "m"));
    }
    expect(stdout).not.toContain("not here");
    expect(stdout).toMatch(/^pool-json-4-1024-block +\S/m);
    expect(stdout).not.toContain("pool-json-8");
  });
});

describe("a shape", () => {
  it("of many workers and capacities is measured when a filter begins with its name", () => {
    const names = (filter: string) => chosen([filter]).map(({ name }) => name);
    const usual = ["fan_in", "fan_out", "pool", "pipeline"].map((shape) => `${shape}-json-4-1024-block`);
    expect(names("json-4-1024-block")).toEqual(usual);
    expect(names("json-8-16-block")).toEqual([]);
    expect(names("pool-json-*-16-block")).toEqual([1, 2, 4, 8].map((workers) => `pool-json-${workers}-16-block`));
  });

  it("is a row as the schema says, with its processor time beside it, and fails when a message came twice", async () => {
    const [reps, items] = [
      ["--reps", "1"],
      ["--items", "1000"],
    ];
    const { code, rows } = await results("--filter", "fan_in-i32-1-16-block", ...reps, ...items, "--sabotage", "sum");
    expect({ code, rows: rows.length }).toEqual({ code: 1, rows: 2 });
    expect(rows[0]).toMatchObject({
      contender: "shmol",
      verdict: "FAILED",
      failure: expect.stringMatching(/came after/),
    });
    expect(rows[1]).toMatchObject({ contender: "postMessage", items: 1000, bar: ">= 1.5 x, 0.93 x" });
    const processor = { processorNs: { median: 1, min: 1, max: 1 }, processorRatio: 2, switches: 0.5 };
    const saved = { date: new Date().toISOString(), node: "v20.0.0", cpu: "", threads: 2, platform: "", reps: 1 };
    expect(validate({ ...saved, rows: [{ ...rows[1], ...processor }] }), JSON.stringify(validate.errors)).toBe(true);
  });
});

describe("a run that breaks", () => {
  it.each([
    ["exit", /a thread ended in the middle of the work, with code 1/],
    ["heap", /memory/i],
    ["sum", /1024 items with sum \d+ went in, 1024 with sum \d+ came out/],
  ])("%s: the row says so, the others are measured, and the code is 1", async (sabotage, message) => {
    const { code, rows, ended } = await results(...QUICK, "--sabotage", sabotage);
    expect({ code, ended }).toEqual({ code: 1, ended: "completed" });
    expect(rows[0]).toMatchObject({ contender: "shmol, bounded(1024)", verdict: "FAILED" });
    expect(rows[0]?.failure).toMatch(message);
    expect(rows).toHaveLength(4);
    for (const row of rows.slice(1)) {
      expect(row.failure).toBeUndefined();
      expect(row.reps).toBeGreaterThan(0);
    }
  });

  it("shows no figure where cores are never free, and leaves the bar open", async () => {
    const { code, rows } = await results(...QUICK, "--sabotage", "busy");
    expect(code).toBe(0);
    expect(rows).toHaveLength(4);
    for (const row of rows) {
      expect(row).toMatchObject({ clean: 0, cores: 1.2 });
      expect(row.figures).toBeUndefined();
    }
    expect(rows[3]).toMatchObject({ contender: "mutex + ring", verdict: "open" });
  });

  it("reports what it has after Ctrl-C, and names what it has not", async () => {
    const args = ["bench", "--filter", "seq,ping_pong", "--json"];
    const { code, stdout } = await interrupted(args, ({ code }) => code !== null);
    const found = JSON.parse(stdout) as Results;
    expect(validate(found), JSON.stringify(validate.errors)).toBe(true);
    expect({ code, ended: found.ended }).toEqual({ code: 0, ended: "interrupted" });
    expect(found.skipped).toContain("ping_pong-async");
    for (const { scenario } of found.rows) expect(found.skipped).not.toContain(scenario);
  });
});

describe("a comparison", () => {
  const row = (contender: string, unit: Row["unit"], median: number, min: number, max: number): Row => ({
    ...{ scenario: "spsc", contender, unit, figures: { median, min, max }, reps: 5, clean: 5, items: 1024, cores: 1.9 },
  });
  const where = { date: "2026-01-01T00:00:00.000Z", node: "v20.0.0", cpu: "a", threads: 2, platform: "linux x64" };

  it("tells apart what changed beyond both ranges from what may be chance", () => {
    const before = [row("a", "M/s", 10, 9, 11), row("b", "M/s", 10, 9, 11), row("c", "ns", 10, 9, 11)];
    const after = [row("a", "M/s", 20, 18, 22), row("b", "M/s", 9, 8, 9.5), row("c", "ns", 20, 19, 21)];
    const { changes, unmatched } = compare("before.json", { ...where, rows: before }, [
      ...after,
      row("d", "ns", 1, 1, 1),
    ]);
    expect(changes.map(({ ratio, change }) => [ratio, change])).toEqual([
      [2, "faster"],
      [0.9, "within ranges"],
      [0.5, "slower"],
    ]);
    expect(unmatched).toBe(1);
  });

  it("with a saved run is in the results", async () => {
    const { comparison } = await results(...QUICK, "--compare", new URL("results/last.json", BENCH).pathname);
    expect(comparison).toMatchObject({ commit: expect.any(String), cpu: expect.any(String) });
  });
});

it.each(readdirSync(new URL("results/", BENCH)))("the saved results in %s are what the schema describes", (file) => {
  const found = JSON.parse(readFileSync(new URL(`results/${file}`, BENCH), "utf8"));
  expect(validate(found), JSON.stringify(validate.errors)).toBe(true);
});
