/** Real worker threads: started together, bounded in time, gone when the test goes on. */
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";

const DEADLINE_MS = 60_000;

/** What a worker is to do: the name of a part in its script (see startingLine.mjs) and what that part needs. */
export interface Job {
  readonly part: string;
  readonly [input: string]: unknown;
}

/**
 * Starts a worker for each job, lets all of them go at the same moment, and answers what each answered. `meanwhile` runs on
 * this thread from that moment on. Returns when the last worker has ended, or throws after `deadlineMs`.
 */
export async function inWorkers<Answer = unknown>(
  script: URL,
  jobs: readonly Job[],
  meanwhile: () => void | Promise<void> = () => {},
  deadlineMs = DEADLINE_MS,
): Promise<Answer[]> {
  const line = new Int32Array(new SharedArrayBuffer(8));
  const workers = jobs.map((job) => new Worker(script, { workerData: { ...job, line } }));
  const names = jobs.map(({ part }) => part).join(", ");
  const late = new AbortController();
  try {
    const deadline = sleep(deadlineMs, undefined, { signal: late.signal }).then(() => {
      throw new Error(`workers did not end within ${deadlineMs} ms: ${names}`);
    });
    const answers = Promise.all(workers.map((worker) => answerOf<Answer>(worker)));
    const start = whenAllStandAt(line, workers.length, late.signal).then(meanwhile);
    const ended = Promise.all([answers, start]);
    return (await Promise.race([ended, deadline]))[0];
  } finally {
    late.abort();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** Waits, without holding this thread up, until `done()`, and not for ever. */
export async function until(done: () => boolean): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!done()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${DEADLINE_MS} ms`);
    await sleep(1);
  }
}

/** What a worker posted, once it has ended of itself. */
function answerOf<Answer>(worker: Worker): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let answer: { answer: Answer } | undefined;
    worker.once("message", (message) => {
      answer = message;
    });
    worker.once("error", reject);
    worker.once("exit", (code) => {
      if (answer === undefined) reject(new Error(`a worker ended with code ${code} and without an answer`));
      else resolve(answer.answer);
    });
  });
}

async function whenAllStandAt(line: Int32Array, parties: number, signal: AbortSignal): Promise<void> {
  while (Atomics.load(line, 0) < parties) {
    if (signal.aborted) return;
    await sleep(1);
  }
  Atomics.store(line, 1, 1);
  Atomics.notify(line, 1);
}
