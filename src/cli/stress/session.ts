/**
 * A stress run at a terminal: the status line while it is on, Ctrl-C, the report, and the exit code.
 */
import type { Command } from "commander";
import { hex } from "../figures.js";
import { StatusLine, styled } from "../statusLine.js";
import { OptionError } from "./refusals.js";

/** What every stress run's report has. */
interface Report {
  readonly ok: boolean;
  readonly failures: readonly string[];
  readonly seed: number;
}

/** What a stress run is given to stay in touch with the terminal. */
export interface Touch {
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Shows how the run is doing, the important first. */
  show(parts: readonly string[]): void;
}

/** Runs, prints the report as a table or as one JSON document, and decides with which code the process ends. */
export async function conduct<R extends Report>(
  command: Command,
  json: boolean,
  stress: (touch: Touch) => Promise<R>,
  table: (report: R, stream: NodeJS.WriteStream) => string,
): Promise<void> {
  const line = new StatusLine(process.stderr);
  const interrupt = new Interrupt();
  const { signal } = interrupt;
  const ending = () => (signal.aborted ? [styled(process.stderr, "yellow", "ending")] : []);
  try {
    const report = await stress({ signal, show: (parts) => line.show([...ending(), ...parts]) });
    line.clear();
    const repeat = report.ok ? undefined : repeatWith(report.seed);
    if (json) console.log(JSON.stringify(repeat === undefined ? report : { ...report, repeat }, undefined, 2));
    else console.log(table(report, process.stdout));
    if (repeat !== undefined) {
      for (const failure of report.failures) console.error(`\n${failure}`);
      console.error(`\nSeed ${hex(report.seed)}. Repeat with:\n  ${repeat}`);
    }
    if (!report.ok) process.exitCode = 1;
  } catch (error) {
    line.clear();
    if (error instanceof OptionError) command.error(`error: ${error.message}`);
    throw error;
  } finally {
    interrupt.dispose();
  }
}

/** The command line that makes the same choices again. When threads meet is the machine's choice, so it may take a few tries. */
function repeatWith(seed: number): string {
  const given = process.argv.slice(2);
  const seeded = given.some((arg) => arg === "--seed" || arg.startsWith("--seed="));
  return ["npx shmol", ...given, ...(seeded ? [] : ["--seed", hex(seed)])].join(" ");
}

/** One Ctrl-C may arrive twice, from the terminal and from a parent that passes it on: npm does. */
const SAME_PRESS_MS = 250;

/** Ctrl-C: the first ends the run in an orderly way, the second the process. */
export class Interrupt {
  readonly #controller = new AbortController();
  #pressedAt = 0;
  readonly #onSignal = (): void => {
    const now = performance.now();
    if (this.signal.aborted && now - this.#pressedAt > SAME_PRESS_MS) process.exit(130);
    this.#pressedAt = now;
    this.#controller.abort();
  };

  constructor() {
    process.on("SIGINT", this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  dispose(): void {
    process.off("SIGINT", this.#onSignal);
  }
}
