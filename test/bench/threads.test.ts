/**
 * The shapes of programs, and the harness that compares two builds by them: what came through is verified, and every wait ends.
 * `@storm`
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { intervalOf, summaryOf } from "../../bench/ratios.mjs";
import { isChosen, type Program, programs, run, SHAPES } from "../../bench/shapes/index.mjs";

const DIST = new URL("../../dist/", import.meta.url);
/** So many that capacities and windows are used up. */
const quick = { dist: new URL("index.js", DIST).href, items: 600, cold: true };

type Pair = Record<"ours" | "theirs", { ns: number }>;

const named = (name: string) => programs.find((program) => program.name === name) as Program;

describe.each(Object.keys(SHAPES))("%s", (shape) => {
  it("brings all through, awaiting, blocking and with messages", async () => {
    const ways = [`${shape}-json-2-16-await`, `${shape}-bytes64-2-none-block`, `${shape}-i32-2-1024-all_block`].map(
      named,
    );
    const runs = [...ways.map((way) => run(way, quick)), run(ways[0] as Program, { ...quick, by: "postMessage" })];
    for (const { items, ns, processorNs, voluntary } of await Promise.all(runs)) {
      expect(items).toBe(600);
      for (const figure of [ns, processorNs]) expect(figure).toBeGreaterThan(0);
      expect(voluntary).toBeGreaterThanOrEqual(0);
    }
  });
});

describe.each(["shmol", "postMessage"] as const)("through %s", (by) => {
  it.each([
    ["fan_in-i32-2-16-block", "sum", /fan_in-i32-2-16-block: of thread 1, message 98 came after 98/],
    [
      "pipeline-json-1-16-await",
      "sum",
      /came after 98|600 messages with sum 179700 went in, 600 with sum 179699 came out/,
    ],
    ["pool-i32-1-16-await", "exit", /a thread ended in the middle of the work, with code 1/],
  ] as const)("%s finds out what went wrong: %s", async (name, sabotage, message) => {
    await expect(run(named(name), { ...quick, by, sabotage })).rejects.toThrow(message);
  });
});

describe("bench/threads.mjs", () => {
  const threads = (...args: string[]) => {
    const file = fileURLToPath(new URL("../../bench/threads.mjs", import.meta.url));
    return promisify(execFile)(process.execPath, [file, ...args], { timeout: 50_000 });
  };
  const dist = fileURLToPath(DIST);

  it("compares two builds in turns, and saves the pairs", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "shmol-threads-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const save = path.join(folder, "pairs.json");
    const quickly = ["--rounds", "2", "--items", "100", "--cold", "--save", save];
    const { stdout } = await threads("--against", dist, "--filter", "call-i32-1-16-await", ...quickly);
    expect(stdout).toMatch(/^call-i32-1-16-await +[\d.]+ +[\d.]+ +[\d.]+ \([\d.]+ - [\d.]+\)/m);
    expect(stdout).toMatch(/^call, geometric mean of the ratios: time [\d.]+, processor [\d.]+$/m);
    const { against, rows } = JSON.parse(readFileSync(save, "utf8"));
    expect(against).toBe(dist);
    expect(rows[0].pairs).toHaveLength(2);
    const [one, other] = rows[0].pairs.map(({ ours, theirs }: Pair) => theirs.ns / ours.ns);
    expect([Math.min(one, other), Math.max(one, other)]).toEqual([rows[0].ratios.ns.low, rows[0].ratios.ns.high]);
    expect(Object.keys(rows[0].ratios)).toEqual(["ns", "processorNs", "p50Ns", "p99Ns"]);
  });

  it.each([
    [["--filter", "pool"], /--against must say what to compare with/],
    [["--against", "/nowhere"], /there is no build in \/nowhere/],
    [["--against", "postMessage", "--filter", "pooool"], /no program's name contains pooool/],
    [["--against", "postMessage", "--rounds", "0"], /--rounds must be a positive whole number: 0/],
    [["--agains", "postMessage"], /--agains/],
  ])("refuses %j", async (args, message) => {
    await expect(threads(...args)).rejects.toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
  });

  it("says which programs async-channel does not run", async () => {
    await expect(run(named("fan_in-json-2-16-all_block"), { ...quick, by: "async-channel" })).rejects.toThrow(
      "fan_in-json-2-16-all_block: async-channel runs only fan_in and mesh of i32 where all block",
    );
  });
});

it("chooses by filters in which * stands for anything", () => {
  const names = (text: string) => programs.filter((program) => isChosen(program, text)).map(({ name }) => name);
  expect(names("pool-json-*-16-block")).toEqual([1, 2, 4, 8].map((workers) => `pool-json-${workers}-16-block`));
  expect(names("fan_in-block*i32")).toEqual([]);
  expect(names("")).toHaveLength(24);
});

it("knows an interval of the median, by the binomial distribution", () => {
  expect(intervalOf(9)).toMatchObject({ low: 1, high: 7, percent: expect.closeTo(96.09, 2) });
  expect(intervalOf(6)).toMatchObject({ low: 0, high: 5, percent: expect.closeTo(96.88, 2) });
  expect(intervalOf(2)).toMatchObject({ low: 0, high: 1, percent: 50 });
  expect(summaryOf([9, 1, 2, 3, 8, 4, 5, 7, 6])).toEqual({ median: 5, low: 2, high: 8 });
});
