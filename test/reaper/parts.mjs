/** The threads of killTheReaper.test.ts: one that returns, and one that has much to be returned. */
import { parentPort, workerData } from "node:worker_threads";
import { Arc, Heap, SharedEvent } from "shmol";

if (workerData.checked) await import("shmol/checked");

if (workerData.heap === undefined) {
  const heap = Heap.create({ capacity: 2 ** 25 });
  const event = SharedEvent.create({ heap });
  // Says so at the first of the two, so that the other one can see to it that this is the last that it does.
  heap.on("reaped", () => parentPort.postMessage("reaped"));
  parentPort.postMessage({ heap: heap.share(), event: event.share({ opens: 3 }) });
  globalThis.alive = [heap, event];
  // Tries until the thread is dead.
  parentPort.on("message", (thread) => {
    for (;;) {
      try {
        heap.reap(thread);
        return;
      } catch (error) {
        if (error.code !== "ERR_SHMOL_STILL_ALIVE") throw error;
      }
    }
  });
} else {
  const heap = Heap.open(workerData.heap);
  const event = SharedEvent.open(workerData.event);
  const alive = [heap, event];
  for (let i = 0; i < workerData.count; i++) {
    const arc = Arc.create(16 << (i % 8), { heap });
    arc.share({ opens: 3 });
    alive.push(arc, arc.clone(), arc.downgrade(), event.listen());
  }
  globalThis.alive = alive;
  parentPort.postMessage("holds");
  parentPort.ref();
  setInterval(() => {}, 1000);
}
