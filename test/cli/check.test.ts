/** `shmol check` as a shell runs it: what it answers, on several threads and on one, and when it is ended early. `@storm` */
import { describe, expect, test } from "vitest";
import { programs } from "../../dist/check/index.js";
import { type Ended, interrupted, start } from "./shmol.js";

interface Report {
  readonly programs: readonly { readonly program: string; readonly exhaustive: boolean; readonly schedules: number }[];
  readonly failed: number;
  readonly interrupted: boolean;
  readonly unchecked: number;
  readonly coverage?: unknown;
}

async function check(...args: string[]) {
  const { code, stdout, stderr } = await start("check", ...args, "--json").ended;
  return { code, stderr, report: JSON.parse(stdout) as Report };
}

/** Models that are searched in a moment. */
const SHORT = "reaper/a reaper dies/";
/** Ctrl-C before that ends it without a word. */
const hadBegun = ({ code }: Ended) => code !== null;

const summary = ({ programs }: Report) => programs.map(({ program, schedules }) => `${program}: ${schedules}`);

test("searches the models that are named, with the same outcome on any number of threads", async () => {
  const [one, three] = await Promise.all([1, 3].map((n) => check("--model", SHORT, "--threads", String(n))));
  expect(one).toMatchObject({ code: 0, stderr: "", report: { failed: 0, interrupted: false, unchecked: 0 } });
  expect(one?.report.programs.length).toBeGreaterThan(3);
  expect(one?.report.programs.every(({ exhaustive }) => exhaustive)).toBe(true);
  // Of some models only, it cannot be said what the kernel's models reach.
  expect(one?.report.coverage).toBeUndefined();
  expect(summary(three?.report as Report)).toEqual(summary(one?.report as Report));
});

test("prints a table, and how much was searched", async () => {
  const { code, stdout } = await start("check", "--model", "queue/single/pushers").ended;
  expect(code).toBe(0);
  expect(stdout).toMatch(/queue\/single\/pushers only .*✓ all, bound 2/);
  expect(stdout).toMatch(/[\d,]+ schedules, [\d,]+ steps, [\d.]+ s, [\d.]+ M steps a second\n$/);
});

test("goes on with random schedules for as long as it is told", async () => {
  const [short, long] = [await check("--model", SHORT), await check("--model", SHORT, "--time", "1")];
  const schedules = ({ report }: typeof short) => report.programs.reduce((sum, one) => sum + one.schedules, 0);
  expect(long.code).toBe(0);
  expect(schedules(long)).toBeGreaterThan(schedules(short));
});

describe("Ctrl-C", () => {
  test("ends it early, and it says what was not checked", async () => {
    const { code, stdout } = await interrupted(["check", "--json"], hadBegun);
    const { interrupted: isEarly, unchecked, programs: checked, failed, coverage } = JSON.parse(stdout) as Report;
    expect({ code, isEarly, failed, coverage }).toEqual({ code: 0, isEarly: true, failed: 0 });
    expect(unchecked).toBeGreaterThan(100);
    expect(checked.length + unchecked).toBe(programs.length);
  });

  test("in a table, too", async () => {
    const { code, stdout } = await interrupted(["check"], hadBegun);
    expect(code).toBe(0);
    expect(stdout).toMatch(/interrupted; not checked: \d+ of \d+ models\n$/);
  });
});

test("a schedule in which nothing fails is repeated, and says so", async () => {
  const { code, stdout } = await start("check", "--replay", "queue/pushers only#ab2a").ended;
  expect({ code, stdout }).toEqual({ code: 0, stdout: "Nothing fails in this schedule.\n" });
});
