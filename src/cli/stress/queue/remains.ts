/**
 * What a run leaves in the heap. Without kills: nothing. A killed thread takes with it what its last call held, and the
 * counts of its handles, which would keep the queue alive for ever; this gives them back in its stead, so that what is
 * left in the end is what really leaked.
 */
import { internals } from "../../../arc/heap.js";
import type { ConcurrentQueue, Heap, HeapStats } from "../../../index.js";
import type { Check } from "./report.js";

/** What was left. */
export interface Remains {
  readonly orphanedHandles: number;
  readonly leakedBlocks: number;
  readonly leakedBytes: number;
  readonly leakedScratch: number;
  readonly usedAfter: number;
}

/** Drops the last handle of the queue, after those that nobody can drop any more. All workers are gone. */
export function bury<T>(queue: ConcurrentQueue<T>, heap: Heap, before: HeapStats): Remains {
  const { kernel } = internals(heap);
  const { control } = queue.share({ light: true });
  const orphanedHandles = kernel.strongCount(control) - 1;
  for (let i = 0; i < orphanedHandles; i++) kernel.release(control);
  queue.drop();
  const after = heap.stats();
  return {
    orphanedHandles,
    leakedBlocks: after.blocks - before.blocks,
    leakedBytes: after.used - before.used,
    leakedScratch: after.scratch - before.scratch,
    usedAfter: after.used,
  };
}

/**
 * Whether that is no more than so many kills explain: each may leak the block that its call was about to install and the
 * one it was about to free, the scratch of its batches, and orphan its handle and the clone that it was replacing it with.
 */
export function checkMemory(remains: Remains, kills: number): Check {
  const { orphanedHandles, leakedBlocks, leakedBytes, leakedScratch } = remains;
  const within = (count: number, limit: number) => count >= 0 && count <= limit;
  const ok = within(leakedBlocks, 2 * kills) && within(leakedScratch, kills) && within(orphanedHandles, 2 * kills);
  if (ok && kills === 0 && leakedBytes === 0) return { ok, found: "the heap holds what it held before" };
  const found = `leaked ${leakedBlocks} blocks (${leakedBytes} bytes) and ${leakedScratch} of scratch, handles not dropped: ${orphanedHandles}`;
  const explained = kills > 0 ? `limits ${2 * kills}, ${kills}, ${2 * kills}` : "and nobody was killed";
  return { ok: ok && (kills > 0 || leakedBytes === 0), found: `${found} (${explained})` };
}
