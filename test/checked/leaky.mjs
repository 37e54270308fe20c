/**
 * A program that does not clean up behind itself. Its arguments: "stacks" to note where it took what, what `leaksAtExit` is
 * told, "worker" to do it all in a worker, which then only imports "shmol", and "opens" to leave nothing but opens.
 */
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { Arc, ConcurrentQueue, Heap, i32 } from "shmol";

function leakAQueue(heap) {
  ConcurrentQueue.unbounded(i32, { heap });
}

const args = isMainThread ? process.argv.slice(2) : workerData;
if (isMainThread) {
  const { leaksAtExit, trackStacks } = await import("shmol/checked");
  if (args.includes("stacks")) trackStacks(true);
  for (const action of ["fail", "ignore"]) if (args.includes(action)) leaksAtExit(action);
}
if (isMainThread && args.includes("worker")) {
  new Worker(new URL(import.meta.url), { workerData: args });
} else if (args.includes("opens")) {
  const arc = Arc.create(16);
  arc.share({ opens: 2 });
  arc.drop();
} else {
  const heap = Heap.create({ capacity: 64 * 65536 });
  for (let i = 0; i < 20; i++) heap.alloc(100);
  heap.free(heap.alloc(64));
  leakAQueue(heap);
}
