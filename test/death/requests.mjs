/**
 * A heap for each request, for collected.test.ts: on the main thread, dropped or forgotten at its end, or opened in a worker from a
 * token. Prints the resident memory in MB, after the first forty and at most from then on.
 *
 *   node --expose-gc requests.mjs dropped|forgotten|opened REQUESTS
 */
import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { bytes, ConcurrentQueue, Heap } from "shmol";

const SETTLED = 40;
const MIB = 2 ** 20;

/** What a request does with its heap: writes 10 MB of it. */
function work(heap, forget) {
  const queue = ConcurrentQueue.unbounded(bytes, { heap });
  for (let i = 0; i < 10; i++) queue.push(new Uint8Array(MIB).fill(1));
  for (const _ of queue.drain());
  if (forget) return;
  queue.drop();
  heap.drop();
}

/** Collects what can be collected, in turns of the event loop: finalization registries are called in one of their own. */
async function collect() {
  for (let i = 0; i < 2; i++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

if (isMainThread) {
  const [how, requests] = [process.argv[2], Number(process.argv[3])];
  const worker = how === "opened" ? new Worker(new URL(import.meta.url), { workerData: "opens" }) : undefined;
  let [settled, most] = [0, 0];
  for (let i = 1; i <= requests; i++) {
    const heap = Heap.create({ capacity: 32 * MIB });
    if (worker === undefined) {
      work(heap, how === "forgotten");
    } else {
      worker.postMessage(heap.share());
      await once(worker, "message");
      heap.drop();
    }
    await collect();
    const resident = process.memoryUsage().rss / MIB;
    if (i === SETTLED) settled = resident;
    if (i > SETTLED) most = Math.max(most, resident);
  }
  console.log(JSON.stringify({ settled: Math.round(settled), most: Math.round(most) }));
  await worker?.terminate();
} else if (workerData === "opens") {
  parentPort.on("message", async (token) => {
    work(Heap.open(token), false);
    await collect();
    parentPort.postMessage("done");
  });
}
