/**
 * How many cores are free right now: two threads count as fast as they can, first one alone, then both at once. Two cores
 * that nobody else uses count twice as fast as one. On a shared machine this is what tells a slow queue from a busy
 * neighbour, so every repetition is measured between two such probes.
 *
 * This file is also the probe's threads.
 */
import { once } from "node:events";
import { isMainThread, parentPort, Worker } from "node:worker_threads";

/** Longer than a scheduler's time slice: a thread that shares its core must have to yield it meanwhile. */
const TOGETHER_MS = 10;
/** Alone it is the best of several short stretches, in some of which nobody interferes. */
const ALONE_MS = 4;
const STRETCH_MS = 1;
/** From the request to the start: time for it to arrive. */
const NOTICE_MS = 0.5;

const now = () => Number(process.hrtime.bigint()) / 1e6;

export class CoreProbe {
  #threads: Worker[];

  constructor(threads: Worker[]) {
    this.#threads = threads;
  }

  static async start() {
    const threads = [0, 1].map(() => new Worker(new URL(import.meta.url)));
    await Promise.all(threads.map((thread) => once(thread, "online")));
    const probe = new CoreProbe(threads);
    // Until the loop is compiled.
    for (let i = 0; i < 3; i++) await probe.read();
    return probe;
  }

  /** Cores that are free: 2 on a quiet machine, 1 when somebody else uses one. */
  async read() {
    const alone = await this.#count(this.#threads.slice(0, 1), ALONE_MS);
    const both = await this.#count(this.#threads, TOGETHER_MS);
    const single = Math.max(...alone.map(({ best }) => best), ...both.map(({ best }) => best));
    return both.reduce((sum, { mean }) => sum + mean, 0) / single;
  }

  async stop() {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  async #count(threads: Worker[], forMs: number): Promise<{ mean: number; best: number }[]> {
    const from = now() + NOTICE_MS;
    const answers = threads.map((thread) => once(thread, "message"));
    for (const thread of threads) thread.postMessage({ from, until: from + forMs });
    return (await Promise.all(answers)).map(([rate]) => rate);
  }
}

/** A fixed piece of work: each step needs the one before, so no core can do it faster by doing two at once. */
function countUp() {
  let x = 1;
  for (let i = 0; i < 10_000; i++) x = (Math.imul(x, 1664525) + 1013904223) | 0;
  return x;
}

/** Pieces of work per millisecond between two instants: over all of it, and in the best stretch. */
function spin({ from, until }: { from: number; until: number }) {
  while (now() < from);
  let done = 0;
  let best = 0;
  let stretchDone = 0;
  let stretchStart = from;
  for (;;) {
    countUp();
    done++;
    stretchDone++;
    const time = now();
    if (time - stretchStart >= STRETCH_MS) {
      best = Math.max(best, stretchDone / (time - stretchStart));
      stretchDone = 0;
      stretchStart = time;
    }
    if (time >= until) return { mean: done / (time - from), best };
  }
}

if (!isMainThread) {
  parentPort?.on("message", (request) => parentPort?.postMessage(spin(request)));
}
