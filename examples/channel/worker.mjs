import { workerData } from "node:worker_threads";
import { f64, i32, Receiver, Sender } from "shmol";

const jobs = Receiver.open(workerData.jobs, i32);
const results = Sender.open(workerData.results, f64);

for await (const job of jobs) await results.send(job * job);

jobs.drop();
results.drop();
