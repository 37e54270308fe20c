// The same in TypeScript: four workers count in one number, without atomics.
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { Arc, type ArcToken } from "shmol";
import { Mutex, type MutexToken } from "./mutex.ts";

/** What a worker gets. */
export interface Task {
  readonly mutex: MutexToken;
  readonly count: ArcToken;
  readonly rounds: number;
  /** Whether it blocks for the mutex, or awaits it. */
  readonly blocks: boolean;
}

const WORKERS = 4;
const ROUNDS = 25_000;

const mutex = new Mutex();
const count = Arc.create(Float64Array.of(0));

const ends = Array.from({ length: WORKERS }, (_, i) => {
  const workerData: Task = { mutex: mutex.share(), count: count.share(), rounds: ROUNDS, blocks: i % 2 === 0 };
  return once(new Worker(new URL("./worker.ts", import.meta.url), { workerData }), "exit");
});
await Promise.all(ends);

console.log(count.view(Float64Array)[0]); // 100000
count.drop();
mutex.drop();
