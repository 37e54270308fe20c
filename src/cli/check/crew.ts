/**
 * The threads that search: each takes the next program as soon as it is through with one. A search shares nothing with others.
 */
import { Worker } from "node:worker_threads";
import type { Checked, CheckOptions, Progress } from "../../check/index.js";

/** What a thread is told. */
export interface Order {
  /** The program's place among all. */
  readonly index: number;
  readonly options: CheckOptions;
}

/** What it says: now and then how far it is, and at the end what came of it. */
export interface Said {
  readonly progress?: Progress;
  readonly checked?: Checked;
}

interface CrewOptions extends CheckOptions {
  readonly threads: number;
  /** Ends it early: what was found so far is returned. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress, done: number) => void;
}

/** Searches the programs with these numbers. Returns what came of those that it got through with, in their order. */
export async function checkAll(indices: readonly number[], options: CrewOptions): Promise<Checked[]> {
  const { threads, signal, onProgress, ...spend } = options;
  const left = [...indices];
  const checked = new Map<number, Checked>();
  const isOver = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  const member = async () => {
    const worker = new Worker(new URL("./worker.js", import.meta.url));
    try {
      for (let index = left.shift(); index !== undefined && !signal.aborted; index = left.shift()) {
        const searched = search(worker, { index, options: spend }, (progress) => onProgress(progress, checked.size));
        const found = await Promise.race([searched, isOver]);
        if (found !== undefined) checked.set(index, found);
      }
    } catch (error) {
      // The others end with what they are at.
      left.length = 0;
      throw error;
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(threads, indices.length) }, member));
  return indices.flatMap((index) => checked.get(index) ?? []);
}

function search(worker: Worker, order: Order, onProgress: (progress: Progress) => void): Promise<Checked> {
  return new Promise((resolve, reject) => {
    const hear = ({ progress, checked }: Said) => {
      if (progress !== undefined) onProgress(progress);
      if (checked === undefined) return;
      worker.off("message", hear).off("error", reject);
      resolve(checked);
    };
    worker.on("message", hear).on("error", reject);
    worker.postMessage(order);
  });
}
