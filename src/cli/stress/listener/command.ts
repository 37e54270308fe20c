/**
 * `shmol stress listener`: reads the options, runs, prints.
 */
import { type Command, Option } from "commander";
import { parseCount, parseNumber, parseSeconds } from "../../arguments.js";
import { addCommonFlags, type CommonFlags, optionsFrom } from "../flags.js";
import { stressListener } from "../listener.js";
import { conduct, type Touch } from "../session.js";
import { MODES, type Mode } from "./options.js";
import { picture } from "./picture.js";
import { progressParts } from "./progress.js";
import { SABOTAGES, type Sabotage } from "./sabotage.js";
import { sections } from "./table.js";

/** Options as commander hands them over. */
interface Flags extends CommonFlags {
  mode?: Mode;
  threads?: number;
  listeners?: number;
  rounds?: number;
  sabotage?: Sabotage;
}

const AFTER = `
Modes:
  ping-pong   Two threads hand a turn back and forth: both block, one awaits, both await. Every turn must come in its order;
              the round trips' latency is reported. A round is a round trip.
  mutex       Threads contend for a lock: look, listen, look again, wait. Some block, some await, some do both; listeners
              are dropped, discarded, aborted and out of time at random. What the lock protects is counted without atomics
              and must be exact, nobody may be inside with somebody else, and no wake-up may get lost.
  crowd       A thousand listeners, awaited on one thread and notified from another, must be settled in their order, by no
              more wake-ups than must be. A round is when all of them listened and were settled.
  all         A short form of each.

A trial ends with the first of --rounds, --duration and --kills that is reached, or with Ctrl-C, and is verified in any case;
in the end nobody listens, and the heap holds what it held before, also when threads were killed. A second Ctrl-C gives up
at once. When nothing moves, the run says who waits for what.

Exit code: 0 all verified, also after Ctrl-C; 1 something was wrong, with the seed to repeat it; 2 bad options.

Examples:
  $ shmol stress listener                                     a short form of all
  $ shmol stress listener --mode mutex --threads 8 --rounds 10M
  $ shmol stress listener --mode mutex --kills 100 --kill 20 --checked
  $ shmol stress listener --mode crowd --listeners 10000 --duration 10
  $ shmol stress listener --mode ping-pong --json | jq '.trials[] | {name, latency}'`;

export function addListenerStress(stress: Command): void {
  const command = stress
    .command("listener")
    .description("block and await on many threads at once")
    .addOption(new Option("--mode <mode>", "what to do with events, see below (default all)").choices(MODES))
    .option("--threads <n>", "threads that want the lock, 2 to 64, with --mode mutex (default 4)", parseNumber)
    .option("--listeners <n>", "listeners of the crowd, 1 to 100000, with --mode crowd (default 1000)", parseCount)
    .option("--rounds <n>", "of each trial (default 10k of ping-pong, 200k of mutex, 200 of crowd)", parseCount)
    .option("--duration <seconds>", "how long to run in all, shared out among the trials", parseSeconds);
  addCommonFlags(command, ", with --mode mutex")
    .addOption(new Option("--sabotage <kind>").choices(SABOTAGES).hideHelp())
    .addHelpText("after", AFTER)
    .action((flags: Flags, command: Command) => run(flags, command));
}

function run(flags: Flags, command: Command): Promise<void> {
  const stress = ({ signal, show, note }: Touch) =>
    stressListener({
      ...optionsFrom(flags),
      signal,
      onProgress: (progress) => {
        show(progressParts(progress));
        note(progress.trial, { ...progress, count: progress.rounds });
      },
    });
  return conduct(command, flags, { stress, sections, picture });
}
