import { workerData } from "node:worker_threads";
import { f64, i32, Receiver, Sender } from "shmol";
import type { Tokens } from "./main.ts";

// Node's types say that `workerData` is `any`: this is where a type comes in.
const tokens = workerData as Tokens;
const jobs = Receiver.open(tokens.jobs, i32);
const results = Sender.open(tokens.results, f64);

for await (const job of jobs) await results.send(job * job);

jobs.drop();
results.drop();
