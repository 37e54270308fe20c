/**
 * Seeds known faults into the host's half of the library, one at a time, and shows that the test that is named for each fails.
 * Tests that no fault can make fail prove nothing.
 *
 *   node tools/hostMutants.mjs [NAME...] [--json]
 *
 * Each mutant is bundled into a package of its own, in build/mutants, which the test imports instead of the real one. So are the sources
 * as they are: with that package every named test must pass. Tests run on the main thread's half of the library only; workers that
 * they start have the real package. Exits with 1 if a fault survives, or if a test is not there or fails without the fault.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { startVitest } from "vitest/node";
import { hostMutants } from "../test/check/mutants/host.mjs";
import { applyTo } from "../test/check/mutants/mutant.mjs";
import { bundleRooms } from "./build.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** What a test may take, and what a hook may: some faults have a test wait for ever. */
const TEST_MS = 4000;
const HOOK_MS = 2000;
/** What one mutant may take in all: some faults have a thread block for ever, which no time-out of a test ends. */
const LIMIT_MS = 30_000;
/** What all tests may take together, without a fault. */
const SOUND_LIMIT_MS = 120_000;
/** Stands for the sources as they are, among the names of mutants. */
const SOUND = "(no fault)";

async function main() {
  const args = process.argv.slice(2);
  const json = args.includes("--json");
  const names = args.filter((arg) => arg !== "--json");
  const unknown = names.filter((name) => !hostMutants.some((mutant) => mutant.name === name));
  if (unknown.length > 0) throw new Error(`no such host mutant: ${unknown.join(", ")}`);
  const wanted = hostMutants.filter(({ name }) => names.length === 0 || names.includes(name));
  const started = performance.now();
  const results = await judgeAll(wanted, json ? () => {} : printRow);
  const { fault: unsound } = results.shift();
  const seconds = Math.round((performance.now() - started) / 1000);
  const found = unsound === undefined ? results.filter(({ fault }) => fault === undefined).length : 0;
  if (json) console.log(JSON.stringify(results, null, 2));
  else {
    if (unsound !== undefined) console.log(`${SOUND}: ${unsound}`);
    for (const { name, fault } of results) if (fault !== undefined) console.log(`${name}: ${fault}`);
    console.log(`${found} of ${results.length} host mutants found, each by its test, in ${seconds} s`);
  }
  process.exitCode = found === results.length ? 0 : 1;
}

/** Hands the mutants out to one process a processor, after the sources without a fault. */
async function judgeAll(mutants, onResult) {
  const tests = [...new Set(mutants.map(({ test }) => test))];
  const left = [{ name: SOUND, tests }, ...mutants.map(({ name, test }) => ({ name, tests: [test] }))];
  const results = new Map(left.map(({ name }) => [name, undefined]));
  const crew = Array.from({ length: Math.min(availableParallelism(), left.length) }, async () => {
    let child;
    for (let job = left.shift(); job !== undefined; job = left.shift()) {
      child ??= fork(fileURLToPath(import.meta.url), ["--work"], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
      const result = { ...job, ...(await judge(child, job)) };
      results.set(job.name, result);
      if (job.name !== SOUND) onResult(result);
      // One that had to be killed; the next job gets another.
      if (!child.connected) child = undefined;
    }
    child?.disconnect();
  });
  await Promise.all(crew);
  return [...results.values()];
}

/** Has a process run a mutant's test. What is wrong with what came of it, in `fault`; undefined: nothing. */
async function judge(child, job) {
  const started = performance.now();
  const ended = new AbortController();
  let errors = "";
  const note = (text) => (errors += text);
  child.stderr.on("data", note);
  child.send(job);
  const timer = setTimeout(() => child.kill("SIGKILL"), job.name === SOUND ? SOUND_LIMIT_MS : LIMIT_MS);
  try {
    const answered = once(child, "message", ended).then(([fault]) => fault);
    const gone = once(child, "close", ended).then(() => `ended without a result: ${errors}`);
    const fault = (await Promise.race([answered, gone])) ?? undefined;
    return { fault, ms: performance.now() - started };
  } finally {
    clearTimeout(timer);
    child.stderr.off("data", note);
    ended.abort();
  }
}

function printRow({ name, tests, fault, ms }) {
  const [file, ...titles] = (tests[0] ?? "").split(" > ");
  console.log(`${name.padEnd(30)} ${String(Math.round(ms)).padStart(6)} ms  ${fault ?? `${file}: ${titles.at(-1)}`}`);
}

// ── what a process does ──────────────────────────────────────────────────────────────────────────────────────────────

function work() {
  process.on("message", async ({ name, tests }) => {
    const fault = await run(name, tests).catch(({ message }) => `cannot be judged: ${message}`);
    process.send(fault ?? null);
  });
}

/** Runs tests on the package with the fault, and says what is wrong with what came of it. */
async function run(name, tests) {
  const dir = path.join(ROOT, "build/mutants", name === SOUND ? "sound" : name);
  await bundleRooms(dir, name === SOUND ? [] : [seeded(name)]);
  const ran = await statesOf(tests, dir);
  const missing = tests.filter((test) => !ran.has(test));
  if (missing.length > 0) return `there is no test ${missing.join(", nor ")}`;
  if (name !== SOUND) return ran.get(tests[0]) === "failed" ? undefined : `survives: ${tests[0]}`;
  const failed = tests.filter((test) => ran.get(test) !== "passed");
  return failed.length === 0 ? undefined : `fails without a fault: ${failed.join(", and ")}`;
}

/** A plugin of the bundler that puts the fault in. */
function seeded(name) {
  const mutant = hostMutants.find((one) => one.name === name);
  const isFile = (id) => path.relative(ROOT, id).split(path.sep).join("/") === mutant.file;
  return { name: "mutant", transform: (text, id) => (isFile(id) ? applyTo(text, mutant) : null) };
}

/** What became of tests with the package in this folder, by their files and names. */
async function statesOf(tests, dir) {
  const files = [...new Set(tests.map((test) => test.split(" > ")[0]))];
  // As vitest joins the names of a test and of what it is in.
  const names = tests.map((test) => test.split(" > ").slice(1).join(" "));
  const ours = (find) => ({ find, replacement: `${dir}/$1` });
  const vitest = await startVitest(
    "test",
    files,
    {
      root: ROOT,
      config: false,
      watch: false,
      pool: "forks",
      maxWorkers: 1,
      testNamePattern: `^(${names.map(escaped).join("|")})$`,
      testTimeout: TEST_MS,
      hookTimeout: HOOK_MS,
      teardownTimeout: HOOK_MS,
      reporters: [{}],
    },
    {
      resolve: {
        alias: [
          { find: /^shmol$/, replacement: `${dir}/index.js` },
          { find: /^shmol\/(arc|queue|listener|channel)$/, replacement: `${dir}/$1/index.js` },
          ours(/^.*\/dist\/(internals\.js)$/),
        ],
      },
    },
  );
  const ran = new Map();
  for (const module of vitest.state.getTestModules()) {
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state !== "skipped") ran.set([module.relativeModuleId, ...test.fullName.split(" > ")].join(" > "), state);
    }
  }
  await vitest.close();
  process.exitCode = 0;
  return ran;
}

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}

if (process.argv[2] === "--work") work();
else await main();
