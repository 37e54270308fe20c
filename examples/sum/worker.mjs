import { workerData } from "node:worker_threads";
import { ConcurrentQueue } from "shmol";

const jobs = ConcurrentQueue.open(workerData.jobs);
const results = ConcurrentQueue.open(workerData.results);

// Whoever is free takes the next job. No event loop, no message, no copy.
for (const job of jobs.drain()) results.push(job * job);

jobs.drop();
results.drop();
