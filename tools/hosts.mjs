/**
 * Runs the tests on other releases of Node, each with a binary from an npm package, and prints how that went.
 *
 *   node tools/hosts.mjs [MAJOR...] [--full] [--save]     22, 24 and 26 unless told
 *
 * Runs what users install (the project "release"), once for each release; programs and workers that tests start run on the
 * same binary. What runs, by default, in some two minutes a release on a small machine:
 *
 *   every test file, except for those whose first comment has the tag `@storm`. A file has it when it takes more than a second
 *   of processor time and shows nothing of a host that other files do not show:
 *     runs of `shmol stress` with all options: the doctor's tests run the scenarios, and each component's tests what they consist of
 *     `shmol bench`: what it prints of its figures; the tests of its crew run the scenarios
 *     `shmol check` and the checker: their schedules are the same on every host
 *     help, and report pages: text that is made of numbers, and what a browser makes of that
 *     what documents say of commands, of other languages, and of sizes; their programs run
 *   What tests only repeat is repeated less (SHMOL_BRIEF; test/counts.ts); of kills, which V8 decides about, there are 100 instead of
 *   1000; of heaps, which are the kernel's, there is the default one (SHMOL_HEAPS).
 *
 * `--full` runs everything, all kills and heaps included, and first of all on the Node that is installed; that takes seven minutes a
 * release. `--save` writes the table into docs/hosts.md.
 *
 * The binaries are not among the package's own dependencies, so `npm ci` does not bring them: they are installed into
 * tools/hosts, from a lockfile of its own, when this is run first.
 */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import Table from "cli-table3";
import { installIn } from "./install.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDER = path.join(ROOT, "tools/hosts");
const REPORTS = path.join(ROOT, "build/hosts");
const DOC = path.join(ROOT, "docs/hosts.md");
const SUFFIX = `-${process.platform}-${process.arch}`;
/** The table's place in the document. */
const TABLE = /(<!-- table -->\n)[\s\S]*(<!-- \/table -->)/;
/** Longer than a whole run takes on a slow machine. */
const DEADLINE_MS = 90 * 60_000;
const BRIEFLY = { SHMOL_BRIEF: "1", SHMOL_HEAPS: "first" };

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { full: { type: "boolean", default: false }, save: { type: "boolean", default: false } },
});

/** By major: the package's alias in tools/hosts/package.json. */
function releases() {
  const { optionalDependencies } = JSON.parse(readFileSync(path.join(FOLDER, "package.json"), "utf8"));
  const names = Object.keys(optionalDependencies).filter((name) => name.endsWith(SUFFIX));
  return new Map(names.map((name) => [name.slice("node-".length, -SUFFIX.length), name]));
}

function testFiles() {
  const files = readdirSync(path.join(ROOT, "test"), { recursive: true })
    .map((file) => path.join("test", file))
    .filter((file) => file.endsWith(".test.ts") && !file.startsWith(path.join("test", "checked")));
  return flags.full ? files : files.filter((file) => !isStorm(file));
}

function isStorm(file) {
  const [comment = ""] = /^\/\*\*[\s\S]*?\*\//.exec(readFileSync(path.join(ROOT, file), "utf8")) ?? [];
  return comment.includes("@storm");
}

function runTests(binary, files, report) {
  const vitest = path.join(ROOT, "node_modules/vitest/vitest.mjs");
  const args = [
    vitest,
    "run",
    "--project",
    "release",
    "--reporter=verbose",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...files,
  ];
  const env = {
    ...(flags.full ? {} : BRIEFLY),
    ...process.env,
    // For what is started by name, if there ever is something.
    PATH: `${path.dirname(binary)}${path.delimiter}${process.env.PATH}`,
  };
  // How far it is, for who wants to know.
  const log = openSync(report.replace(/json$/, "log"), "w");
  const child = spawn(binary, args, { cwd: ROOT, env, stdio: ["ignore", log, "pipe"], timeout: DEADLINE_MS });
  closeSync(log);
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stderr }));
  });
}

const binaryOf = (name) =>
  path.join(FOLDER, "node_modules", name, process.platform === "win32" ? "bin/node.exe" : "bin/node");

async function examine(major, binary, files) {
  const asked = spawnSync(binary, ["-p", "JSON.stringify(process.versions)"], { encoding: "utf8" });
  if (asked.status !== 0) throw new Error(`${binary} does not run: ${asked.error?.message ?? asked.stderr}`);
  const { node, v8 } = JSON.parse(asked.stdout);
  console.error(`hosts: Node ${node}, ${files.length} test files`);
  const report = path.join(REPORTS, `${major}.json`);
  rmSync(report, { force: true });
  const started = performance.now();
  const { code, stderr } = await runTests(binary, files, report);
  const seconds = Math.round((performance.now() - started) / 1000);
  if (!existsSync(report))
    return { node, v8, passed: 0, failed: 0, skipped: 0, seconds, problems: [stderr || `vitest ended with ${code}`] };
  const {
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: skipped,
    testResults,
  } = JSON.parse(readFileSync(report, "utf8"));
  const problems = testResults.flatMap(problemsOf);
  // A rejection that nobody handled is no test's.
  if (code !== 0 && problems.length === 0) problems.push(stderr || `vitest ended with ${code}`);
  return { node, v8, passed, failed, skipped, seconds, problems };
}

function problemsOf({ name, message, status, assertionResults }) {
  const file = path.relative(ROOT, name);
  const failed = assertionResults.filter((test) => test.status === "failed");
  if (status === "failed" && failed.length === 0) return [`${file}: ${message}`];
  return failed.map(({ fullName, failureMessages }) => `${file}: ${fullName}\n    ${failureMessages.join("\n    ")}`);
}

function save(results) {
  const commit = spawnSync("git", ["rev-parse", "--short", "HEAD"], { cwd: ROOT, encoding: "utf8" }).stdout.trim();
  const [{ model }] = os.cpus();
  const lines = [
    `${flags.full ? "All test files" : "All test files but the storms"} at ${commit}, on ${os.cpus().length} × ${model}, ${process.platform} ${process.arch}:`,
    "",
    "| Node | V8 | passed | failed | skipped | seconds |",
    "|---|---|---|---|---|---|",
    ...results.map(
      ({ node, v8, passed, failed, skipped, seconds }) =>
        `| ${node} | ${v8} | ${passed} | ${failed} | ${skipped} | ${seconds} |`,
    ),
    "",
  ];
  writeFileSync(DOC, readFileSync(DOC, "utf8").replace(TABLE, `$1${lines.join("\n")}$2`));
}

const known = releases();
if (known.size === 0)
  throw new Error(`no binaries are listed for ${process.platform} ${process.arch} in tools/hosts/package.json`);
const unknown = positionals.filter((major) => !known.has(major));
if (unknown.length > 0) {
  console.error(`no release ${unknown.join(", ")}: there are ${[...known.keys()].join(", ")}`);
  process.exit(2);
}
installIn(FOLDER, "binaries of Node");
mkdirSync(REPORTS, { recursive: true });
const files = testFiles();
const results = [];
// `npm test` has run on the installed one; a table of all of them has it, too.
if (flags.full && positionals.length === 0) results.push(await examine("installed", process.execPath, files));
for (const [major, name] of known) {
  if (positionals.length === 0 || positionals.includes(major))
    results.push(await examine(major, binaryOf(name), files));
}

for (const { node, problems } of results) for (const problem of problems) console.log(`Node ${node}: ${problem}\n`);
const table = new Table({
  head: ["Node", "V8", "passed", "failed", "skipped", "seconds"],
  colAligns: ["left", "left", "right", "right", "right", "right"],
  style: { head: [], border: [], compact: true },
});
for (const { node, v8, passed, failed, skipped, seconds } of results)
  table.push([node, v8, passed, failed, skipped, seconds]);
console.log(table.toString());
if (flags.save) save(results);
const bad = results.filter(({ problems, passed }) => problems.length > 0 || passed === 0);
const inAll = results.reduce((sum, { passed }) => sum + passed, 0);
console.log(
  bad.length === 0
    ? `${inAll} tests passed on Node ${results.map(({ node }) => node).join(", ")}`
    : `failed on Node ${bad.map(({ node }) => node).join(", ")}`,
);
if (bad.length > 0) process.exitCode = 1;
