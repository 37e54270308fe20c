/** Opens a heap, keeps nothing of it, lets the garbage be collected, and then opens a light token. */
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { Arc, Heap } from "shmol";
import { collect } from "../garbage.mjs";

Heap.open(workerData.heap);
for (let round = 0; round < 5; round++) {
  await sleep(1);
  collect();
}
const arc = Arc.open(workerData.token);
parentPort.postMessage(arc.view(Int32Array)[0]);
arc.drop();
