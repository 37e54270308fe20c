// The first example in TypeScript. Node 22.18 and later run it as it is, and so does tsx.
import { Worker } from "node:worker_threads";
import { channel, f64, Heap, i32, type ReceiverToken, type SenderToken } from "shmol";

/** What the worker gets. */
export interface Tokens {
  readonly jobs: ReceiverToken<number>;
  readonly results: SenderToken<number>;
}

const jobs = channel(i32, { capacity: 16 });
const results = channel(f64, { capacity: 16 });

const workerData: Tokens = { jobs: jobs.receiver.share({ opens: 1 }), results: results.sender.share({ opens: 1 }) };
const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData });
Heap.default().watch(worker, workerData.jobs, workerData.results);
jobs.receiver.drop();
results.sender.drop();

async function sendAll(): Promise<void> {
  for (let i = 0; i < 1000; i++) await jobs.sender.send(i);
  jobs.sender.drop();
}
const sending = sendAll();

let sum = 0;
for await (const square of results.receiver) sum += square;
await sending;
console.log(sum); // 332833500
