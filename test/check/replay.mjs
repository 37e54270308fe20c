// Repeats one schedule on a model kernel in a file, in a process of its own, and prints what failed.
import { readFileSync } from "node:fs";
import { programs } from "../../dist/check/index.js";
import { Machine } from "../../dist/check/machine.js";
import { decodeSchedule, Replay } from "../../dist/check/replay.js";

const [, , file, text] = process.argv;
const { name, schedule } = decodeSchedule(text);
const machine = new Machine(
  programs.find((program) => program.name === name),
  new WebAssembly.Module(readFileSync(file)),
);
const { failure } = machine.run(new Replay(schedule));
console.log(`${failure?.check}: ${failure?.message}`);
