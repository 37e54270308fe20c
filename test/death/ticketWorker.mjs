/** The workers of tickets.test.ts. What one does, and how it ends, is in its `workerData`. */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { Arc, ConcurrentQueue, f64, Heap, i32, json, Receiver, Sender, TokenError } from "shmol";
import { random } from "../random.mjs";
import { meet } from "../startingLine.mjs";

/** How a thread may end itself. */
const ends = {
  naturally: () => {},
  "process.exit()": () => process.exit(),
  "process.exit(0)": () => process.exit(0),
  "with an exit code of 0": () => {
    process.exitCode = 0;
  },
  "process.exit(1)": () => process.exit(1),
  "with an exit code of 3": () => {
    process.exitCode = 3;
  },
  "an error": () => {
    throw new Error("on purpose");
  },
  "a rejection": () => {
    Promise.reject(new Error("on purpose"));
  },
  "out of memory": () => {
    const all = [];
    for (;;) all.push(new Array(100_000).fill(Math.random()));
  },
  never: () => {
    parentPort.postMessage("stays");
    setInterval(() => {}, 1000);
  },
  blocked: () => {
    parentPort.postMessage("stays");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
};

/** Opens a token. False: there was nothing left. */
function opens(token) {
  try {
    Arc.open(token).drop();
    return true;
  } catch (error) {
    if (error instanceof TokenError) return false;
    throw error;
  }
}

const parts = {
  /** Hands over a result, as its last act. */
  handOver({ heap: token, handler, end }) {
    const heap = Heap.open(token);
    const hand = () => {
      const arc = Arc.create(Int32Array.of(42), { heap });
      parentPort.postMessage(arc.share({ opens: 2, light: true }));
    };
    // Comes behind the library's, which then leaves it to others to return what this thread owned.
    if (handler === "of its own") process.on("exit", () => {});
    if (handler === "hands over") process.on("exit", hand);
    else hand();
    ends[end]();
  },

  /** The worker of README's first example, which fails at some point. */
  square({ jobs, results, opens, end }) {
    const job = opens > 0 ? Receiver.open(jobs, i32) : undefined;
    const result = opens > 1 ? Sender.open(results, f64) : undefined;
    ends[end](job, result);
  },

  /** Opens each token as often as it can, in step with the others who open or revoke it. Answers how often that was. */
  openAll({ heap, tokens, step, parties }) {
    Heap.open(heap);
    const counts = tokens.map((token, round) => {
      meet(step, parties, round + 1);
      let count = 0;
      while (opens(token)) count++;
      return count;
    });
    parentPort.postMessage(counts);
  },

  /** Revokes each token, somewhat later than the others begin to open it. Answers how many opens were left. */
  revokeAll({ heap, tokens, step, parties, seed, tries }) {
    Heap.open(heap);
    const next = random(seed);
    const counts = tokens.map((token, round) => {
      meet(step, parties, round + 1);
      for (let i = next(tries); i > 0; i--) Atomics.load(step, 0);
      return Heap.revoke(token);
    });
    parentPort.postMessage(counts);
  },

  /** Shares an Arc again and again, with time limits some of which are over at once, until it is told to end, or killed. */
  share({ heap, arc: token, queue: ofTokens, flag, seed }) {
    Heap.open(heap);
    const next = random(seed);
    const arc = Arc.open(token);
    const queue = ConcurrentQueue.open(ofTokens);
    parentPort.postMessage("shares");
    while (Atomics.load(flag, 0) === 0) {
      const limit = next(3) === 0 ? { timeoutMs: next(3) } : {};
      queue.push(arc.share({ opens: 1 + next(3), light: true, ...limit }));
      if (queue.size > 100) Atomics.wait(flag, 0, 0, 1);
    }
    arc.drop();
    queue.drop();
  },

  /** Takes tokens from a queue and opens them, or revokes them, until it is told to end. */
  take({ heap, queue: ofTokens, flag, seed }) {
    Heap.open(heap);
    const next = random(seed);
    const queue = ConcurrentQueue.open(ofTokens, json);
    while (Atomics.load(flag, 0) === 0) {
      const token = queue.pop();
      if (token === undefined) {
        Atomics.wait(flag, 0, 0, 1);
      } else if (next(3) === 0) {
        Heap.revoke(token);
      } else {
        for (let i = next(4); i > 0; i--) opens(token);
        queue.push(token);
      }
    }
    queue.drop();
  },

  /** Binds tokens to a worker of its own, and ends while that one is still there. */
  parent({ heap: token, tokens, end }) {
    const heap = Heap.open(token);
    const child = new Worker(new URL(import.meta.url), { workerData: { part: "square", opens: 0, end: "blocked" } });
    heap.watch(child, ...tokens);
    child.once("message", () => {
      // Its end is not for this thread to wait for.
      child.unref();
      ends[end]();
    });
  },
};

if (!isMainThread) parts[workerData.part](workerData);
