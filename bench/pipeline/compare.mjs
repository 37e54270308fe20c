/**
 * The pipeline of the examples against the same program on messages, each run in a process of its own, one after the other.
 *
 *   node bench/pipeline/compare.mjs [MEGABYTES [REPETITIONS]]
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { generate } from "../../examples/pipeline/generate.mjs";

const [megabytes = 128, repetitions = 5] = process.argv.slice(2).map(Number);
const programs = {
  channel: new URL("../../examples/pipeline/main.mjs", import.meta.url).pathname,
  postMessage: new URL("./messages.mjs", import.meta.url).pathname,
};

const folder = await mkdtemp(path.join(tmpdir(), "shmol-"));
try {
  const file = path.join(folder, "log");
  await generate(file, megabytes);
  const seconds = { channel: [], postMessage: [] };
  const answers = new Set();
  for (let i = 0; i < repetitions; i++) {
    for (const [name, program] of Object.entries(programs)) {
      const started = performance.now();
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, file]);
      seconds[name].push((performance.now() - started) / 1000);
      answers.add(stdout);
      console.log(`${name.padEnd(12)} ${seconds[name].at(-1).toFixed(2)} s, ${stderr.trim()}`);
    }
  }
  if (answers.size !== 1) throw new Error("the programs do not agree");
  const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  const [ours, theirs] = [median(seconds.channel), median(seconds.postMessage)];
  console.log(`${megabytes} MB: ${ours.toFixed(2)} s and ${theirs.toFixed(2)} s, ${(theirs / ours).toFixed(2)} ×`);
} finally {
  await rm(folder, { recursive: true });
}
