// Four workers square numbers. Nothing is posted to them but where the queues are.
import { Worker } from "node:worker_threads";
import { ConcurrentQueue, f64, i32 } from "shmol";

const jobs = ConcurrentQueue.unbounded(i32);
const results = ConcurrentQueue.unbounded(f64);

// One call puts a thousand jobs in; `opens` keeps the queues alive until each worker has opened them.
jobs.pushMany(Int32Array.from({ length: 1000 }, (_, i) => i));
jobs.close();

const workerData = { jobs: jobs.share({ opens: 4 }), results: results.share({ opens: 4 }) };
const workers = Array.from({ length: 4 }, () => new Worker(new URL("./worker.mjs", import.meta.url), { workerData }));
await Promise.all(workers.map((worker) => new Promise((resolve) => worker.on("exit", resolve))));

let sum = 0;
for (const square of results.drain()) sum += square;
console.log(sum); // 332833500
