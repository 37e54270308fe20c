/**
 * Test runners as people run them, each in a process of its own, on a small project in which the package is installed. Many of
 * them load the package once more for each test file, also in the same thread, and Jest gives test files a copy of `process`
 * that has no events. There, too, messages arrive, no living thread is taken for dead, and the runner ends by itself.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { ReapReport } from "shmol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../workers.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PROJECT = path.join(ROOT, "test/runners/project");
/** Longer than any of them takes on a busy machine. */
const DEADLINE_MS = 45_000;
/** What Node and the runners say when something is left behind. */
const COMPLAINTS = [
  /MaxListenersExceededWarning/,
  // Jest.
  /did not exit/,
  /failed to exit/,
  // Vitest.
  /close timed out/,
  /something prevents/,
  /\[vitest-pool/,
];

const CONFIG = {
  testMatch: ["<rootDir>/*.test.mjs"],
  transform: {},
  cacheDirectory: "<rootDir>/cache",
  watchman: false,
};
const JEST = ["--experimental-vm-modules", `${ROOT}node_modules/jest/bin/jest.js`, "--config", JSON.stringify(CONFIG)];
const VITEST = [`${ROOT}node_modules/vitest/vitest.mjs`, "run", "--globals", "--maxWorkers=2"];
const FILES = [1, 2, 3];
/** A page's tests, and the least number of them. */
const PAGE = path.join(ROOT, "test/runners/jsdom");
const IN_PAGE = 12;

interface Note {
  /** The process that has written it. */
  readonly process: number;
  /** What the thread has returned of another one. */
  readonly reaped?: ReapReport;
  /** A worker that is about to be killed. */
  readonly killed?: number;
  /** A test file whose tests have passed, and the number of test files that its thread has run by then. */
  readonly file?: number;
  readonly inThread?: number;
}

let folder: string;
const running = new Set<ChildProcess>();

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "shmol-runners-"));
  for (const name of ["dist", "package.json"]) {
    cpSync(path.join(ROOT, name), path.join(folder, "node_modules/shmol", name), { recursive: true });
  }
});
afterAll(() => {
  for (const child of running) kill(child);
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

describe.concurrent("the tests pass, and the runner ends, in", () => {
  test.each([
    // A runner's name, its arguments, and the least number of test files in one thread, each with its own copy.
    ["Jest, in one thread", [...JEST, "--runInBand"], 3],
    ["Jest, in worker processes", [...JEST, "--maxWorkers=2"], 2],
    ["Jest, in worker threads", [...JEST, "--maxWorkers=2", "--workerThreads"], 2],
    ["Vitest, pool threads", [...VITEST, "--pool=threads"], 1],
    ["Vitest, pool forks", [...VITEST, "--pool=forks"], 1],
    ["Vitest, pool vmThreads", [...VITEST, "--pool=vmThreads"], 2],
    ["Vitest, pool vmForks", [...VITEST, "--pool=vmForks"], 2],
    ["node --test", ["--test", "--test-concurrency=2"], 1],
  ])("%s", async (name, args, inThread) => {
    const project = projectOf(name);
    const { output, ended } = start(project, args);
    const code = await ended;
    const notes = notesOf(project);
    expect(takenFromTheLiving(notes), output()).toEqual([]);
    expect(code, output()).toBe(0);
    expect(complaintsIn(output())).toEqual([]);
    const files = notes.filter(({ file }) => file !== undefined);
    expect(files.map(({ file }) => file).sort(), output()).toEqual(FILES);
    expect(Math.max(...files.map((note) => note.inThread as number))).toBeGreaterThanOrEqual(inThread);
  });
});

describe.concurrent("jsdom's bytes, signals and text are taken in", () => {
  test.each([
    ["Jest", [...JEST, "--runInBand", `--env=${ROOT}node_modules/jest-environment-jsdom`]],
    ["Vitest, pool forks", [...VITEST, "--environment=jsdom", "--pool=forks"]],
    ["Vitest, pool vmThreads", [...VITEST, "--environment=jsdom", "--pool=vmThreads"]],
  ])("%s", async (name, args) => {
    const project = projectOf(`jsdom ${name}`, PAGE);
    const { output, ended } = start(project, args);
    expect(await ended, output()).toBe(0);
    expect(complaintsIn(output())).toEqual([]);
    const [, passed] = /Tests:? .*?(\d+) passed/.exec(output()) ?? [];
    expect(Number(passed), output()).toBeGreaterThanOrEqual(IN_PAGE);
  });
});

test.concurrent("node --watch runs a program anew at each change, and each run ends", async () => {
  const project = projectOf("watch");
  const file = path.join(project, "watched.mjs");
  const source = readFileSync(file, "utf8");
  const { child, output, ended } = start(project, ["--watch", "watched.mjs"]);
  let code: number | string | null | undefined;
  ended.then((result) => {
    code = result;
  });
  for (const run of [1, 2, 3]) {
    if (run > 1) writeFileSync(file, source.replace("run = 1", `run = ${run}`));
    await until(() => code !== undefined || endsOfRuns(output()) >= run);
    expect(takenFromTheLiving(notesOf(project)), output()).toEqual([]);
    expect(code, output()).toBeUndefined();
  }
  expect(output().match(/^run .*$/gm)).toEqual([1, 2, 3].map((run) => `run ${run}: 0 1 2 3 4 5 6 7 8 9`));
  expect(output()).not.toContain("Failed running");
  expect(complaintsIn(output())).toEqual([]);
  kill(child);
  await ended;
});

/** The number of runs that have ended, of which `node --watch` says so. */
function endsOfRuns(output: string): number {
  return [...output.matchAll(/^(Completed|Failed) running/gm)].length;
}

test.concurrent("twelve copies of the package share a heap in one thread, and none is taken for dead", async () => {
  const project = projectOf("copies");
  const { output, ended } = start(project, ["copies.mjs"]);
  const code = await ended;
  expect(takenFromTheLiving(notesOf(project)), output()).toEqual([]);
  expect(code, output()).toBe(0);
  expect(output()).toBe("0 1 2 3 4 5 6 7 8 9\n0 1 2 3 4 5 6 7 8 9 10 11\n");
});

/** A new project, in a folder above which the package is installed. */
function projectOf(name: string, source = PROJECT): string {
  const project = path.join(folder, name.replace(/\W+/g, "-"));
  cpSync(source, project, { recursive: true });
  return project;
}

/**
 * Starts Node in a process group of its own, so that `kill` reaches what it starts, too. `ended` is its exit code. After the
 * deadline it is killed, and `ended` says so.
 */
function start(cwd: string, args: readonly string[]) {
  // None of the variables that tell of the runner in which this test runs.
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, NO_COLOR: "1" };
  const child = spawn(process.execPath, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  let late = false;
  const deadline = setTimeout(() => {
    late = true;
    kill(child);
  }, DEADLINE_MS);
  const ended = new Promise<number | string | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(deadline);
      if (running.has(child)) kill(child);
      resolve(late ? `not ended after ${DEADLINE_MS} ms` : code);
    });
  });
  return { child, output: () => output, ended };
}

/** Kills a process that `start` has started, and those that this has started, as far as there are any left. */
function kill(child: ChildProcess): void {
  running.delete(child);
  try {
    process.kill(-(child.pid as number), "SIGKILL");
  } catch {
    // There are none left.
  }
}

function complaintsIn(output: string): string[] {
  return output.split("\n").filter((line) => COMPLAINTS.some((pattern) => pattern.test(line)));
}

function notesOf(project: string): Note[] {
  const file = path.join(project, "notes.jsonl");
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Note);
}

/** What was returned of threads that were not killed before. */
function takenFromTheLiving(notes: readonly Note[]): ReapReport[] {
  const killed = new Set<string>();
  const taken: ReapReport[] = [];
  for (const note of notes) {
    if (note.killed !== undefined) killed.add(`${note.process} ${note.killed}`);
    if (note.reaped === undefined || killed.has(`${note.process} ${note.reaped.threadId}`)) continue;
    const { threadId, ...found } = note.reaped;
    if (Object.values(found).some((count) => count !== 0)) taken.push(note.reaped);
  }
  return taken;
}
