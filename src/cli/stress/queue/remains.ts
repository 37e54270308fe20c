/**
 * What a run leaves in the heap. Without kills: nothing. A killed thread takes with it what its last call held, and the
 * counts of its handles, which would keep the queue alive for ever; this gives them back in its stead, so that what is
 * left in the end is what really leaked.
 */
import { internals } from "../../../arc/heap.js";
import type { ConcurrentQueue, Heap, HeapStats } from "../../../index.js";
import type { Check } from "../check.js";
import type { Toll } from "./toll.js";

/** What was left. */
export interface Remains {
  readonly orphanedHandles: number;
  /** Of the size that an unbounded queue's blocks have; none in a queue without such blocks. */
  readonly leakedQueueBlocks: number;
  /** All others. */
  readonly leakedPayloadBlocks: number;
  readonly leakedBytes: number;
  readonly leakedScratch: number;
  readonly usedAfter: number;
}

/** Drops the last handle of the queue, after those that nobody can drop any more. All workers are gone. */
export function bury(queue: ConcurrentQueue<unknown>, heap: Heap, before: HeapStats): Remains {
  const { kernel } = internals(heap);
  const { control } = queue.share({ light: true });
  const orphanedHandles = kernel.strongCount(control) - 1;
  for (let i = 0; i < orphanedHandles; i++) kernel.release(control, 0);
  // Blocks come in powers of two.
  const blockSize = queue.capacity === Number.POSITIVE_INFINITY ? 2 ** Math.ceil(Math.log2(kernel.blockSize())) : 0;
  queue.drop();
  const after = heap.stats();
  const leakedQueueBlocks = blocksOf(after, blockSize) - blocksOf(before, blockSize);
  return {
    orphanedHandles,
    leakedQueueBlocks,
    leakedPayloadBlocks: after.blocks - before.blocks - leakedQueueBlocks,
    leakedBytes: after.used - before.used,
    leakedScratch: after.scratch - before.scratch,
    usedAfter: after.used,
  };
}

function blocksOf({ classes }: HeapStats, size: number): number {
  return classes.find((each) => each.size === size)?.blocks ?? 0;
}

/** Whether that is no more than what those who were killed may have taken with them. */
export function checkMemory(remains: Remains, toll: Toll): Check {
  const { orphanedHandles, leakedQueueBlocks, leakedPayloadBlocks, leakedBytes, leakedScratch } = remains;
  const within = (count: number, limit: number) => count >= 0 && count <= limit;
  const ok =
    within(leakedQueueBlocks, toll.queueBlocks) &&
    within(leakedPayloadBlocks, toll.payloadBlocks) &&
    within(leakedScratch, toll.scratch) &&
    within(orphanedHandles, toll.handles) &&
    (leakedBytes === 0 || toll.kills > 0);
  if (ok && toll.kills === 0) return { ok, found: "the heap holds what it held before" };
  const found = [
    `leaked ${leakedPayloadBlocks} payload blocks and ${leakedQueueBlocks} queue blocks (${leakedBytes} bytes)`,
    `${leakedScratch} of scratch, handles not dropped: ${orphanedHandles}`,
  ].join(", ");
  const limits = [toll.payloadBlocks, toll.queueBlocks, toll.scratch, toll.handles].join(", ");
  return { ok, found: `${found} (${toll.kills > 0 ? `limits ${limits}` : "and nobody was killed"})` };
}
