/** The workers of registry.test.ts: each opens a heap, owns something in it, and does what it is told. */
import { parentPort, Worker, workerData } from "node:worker_threads";

const { part, token } = workerData;

/** Takes one of the heap's blocks by a handle that stays. */
async function own() {
  const { Arc, Heap } = await import("shmol");
  const heap = Heap.open(token);
  globalThis.held = [heap, Arc.create(64, { heap })];
  return heap;
}

const parts = {
  /** Blocks, so that it looks for nobody. */
  async blocks() {
    await own();
    parentPort.postMessage("ready");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },

  /** Has a sender, and blocks. */
  async sends() {
    const { Sender } = await import("shmol");
    globalThis.held = Sender.open(token);
    parentPort.postMessage("ready");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },

  /** Ends as soon as it has begun. */
  async isBrief() {
    await own();
  },

  /** Opens the heap when it is told to, as a worker does that was there before its program loaded the package. */
  opensLater() {
    parentPort.on("message", async () => {
      await own();
      parentPort.postMessage("ready");
    });
    parentPort.postMessage("idle");
  },

  /** Starts a worker of its own that blocks, and blocks itself: both die together. */
  async parent() {
    const child = new Worker(new URL(import.meta.url), { workerData: { part: "blocks", token } });
    await new Promise((resolve) => child.once("message", resolve));
    await parts.blocks();
  },
};

await parts[part]();
