// Four workers count in one number, without atomics: the mutex lets one of them at it at a time.
import { Worker } from "node:worker_threads";
import { Arc } from "shmol";
import { Mutex } from "./mutex.mjs";

const WORKERS = 4;
const ROUNDS = 25_000;

const mutex = new Mutex();
const count = Arc.create(Float64Array.of(0));

await Promise.all(
  Array.from({ length: WORKERS }, (_, i) => {
    // Two of them await the mutex, two block for it.
    const workerData = { mutex: mutex.share(), count: count.share(), rounds: ROUNDS, blocks: i % 2 === 0 };
    const worker = new Worker(new URL("./worker.mjs", import.meta.url), { workerData });
    return new Promise((resolve, reject) => worker.once("exit", resolve).once("error", reject));
  }),
);

console.log(count.view(Float64Array)[0]); // 100000
count.drop();
mutex.drop();
