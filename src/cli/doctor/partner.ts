/**
 * The self-test's way to its other thread: gives orders, one at a time, and waits for each answer for so long and no longer.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Answer, Order, Reply } from "./orders.js";

export class Partner {
  readonly worker: Worker;
  readonly #ended: Promise<never>;
  #isOver = false;

  constructor() {
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

  /** Ends it, whatever it does. */
  async dismiss(): Promise<void> {
    this.#isOver = true;
    await this.worker.terminate();
  }
}
