/**
 * The self-test's way to its other thread: gives orders, one at a time, and hears the answers.
 *
 * On a busy virtual machine a worker was now and then lost while it started, one that imports nothing as well: its event loop
 * slept for ever before the first line of its script. That is no fault of what is tested here, so another one is started.
 */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Answer, Order, Reply } from "./orders.js";

/** How long a worker may take to start, on a busy machine, and how many are. */
const START_MS = 2000;
const STARTS = 3;
/** How long its end is waited for. */
const DISMISSAL_MS = 1000;

export class Partner {
  readonly worker: Worker;
  readonly #ended: Promise<never>;
  #isOver = false;

  private constructor() {
    this.worker = new Worker(new URL("./worker.js", import.meta.url), { name: "shmol doctor" });
    this.#ended = new Promise((_, reject) => {
      this.worker.once("error", reject);
      this.worker.once("exit", (code) => {
        this.#isOver = true;
        reject(new Error(`the worker ended with code ${code}`));
      });
    });
    // Whoever waits for an answer hears of it; nobody may be.
    this.#ended.catch(() => {});
  }

  /** One that listens, and how many did not start before it. */
  static async start(): Promise<{ partner: Partner; lost: number }> {
    for (let lost = 0; lost < STARTS; lost++) {
      const partner = new Partner();
      const isThere = await inTime(partner.does({ part: "start" }), START_MS);
      if (isThere) return { partner, lost };
      await partner.dismiss();
    }
    throw new Error(`${STARTS} workers were started, and none was there within ${START_MS / 1000} s`);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whoever asks may look for the answer later, or not any more. */
  does(order: Order): Promise<Answer> {
    const answer = this.#ask(order);
    answer.catch(() => {});
    return answer;
  }

  async #ask(order: Order): Promise<Answer> {
    const replied = once(this.worker, "message") as Promise<[Reply]>;
    replied.catch(() => {}); // An error is `#ended`'s as well.
    this.worker.postMessage(order);
    const [reply] = await Promise.race([replied, this.#ended]);
    if ("error" in reply) throw new Error(`in the worker: ${reply.error}`);
    return reply.answer;
  }

  /** Ends it, whatever it does, and does not wait for that for long. */
  async dismiss(): Promise<void> {
    this.#isOver = true;
    await inTime(this.worker.terminate(), DISMISSAL_MS);
    // One that does not end must not keep the process.
    this.worker.unref();
  }
}

/** Whether something comes to its end within so long. */
async function inTime(end: Promise<unknown>, ms: number): Promise<boolean> {
  const late = new AbortController();
  try {
    return await Promise.race([end.then(() => true), sleep(ms, false, { signal: late.signal })]);
  } finally {
    late.abort();
  }
}
