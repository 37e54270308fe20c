/**
 * What a run leaves in its heap: nothing. Threads that ended have given back what they owned, and what killed ones owned was returned.
 * So all that is held in the end is what the main thread holds, to the last block and count.
 */
import type { Heap, ThreadStats } from "../../index.js";
import { internals } from "../../internals.js";
import type { Check } from "./report.js";
import type { Subject } from "./scenario.js";

/** The allocator's class of ledger blocks. */
const LEDGER_CLASS = 15;

export function takeStock(heap: Heap) {
  // A thread's first block of cells comes with the first thing that it owns.
  internals(heap).account.reserve(1);
  return inventoryOf(heap);
}

/** A heap's blocks; its statistics keep some of them apart. */
function inventoryOf(heap: Heap) {
  const { blocks, used: bytes, scratch } = heap.stats();
  return { blocks, bytes, scratch, ledgers: internals(heap).kernel.liveBlocks(LEDGER_CLASS) };
}

export type Leftovers = ReturnType<typeof dropAll>;

/**
 * Drops the subjects when all other threads are gone, and returns what there is more than before. `threads`: those that the heap's
 * table still lists. Counts are strong and weak ones that are not this thread's.
 */
export function dropAll(
  subjects: readonly Subject[],
  heap: Heap,
  before: ReturnType<typeof takeStock>,
  threads: readonly ThreadStats[],
) {
  const { kernel } = internals(heap);
  let [strong, weak] = [0, 0];
  for (const subject of subjects) {
    const { control } = subject.share({ light: true });
    strong += kernel.strongCount(control) - 1;
    weak += kernel.weakCount(control);
    subject.drop();
  }
  const after = inventoryOf(heap);
  const more = (what: keyof typeof after) => after[what] - before[what];
  const inventory = {
    blocks: more("blocks"),
    bytes: more("bytes"),
    scratch: more("scratch"),
    ledgers: more("ledgers"),
  };
  return { ...inventory, strong, weak, threads };
}

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
