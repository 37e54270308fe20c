/** Real worker threads: started together, bounded in time, gone when the test goes on. */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";

const DEADLINE_MS = 60_000;
/** Words of a starting line: how many stand at it, and whether they may go. */
const STANDING = 0;
const GO = 1;
/** The message after which a worker takes no more jobs (see startingLine.mjs). */
const LEAVE = null;

/** What a worker is to do: the name of a part in its script (see startingLine.mjs) and what that part needs. */
export interface Job {
  readonly part: string;
  readonly [input: string]: unknown;
}

/**
 * Workers that stay for the next jobs: to start one takes longer than many a job. A worker that fails takes the crew along;
 * the next jobs get another.
 */
export class Crew {
  readonly #script: URL;
  #workers: Worker[] = [];

  constructor(script: URL) {
    this.#script = script;
  }

  /** Workers that are here. */
  get size(): number {
    return this.#workers.length;
  }

  /**
   * Gives each job to a worker, lets all of them go at the same moment, and answers what each answered. `meanwhile` runs on
   * this thread from that moment on. Throws after `deadlineMs`.
   */
  async play<Answer = unknown>(
    jobs: readonly Job[],
    meanwhile: () => void | Promise<void> = () => {},
    deadlineMs = DEADLINE_MS,
  ): Promise<Answer[]> {
    while (this.#workers.length < jobs.length) this.#workers.push(new Worker(this.#script));
    const line = startingLine();
    const names = jobs.map(({ part }) => part).join(", ");
    return this.#unlessLate(names, deadlineMs, async (late) => {
      const answers = Promise.all(jobs.map((job, i) => answerOf<Answer>(this.#workers[i] as Worker, { ...job, line })));
      const start = whenAllStandAt(line, jobs.length, late).then(meanwhile);
      return (await Promise.all([answers, start]))[0];
    });
  }

  /** Lets the workers go. Returns when the last one has ended of itself: nothing of its jobs keeps it. */
  async dismiss(deadlineMs = DEADLINE_MS): Promise<void> {
    await this.#unlessLate("at their end", deadlineMs, () => Promise.all(this.#workers.map(endOf)));
    this.#workers = [];
  }

  async #unlessLate<T>(what: string, deadlineMs: number, act: (late: AbortSignal) => Promise<T>): Promise<T> {
    const late = new AbortController();
    const deadline = sleep(deadlineMs, undefined, { signal: late.signal }).then(() => {
      throw new Error(`workers took longer than ${deadlineMs} ms: ${what}`);
    });
    try {
      return await Promise.race([act(late.signal), deadline]);
    } catch (error) {
      await Promise.all(this.#workers.splice(0).map((worker) => worker.terminate()));
      throw error;
    } finally {
      late.abort();
    }
  }
}

export function startingLine(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(8));
}

/** A worker with a job that waits at `line`, for tests that look after it themselves. */
export function startWorker(script: URL, job: Job, line: Int32Array): Worker {
  const worker = new Worker(script);
  worker.postMessage({ ...job, line });
  return worker;
}

/** Lets those go who stand at the line. */
export function go(line: Int32Array): void {
  Atomics.store(line, GO, 1);
  Atomics.notify(line, GO);
}

/** A crew for these jobs alone: returns when its last worker has ended. */
export async function inWorkers<Answer = unknown>(
  script: URL,
  jobs: readonly Job[],
  meanwhile?: () => void | Promise<void>,
  deadlineMs?: number,
): Promise<Answer[]> {
  const crew = new Crew(script);
  const answers = await crew.play<Answer>(jobs, meanwhile, deadlineMs);
  await crew.dismiss(deadlineMs);
  return answers;
}

/** Waits, without holding this thread up, until `done()`, and not for ever. */
export async function until(done: () => boolean): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!done()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${DEADLINE_MS} ms`);
    await sleep(1);
  }
}

/** What a worker answers to a job. */
async function answerOf<Answer>(worker: Worker, job: Job): Promise<Answer> {
  const heard = new AbortController();
  const { signal } = heard;
  try {
    worker.postMessage(job);
    const exit = once(worker, "exit", { signal }).then(([code]) => {
      throw new Error(`a worker ended with code ${code} and without an answer to ${job.part}`);
    });
    const [{ answer }] = await Promise.race([once(worker, "message", { signal }), exit]);
    return answer;
  } finally {
    heard.abort();
  }
}

async function endOf(worker: Worker): Promise<void> {
  worker.postMessage(LEAVE);
  const [code] = await once(worker, "exit");
  if (code !== 0) throw new Error(`a worker ended with code ${code}`);
}

async function whenAllStandAt(line: Int32Array, parties: number, signal: AbortSignal): Promise<void> {
  while (Atomics.load(line, STANDING) < parties) {
    if (signal.aborted) return;
    await sleep(1);
  }
  go(line);
}
