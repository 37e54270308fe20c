/** The flags that every stress command has, and the options that they stand for (common.ts). */
import { type Command, Option } from "commander";
import { parseBytes, parseCount, parseNumber, parseSeconds } from "../arguments.js";

/** What commander hands over of them. */
export interface CommonFlags {
  duration?: number;
  heap?: number;
  alignment?: number;
  kill?: number;
  kills?: number;
  seed?: number;
  checked?: boolean;
  json?: boolean;
  report?: string;
  watchdog?: number;
}

/** Adds all but `--duration`, of which each command says what it is for. `killed`: who can be, as the end of a sentence. */
export function addCommonFlags(command: Command, killed = ""): Command {
  return command
    .option("--heap <bytes>", "size of the heap, such as 64MiB (default 256MiB)", parseBytes)
    .option("--alignment <bytes>", "alignment unit of the heap, 16 to 4096 (default 128)", parseNumber)
    .option("--kill <rate>", `terminate so many workers a second and replace them${killed}`, parseNumber)
    .option("--kills <n>", "end after so many kills (20 a second without --kill)", parseCount)
    .option("--seed <n>", "what random choices are drawn from, decimal or 0x hex (default random)", parseNumber)
    .option("--checked", "run on the checked kernel, which verifies every address")
    .option("--json", "print the report as one JSON document, and nothing else")
    .option("--report <file>", "write a report with charts: one HTML file, which opens offline")
    .addOption(new Option("--watchdog <seconds>").argParser(parseSeconds).hideHelp());
}

/** A command's flags as the options of its run. */
export function optionsFrom<F extends CommonFlags>(flags: F) {
  const { duration, kill, watchdog, json, report, ...rest } = flags;
  return { ...rest, durationMs: duration, killRate: kill, watchdogMs: watchdog };
}
