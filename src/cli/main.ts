/**
 * The entry of the command line. Each command lives in a file of its own; this one brings them together and decides with
 * which code the process ends:
 *
 *   0   everything was verified         1   something was wrong         2   the command line made no sense
 */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { addBench } from "./bench/command.js";
import { addCheck } from "./check/command.js";
import { addDoctor } from "./doctor/command.js";
import { addStress } from "./stress/command.js";

const USAGE = 2;

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

const program = new Command("shmol")
  .description("Concurrency primitives that JavaScript threads share: put them to the test on this machine.")
  .version(version())
  .showHelpAfterError("Add --help for the options and examples.")
  .exitOverride()
  .addHelpText(
    "after",
    "\nExamples:\n  $ shmol stress queue\n  $ shmol stress listener\n  $ shmol stress arc\n  $ shmol stress queue --help\n  $ shmol bench --filter spsc\n  $ shmol check\n  $ shmol doctor",
  );

// `| head` stops reading when it has enough. That is no fault, and there is nobody left to tell.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

addStress(program);
addBench(program);
addCheck(program);
addDoctor(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // commander has said what there is to say.
  process.exitCode = error.exitCode === 0 ? 0 : USAGE;
}
