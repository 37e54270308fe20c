/** What the workers of threads.test.ts do with a heap before they end, one way or the other. */
import { parentPort, Worker, workerData } from "node:worker_threads";
import { Arc, Heap, SharedEvent } from "shmol";

const { part, tokens, end } = workerData;

/** Takes one of everything: what a dead thread would leave behind. */
function take() {
  const heap = Heap.open(tokens.heap);
  const arc = Arc.open(tokens.arc);
  const event = SharedEvent.open(tokens.event);
  return { heap, arc, event, weak: arc.downgrade(), token: arc.share({ opens: 3 }), listener: event.listen() };
}

const ends = {
  naturally() {},
  exit: () => process.exit(0),
  throw() {
    throw new Error("on purpose");
  },
  /** Stays until it is terminated. */
  never: () => setInterval(() => {}, 1000),
  blocked: () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
};

const parts = {
  /** Owns things, and ends. */
  owner() {
    globalThis.held = take();
    parentPort.postMessage(globalThis.held.token);
    // The parent hears that before it hears of the end.
    setImmediate(ends[end]);
  },

  /** Has an exit handler that still uses what it holds, registered after everything was opened. */
  lateHandler() {
    const { arc, token } = take();
    process.on("exit", () => parentPort.postMessage({ sum: arc.bytes().reduce((sum, byte) => sum + byte, 0) }));
    parentPort.postMessage(token);
  },

  /** Has a worker of its own that owns things, and terminates it. */
  async parent() {
    const child = new Worker(new URL(import.meta.url), { workerData: { part: "owner", tokens, end: "never" } });
    const { threadId } = child;
    child.once("message", async () => {
      await child.terminate();
      parentPort.postMessage({ threadId });
    });
  },

  /** Makes a heap, and gives it away. */
  maker() {
    const heap = Heap.create();
    const arc = Arc.create(64, { heap });
    const event = SharedEvent.create({ heap });
    globalThis.held = [arc, event, event.listen()];
    parentPort.postMessage({ heap: heap.share(), arc: arc.share(), event: event.share() });
    setInterval(() => {}, 1000);
  },

  /** Reaps a thread that lives. */
  reaper() {
    const heap = Heap.open(tokens.heap);
    try {
      heap.reap(workerData.thread);
      parentPort.postMessage("reaped it");
    } catch (error) {
      parentPort.postMessage({ code: error.code, message: error.message });
    }
  },
};
parts[part]();
