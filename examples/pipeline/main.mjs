// Four workers search a log file: node main.mjs FILE
//
//   file -> this thread -> chunks, 16 at most -> 4 workers -> findings, 1024 at most -> this thread -> totals
//
// However large the file is, there are never more than so many chunks and findings in memory: who is ahead waits.
import { createReadStream } from "node:fs";
import { Worker } from "node:worker_threads";
import { bytes, channel, i32, struct } from "shmol";
import { Totals, wholeLines } from "./log.mjs";

const WORKERS = 4;

const chunks = channel(bytes, { capacity: 16 });
const findings = channel(struct({ path: i32, status: i32, bytes: i32, ms: i32 }), { capacity: 1024 });

const workerData = {
  chunks: chunks.receiver.share({ opens: WORKERS }),
  findings: findings.sender.share({ opens: WORKERS }),
};
for (let i = 0; i < WORKERS; i++) new Worker(new URL("./worker.mjs", import.meta.url), { workerData });
// From here on the workers' ends are the only ones: when the last worker is done, there are no findings any more.
chunks.receiver.drop();
findings.sender.drop();

async function read(file) {
  for await (const lines of wholeLines(createReadStream(file))) await chunks.sender.send(lines);
  chunks.sender.drop();
}

async function total() {
  const totals = new Totals();
  for await (const finding of findings.receiver) totals.add(finding);
  findings.receiver.drop();
  return totals;
}

const [, totals] = await Promise.all([read(process.argv[2]), total()]);
console.log(`${totals}`);
console.error(`peak RSS: ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`);
