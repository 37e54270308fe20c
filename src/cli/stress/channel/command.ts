/**
 * `shmol stress channel`: reads the options, runs, prints.
 */
import { type Command, Option } from "commander";
import { parseCount, parseNumber, parseSeconds } from "../../arguments.js";
import { type ChannelStressOptions, stressChannel } from "../channel.js";
import { addCommonFlags, type CommonFlags, optionsFrom } from "../flags.js";
import { conduct, type Touch } from "../session.js";
import { ENDS, type Ends } from "./options.js";
import { picture } from "./picture.js";
import { SABOTAGES, type Sabotage } from "./sabotage.js";
import { progressParts, sections } from "./table.js";

/** Options as commander hands them over. */
interface Flags extends CommonFlags {
  senders?: number;
  receivers?: number;
  capacity?: number;
  unbounded?: boolean;
  ends?: Ends;
  messages?: number;
  close?: boolean;
  sabotage?: Sabotage;
}

const AFTER = `
Ends:
  sync      block for room and for messages
  async     await them; receivers iterate
  batch     send and take many at once, with time-outs
  stream    write to and read from web streams
  fickle    give up all the time, with time-outs and aborted signals
  mixed     each end in another of these ways

Senders number their messages and say of each whether it went in: those that did must be received once, and in order; those
that were given up, or refused because the channel was closed, must not. A run ends with the first of --messages, --duration
and --kills that is reached, or with Ctrl-C: senders stop, the last one that goes closes the channel, and receivers empty it.
When nothing moves, the run says how far everybody has come.

Exit code: 0 all verified, also after Ctrl-C; 1 something was wrong, with the seed to repeat it; 2 bad options.

Examples:
  $ shmol stress channel                                        all ways at once
  $ shmol stress channel --unbounded --ends async --messages 5M
  $ shmol stress channel --capacity 1 --close --senders 8 --receivers 8
  $ shmol stress channel --kills 100 --kill 20 --checked
  $ shmol stress channel --ends stream --json | jq .messagesPerSecond`;

export function addChannelStress(stress: Command): void {
  const command = stress
    .command("channel")
    .description("send and receive on many threads at once")
    .option("--senders <n>", "threads that send, 1 to 32 (default 3)", parseNumber)
    .option("--receivers <n>", "threads that receive, 1 to 32 (default 3)", parseNumber)
    .option("--capacity <n>", "messages that have room (default 64)", parseCount)
    .option("--unbounded", "room for any number of messages")
    .addOption(new Option("--ends <way>", "how ends work, see below (default mixed)").choices(ENDS))
    .option("--messages <n>", "how many to send (default 300k, without a limit with --duration or --kills)", parseCount)
    .option("--duration <seconds>", "how long to run", parseSeconds)
    .option("--close", "close the channel when half of the messages were sent");
  addCommonFlags(command)
    .addOption(new Option("--sabotage <kind>").choices(SABOTAGES).hideHelp())
    .addHelpText("after", AFTER)
    .action((flags: Flags, command: Command) => run(flags, command));
}

function run(flags: Flags, command: Command): Promise<void> {
  if (flags.unbounded === true && flags.capacity !== undefined) {
    command.error(`error: capacity is ${flags.capacity}, but the channel is unbounded: leave one of them out`);
  }
  const stress = ({ signal, show, note }: Touch) =>
    stressChannel({
      ...channelOptions(flags),
      signal,
      onProgress: (progress) => {
        show(progressParts(progress));
        note("messages", { ...progress, count: progress.messages });
      },
    });
  return conduct(command, flags, { stress, sections, picture });
}

function channelOptions({ unbounded, ...flags }: Flags): ChannelStressOptions {
  const options = optionsFrom(flags);
  return { ...options, capacity: unbounded === true ? 0 : options.capacity };
}
