// @ts-check
/**
 * Runs in a page of a browser: what a page may do, what it may not, and what its workers do among each other. What came of
 * each is left where the test finds it.
 */
import { Arc, bytes, ConcurrentQueue, channel, clone, f64, Heap, i32, json, SharedEvent, struct, utf8 } from "shmol";

/** @type {[what: string, outcome: unknown][]} */
const found = [];

/**
 * @param {string} what
 * @param {() => unknown} run
 */
async function look(what, run) {
  try {
    found.push([what, await run()]);
  } catch (error) {
    found.push([what, /** @type {{ code?: unknown }} */ (error).code ?? String(error)]);
  }
}

/** @param {import("shmol").Codec<any>} type @param {unknown} value */
function through(type, value) {
  const queue = ConcurrentQueue.unbounded(type);
  queue.push(value);
  return queue.pop();
}

/** @param {object} job @returns {Promise<any>} what a worker answers */
function inWorker(job) {
  const worker = new Worker(new URL("./pageWorker.js", import.meta.url), { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(job);
  });
}

const WAIT = { timeoutMs: 50 };

await look("utf8", () => through(utf8, "naïve 😀"));
await look("json", () => through(json, { id: 7 }));
await look("struct", () => through(struct({ x: f64, id: i32 }), { x: 0.5, id: 7 }));
await look("bytes", () => [...through(bytes, new Uint8Array([1, 2, 3]))]);
await look("clone", () => through(clone, new Map()));
await look("arc", () => {
  const arc = Arc.create(100, { align: 4096 });
  const offset = arc.bytes().byteOffset;
  arc.drop();
  return offset % 4096;
});

await look("recvSync, nothing to receive", () => channel(i32).receiver.recvSync(WAIT));
await look("sendSync, no room", () => {
  const { sender, receiver } = channel(i32, { capacity: 1 });
  sender.sendSync(1);
  try {
    sender.sendSync(2, WAIT);
  } finally {
    receiver.drop();
  }
});
await look("waitSync", () => SharedEvent.create().listen().waitSync(WAIT));
await look("wait, in vain", () => SharedEvent.create().listen().wait(WAIT));

await look("workers that block", async () => {
  const jobs = channel(i32, { capacity: 4 });
  const sums = channel(f64);
  const workers = [1, 2].map(() => {
    const ends = { jobs: jobs.receiver.share({ opens: 1 }), sums: sums.sender.share({ opens: 1 }) };
    return inWorker({ part: "addUp", ...ends });
  });
  jobs.receiver.drop();
  sums.sender.drop();
  for (let i = 1; i <= 20_000; i++) await jobs.sender.send(i);
  jobs.sender.drop();
  let sum = 0;
  for await (const part of sums.receiver) sum += part;
  sums.receiver.drop();
  await Promise.all(workers);
  return sum;
});

await look("a queue that four workers share", async () => {
  const queue = ConcurrentQueue.unbounded(i32);
  const token = queue.share({ opens: 4 });
  const parts = ["push", "push", "pop", "pop"].map((part) => inWorker({ part, token, count: 50_000 }));
  const sum = (await Promise.all(parts)).reduce((all, one) => all + one, 0);
  return [sum, queue.size];
});

await look("what is left", () => Heap.default().stats().leaked);

Object.assign(globalThis, { found });
