// @ts-check
/**
 * The shapes that programs have: a main thread and several workers that send to each other. Each run is a process of its own
 * (program.mjs), so its processor time and its context switches are those of the shape and of nothing else.
 *
 *   fan_in     workers  -> main                       each worker sends its share
 *   fan_out    main     -> workers                    main sends to whichever worker takes it
 *   pool       main     -> workers -> main            there and back, 64 under way for each worker
 *   call       main     -> workers -> main            the same with one under way in all: a call, and its answer
 *   pipeline   worker   -> workers -> main            three stages: one thread makes, several change, main takes
 *   mesh       workers  -> as many workers            main does nothing
 *
 * A program's name says all of it: `fan_in-json-4-1024-block` is fan_in of json, with 4 workers, through a channel of capacity
 * 1024, where the workers block.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** What each shape is, in words. */
export const SHAPES = {
  fan_in: "workers send to main",
  fan_out: "main sends to workers",
  pool: "main sends jobs, 64 under way for each worker, and gets results",
  call: "main sends one job, gets its result, and sends the next one",
  pipeline: "a worker sends to workers, which send to main: three stages",
  mesh: "workers send to as many other workers",
};
/** What is sent, and how many messages of it take about half a second. */
const PAYLOADS = { i32: 600_000, json: 160_000, record: 200_000, bytes64: 300_000 };
const WORKERS = [1, 2, 4, 8];
const CAPACITIES = [16, 1024, undefined];
/** Who blocks. The others await. No name of a way ends another one, so a filter means what it says. */
export const WAYS = {
  await: { about: "all await", main: false, workers: false },
  block: { about: "workers block", main: false, workers: true },
  main_blocks: { about: "main blocks", main: true, workers: false },
  all_block: { about: "all block", main: true, workers: true },
};
/** How many times as fast as `postMessage` ours must be. Everything else must not be slower than it, but for what is chance. @type {Record<string, number>} */
const RATIOS = { "fan_in-i32-1024": 3, "fan_in-i32-16": 1.5, "fan_in-json": 1.3, "pool-i32": 2, "pool-json": 1.15 };
/** Of wall time, and for all of processor time. */
export const NOT_SLOWER = 0.93;
/** Of so many messages, for each that is measured, the threads' code is compiled before. */
const WARM_UP = 1 / 4;
/** A message there and back, one at a time, takes longer. Of fewer, the slowest of a hundred are those whose code was not compiled yet. */
const CALLS = 1 / 4;
/** A run takes a second or three. One that has not ended by then never will. */
const PATIENCE_MS = 60_000;

/**
 * @typedef {object} Program What a run does.
 * @property {string} name
 * @property {keyof typeof SHAPES} shape
 * @property {keyof typeof PAYLOADS} payload
 * @property {number} workers
 * @property {number | undefined} capacity Of each channel; undefined: none.
 * @property {keyof typeof WAYS} way
 * @property {number} items Messages that are measured.
 * @property {string} about
 * @property {number} atLeast How many times as fast as `postMessage` it must be.
 * @property {boolean} isUsual Of the few that say most.
 *
 * @typedef {object} Took What a run took, for each of its messages.
 * @property {number} items
 * @property {number} ns Wall time.
 * @property {number} processorNs Processor time of all threads.
 * @property {number} voluntary Context switches of all threads: those that waited,
 * @property {number} involuntary and those that had to make room.
 * @property {number} [p50Ns] Of a call.
 * @property {number} [p99Ns]
 *
 * @typedef {object} How
 * @property {string} dist URL of the library's index.js.
 * @property {"shmol" | "postMessage" | "async-channel"} [by]
 * @property {number} [items]
 * @property {boolean} [cold] Without a warm-up: what a short program takes.
 * @property {"sum" | "exit"} [sabotage] What the first worker does wrong, for tests.
 *
 * @typedef {Program & Required<Pick<How, "by">> & How & { blocks: (typeof WAYS)["await"], rounds: number[] }} Settings What a
 *   run is told: also who blocks, and how many messages the warm-up and what is measured have.
 */

/** @template {string} K @param {Record<K, unknown>} record */
const keysOf = (record) => /** @type {K[]} */ (Object.keys(record));

/** The few that say most. @param {Omit<Program, "isUsual">} program */
function isUsual({ shape, payload, workers, capacity, way }) {
  return (
    shape !== "call" &&
    shape !== "mesh" &&
    payload !== "bytes64" &&
    workers === 4 &&
    capacity === 1024 &&
    !WAYS[way].main
  );
}

/** @param {keyof typeof SHAPES} shape @param {keyof typeof PAYLOADS} payload @param {number} workers @param {number | undefined} capacity @param {keyof typeof WAYS} way */
function programOf(shape, payload, workers, capacity, way) {
  const threads = `${workers} worker${workers === 1 ? "" : "s"}`;
  const program = {
    ...{ shape, payload, workers, capacity, way },
    name: [shape, payload, workers, capacity ?? "none", way].join("-"),
    about: `${SHAPES[shape]}; ${threads}, ${capacity === undefined ? "no capacity" : `capacity ${capacity}`}, ${WAYS[way].about}`,
    items: PAYLOADS[payload] * (shape === "call" ? CALLS : 1),
    atLeast: RATIOS[`${shape}-${payload}-${capacity}`] ?? RATIOS[`${shape}-${payload}`] ?? NOT_SLOWER,
  };
  return { ...program, isUsual: isUsual(program) };
}

/** @type {readonly Program[]} Every shape in every way. */
export const programs = keysOf(SHAPES).flatMap((shape) =>
  keysOf(PAYLOADS).flatMap((payload) =>
    WORKERS.flatMap((workers) =>
      CAPACITIES.flatMap((capacity) => keysOf(WAYS).map((way) => programOf(shape, payload, workers, capacity, way))),
    ),
  ),
);

/**
 * Whether a filter's text chooses a program: its name contains the text, in which `*` stands for anything. A program that is not
 * usual must be asked for: the text begins with its shape.
 *
 * @param {Program} program @param {string} text
 */
export function isChosen({ name, shape, isUsual }, text) {
  let at = 0;
  const contains = text.split("*").every((part) => {
    const found = name.indexOf(part, at);
    at = found + part.length;
    return found >= 0;
  });
  return contains && (isUsual || text.startsWith(shape));
}

/** The same in Rust, through async-channel. @param {Program} program @param {number} items @returns {[string, string[]]} */
function native({ name, shape, payload, workers, capacity, way }, items) {
  if ((shape !== "fan_in" && shape !== "mesh") || payload !== "i32" || way !== "all_block") {
    throw new Error(`${name}: async-channel runs only fan_in and mesh of i32 where all block`);
  }
  const folder = fileURLToPath(new URL("../peers/async-channel", import.meta.url));
  const file = path.join(folder, "target/release/native");
  if (!existsSync(file)) throw new Error(`${file} is missing: run cargo build --release in ${folder}`);
  return [file, [workers, shape === "mesh" ? workers : 1, capacity ?? 0, items].map(String)];
}

/**
 * Runs a program in a process of its own, and verifies what came through: all of it, once, and in order for each sender.
 *
 * @param {Program} program @param {How} how @returns {Promise<Took>}
 * @throws {Error} something was lost, came twice or out of order, a thread died, or nothing has moved for a minute.
 */
export async function run(program, { cold = false, ...how }) {
  const wanted = how.items ?? program.items;
  // Each sender sends as much as the others.
  const items = Math.ceil(wanted / program.workers) * program.workers;
  const warmUp = cold ? 0 : Math.ceil((wanted * WARM_UP) / program.workers) * program.workers;
  const settings = {
    ...program,
    by: "shmol",
    ...how,
    blocks: WAYS[program.way],
    rounds: [warmUp, items].filter(Boolean),
  };
  const file = fileURLToPath(new URL("program.mjs", import.meta.url));
  /** @type {[string, string[]]} */
  const command =
    settings.by === "async-channel" ? native(program, items) : [process.execPath, [file, JSON.stringify(settings)]];
  try {
    const options = { timeout: PATIENCE_MS, killSignal: /** @type {const} */ ("SIGKILL") };
    const { stdout } = await promisify(execFile)(...command, options);
    return { items, ...JSON.parse(stdout) };
  } catch (error) {
    const { stderr = "", killed } = /** @type {{ stderr?: string, killed?: boolean }} */ (error);
    const why = killed === true ? `it has not ended after ${PATIENCE_MS} ms` : stderr.trim() || String(error);
    throw new Error(`${program.name}: ${why}`);
  }
}
