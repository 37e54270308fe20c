// @ts-check
/** `npm run bench`: measures every scenario, prints a table as it goes, and says which bars are reached. See README.md. */
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs, promisify } from "node:util";
import { CoreProbe } from "./cores.mjs";
import { heading, rowLine, rowsOf } from "./report.mjs";
import { scenarios } from "./scenarios.mjs";
import { measureSingle, names as singleNames } from "./single.mjs";
import { CORES_NEEDED, measure } from "./threads.mjs";

const USAGE = `Usage: node bench/run.mjs [options]

  --filter TEXT   only scenarios whose name contains it; several with commas
  --reps N        repetitions of each contender that must count (5)
  --items N       items in each repetition (unless told, as many as take 100 ms)
  --save FILE     also write the results to a file, as JSON
  --json          print the results as JSON instead of the table
  --list          say what there is to measure
  --help
`;

const { values: options } = parseArgs({
  options: {
    filter: { type: "string", default: "" },
    reps: { type: "string", default: "5" },
    items: { type: "string" },
    save: { type: "string" },
    json: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const wanted = (/** @type {string} */ name) => options.filter.split(",").some((text) => name.includes(text));

/** @param {string | undefined} text @param {string} name */
function positive(text, name) {
  if (text === undefined || /^[1-9]\d{0,8}$/.test(text)) return Number(text);
  console.error(`--${name} must be a positive number: ${text}`);
  process.exit(2);
}

/** Where and when: what a figure means nothing without. */
async function circumstances() {
  const commit = await promisify(execFile)("git", ["rev-parse", "--short", "HEAD"], { cwd: import.meta.dirname }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
  const [cpu] = os.cpus();
  return {
    date: new Date().toISOString(),
    ...(commit === undefined ? {} : { commit }),
    node: process.version,
    cpu: cpu?.model.trim() ?? "unknown",
    threads: os.availableParallelism(),
    platform: `${os.platform()} ${os.arch()}`,
  };
}

async function main() {
  if (options.help) return console.log(USAGE);
  if (options.list) {
    for (const { name, about } of scenarios) console.log(`${name.padEnd(16)}${about}`);
    return console.log(`${singleNames.join(", ")}: one thread, nanoseconds a call`);
  }
  const print = options.json ? () => {} : console.log;
  const reps = positive(options.reps, "reps");
  const items = options.items === undefined ? undefined : positive(options.items, "items");
  if (![...scenarios.map(({ name }) => name), ...singleNames].some(wanted)) {
    console.error(`no scenario's name contains ${options.filter}; --list names them`);
    process.exit(2);
  }
  const where = await circumstances();
  print(`${where.cpu}, ${where.threads} threads, Node ${where.node}, ${where.platform}`);
  print(`M/s: millions of items a second. A repetition counts while ${CORES_NEEDED} cores are free.`);
  print(`\n${heading}`);

  /** @type {import("./report.mjs").Row[]} */
  const rows = [];
  const add = (/** @type {string} */ title, /** @type {import("./report.mjs").Row[]} */ found) => {
    print(`${title}`);
    for (const row of found) print(`  ${rowLine(row)}`);
    rows.push(...found);
  };
  const probe = await CoreProbe.start();
  try {
    for (const scenario of scenarios) {
      if (!wanted(scenario.name)) continue;
      const measured = await measure(scenario.contenders, { probe, reps, items });
      add(`${scenario.name}: ${scenario.about}`, rowsOf(scenario, measured, reps));
    }
    for (const name of singleNames) if (wanted(name)) add(`${name}: one thread`, await measureSingle(name, probe));
  } finally {
    await probe.stop();
  }

  const results = { ...where, reps, rows };
  if (options.json) console.log(JSON.stringify(results, null, 2));
  if (options.save !== undefined) {
    await mkdir(path.dirname(options.save), { recursive: true });
    await writeFile(options.save, `${JSON.stringify(results, null, 2)}\n`);
  }
  const count = (/** @type {string} */ verdict) => rows.filter((row) => row.verdict === verdict).length;
  print(`\nbars: ${count("ok")} reached, ${count("MISSED")} missed, ${count("open")} not measured`);
}

try {
  await main();
} catch (error) {
  // A wrong sum above all: then no figure of this run is worth anything.
  console.error(error);
  process.exit(1);
}
