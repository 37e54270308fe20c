/**
 * `shmol doctor`: what this host offers, whether everything works on it, and what to know about it.
 */
import { type Command, Option } from "commander";
import { Interrupt } from "../interrupt.js";
import { StatusLine } from "../statusLine.js";
import { advise } from "./advice.js";
import { probe } from "./facts.js";
import { PART_NAMES, selfTest } from "./selfTest.js";
import { type DoctorReport, table } from "./table.js";

const AFTER = `
The doctor looks at what the host has. It tries each primitive for a moment across real worker threads, which takes a few seconds.
Then it says in plain words what will not work here, what works in another way, and why.

Exit code: 0 everything works here; 1 something does not, or it was interrupted; 2 bad options.

Examples:
  $ shmol doctor
  $ shmol doctor --json | jq .facts
  $ docker run --rm --cpus 0.5 IMAGE npx shmol doctor    what your container offers`;

/** How long whatever a part that failed has under way gets to end. */
const LEAVE_MS = 2000;

interface Flags {
  readonly json?: true;
  readonly sabotage?: string;
}

export function addDoctor(program: Command): void {
  program
    .command("doctor")
    .description("tell what this host offers, try every primitive on it, and say what will not work here")
    .option("--json", "print the report as one JSON document, and nothing else")
    .addOption(new Option("--sabotage <part>").choices(PART_NAMES).hideHelp())
    .addHelpText("after", AFTER)
    .action((flags: Flags) => run(flags));
}

async function run({ json, sabotage }: Flags): Promise<void> {
  const line = new StatusLine(process.stderr);
  const interrupt = new Interrupt();
  try {
    const report = await examine(interrupt.signal, (part) => line.show(["doctor", part]), sabotage);
    line.clear();
    console.log(json === true ? JSON.stringify(report, undefined, 2) : table(report, process.stdout));
    if (report.ok) return;
    process.exitCode = 1;
    // What is stuck may wait for ever, and must not keep the process.
    setTimeout(() => process.exit(), LEAVE_MS).unref();
  } finally {
    line.clear();
    interrupt.dispose();
  }
}

async function examine(
  signal: AbortSignal,
  onProgress: (part: string) => void,
  sabotage: string | undefined,
): Promise<DoctorReport> {
  const started = performance.now();
  onProgress("what there is");
  const facts = await probe(signal);
  const advice = advise(facts);
  const checks = await selfTest({ signal, onProgress, sabotage });
  const works = Object.values(checks).every(({ ok }) => ok) && !advice.some(({ kind }) => kind === "fails");
  const seconds = (performance.now() - started) / 1000;
  return { ok: works, interrupted: signal.aborted, seconds, facts, checks, advice };
}
