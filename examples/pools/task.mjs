import { workerData } from "node:worker_threads";
import { Heap, Sender } from "shmol";

// The data that the pool was given for its workers. Tinypool puts some of its own before it.
Heap.open(workerData.at?.(-1) ?? workerData);

export default async function ({ task, progress }) {
  const sender = Sender.open(progress);
  try {
    for (let step = 0; step < 10; step++) await sender.send({ task, step, done: 1 });
    return 10 * task;
  } finally {
    sender.drop();
  }
}
