/**
 * The reap log of a run: what its heap reports as returned for threads that died, and whether that is complete. The thread that
 * watches a run has the heap open, so it is told by itself, between two looks.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { threadId as me } from "node:worker_threads";
import type { Heap, ReapReport, ThreadStats } from "../../index.js";
import { grouped } from "../figures.js";

type Kind = Exclude<keyof ReapReport, "threadId">;

/**
 * What was returned for all dead threads of a run, in numbers; see `ReapReport`. `threads` are those that died with an entry in the
 * heap's table.
 */
export type Returned = Readonly<Record<Kind | "threads", number>>;

const WORDS: Readonly<Record<Kind, string>> = {
  strong: "handles",
  weak: "weak ones",
  tickets: "tickets",
  listeners: "listeners",
  passedOn: "notifications (passed on)",
  values: "values",
  blocks: "blocks",
  locks: "locks",
};
const KINDS = Object.keys(WORDS) as Kind[];
const NOTHING: Returned = Object.assign({ threads: 0 }, ...KINDS.map((kind) => ({ [kind]: 0 })));

/** How long the dead may be listed after the last worker has ended, and how often that is looked at. */
const PATIENCE_MS = 20_000;
const LOOK_MS = 2;

export class ReapLog {
  readonly #heap: Heap;
  sum = NOTHING;

  constructor(heap: Heap) {
    this.#heap = heap;
    heap.on("reaped", ({ threadId, ...returned }) => {
      this.sum = sumsOf(this.sum, { ...returned, threads: 1 });
    });
  }

  /** Waits until no other thread has an entry; all workers have ended. Returns those that still have one when patience is over. */
  async complete(): Promise<readonly ThreadStats[]> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const dead = this.#heap.stats().threads.filter(({ threadId }) => threadId !== me);
      if (dead.length === 0 || performance.now() > deadline) return dead;
      await sleep(LOOK_MS);
    }
  }
}

/** Adds numbers that have the same name. One that is not there is 0. */
export function sumsOf<T extends { readonly [name: string]: number }>(one: T, other: T): T {
  const names = Object.keys({ ...one, ...other });
  return Object.fromEntries(names.map((name) => [name, (one[name] ?? 0) + (other[name] ?? 0)])) as T;
}

/** What was returned, without the kinds of which there was nothing. */
export function inWords(returned: Returned): string {
  const some = KINDS.filter((kind) => returned[kind] > 0).map((kind) => `${grouped(returned[kind])} ${WORDS[kind]}`);
  return some.join(", ") || "nothing";
}
