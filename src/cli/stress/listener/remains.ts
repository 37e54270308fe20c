/**
 * What a trial leaves: listeners in its events' lists, and blocks in its heap. Without kills: nothing. A killed thread takes
 * with it what it had, and the counts of its handles, which would keep the events alive for ever; this gives them back in its
 * stead, so that what is left in the end is what really leaked.
 */
import { internals } from "../../../arc/heap.js";
import type { Heap, HeapStats, SharedEvent } from "../../../index.js";
import type { Check } from "../check.js";

export interface Remains {
  readonly abandonedListeners: number;
  readonly orphanedHandles: number;
  readonly leakedBlocks: number;
  readonly leakedBytes: number;
  readonly leakedScratch: number;
  readonly usedAfter: number;
}

/**
 * The most that one killed thread may take with it: the listener that it waited with; that one's node, two of listeners that
 * had left while they were on the ready list, its doorbell, and a block that was being taken or returned; its handle.
 */
const LISTENERS_PER_KILL = 1;
const BLOCKS_PER_KILL = 5;
const HANDLES_PER_KILL = 1;

/** Drops the last handles of the events, after those that nobody can drop any more. All workers are gone. */
export function bury(events: readonly SharedEvent[], heap: Heap, before: HeapStats): Remains {
  const { kernel } = internals(heap);
  let abandonedListeners = 0;
  let orphanedHandles = 0;
  for (const event of events) {
    abandonedListeners += event.totalListeners;
    const { control } = event.share({ light: true });
    const orphans = kernel.strongCount(control) - 1;
    orphanedHandles += orphans;
    for (let i = 0; i < orphans; i++) kernel.release(control, 0);
    event.drop();
  }
  const after = heap.stats();
  return {
    abandonedListeners,
    orphanedHandles,
    leakedBlocks: after.blocks - before.blocks,
    leakedBytes: after.used - before.used,
    leakedScratch: after.scratch - before.scratch,
    usedAfter: after.used,
  };
}

/** Whether nobody listens any more but those who were killed. */
export function checkListeners({ abandonedListeners }: Remains, kills: number): Check {
  const limit = LISTENERS_PER_KILL * kills;
  const ok = abandonedListeners <= limit;
  if (kills === 0) return { ok, found: ok ? "nobody listens any more" : `${abandonedListeners} are in the list still` };
  return { ok, found: `${abandonedListeners} of killed threads are in the list (limit ${limit})` };
}

/** Whether what is left is no more than what those who were killed may have taken with them. */
export function checkMemory(remains: Remains, kills: number): Check {
  const { orphanedHandles, leakedBlocks, leakedBytes, leakedScratch } = remains;
  const within = (count: number, limit: number) => count >= 0 && count <= limit;
  const [blocks, handles] = [BLOCKS_PER_KILL * kills, HANDLES_PER_KILL * kills];
  const ok =
    within(leakedBlocks, blocks) &&
    within(orphanedHandles, handles) &&
    leakedScratch === 0 &&
    (leakedBytes === 0 || kills > 0);
  if (ok && kills === 0) return { ok, found: "the heap holds what it held before" };
  const limits = kills > 0 ? `limits ${blocks}, ${handles}` : "and nobody was killed";
  const scratch = leakedScratch === 0 ? "" : `, ${leakedScratch} of scratch`;
  return {
    ok,
    found: `leaked ${leakedBlocks} blocks (${leakedBytes} bytes)${scratch}, handles not dropped: ${orphanedHandles} (${limits})`,
  };
}
