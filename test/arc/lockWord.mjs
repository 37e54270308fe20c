/** Holds a lock, and dies of it. */
import { parentPort, workerData } from "node:worker_threads";
import { Heap } from "shmol";
import { internals, LockWord } from "../../dist/internals.js";

const lock = new LockWord(internals(Heap.open(workerData.heap)), workerData.word);
parentPort.postMessage(lock.tryLock(true));
setInterval(() => {}, 1000);
