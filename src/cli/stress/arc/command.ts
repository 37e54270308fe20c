/**
 * `shmol stress arc`: reads the options, runs, prints.
 */
import { type Command, Option } from "commander";
import { parseBytes, parseCount, parseNumber, parseSeconds } from "../../arguments.js";
import { stressArc } from "../arc.js";
import { addCommonFlags, type CommonFlags, optionsFrom } from "../flags.js";
import { conduct, type Touch } from "../session.js";
import { picture } from "./picture.js";
import { progressParts } from "./progress.js";
import { SABOTAGES, type Sabotage } from "./sabotage.js";
import { sections } from "./table.js";

/** Options as commander hands them over. */
interface Flags extends CommonFlags {
  threads?: number;
  deeds?: number;
  size?: number;
  sabotage?: Sabotage;
}

const AFTER = `
Every thread has some handles, strong and weak, and does at random what can be done with them: creates, clones, drops,
downgrades, upgrades; gives Arcs away through a queue, and tokens, with opens set aside or without; has a block for itself, or
its bytes. Each block carries a checksum, which whoever gets hold of it verifies.

A run ends with the first of --deeds, --duration and --kills that is reached, or with Ctrl-C, and is verified in any case: in
the end the heap holds what it held before, to the last block and count, also when threads were killed. A second Ctrl-C gives
up at once.

Exit code: 0 all verified, also after Ctrl-C; 1 something was wrong, with the seed to repeat it; 2 bad options.

Examples:
  $ shmol stress arc                                 3 seconds, 4 threads
  $ shmol stress arc --deeds 10M --threads 8
  $ shmol stress arc --size 100000 --heap 64MiB      large blocks
  $ shmol stress arc --kills 100 --kill 20 --checked terminate threads in the middle of it
  $ shmol stress arc --json | jq .did`;

export function addArcStress(stress: Command): void {
  const command = stress
    .command("arc")
    .description("share counted blocks among many threads at once")
    .option("--threads <n>", "threads, 1 to 64 (default 4)", parseNumber)
    .option("--deeds <n>", "what they do in all, such as 1000000 or 20M", parseCount)
    .option("--duration <seconds>", "how long to run (default 3, without --deeds and --kills)", parseSeconds)
    .option("--size <bytes>", "largest block, 8 to 1048576 (default 256)", parseBytes);
  addCommonFlags(command)
    .addOption(new Option("--sabotage <kind>").choices(SABOTAGES).hideHelp())
    .addHelpText("after", AFTER)
    .action((flags: Flags, command: Command) => run(flags, command));
}

function run(flags: Flags, command: Command): Promise<void> {
  const stress = ({ signal, show, note }: Touch) =>
    stressArc({
      ...optionsFrom(flags),
      signal,
      onProgress: (progress) => {
        show(progressParts(progress));
        note("deeds", { ...progress, count: progress.deeds });
      },
    });
  return conduct(command, flags, { stress, sections, picture });
}
