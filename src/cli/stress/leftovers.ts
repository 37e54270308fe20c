/**
 * What a run leaves in its heap: nothing. Threads that ended have given back what they owned, and what killed ones owned was returned.
 * So all that is held in the end is what the main thread holds, to the last block and count.
 */
import type { Heap, ThreadStats } from "../../index.js";
import { internals } from "../../internals.js";
import type { Check } from "./check.js";
import type { Subject } from "./scenario.js";

/** A heap's blocks; its statistics keep some of them apart. */
interface Inventory {
  readonly blocks: number;
  readonly bytes: number;
  readonly scratch: number;
  /** Blocks of the threads' ledgers. */
  readonly ledgers: number;
}

/** What was found in the end, more than there was before. */
export interface Leftovers extends Inventory {
  /** Strong and weak counts that are not this thread's. */
  readonly strong: number;
  readonly weak: number;
  /** Threads that the heap's table still lists. */
  readonly threads: readonly ThreadStats[];
  readonly usedAfter: number;
}

/** The allocator's class of ledger blocks. */
const LEDGER_CLASS = 15;

/** Takes stock of a heap that nothing was put into yet. */
export function takeStock(heap: Heap): Inventory {
  // A thread's first block of cells comes with the first thing that it owns.
  internals(heap).account.reserve(1);
  return inventoryOf(heap);
}

function inventoryOf(heap: Heap): Inventory {
  const { blocks, used: bytes, scratch } = heap.stats();
  return { blocks, bytes, scratch, ledgers: internals(heap).kernel.liveBlocks(LEDGER_CLASS) };
}

/** Drops the subjects when all other threads are gone, and returns what is left of those; `threads` are not. */
export function dropAll(
  subjects: readonly Subject[],
  heap: Heap,
  before: Inventory,
  threads: readonly ThreadStats[],
): Leftovers {
  const { kernel } = internals(heap);
  let [strong, weak] = [0, 0];
  for (const subject of subjects) {
    const { control } = subject.share({ light: true });
    strong += kernel.strongCount(control) - 1;
    weak += kernel.weakCount(control);
    subject.drop();
  }
  const after = inventoryOf(heap);
  return {
    blocks: after.blocks - before.blocks,
    bytes: after.bytes - before.bytes,
    scratch: after.scratch - before.scratch,
    ledgers: after.ledgers - before.ledgers,
    ...{ strong, weak, threads, usedAfter: after.bytes },
  };
}

/** Whether that is nothing. */
export function checkMemory({ blocks, bytes, scratch, ledgers, strong, weak, threads }: Leftovers): Check {
  const wrong: string[] = [];
  const tell = (number: number, what: string) => number !== 0 && wrong.push(`${number} ${what}`);
  tell(strong, "handles not dropped");
  tell(weak, "weak ones");
  if (blocks !== 0 || bytes !== 0) wrong.push(`${blocks} blocks (${bytes} bytes) more than before`);
  tell(scratch, "of scratch");
  tell(ledgers, "of ledgers");
  if (threads.length > 0) wrong.push(`threads not reaped: ${threads.map(({ threadId }) => threadId).join(", ")}`);
  return { ok: wrong.length === 0, found: wrong.join(", ") || "the heap holds what it held before" };
}
