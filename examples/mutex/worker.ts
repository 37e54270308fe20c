import { workerData } from "node:worker_threads";
import { Mutex } from "shmol";
import type { Task } from "./main.ts";

const task = workerData as Task;
const mutex = Mutex.open(task.token);

for (let round = 0; round < task.rounds; round++) {
  const guard = task.blocks ? mutex.lockSync() : await mutex.lock();
  guard.value.halves += 1;
  if (task.dies === true) process.exit(1);
  guard.value.rounds += 1;
  guard.value.halves += 1;
  guard.unlock();
}
mutex.drop();
