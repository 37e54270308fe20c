// A worker squares numbers. What is sent waits for room, and what is received is awaited: nobody polls, nothing piles up.
import { Worker } from "node:worker_threads";
import { channel, f64, Heap, i32 } from "shmol";

const jobs = channel(i32, { capacity: 16 });
const results = channel(f64, { capacity: 16 });

// `opens` keeps both channels open until the worker has opened its ends; ours are then the other two.
const workerData = { jobs: jobs.receiver.share({ opens: 1 }), results: results.sender.share({ opens: 1 }) };
const worker = new Worker(new URL("./worker.mjs", import.meta.url), { workerData });
// If it ends before it has opened them, however it ends, they are given back, and nobody here waits for ever.
Heap.default().watch(worker, workerData.jobs, workerData.results);
jobs.receiver.drop();
results.sender.drop();

// The last sender that goes closes its channel: this ends the worker's loop, and the worker's end ends ours.
async function sendAll() {
  for (let i = 0; i < 1000; i++) await jobs.sender.send(i);
  jobs.sender.drop();
}
sendAll();

let sum = 0;
for await (const square of results.receiver) sum += square;
console.log(sum); // 332833500
