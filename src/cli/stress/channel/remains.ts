/**
 * What a run leaves in the heap. Without kills: nothing. A killed thread takes with it what it had, and the counts of its
 * handles, which would keep the channel open for ever; this gives them back in its stead, so that what is left in the end is
 * what really leaked.
 */
import { internals } from "../../../arc/heap.js";
import { PART_OTHER } from "../../../arc/kernel/status.js";
import { sideOf } from "../../../channel/end.js";
import { wake } from "../../../channel/endSide.js";
import type { Heap, HeapStats, Receiver, Sender, SharedEvent } from "../../../index.js";
import type { Check } from "../check.js";

export interface Remains {
  readonly orphanedHandles: number;
  readonly leakedBlocks: number;
  readonly leakedBytes: number;
  readonly usedAfter: number;
}

/**
 * The most that one killed thread may take with it: the listener that it waited with; that one's node, two of listeners that
 * had left while they were on the ready list, its doorbell, and blocks that were being taken or returned; its handle.
 */
const BLOCKS_PER_KILL = 8;
const HANDLES_PER_KILL = 1;
/** The receivers' side and the run's receiver own a count of each part. */
const OWNERS = 2;

/** Who waits for what, in words. */
export function waiting(end: Receiver<number>): string {
  const { inside, sendReady, recvReady } = sideOf(end);
  const { kernel } = inside;
  const count = (event: SharedEvent) => {
    const notified = kernel.notifiedCount(kernel.valueOf(event.share({ light: true }).control));
    return `${event.totalListeners} listeners, ${notified} notified`;
  };
  return `for room: ${count(sendReady)}; for messages: ${count(recvReady)}`;
}

/** Has everybody look again: a thread that was killed had perhaps been told of what somebody else must come to now. */
export function standInFor(end: Sender<number> | Receiver<number>): void {
  const { inside, count, kind } = sideOf(end);
  wake(inside.kernel, count.value, kind);
}

/** Gives back what counts of a side there are, all but this end's own, since nobody else will. Answers how many. */
export function releaseOrphans(end: Sender<number> | Receiver<number>): number {
  const { inside, count } = sideOf(end);
  const orphans = inside.kernel.strongCount(count.control) - 1;
  for (let i = 0; i < orphans; i++) inside.kernel.release(count.control);
  return orphans;
}

/** Drops the last receiver, after what nobody can drop any more. The last sender is gone. */
export function bury(receiver: Receiver<number>, heap: Heap, before: HeapStats, sendersOrphans: number): Remains {
  const { kernel } = internals(heap);
  const { count, kind } = sideOf(receiver);
  const orphanedHandles = sendersOrphans + releaseOrphans(receiver);
  for (let part = 0; part < PART_OTHER; part++) {
    const control = kernel.partOf(count.value, kind, part);
    for (let orphans = kernel.strongCount(control) - OWNERS; orphans > 0; orphans--) kernel.release(control);
  }
  receiver.drop();
  const after = heap.stats();
  return {
    orphanedHandles,
    leakedBlocks: after.blocks - before.blocks,
    leakedBytes: after.used - before.used,
    usedAfter: after.used,
  };
}

/** Whether what is left is no more than what those who were killed may have taken with them. */
export function checkMemory({ orphanedHandles, leakedBlocks, leakedBytes }: Remains, kills: number): Check {
  const [blocks, handles] = [BLOCKS_PER_KILL * kills, HANDLES_PER_KILL * kills];
  const ok =
    leakedBlocks >= 0 && leakedBlocks <= blocks && orphanedHandles <= handles && (leakedBytes === 0 || kills > 0);
  if (ok && kills === 0) return { ok, found: "the heap holds what it held before" };
  const limits = kills > 0 ? `limits ${blocks}, ${handles}` : "and nobody was killed";
  return {
    ok,
    found: `leaked ${leakedBlocks} blocks (${leakedBytes} bytes), handles not dropped: ${orphanedHandles} (${limits})`,
  };
}
