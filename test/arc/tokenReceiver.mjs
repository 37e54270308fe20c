/** Receives messages and opens what is a token; tells, at the end, how often that made this thread collect garbage. */
import { constants, PerformanceObserver } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { Arc, Heap } from "shmol";

const heap = Heap.open(workerData.heap);
const collections = { minor: 0, major: 0 };
new PerformanceObserver((list) => {
  for (const { detail } of list.getEntries()) {
    if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) collections.major++;
    else if (detail.kind === constants.NODE_PERFORMANCE_GC_MINOR) collections.minor++;
  }
}).observe({ entryTypes: ["gc"] });

let opened = 0;
parentPort.on("message", async (message) => {
  if (message === "count") {
    await sleep(50); // Observers hear of a collection a little later.
    parentPort.postMessage({ ...collections, opened });
    return;
  }
  const arc = Arc.open(message);
  opened += arc.heap === heap ? arc.view(Int32Array)[0] : 0;
  arc.drop();
});
