/**
 * Seeds known faults into the kernel, one at a time, and shows that the interleaving checker finds each, by the check that
 * it should be found by. A checker is worth what it finds. Then likewise for the host's half of the library, where tests of the suite
 * find the faults (hostMutants.mjs).
 *
 *   node tools/mutants.mjs [NAME...] [--json] [--unreduced]     names of mutants, or beginnings of their programs' names
 *
 * Each mutant of the kernel is searched under growing bounds on preemptions, with the reduction that the checker relies on. One that is
 * not found is searched without the reduction, too, which says whose fault that is. With `--unreduced` all are: it shows what the
 * reduction saves, and takes twice as long. Those that are argued to be no faults at all come last; they must not be found. Exits with 1 if a mutant
 * survives, or is found by another check, or by the search without the reduction only.
 */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { equivalentMutants, faults, hostMutants } from "../test/check/mutants/index.mjs";
import { applyTo } from "../test/check/mutants/mutant.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MUTANTS = [...faults, ...equivalentMutants];

/** Searches end with this bound; faults in programs of two threads are searched for one further. */
const MAX_BOUND = 2;
/** Has all mutants searched without the reduction. */
const UNREDUCED = "--unreduced";
/** What one search of one program under one bound may take; without the reduction some would not end. */
const SEARCH_MS = 5000;

async function main() {
  const args = process.argv.slice(2);
  const json = args.includes("--json");
  const names = args.filter((arg) => !["--json", UNREDUCED].includes(arg));
  const isMeant = ({ name, programs = [""] }, by) => by === name || programs[0].startsWith(by);
  const unknown = names.filter((by) => ![...MUTANTS, ...hostMutants].some((mutant) => isMeant(mutant, by)));
  if (unknown.length > 0) throw new Error(`no such mutant: ${unknown.join(", ")}`);
  const wanted = (mutants) => mutants.filter((one) => names.length === 0 || names.some((by) => isMeant(one, by)));
  const results = await runKernels(wanted(MUTANTS), args.includes(UNREDUCED), json);
  results.push(...(await runHosts(wanted(hostMutants), json)));
  if (json) console.log(JSON.stringify(results, null, 2));
  process.exitCode = results.every(({ fault }) => fault === undefined) ? 0 : 1;
}

async function runKernels(mutants, unreduced, json) {
  if (mutants.length === 0) return [];
  const started = performance.now();
  if (!json) row("mutant", "found by", "bound", "schedules", "unreduced", "ms");
  const results = await judgeAll(mutants, unreduced, json ? () => {} : printRow);
  if (!json) printEnd(results, performance.now() - started);
  return results;
}

async function runHosts(mutants, json) {
  if (mutants.length === 0) return [];
  const { judgeHost, printHostEnd, printHostRow } = await import("./hostMutants.mjs");
  const started = performance.now();
  if (!json) console.log(`\n${"host mutant".padEnd(28)} ${"ms".padStart(6)}  found by`);
  const results = await judgeHost(mutants, json ? () => {} : printHostRow);
  if (!json) printHostEnd(results, performance.now() - started);
  return results;
}

/** Hands the mutants out to one worker a processor. */
async function judgeAll(mutants, unreduced, onResult) {
  const results = new Map();
  const names = mutants.map(({ name }) => name);
  const crew = Array.from({ length: Math.min(availableParallelism(), names.length) }, async () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { unreduced } });
    try {
      for (let name = names.shift(); name !== undefined; name = names.shift()) {
        worker.postMessage(name);
        const [result] = await once(worker, "message");
        results.set(name, result);
        onResult(result);
      }
    } finally {
      await worker.terminate();
    }
  });
  await Promise.all(crew);
  return mutants.map(({ name }) => results.get(name));
}

// ── what a worker does ───────────────────────────────────────────────────────────────────────────────────────────────

async function work() {
  const checker = {
    release: await readFile(path.join(ROOT, "build/kernel-release.named.wasm")),
    ...(await import("./kernel.mjs")),
    ...(await import("../dist/check/index.js")),
    ...(await import("../dist/check/machine.js")),
    ...(await import("../dist/check/explore.js")),
    ...(await import("../dist/check/program.js")),
  };
  parentPort.on("message", async (name) => {
    const mutant = MUTANTS.find((one) => one.name === name);
    const started = performance.now();
    const result = await judge(mutant, checker).catch(({ message }) => ({ fault: `cannot be judged: ${message}` }));
    parentPort.postMessage({ name, expect: mutant.expect, ...result, ms: performance.now() - started });
  });
}

/** Searches a mutant, and says in `fault` what is wrong with what came of it; undefined: nothing. */
async function judge(mutant, checker) {
  const { programs, expect } = mutant;
  const build = builder(mutant, checker);
  const reduced = await search(mutant, build, true, checker);
  const isMissed = expect !== undefined && reduced.check === undefined;
  const isAsked = expect !== undefined && workerData.unreduced;
  const plain = isMissed || isAsked ? await search(mutant, build, false, checker) : undefined;
  let fault;
  if (expect === undefined) {
    if (reduced.check !== undefined) fault = `is said to be equivalent, but is found: ${reduced.message}`;
  } else if (reduced.check === undefined) {
    fault = plain.check === undefined ? "survives" : `is found without the reduction only: ${plain.message}`;
  } else if (reduced.check !== expect) {
    fault = `should be found by ${expect}, not by ${reduced.check}: ${reduced.message}`;
  }
  return { programs, fault, reduced, plain };
}

/** Answers the mutant's kernel for programs with so many slots in a block; each is built once. */
function builder(mutant, { buildModel, release }) {
  const built = new Map();
  const mutate = (file, text) =>
    path.relative(ROOT, file).split(path.sep).join("/") === mutant.file ? applyTo(text, mutant) : text;
  return async (slots) => {
    let kernel = built.get(slots);
    if (kernel === undefined) {
      const { bytes, sites } = await buildModel({ lapBits: Math.log2(slots + 1), release, mutate, optimize: false });
      kernel = { module: new WebAssembly.Module(bytes), sites };
      built.set(slots, kernel);
    }
    return kernel;
  };
}

/** Searches a mutant's programs under growing bounds until a check fails. Answers that, and what was spent in all. */
async function search(mutant, build, reduction, { CheckFailure, Machine, exhaust, programs }) {
  const spent = { schedules: 0, steps: 0, exhaustive: true };
  const machines = [];
  for (const name of mutant.programs) {
    const program = programs.find((one) => one.name === name);
    if (program === undefined) throw new Error(`the mutant ${mutant.name} names a program that is not there: ${name}`);
    const { module, sites } = await build(program.slots ?? 3);
    try {
      machines.push(new Machine(program, module, sites));
    } catch (error) {
      // Not even the setup is right.
      if (!(error instanceof CheckFailure)) throw error;
      return { ...spent, bound: 0, program: name, check: error.check, message: error.message };
    }
  }
  for (let bound = 0; bound <= MAX_BOUND + 1; bound++) {
    for (const machine of machines) {
      if (bound > MAX_BOUND && (machine.threads > 2 || mutant.expect === undefined)) continue;
      const { failure, schedules, steps, exhaustive } = exhaust(machine, { bound, reduction, timeMs: SEARCH_MS });
      spent.schedules += schedules;
      spent.steps += steps;
      spent.exhaustive &&= exhaustive;
      if (failure === undefined) continue;
      return { ...spent, bound, program: machine.program.name, check: failure.check, message: failure.message };
    }
  }
  return spent;
}

// ── what is printed ──────────────────────────────────────────────────────────────────────────────────────────────────

const WIDTHS = [28, 18, 6, 10, 10, 7];

function row(...cells) {
  const padded = cells.map((cell, i) => (i < 2 ? String(cell).padEnd(WIDTHS[i]) : String(cell).padStart(WIDTHS[i])));
  console.log(padded.join(" ").trimEnd());
}

function printRow({ name, expect, fault, reduced = {}, plain, ms }) {
  const found = reduced.check ?? (expect === undefined ? "nothing, as argued" : "NOTHING");
  const unreduced = plain === undefined ? "" : plain.check === undefined ? `> ${plain.schedules}` : plain.schedules;
  row(
    name,
    fault === undefined ? found : `${found} !`,
    reduced.bound ?? "",
    reduced.schedules,
    unreduced,
    Math.round(ms),
  );
}

function printEnd(results, ms) {
  const wrong = results.filter(({ fault }) => fault !== undefined);
  const faults = results.filter(({ expect }) => expect !== undefined);
  const found = faults.filter(({ fault }) => fault === undefined).length;
  console.log(`\n${found} of ${faults.length} mutants found, each by its check, in ${Math.round(ms / 1000)} s`);
  for (const { name, fault } of wrong) console.log(`  ${name} ${fault}`);
}

if (isMainThread) await main();
else await work();
