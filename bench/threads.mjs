// @ts-check
/**
 * What a program with several threads takes: this build against another one of this library, against `postMessage`, or against
 * async-channel in Rust (which needs cargo), in turns, each in processes of its own.
 *
 *   node bench/threads.mjs --against postMessage
 *   node bench/threads.mjs --against async-channel --filter 'fan_in-i32-4-1024-all_block' --items 4000000
 *   node bench/threads.mjs --against /path/to/other/checkout/dist --rounds 15 --filter 'fan_in-json,pool*-1024-block'
 *
 *   --filter TEXT,...   programs whose names contain it, `*` for anything; all but the usual ones only if it begins with a shape
 *   --rounds N          pairs of runs; 9 by default
 *   --dist DIR          the build that is compared; this checkout's by default
 *   --items N           messages in each run; by default as many as take half a second to two
 *   --cold              without a warm-up: what a short program takes
 *   --save FILE         writes all that was measured, as JSON
 *   --list              names the programs
 *
 * For a message: wall time and processor time of all threads, in microseconds, and context switches among a thousand messages.
 * A ratio above 1 says that this build is better. It is the median of the ratios of all pairs, so what both have in common, such
 * as a busy machine, drops out. The interval behind it holds the true median with at least the probability that the head says.
 */
import { existsSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { geometricMean, intervalOf, median, summaryOf } from "./ratios.mjs";
import { isChosen, NOT_SLOWER, programs, run } from "./shapes/index.mjs";

/**
 * @typedef {import("./shapes/index.mjs").Program} Program
 * @typedef {import("./shapes/index.mjs").Took} Took
 * @typedef {import("./shapes/index.mjs").How} How
 * @typedef {keyof Took} Measure
 */

const HERE = path.join(import.meta.dirname, "../dist");
/** What is compared, if a program has it. @type {Measure[]} */
const MEASURES = ["ns", "processorNs", "p50Ns", "p99Ns"];

/** @param {string} message @returns {never} */
function refuse(message) {
  console.error(
    `${message}\nUsage: node bench/threads.mjs --against (postMessage | async-channel | DIST) [--filter TEXT] [--rounds N]`,
  );
  process.exit(2);
}

/** The URL of a build. @param {string} dist */
function entryOf(dist) {
  const file = path.resolve(dist, "index.js");
  return existsSync(file) ? pathToFileURL(file).href : refuse(`there is no build in ${dist}: ${file} is missing`);
}

/** @param {string | undefined} text @param {string} name */
function countOf(text, name) {
  const count = Number(text);
  return Number.isSafeInteger(count) && count > 0
    ? count
    : refuse(`--${name} must be a positive whole number: ${text}`);
}

function options() {
  const text = /** @type {const} */ ({ type: "string" });
  const flag = /** @type {const} */ ({ type: "boolean", default: false });
  try {
    const { values } = parseArgs({
      options: {
        against: text,
        filter: text,
        rounds: text,
        dist: text,
        items: text,
        save: text,
        cold: flag,
        list: flag,
      },
    });
    return values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

/** Pairs of runs, in an order that alternates. @param {Program} program @param {How} ours @param {How} theirs @param {number} rounds */
async function measure(program, ours, theirs, rounds) {
  /** @type {{ ours: Took, theirs: Took }[]} */
  const pairs = [];
  for (let round = 0; round < rounds; round++) {
    const first = await run(program, round % 2 === 0 ? ours : theirs);
    const second = await run(program, round % 2 === 0 ? theirs : ours);
    pairs.push(round % 2 === 0 ? { ours: first, theirs: second } : { ours: second, theirs: first });
  }
  const ratios = MEASURES.filter((measure) => pairs[0]?.ours[measure] !== undefined).map((measure) => {
    const ratio = summaryOf(pairs.map(({ ours, theirs }) => (theirs[measure] ?? 0) / (ours[measure] ?? 0)));
    return /** @type {const} */ ([measure, ratio]);
  });
  const { name, shape, atLeast } = program;
  /** What must be reached in time, and in processor time. */
  const bars =
    theirs.by === "postMessage" ? [atLeast, NOT_SLOWER] : theirs.by === undefined ? [] : [nativeBarOf(program)];
  return { ...{ name, shape, bars, pairs }, ratios: Object.fromEntries(ratios), load: os.loadavg()[0] };
}

/** How many times as fast as in Rust it must be. @param {Program} program */
const nativeBarOf = ({ capacity }) => (capacity === undefined ? 0.6 : 0.8);

/** @typedef {Awaited<ReturnType<typeof measure>>} Row */

/** One measure of a row: of both, and the ratio with its interval. @param {Row} row @param {Measure} measure */
function cells({ pairs, ratios }, measure) {
  const [ours, theirs] = [pairs.map(({ ours }) => ours), pairs.map(({ theirs }) => theirs)].map((all) =>
    (median(all.map((took) => took[measure] ?? 0)) / 1000).toFixed(2).padStart(7),
  );
  const { median: ratio, low, high } = ratios[measure] ?? summaryOf([]);
  return `${ours} ${theirs} ${ratio.toFixed(2).padStart(6)} (${low.toFixed(2)} - ${high.toFixed(2)})`.padEnd(38);
}

/** @param {Took[]} all */
const switches = (all) => (1000 * median(all.map((took) => took.voluntary + took.involuntary))).toFixed(1).padStart(8);

/** What a row must reach against a peer, and whether it does. @param {Row} row */
function barOf({ bars, ratios: { ns, processorNs } }) {
  if (bars.length === 0) return "";
  const isReached = bars.every((bar, i) => ([ns, processorNs][i]?.median ?? 0) >= bar);
  return `  ${isReached ? "✓" : "✗"} >= ${bars.map((bar) => `${bar} x`).join(", ")}`;
}

/** @param {Row} row */
function print(row) {
  const { name, pairs, load = 0, ratios } = row;
  const both = `${switches(pairs.map(({ ours }) => ours))}${switches(pairs.map(({ theirs }) => theirs))}`;
  const last = `${both}${load.toFixed(1).padStart(7)}${barOf(row)}`;
  console.log(`${name.padEnd(30)}${cells(row, "ns")}${cells(row, "processorNs")}${last}`);
  if (ratios.p50Ns !== undefined)
    console.log(`${"  p50, p99 of a call".padEnd(30)}${cells(row, "p50Ns")}${cells(row, "p99Ns")}`);
}

const { against, filter, rounds: roundsText = "9", dist = HERE, items: itemsText, save, cold, list } = options();
const texts = (filter ?? "").split(",").map((text) => text.trim());
const chosen = programs.filter((program) => texts.some((text) => isChosen(program, text)));
if (chosen.length === 0) refuse(`no program's name contains ${filter}; --list names them`);
if (list) {
  for (const { name } of filter === undefined ? programs : chosen) console.log(name);
  process.exit(0);
}
if (against === undefined) refuse("--against must say what to compare with");
const rounds = countOf(roundsText, "rounds");
const how = { cold, ...(itemsText === undefined ? {} : { items: countOf(itemsText, "items") }) };
/** @type {How} */
const ours = { ...how, dist: entryOf(dist) };
/** @type {How} */
const theirs =
  against === "postMessage" || against === "async-channel"
    ? { ...ours, by: against }
    : { ...how, dist: entryOf(against) };

console.log(`this: ${dist}, other: ${against}, Node ${process.version}, ${chosen.length} programs, ${rounds} rounds`);
const interval = `ratio (${intervalOf(rounds).percent.toFixed(1)} %)`;
const columns = ["time", "processor"].map((what) => `${what}: this  other  ${interval}`.padEnd(38));
console.log(
  `${"µs a message".padEnd(32)}${columns.join("")}  switches: both   load${theirs.by === undefined ? "" : "  bar: time, processor"}`,
);
/** @type {Row[]} */
const rows = [];
for (const program of chosen) {
  try {
    const row = await measure(program, ours, theirs, rounds);
    rows.push(row);
    print(row);
  } catch (error) {
    process.exitCode = 1;
    console.log(`FAILED ${error instanceof Error ? error.message : error}`);
  }
  if (save !== undefined) {
    const machine = { cpu: os.cpus()[0]?.model.trim(), threads: os.availableParallelism(), node: process.version };
    const saved = { date: new Date().toISOString(), ...machine, against, rounds, rows };
    writeFileSync(save, `${JSON.stringify(saved, undefined, 2)}\n`);
  }
}
for (const shape of new Set(rows.map((row) => row.shape))) {
  const means = ["ns", "processorNs"].map((measure) =>
    geometricMean(rows.filter((row) => row.shape === shape).map(({ ratios }) => ratios[measure]?.median ?? Number.NaN)),
  );
  console.log(
    `${shape}, geometric mean of the ratios: time ${means[0]?.toFixed(2)}, processor ${means[1]?.toFixed(2)}`,
  );
}
