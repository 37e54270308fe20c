/**
 * The obituaries of a run: what its heap says was returned for threads that died, and whether that is done. The thread that
 * watches a run has the heap open, so it is told by itself, between two looks.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { threadId as me } from "node:worker_threads";
import type { Heap, ReapReport, ThreadStats } from "../../index.js";
import { grouped } from "../figures.js";

/** What was found with all the dead of a run, in numbers; see `ReapReport`. */
export interface Returned extends Omit<ReapReport, "threadId"> {
  /** Threads that died with an entry in the heap's table. */
  readonly threads: number;
}

/** How long the dead may be listed after the last worker has ended, and how often that is looked at. */
const PATIENCE_MS = 20_000;
const LOOK_MS = 2;

export class Obituaries {
  readonly #heap: Heap;
  readonly #reports: ReapReport[] = [];

  constructor(heap: Heap) {
    this.#heap = heap;
    heap.on("reaped", (report) => this.#reports.push(report));
  }

  get sum(): Returned {
    const total = (what: Exclude<keyof ReapReport, "threadId">) =>
      this.#reports.reduce((sum, report) => sum + report[what], 0);
    return {
      threads: this.#reports.length,
      ...{ strong: total("strong"), weak: total("weak"), tickets: total("tickets"), listeners: total("listeners") },
      ...{ passedOn: total("passedOn"), values: total("values"), blocks: total("blocks"), locks: total("locks") },
    };
  }

  /** Waits until no other thread has an entry. All workers have ended. Answers those that have one still, after all patience. */
  async complete(): Promise<readonly ThreadStats[]> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const dead = this.#heap.stats().threads.filter(({ threadId }) => threadId !== me);
      if (dead.length === 0 || performance.now() > deadline) return dead;
      await sleep(LOOK_MS);
    }
  }
}

/** What was returned, but for what there was none of. */
export function inWords({ strong, weak, tickets, listeners, passedOn, values, blocks, locks }: Returned): string {
  const parts: (readonly [number, string])[] = [
    ...([
      [strong, "handles"],
      [weak, "weak ones"],
      [tickets, "tickets"],
      [listeners, "listeners"],
    ] as const),
    ...([
      [passedOn, "notifications (passed on)"],
      [values, "values"],
      [blocks, "blocks"],
      [locks, "locks"],
    ] as const),
  ];
  const some = parts.filter(([number]) => number > 0).map(([number, what]) => `${grouped(number)} ${what}`);
  return some.join(", ") || "nothing";
}
