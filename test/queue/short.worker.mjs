/** Pushes and pops strings of up to eight characters until it is killed. */
import { parentPort, workerData } from "node:worker_threads";
import { ConcurrentQueue } from "shmol";

const { token, batch } = workerData;
const queue = ConcurrentQueue.open(token);
const texts = Array.from({ length: batch }, (_, i) => "abcdefgh".slice(0, 8 - i));
parentPort.postMessage("ready");
for (;;) {
  queue.pushMany(texts);
  queue.popMany(batch);
  queue.push("abc");
  queue.forcePush("def");
}
