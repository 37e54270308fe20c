/**
 * `shmol stress`: a subcommand for each suite. Reads the options; shows the status line while a run is on; heeds Ctrl-C; prints the
 * report as tables or as one JSON document; decides with which code the process ends.
 */
import { type Command, Option } from "commander";
import { commandLine } from "../arguments.js";
import { circumstances } from "../circumstances.js";
import { bytes, grouped, hex, rate } from "../figures.js";
import { framed } from "../frame.js";
import { Interrupt } from "../interrupt.js";
import { writeReport } from "../report/html.js";
import { Timeline } from "../report/timeline.js";
import { StatusLine, styled } from "../statusLine.js";
import { arc } from "./arc.js";
import { channel } from "./channel.js";
import { listener } from "./listener.js";
import { lock } from "./lock.js";
import { addOptions, type CommonOptions, common, type Given, OptionError, type OptionTable } from "./options.js";
import { brokenPage, sectionsOf, stressPage } from "./page.js";
import { queue } from "./queue.js";
import type { Progress, SuiteReport } from "./report.js";
import { stress } from "./run.js";
import type { Suite } from "./scenario.js";

type Flags = CommonOptions & { json?: true; report?: string; sabotage?: string };

const ENDS = `
A run ends with the first of its limits that is reached, or with Ctrl-C. It is verified in any case. In the end the heap must hold
what it held before, to the last block and count, also when threads were killed. When nothing moves any more, the run says which
thread waits for what, and for how long. A second Ctrl-C gives up at once.

Exit code: 0 all verified, also after Ctrl-C; 1 something was wrong, with the seed to repeat it; 2 bad options.
`;

export function addStress(program: Command): void {
  const parent = program
    .command("stress")
    .description("hammer a structure with real threads and verify everything that comes out");
  addSuite(parent, queue);
  addSuite(parent, listener);
  addSuite(parent, arc);
  addSuite(parent, channel);
  addSuite(parent, lock);
}

function addSuite<T extends OptionTable>(parent: Command, suite: Suite<T>): void {
  const command = parent.command(suite.name).description(suite.about);
  addOptions(command, { ...suite.options, ...common });
  command
    .option("--json", "print the report as one JSON document, and nothing else")
    .option("--report <file>", "write a report with charts: one HTML file, which opens offline")
    .addOption(new Option("--sabotage <kind>").hideHelp())
    .addHelpText("after", `\n${suite.help.replace("\nExamples:", `${ENDS}\nExamples:`)}`)
    .action((flags: Flags, command: Command) => conduct(suite, flags, command));
}

async function conduct<T extends OptionTable>(suite: Suite<T>, flags: Flags, command: Command): Promise<void> {
  const { json, report: file, sabotage, ...options } = flags;
  const line = new StatusLine(process.stderr);
  const timeline = new Timeline();
  const interrupt = new Interrupt();
  const { signal } = interrupt;
  const onProgress = (progress: Progress) => {
    line.show([...(signal.aborted ? [styled(process.stderr, "yellow", "ending")] : []), ...partsOf(progress)]);
    timeline.note(progress.scenario, progress);
  };
  try {
    const given = options as unknown as Given<T>;
    const report = await stress(suite, given, { sabotage, signal, onProgress });
    line.clear();
    const again = repeatWith(report.seed);
    const sections = sectionsOf(report);
    if (json === true) console.log(JSON.stringify(documentOf(report, again), undefined, 2));
    else console.log(sections.map((section) => framed(section, process.stdout)).join("\n"));
    if (file !== undefined) {
      writeReport(file, stressPage(report, timeline, sections, await circumstances(), again));
    }
    if (report.ok) return;
    for (const failure of report.failures) console.error(`\n${failure}`);
    console.error(`\nSeed ${hex(report.seed)}. Repeat with:\n  ${again}`);
    process.exitCode = 1;
  } catch (error) {
    line.clear();
    if (error instanceof OptionError) command.error(`error: ${error.message}`);
    if (file !== undefined) writeReport(file, brokenPage(error, timeline, await circumstances(), commandLine()));
    throw error;
  } finally {
    interrupt.dispose();
  }
}

/** The command line that makes the same choices again. When threads meet is the machine's choice, so it may take a few tries. */
function repeatWith(seed: number): string {
  const seeded = process.argv.slice(2).some((arg) => arg === "--seed" || arg.startsWith("--seed="));
  return commandLine(...(seeded ? [] : ["--seed", hex(seed)]));
}

/** What `--json` prints. A single scenario's report is part of the document itself. */
function documentOf(report: SuiteReport, again: string): object {
  const { trials, ...whole } = report;
  const [only, ...others] = trials;
  const repeat = report.ok ? {} : { repeat: again };
  return only === undefined || others.length > 0 || only.scenario !== report.suite
    ? { ...report, ...repeat }
    : { ...whole, ...only, ...repeat };
}

/** The important first. */
function partsOf({ scenario, unit, count, perSecond, elapsedMs, heapUsed, kills }: Progress): string[] {
  return [
    styled(process.stderr, "bold", scenario),
    `${grouped(count)} ${unit}`,
    rate(perSecond),
    ...(kills > 0 ? [`${grouped(kills)} kills`] : []),
    `${bytes(heapUsed)} of heap`,
    `${(elapsedMs / 1000).toFixed(1)} s`,
  ];
}
