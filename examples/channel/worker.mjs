import { workerData } from "node:worker_threads";
import { Receiver, Sender } from "shmol";

const jobs = Receiver.open(workerData.jobs);
const results = Sender.open(workerData.results);

for await (const job of jobs) await results.send(job * job);

jobs.drop();
results.drop();
