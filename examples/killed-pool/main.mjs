// A pool of workers takes jobs from a shared queue, and every now and then one of them is killed in the middle of its work.
// Nothing hangs, nothing leaks, nothing is done twice; a job that a worker was at when it was killed is gone with it.
import { Piscina } from "piscina";
import { ConcurrentQueue, Heap, json } from "shmol";

const KILLS = 20;

const heap = Heap.create();
const jobs = ConcurrentQueue.bounded(256, json, { heap });
const results = ConcurrentQueue.unbounded(json, { heap });
const before = heap.stats();

let reaped = 0;
heap.on("reaped", () => reaped++);

const pool = new Piscina({ filename: new URL("./worker.mjs", import.meta.url).href, minThreads: 4, maxThreads: 4 });
// The tokens go with every task, which a new worker of the pool may get.
const tokens = { jobs: jobs.share(), results: results.share() };
const isAborted = (error) => error.name === "AbortError";

/** Keeps one of the pool's workers at work. To abort its task is to terminate it in the middle; another one goes on. */
async function keepWorking(isKilled) {
  while (!jobs.isFinished) {
    const kill = new AbortController();
    const isAtWork = new Int32Array(new SharedArrayBuffer(4));
    const work = pool.run({ ...tokens, isAtWork }, { signal: kill.signal });
    const killer = setInterval(() => {
      // Not before: Node 20 itself crashes when a worker is terminated that is just loading its modules.
      if (isKilled && Atomics.load(isAtWork, 0) === 1 && Math.random() < 0.2) kill.abort();
    }, 5);
    try {
      await work;
    } catch (error) {
      // That is how piscina says that the worker was terminated.
      if (!isAborted(error)) throw error;
    }
    clearInterval(killer);
  }
}
const working = Promise.all([true, true, false, false].map(keepWorking));

const answered = new Set();
function takeAnswers() {
  for (const { id } of results.drain()) {
    if (answered.has(id)) throw new Error(`job ${id} was answered twice`);
    answered.add(id);
  }
}

let id = 0;
while (reaped < KILLS) {
  if (jobs.push({ id, text: `job ${id}` })) {
    id++;
  } else {
    takeAnswers();
    await new Promise(setImmediate);
  }
}
jobs.close();
await working;
await pool.destroy();

// The last of the dead may still be on their way to being returned.
while (heap.stats().threads.length > 1) await new Promise((resolve) => setTimeout(resolve, 1));

takeAnswers();
const after = heap.stats();
console.log(`${reaped} workers killed, ${id - answered.size} of ${id} jobs went with them`);
console.log(`${before.blocks} blocks in use before, ${after.blocks} after`);
jobs.drop();
results.drop();
