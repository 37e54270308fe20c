/**
 * A stress run at a terminal: the status line while it is on, Ctrl-C, the report, and the exit code.
 */
import type { Command } from "commander";
import { commandLine } from "../arguments.js";
import { circumstances } from "../circumstances.js";
import { hex } from "../figures.js";
import { Interrupt } from "../interrupt.js";
import { writeReport } from "../report/html.js";
import { StatusLine, styled } from "../statusLine.js";
import { Course, type Sample } from "./course.js";
import type { CommonFlags } from "./flags.js";
import { framed, type Section } from "./frame.js";
import { brokenPage, type Outcome, type Picture, stressPage } from "./page.js";
import { OptionError } from "./refusals.js";

/** What a stress run is given to stay in touch with the terminal. */
export interface Touch {
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Shows how the run is doing, the important first. */
  show(parts: readonly string[]): void;
  /** Keeps how far the run is, or that trial of it, for the page. */
  note(trial: string, sample: Sample): void;
}

/** One kind of stress run. */
interface Conduct<R extends Outcome> {
  stress(touch: Touch): Promise<R>;
  /** The report as tables. */
  sections(report: R): Section[];
  /** And as a page. */
  picture(report: R, course: Course): Picture;
}

/** Runs, prints the report as tables or as one JSON document, and decides with which code the process ends. */
export async function conduct<R extends Outcome>(
  command: Command,
  { json, report: file }: CommonFlags,
  { stress, sections, picture }: Conduct<R>,
): Promise<void> {
  const line = new StatusLine(process.stderr);
  const course = new Course();
  const interrupt = new Interrupt();
  const { signal } = interrupt;
  const ending = () => (signal.aborted ? [styled(process.stderr, "yellow", "ending")] : []);
  const note = (trial: string, sample: Sample) => course.note(trial, sample);
  try {
    const report = await stress({ signal, note, show: (parts) => line.show([...ending(), ...parts]) });
    line.clear();
    const repeat = report.ok ? undefined : repeatWith(report.seed);
    const found = sections(report);
    if (json === true) console.log(JSON.stringify(repeat === undefined ? report : { ...report, repeat }, undefined, 2));
    else console.log(found.map((section) => framed(section, process.stdout)).join("\n"));
    if (file !== undefined) {
      const page = stressPage(report, picture(report, course), found, await circumstances(), repeatWith(report.seed));
      writeReport(file, page);
    }
    if (repeat !== undefined) {
      for (const failure of report.failures) console.error(`\n${failure}`);
      console.error(`\nSeed ${hex(report.seed)}. Repeat with:\n  ${repeat}`);
    }
    if (!report.ok) process.exitCode = 1;
  } catch (error) {
    line.clear();
    if (error instanceof OptionError) command.error(`error: ${error.message}`);
    const seen = course.chart("Throughput", "What was seen before the run broke.", "a second");
    if (file !== undefined) writeReport(file, brokenPage(error, seen, await circumstances(), commandLine()));
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
