/**
 * `shmol bench`: reads the options, measures, prints, saves.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { commandLine, parseCount, parseNumber } from "../arguments.js";
import { inOneLine } from "../circumstances.js";
import { Interrupt } from "../interrupt.js";
import { StatusLine, styled } from "../statusLine.js";
import type { Results } from "./results.js";
import { SABOTAGES, type Sabotage } from "./sabotage.js";

/** Options as commander hands them over. */
interface Flags {
  readonly filter?: string;
  readonly reps: number;
  readonly items?: number;
  readonly json?: true;
  readonly save?: string;
  readonly compare?: string;
  readonly report?: string;
  readonly list?: true;
  readonly sabotage?: Sabotage;
}

const MORE = `
and each shape, fan_in, fan_out, pool, call, pipeline or mesh, with all of these: i32, json or bytes64; 1, 2, 4 or 8 workers;
capacity 16, 1024 or none; await, block, main_blocks or all_block. A filter that begins with a shape chooses from them:
  $ shmol bench --filter 'pool-json-*-16-block'`;

const AFTER = `
Each scenario measures shmol and its peers in turns, in the same minutes. A row is the median of the repetitions in which two
cores were really free. A contender with too few of them reads "not measured". All items that come through are counted and summed
up: a wrong sum is a failure.

fan_in, fan_out, pool, call, pipeline and mesh are whole programs, each in a process of its own. Their rows have the processor
time of all threads beside the wall time. By default only the usual ones are measured. To measure others, give a filter that
begins with the shape; * in it stands for anything.

Ctrl-C ends the run and reports what was measured so far; a second one gives up at once.

Exit code: 0 measured, also after Ctrl-C; 1 something failed: a wrong sum, a thread that died; 2 bad options.

Examples:
  $ shmol bench --list                           what there is to measure
  $ shmol bench --filter spsc,mpmc               some of it
  $ shmol bench --filter 'fan_in-json-*-block'   a shape with 1 to 8 workers and all capacities
  $ shmol bench --save before.json               all of it, some fifteen minutes
  $ shmol bench --filter spsc --compare before.json
  $ shmol bench --report bench.html              with charts, in one file
  $ shmol bench --filter seq --json | jq '.rows[] | {contender, figures}'`;

export function addBench(program: Command): void {
  program
    .command("bench")
    .description("measure this machine: shmol against postMessage, locks and Atomics")
    .option("--filter <text>", "only scenarios whose names contain it; several with commas")
    .option("--reps <n>", "repetitions of each contender that must count", parsePositive, 5)
    .option("--items <n>", "items in each repetition (default as many as take 100 ms)", parseItems)
    .option("--json", "print the results as one JSON document, and nothing else")
    .option("--save <file>", "write the results to a file, as JSON")
    .option("--compare <file>", "say what changed since a run that was saved")
    .option("--report <file>", "write a report with charts: one HTML file, which opens offline")
    .option("--list", "say what there is to measure")
    .addOption(new Option("--sabotage <kind>").choices(SABOTAGES).hideHelp())
    .addHelpText("after", AFTER)
    .action((flags: Flags, command: Command) => bench(flags, command));
}

function parsePositive(text: string): number {
  return positive(parseNumber(text), 1000);
}

function parseItems(text: string): number {
  return positive(parseCount(text), 100_000_000);
}

function positive(number: number, most: number): number {
  if (Number.isSafeInteger(number) && number >= 1 && number <= most) return number;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
}

async function bench(flags: Flags, command: Command): Promise<void> {
  // Only now: peers and scenarios are of no use to other commands.
  const { chosen, runBench } = await import("./run.js");
  if (flags.list === true) return list(flags.json === true);
  const filter = (flags.filter ?? "").split(",").map((text) => text.trim());
  if (chosen(filter).length === 0) {
    command.error(`error: no scenario's name contains ${JSON.stringify(flags.filter)}; shmol bench --list names them`);
  }
  const before = await earlier(flags, command);
  const interrupt = new Interrupt();
  const { signal } = interrupt;
  const line = new StatusLine(process.stderr);
  const print = flags.json === true ? () => {} : console.log;
  const { rowsTable, summaryOf, comparisonTable } = await import("./table.js");
  const ending = () => (signal.aborted ? [styled(process.stderr, "yellow", "ending")] : []);
  try {
    const { reps, items, sabotage } = flags;
    const measured = await runBench({
      ...{ filter, reps, items, signal, sabotage },
      onProgress: (parts) => line.show([...ending(), ...parts]),
      onRows: (about, rows) => {
        line.clear();
        print(`${rowsTable(about, rows, process.stdout)}\n`);
      },
    });
    line.clear();
    const results = before === undefined ? measured : { ...measured, comparison: before(measured) };
    if (flags.json === true) console.log(JSON.stringify(results, undefined, 2));
    if (flags.save !== undefined) write(flags.save, `${JSON.stringify(results, undefined, 2)}\n`);
    if (flags.report !== undefined) {
      const { writeReport } = await import("../report/html.js");
      const { benchReport } = await import("./report.js");
      writeReport(flags.report, benchReport(results, commandLine()));
    }
    if (results.comparison !== undefined) print(`${comparisonTable(results.comparison, process.stdout)}\n`);
    print(inOneLine(results));
    print(summaryOf(results, process.stdout));
    if (results.rows.some(({ verdict }) => verdict === "FAILED")) process.exitCode = 1;
  } finally {
    line.clear();
    interrupt.dispose();
  }
}

/** What to compare with, read before anything is measured: a file that is none would be a pity in ten minutes. */
async function earlier({ compare: file }: Flags, command: Command) {
  if (file === undefined) return undefined;
  const { readResults, UnreadableResults } = await import("./results.js");
  const { compare } = await import("./compare.js");
  try {
    const saved = readResults(file);
    return ({ rows }: Results) => compare(file, saved, rows);
  } catch (error) {
    if (error instanceof UnreadableResults) command.error(`error: ${error.message}`);
    throw error;
  }
}

async function list(json: boolean): Promise<void> {
  const { items } = await import("./run.js");
  if (json) return console.log(JSON.stringify(items, undefined, 2));
  for (const { name, about, lacks, rare = false } of items) {
    if (rare) continue;
    const why = lacks.length === 0 ? "" : ` (not here: needs ${lacks.join(", ")}, which a checkout has)`;
    console.log(`${name.padEnd(28)}${about}${why}`);
  }
  console.log(MORE);
}

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  writeFileSync(file, text);
}
