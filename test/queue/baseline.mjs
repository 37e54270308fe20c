/** One end of a bounded queue, as fast as it goes: every value must come out, in order. See baseline.test.ts. */
import { parentPort, Worker, workerData } from "node:worker_threads";
import { ConcurrentQueue, Heap, i32 } from "shmol";

const COUNT = 100_000;
const BATCH = 3;

const ends = {
  producer(queue) {
    for (let sent = 0; sent < COUNT; ) if (queue.push(sent)) sent++;
  },
  consumer(queue) {
    const batch = new Int32Array(BATCH);
    for (let next = 0; next < COUNT; ) {
      const count = queue.popInto(batch);
      for (let i = 0; i < count; i++, next++) {
        if (batch[i] !== next) throw new Error(`found ${batch[i]} instead of ${next}`);
      }
    }
  },
};

if (workerData?.end === undefined) {
  const queue = ConcurrentQueue.bounded(4, i32, { heap: Heap.create() });
  const workers = Object.keys(ends).map((end) => {
    return new Worker(new URL(import.meta.url), { workerData: { end, token: queue.share({ opens: 1 }) } });
  });
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once("message", resolve))));
  console.log(`${COUNT} in order`);
} else {
  ends[workerData.end](ConcurrentQueue.open(workerData.token));
  parentPort.postMessage("done");
}
