/**
 * The mutants of the host's half of the library, for mutants.mjs: seeds each fault, and shows that the test that is named for it
 * fails. Tests that no fault can make fail prove nothing.
 *
 * Each mutant is bundled into a package of its own, in build/mutants, which the test imports instead of the real one. So are the
 * sources as they are: with that package each of the tests must pass. Workers that a test starts have the real package, so only tests
 * that see the fault on their own thread can find it.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { hostMutants } from "../test/check/mutants/host.mjs";
import { applyTo } from "../test/check/mutants/mutant.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** What a test may take, and what a hook may: some faults have a test wait for ever. */
const TEST_MS = 4000;
const HOOK_MS = 1000;
/** What one mutant may take in all: some faults have a thread block for ever, which no time-out of a test ends. */
const LIMIT_MS = 30_000;
/** What all tests may take together, without a fault. */
const SOUND_LIMIT_MS = 120_000;
/** Stands for the sources as they are, among the names of mutants. */
const SOUND = "(no fault)";

/**
 * Hands the mutants out, after the sources without a fault, to one process more than there are processors: many wait until a time is
 * up. A result says in `fault` what is wrong with what came of a mutant; undefined: nothing. The first result is that of the sources
 * without a fault.
 */
export async function judgeHost(mutants, onResult) {
  const tests = [...new Set(mutants.map(({ test }) => test))];
  const left = [{ name: SOUND, tests }, ...mutants.map(({ name, test }) => ({ name, tests: [test] }))];
  const results = new Map(left.map(({ name }) => [name, undefined]));
  const crew = Array.from({ length: Math.min(availableParallelism() + 1, left.length) }, async () => {
    let child;
    for (let job = left.shift(); job !== undefined; job = left.shift()) {
      child ??= fork(fileURLToPath(import.meta.url), { stdio: ["ignore", "ignore", "pipe", "ipc"] });
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

/** Has a process run a mutant's test. */
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

/** A line of the table. */
export function printHostRow({ name, tests, fault, ms }) {
  const [file, ...titles] = tests[0].split(" > ");
  const found = fault === undefined ? `${path.basename(file)}: ${titles.at(-1)}` : "NOTHING !";
  console.log(`${name.padEnd(28)} ${String(Math.round(ms)).padStart(6)}  ${found}`);
}

/** What is wrong, and how many were found. */
export function printHostEnd(results, ms) {
  const wrong = results.filter(({ fault }) => fault !== undefined);
  for (const { name, fault } of wrong) console.log(`  ${name} ${fault}`);
  const [{ fault: unsound }, ...mutants] = results;
  const found = unsound === undefined ? mutants.filter(({ fault }) => fault === undefined).length : 0;
  const seconds = Math.round(ms / 1000);
  console.log(`${found} of ${mutants.length} host mutants found, each by its test, in ${seconds} s`);
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
  const { bundleComponents } = await import("./build.mjs");
  const dir = path.join(ROOT, "build/mutants", name === SOUND ? "sound" : name);
  await bundleComponents(dir, name === SOUND ? [] : [seeded(name)]);
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
  const { startVitest } = await import("vitest/node");
  const files = [...new Set(tests.map((test) => test.split(" > ")[0]))];
  // As vitest joins the names of a test and of what it is in.
  const names = tests.map((test) => test.split(" > ").slice(1).join(" "));
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
          { find: /^shmol\/(arc|queue|listener|channel|lock)$/, replacement: `${dir}/$1/index.js` },
          { find: /^.*\/dist\/internals\.js$/, replacement: `${dir}/internals.js` },
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

if (process.argv[1] === fileURLToPath(import.meta.url)) work();
