/**
 * killTheReaper: a thread that made a heap sees that another has died, and is terminated itself at a random instant while it
 * returns what that one owned. Whoever comes after it goes on from there: in the end nothing is left, and nothing was
 * returned twice, which would show as a count below what the living hold, and on the checked kernel as a fault.
 */
import { Worker } from "node:worker_threads";
import { Heap, type ReapReport, SharedEvent } from "shmol";
import { describe, expect, test } from "vitest";
import type { Kernel } from "../../dist/internals.js";
import { internals } from "../../dist/internals.js";
import { KILLS } from "../counts.js";
import { random } from "../random.mjs";
import { seed } from "../seed.js";
import { until } from "../workers.js";

const ROUNDS = Math.ceil(KILLS / 40);
/** Handles of each kind that there are to be returned. */
const COUNT = 12_000;
/** How long the reaper may live once it is seen to have begun, in µs: a part of what it takes. */
const LIFE_US = 200;
/** How long it may take to see the death. */
const HEARSAY_MS = 1000;

const SCRIPT = new URL("./parts.mjs", import.meta.url);

const LIVE = 1;

/** A thread's entry in the heap's table. */
function entryOf(kernel: Kernel, thread: number): number {
  const entries = Array.from({ length: kernel.threadLimit() }, (_, i) => kernel.entryAt(i));
  return entries.find((entry) => kernel.phaseOf(entry) === LIVE && kernel.threadOf(entry) === thread) as number;
}

function start(workerData: object): Worker {
  const checked = internals(Heap.default()).checked !== undefined;
  return new Worker(SCRIPT, { workerData: { ...workerData, checked } });
}

function message<T>(worker: Worker): Promise<T> {
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

describe("killTheReaper", { timeout: 60_000 + 1000 * ROUNDS }, () => {
  test(`${ROUNDS} reapers die, and are reaped with what they had begun`, async () => {
    const next = random(seed());
    let [inTheMiddle, others, after] = [0, 0, 0];
    for (let round = 0; round < ROUNDS; round++) {
      const reaper = start({});
      const tokens = await message<{ heap: never; event: never }>(reaper);
      const heap = Heap.open(tokens.heap);
      const event = SharedEvent.open(tokens.event);
      const rich = start({ ...tokens, count: COUNT });
      await message(rich);
      // One of ours, behind all of theirs.
      const mine = event.listen();
      event.notify(1);
      // The reaper may be gone before it has begun. Then this thread looks when the worker has ended.
      heap.watch(rich);
      const { kernel } = internals(heap);
      const reports: ReapReport[] = [];
      heap.on("reaped", (report) => reports.push(report));
      const { threadId: dying } = reaper;
      let wasDone = false;
      reaper.once("message", () => {
        wasDone = true;
      });
      const entry = entryOf(kernel, rich.threadId);
      reaper.postMessage(rich.threadId);
      const richEnded = rich.terminate();
      // Without a turn of the event loop, in which this thread would see the death as well. Some are killed before that.
      const patience = performance.now() + (next(8) === 0 ? next(HEARSAY_MS) / 100 : HEARSAY_MS);
      while (kernel.phaseOf(entry) === LIVE && performance.now() < patience);
      for (const end = performance.now() + next(LIFE_US) / 1000; performance.now() < end; );
      await Promise.all([reaper.terminate(), next(2) === 0 ? richEnded : undefined]);
      await richEnded;
      await until(() => heap.stats().threads.length === 1);
      // The weak counts were the rich thread's. Whoever returns them as the reaper's has found them begun.
      if (reports.some(({ threadId, weak }) => threadId === dying && weak > 0)) inTheMiddle++;
      else if (wasDone) after++;
      else others++;
      // All that is left is what this thread has: the event, and its listener, to whom the notification went on.
      expect(event.totalListeners).toBe(1);
      expect(mine.isNotified).toBe(true);
      const { control } = event.share({ light: true });
      expect([kernel.strongCount(control), kernel.weakCount(control)]).toEqual([1, 0]);
      mine.drop();
      event.drop();
      const { used, blocks, controls, scratch } = heap.stats();
      expect({ used, blocks, controls, scratch }).toEqual({ used: 0, blocks: 0, controls: 0, scratch: 0 });
      heap.drop();
    }
    console.info(`${ROUNDS} reapers: ${inTheMiddle} died in the middle, ${after} after, ${others} before or after`);
    // Of a handful, it may be that none is.
    if (ROUNDS >= 20) expect(inTheMiddle).toBeGreaterThan(0);
  });
});
