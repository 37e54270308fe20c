/**
 * examples/pipeline with messages instead of channels, one for each chunk and one for all the requests in it: node messages.mjs FILE
 *
 * A message port has no back-pressure, so there is some for the chunks: each worker has a few of them at most, and says when
 * it is done with one by sending what was in it.
 */
import { createReadStream } from "node:fs";
import { Worker } from "node:worker_threads";
import { Totals, wholeLines } from "../../examples/pipeline/log.mjs";

const WORKERS = 4;
const AHEAD = 4;

const workers = Array.from({ length: WORKERS }, () => new Worker(new URL("./messages-worker.mjs", import.meta.url)));
const totals = new Totals();
/** Workers that may be given a chunk, one as often as it may; and who waits for one. */
const idle = Array.from({ length: AHEAD }, () => workers).flat();
let wanted;

for (const worker of workers) {
  worker.on("message", (requests) => {
    for (const request of requests) totals.add(request);
    idle.push(worker);
    wanted?.();
  });
}

const ends = Promise.all(workers.map((worker) => new Promise((resolve) => worker.once("exit", resolve))));
for await (const lines of wholeLines(createReadStream(process.argv[2]))) {
  while (idle.length === 0) {
    await new Promise((resolve) => {
      wanted = resolve;
    });
  }
  idle.shift().postMessage(lines);
}
for (const worker of workers) worker.postMessage(undefined);
await ends;
console.log(`${totals}`);
console.error(`peak RSS: ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`);
