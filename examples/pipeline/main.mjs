// Four workers parse a log file, however large it is: node main.mjs FILE
//
//   file -> this thread -> 16 chunks at most -> 4 workers -> 32768 requests at most -> this thread -> totals
//
// Whoever is ahead waits for the others, so memory does not grow.
import { createReadStream } from "node:fs";
import { Worker } from "node:worker_threads";
import { bytes, channel, struct, u32, utf8 } from "shmol";
import { Totals, wholeLines } from "./log.mjs";

const WORKERS = 4;

const chunks = channel(bytes, { capacity: 16 });
const requests = channel(struct({ path: utf8, status: u32, bytes: u32, ms: u32 }), { capacity: 32768 });

const workerData = {
  chunks: chunks.receiver.share({ opens: WORKERS }),
  requests: requests.sender.share({ opens: WORKERS }),
};
for (let i = 0; i < WORKERS; i++) new Worker(new URL("./worker.mjs", import.meta.url), { workerData });
// From here on the workers' ends are the only ones: when the last worker is done, there are no requests any more.
chunks.receiver.drop();
requests.sender.drop();

async function read(file) {
  for await (const lines of wholeLines(createReadStream(file))) await chunks.sender.send(lines);
  chunks.sender.drop();
}

async function total() {
  const totals = new Totals();
  for await (const batch of batches(requests.receiver)) for (const request of batch) totals.add(request);
  requests.receiver.drop();
  return totals;
}

// As many as there are, instead of one by one: a few million awaits less.
async function* batches(receiver) {
  try {
    for (;;) yield await receiver.recvMany(1024);
  } catch (error) {
    if (error.code !== "ERR_SHMOL_CLOSED") throw error;
  }
}

const [, totals] = await Promise.all([read(process.argv[2]), total()]);
console.log(`${totals}`);
console.error(`peak RSS: ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`);
