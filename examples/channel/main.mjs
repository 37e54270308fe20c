// A worker squares numbers. `send` waits for room, and a receiver waits for messages: no thread polls, and memory is bounded.
import { Worker } from "node:worker_threads";
import { channel, f64, Heap, i32 } from "shmol";

const jobs = channel(i32, { capacity: 16 });
const results = channel(f64, { capacity: 16 });

// `opens` keeps both channels open until the worker has opened its ends. This thread keeps the other two ends.
const workerData = { jobs: jobs.receiver.share({ opens: 1 }), results: results.sender.share({ opens: 1 }) };
const worker = new Worker(new URL("./worker.mjs", import.meta.url), { workerData });
// If the worker ends before it has opened them, they are given back, and this thread does not wait for ever.
Heap.default().watch(worker, workerData.jobs, workerData.results);
jobs.receiver.drop();
results.sender.drop();

// Dropping the last sender closes the channel. That ends the worker's loop; the worker then drops its sender, which ends ours.
async function sendAll() {
  for (let i = 0; i < 1000; i++) await jobs.sender.send(i);
  jobs.sender.drop();
}
const sending = sendAll();

let sum = 0;
for await (const square of results.receiver) sum += square;
await sending;
console.log(sum); // 332833500
