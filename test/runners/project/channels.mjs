/** What programs do with channels and workers. Every wait is bounded, since not every runner bounds its tests. */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { channel, Heap, i32, Receiver } from "shmol";
import { note } from "./notes.mjs";

const MESSAGES = 10;
/** In all 1.5 s, which is longer than the time from one look for dead threads to the next. */
const PAUSE_MS = 150;
const DEADLINE_MS = 10_000;

Heap.default().on("reaped", (reaped) => note({ reaped }));

/** Sends numbers to a worker, which sends them back. Returns what came when the channel has closed and the worker has ended. */
export async function roundTrip() {
  const jobs = channel(i32);
  const results = channel(i32);
  const workerData = { jobs: jobs.receiver.share({ opens: 1 }), results: results.sender.share({ opens: 1 }) };
  const worker = new Worker(new URL("./echo.mjs", import.meta.url), { workerData });
  jobs.receiver.drop();
  results.sender.drop();
  async function send() {
    for (let i = 0; i < MESSAGES; i++) {
      await jobs.sender.send(i);
      await sleep(PAUSE_MS);
    }
    jobs.sender.drop();
  }
  const received = [];
  try {
    const [[code]] = await inTime(received, [once(worker, "exit"), send(), receive(results.receiver, received)]);
    if (code !== 0) throw new Error(`the worker ended with code ${code}`);
    return received;
  } finally {
    await worker.terminate();
    jobs.sender.drop();
    results.receiver.drop();
  }
}

/** Opens a channel that a worker has made, and kills the worker. Returns what came when the channel has closed. */
export async function fromKilled() {
  const worker = new Worker(new URL("./source.mjs", import.meta.url));
  const received = [];
  let receiver;
  async function receiveAndKill() {
    const [token] = await once(worker, "message");
    receiver = Receiver.open(token, i32);
    await receive(receiver, received, () => {
      if (received.length < 3) return;
      note({ killed: worker.threadId });
      worker.terminate();
    });
  }
  try {
    await inTime(received, [receiveAndKill()]);
    return received;
  } finally {
    await worker.terminate();
    receiver?.drop();
  }
}

async function receive(receiver, received, afterEach = () => {}) {
  for await (const message of receiver) {
    received.push(message);
    afterEach();
  }
}

async function inTime(received, promises) {
  let timer;
  const late = new Promise((_, reject) => {
    const complain = () => reject(new Error(`not over after ${DEADLINE_MS} ms; received: ${received.join(" ")}`));
    timer = setTimeout(complain, DEADLINE_MS);
  });
  try {
    return await Promise.race([Promise.all(promises), late]);
  } finally {
    clearTimeout(timer);
  }
}
