import { workerData } from "node:worker_threads";
import { Arc } from "shmol";
import type { Task } from "./main.ts";
import { Mutex } from "./mutex.ts";

const task = workerData as Task;
const mutex = Mutex.open(task.mutex);
const count = Arc.open(task.count);
const cell = count.view(Float64Array);
const nobody = new Int32Array(new SharedArrayBuffer(4));

for (let round = 0; round < task.rounds; round++) {
  if (task.blocks) mutex.lockSync();
  else await mutex.lock();
  const before = cell[0] ?? 0;
  // Now and then it takes its time, in which the others must not count.
  if (round % 500 === 0) Atomics.wait(nobody, 0, 0, 1);
  cell[0] = before + 1;
  mutex.unlock();
}

count.drop();
mutex.drop();
