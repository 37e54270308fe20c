/**
 * `shmol check`: runs the interleaving checker's models and prints what came of each.
 */
import { availableParallelism } from "node:os";
import Table from "cli-table3";
import { type Command, InvalidArgumentError } from "commander";
import {
  type CheckReport,
  type Coverage,
  type FailureReport,
  type ProgramReport,
  programs,
  replay,
  reportOf,
} from "../../check/index.js";
import { parseNumber, parseSeconds } from "../arguments.js";
import { grouped } from "../figures.js";
import { Interrupt } from "../interrupt.js";
import { StatusLine, styled } from "../statusLine.js";
import { checkAll } from "./crew.js";

const MAX_THREADS = 128;

const EXAMPLES = `
Ctrl-C ends it early and reports what was checked; a second one gives up at once.

Examples:
  $ shmol check                               every model, exhaustively up to its bound
  $ shmol check --model queue --bound 3       the queue's models, up to three preemptions
  $ shmol check --time 60 --seed 7            and a minute of random schedules on top
  $ shmol check --replay 'queue/...#12a3b'    the schedule that an earlier run printed

Exit code: 0 nothing failed, also after Ctrl-C; 1 a model failed, with its schedule and the string that repeats it; 2 bad options.`;

interface Flags {
  readonly model?: string;
  readonly bound?: number;
  readonly time?: number;
  readonly seed?: number;
  readonly threads: number;
  readonly replay?: string;
  readonly json?: true;
}

export function addCheck(program: Command): void {
  program
    .command("check")
    .description("run the kernel's own code in every order that threads' steps can come in, up to a bound")
    .option("--model <name>", "only models whose names contain this")
    .option("--bound <n>", "preemptions in one schedule (default 2, and 3 for two threads)", parseWhole)
    .option("--time <seconds>", "random schedules after that, for this time in all (default none)", parseSeconds)
    .option("--seed <n>", "seed of the random schedules (default 1)", parseWhole)
    .option("--threads <n>", "programs that are searched at once", parseThreads, availableParallelism())
    .option("--replay <string>", "run one schedule again and print it")
    .option("--json", "print one JSON document, and nothing else")
    .addHelpText("after", EXAMPLES)
    .action((flags: Flags, command: Command) => run(flags, command));
}

function parseWhole(text: string): number {
  const number = parseNumber(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new InvalidArgumentError("It must be a whole number from 0.");
}

function parseThreads(text: string): number {
  const number = parseNumber(text);
  if (Number.isSafeInteger(number) && number >= 1 && number <= MAX_THREADS) return number;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_THREADS}.`);
}

async function run(flags: Flags, command: Command): Promise<void> {
  if (flags.replay !== undefined) runReplay(flags.replay, flags.json === true, command);
  else await runModels(flags, command);
}

async function runModels(flags: Flags, command: Command): Promise<void> {
  const { model = "", bound, time, seed, threads } = flags;
  const chosen = [...programs.keys()].filter((index) => programs[index]?.name.includes(model));
  if (chosen.length === 0) command.error(`error: no model's name contains ${JSON.stringify(model)}`);
  const line = new StatusLine(process.stderr);
  const interrupt = new Interrupt();
  const { signal } = interrupt;
  const started = performance.now();
  const checked = await checkAll(chosen, {
    ...{ threads, signal, bound, seed },
    randomMs: time === undefined ? undefined : (time * Math.min(threads, chosen.length)) / chosen.length,
    onProgress: ({ program, bound: current, schedules, steps }, done) => {
      line.show([
        ...(signal.aborted ? [styled(process.stderr, "yellow", "ending")] : []),
        `${done}/${chosen.length}`,
        program,
        `bound ${current}`,
        `${grouped(schedules)} schedules`,
        `${grouped(steps)} steps`,
        `${((performance.now() - started) / 1000).toFixed(0)} s`,
      ]);
    },
  }).finally(() => {
    line.clear();
    interrupt.dispose();
  });
  const unchecked = chosen.length - checked.length;
  const report = { ...reportOf(checked), interrupted: signal.aborted, unchecked };
  if (flags.json === true) console.log(JSON.stringify(report, undefined, 2));
  else print(report, performance.now() - started);
  if (unchecked > 0 && flags.json !== true)
    console.log(styled(process.stdout, "yellow", `interrupted; not checked: ${unchecked} of ${chosen.length} models`));
  if (report.failed > 0 || (report.coverage?.unreached.length ?? 0) > 0) process.exitCode = 1;
}

function runReplay(text: string, json: boolean, command: Command): void {
  let failure: FailureReport | undefined;
  try {
    failure = replay(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    command.error(`error: ${error.message}`);
  }
  if (json) console.log(JSON.stringify(failure ?? null, undefined, 2));
  else if (failure === undefined) console.log("Nothing fails in this schedule.");
  else printFailure(text.slice(0, text.lastIndexOf("#")), failure);
  if (failure !== undefined) process.exitCode = 1;
}

function print({ programs: reports, coverage }: CheckReport, ms: number): void {
  const table = new Table({
    head: ["model", "threads", "kills", "schedules", "steps", "verdict"],
    colAligns: ["left", "right", "right", "right", "right", "left"],
    style: { head: [], border: [], compact: true },
  });
  for (const report of reports) {
    const { program, threads, kills, schedules, steps } = report;
    table.push([program, threads, kills, grouped(schedules), grouped(steps), verdict(report)]);
  }
  console.log(table.toString());
  const steps = reports.reduce((sum, report) => sum + report.steps, 0);
  const schedules = reports.reduce((sum, report) => sum + report.schedules, 0);
  const seconds = ms / 1000;
  const speed = (steps / seconds / 1e6).toFixed(2);
  console.log(
    `${grouped(schedules)} schedules, ${grouped(steps)} steps, ${seconds.toFixed(1)} s, ${speed} M steps a second`,
  );
  if (coverage !== undefined) printCoverage(coverage);
  for (const { program, failure } of reports) if (failure !== undefined) printFailure(program, failure);
}

function printCoverage({ sites, reached, explained, unreached }: Coverage): void {
  console.log(
    `${reached} of the kernel's ${sites} call sites reached; ${explained.length} more are out of reach, with reason`,
  );
  for (const site of unreached) console.log(`  no schedule reached ${site}`);
}

function verdict({ failure, exhaustive, bound }: ProgramReport): string {
  if (failure !== undefined) return styled(process.stdout, "red", `✗ ${failure.check}`);
  return styled(process.stdout, "green", exhaustive ? `✓ all, bound ${bound}` : "✓ sampled");
}

function printFailure(program: string, { check: name, message, interleaving, replay: string }: FailureReport): void {
  console.log(`\n${program}: ${styled(process.stdout, "red", name)}: ${message}\n`);
  for (const step of interleaving) console.log(`  ${step}`);
  console.log(`\nAgain: shmol check --replay '${string}'`);
}
