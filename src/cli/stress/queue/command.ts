/**
 * `shmol stress queue`: reads the options, runs, prints.
 */
import { type Command, Option } from "commander";
import { parseCount, parseNumber, parseSeconds } from "../../arguments.js";
import { addCommonFlags, type CommonFlags, optionsFrom } from "../flags.js";
import { stressQueue } from "../queue.js";
import { conduct, type Touch } from "../session.js";
import { ELEMENT_TYPES, type ElementType } from "./encoding.js";
import { FLAVORS, type Flavor } from "./options.js";
import { picture } from "./picture.js";
import { progressParts } from "./progress.js";
import { SABOTAGES, SABOTEURS, type Sabotage, type SaboteurRole } from "./sabotage.js";
import { sections } from "./table.js";

/** Options as commander hands them over. */
interface Flags extends CommonFlags {
  producers?: number;
  consumers?: number;
  items?: number;
  flavor?: Flavor;
  capacity?: number;
  type?: ElementType;
  size?: number;
  force?: boolean;
  batch?: number;
  sabotage?: Sabotage;
  saboteur?: SaboteurRole;
}

const AFTER = `
A run ends with the first of --items, --duration and --kills that is reached, or with Ctrl-C, and is verified in any case:
counts, checksum, the order of each producer's values, and that the heap holds in the end what it held before. A value that
was displaced (--force) counts as taken by the producer that displaced it. A second Ctrl-C gives up at once.

Every value but a bool says which one it is; all that is larger than a number carries a checksum as well. Values of type
bytes, utf8, json, clone and arc are of many sizes, up to --size bytes or characters. There is no forcePush of many values:
with --force and --batch, producers force most in one by one, and push now and then as without --force.

Exit code: 0 all verified, also after Ctrl-C; 1 something was wrong, with the seed to repeat it; 2 bad options.

Examples:
  $ shmol stress queue                                          3 seconds, 2 producers, 2 consumers
  $ shmol stress queue --items 100M --batch 256 --type f64      in batches
  $ shmol stress queue --flavor bounded --capacity 64 --type json
  $ shmol stress queue --flavor single --force                  the newest value wins
  $ shmol stress queue --type bytes --size 100000 --heap 1GiB   large payloads
  $ shmol stress queue --producers 4 --consumers 1 --duration 60
  $ shmol stress queue --kills 100 --kill 20 --checked          terminate workers in the middle of it
  $ shmol stress queue --json | jq .itemsPerSecond`;

export function addQueueStress(stress: Command): void {
  const command = stress
    .command("queue")
    .description("push and pop on many threads at once")
    .option("--producers <n>", "threads that push (default 2)", parseNumber)
    .option("--consumers <n>", "threads that pop (default 2)", parseNumber)
    .option("--items <n>", "values in all, such as 1000000 or 20M", parseCount)
    .option("--duration <seconds>", "how long to run (default 3, without --items and --kills)", parseSeconds)
    .addOption(
      new Option("--flavor <flavor>", "kind of queue: single has one slot (default unbounded)").choices(FLAVORS),
    )
    .option("--capacity <n>", "room for so many values, 1 and up, with --flavor bounded (default 1024)", parseCount)
    .addOption(new Option("--type <type>", "element type (default i32)").choices(ELEMENT_TYPES))
    .option("--size <n>", "largest payload of a type that has no fixed size, 0 to 1048576 (default 256)", parseNumber)
    .option("--force", "use forcePush, which takes the oldest out of a full queue; not with unbounded")
    .option(
      "--batch <n>",
      "values a call: 1 is push and pop, more pushMany and popInto or popMany (default 1)",
      parseNumber,
    );
  addCommonFlags(command)
    .addOption(new Option("--sabotage <kind>").choices(SABOTAGES).hideHelp())
    .addOption(new Option("--saboteur <role>").choices(SABOTEURS).hideHelp())
    .addHelpText("after", AFTER)
    .action((flags: Flags, command: Command) => run(flags, command));
}

function run(flags: Flags, command: Command): Promise<void> {
  const stress = ({ signal, show, note }: Touch) =>
    stressQueue({
      ...optionsFrom(flags),
      signal,
      onProgress: (progress) => {
        show(progressParts(progress));
        note("items", { ...progress, count: progress.items });
      },
    });
  return conduct(command, flags, { stress, sections, picture });
}
