/** A worker that sends back what it receives. */
import { workerData } from "node:worker_threads";
import { Heap, i32, Receiver, Sender } from "shmol";
import { note } from "./notes.mjs";

Heap.default().on("reaped", (reaped) => note({ reaped }));
const jobs = Receiver.open(workerData.jobs, i32);
const results = Sender.open(workerData.results, i32);
for await (const job of jobs) await results.send(job);
jobs.drop();
results.drop();
