/**
 * What a run leaves in its heap: nothing. Threads that ended have given back what they owned, and what killed ones owned was returned.
 * So all that is held in the end is what the main thread holds, to the last block and count.
 */
import type { Heap, ThreadStats } from "../../index.js";
import { internals, LEDGER_CLASS } from "../../internals.js";
import type { Check } from "../frame.js";
import type { Subject } from "./scenario.js";

/** A heap's blocks; its statistics keep some of them apart. */
export function takeStock(heap: Heap) {
  // A thread's first block of cells comes with the first thing that it owns.
  internals(heap).account.reserve(1);
  const { blocks, used: bytes, scratch } = heap.stats();
  return { blocks, bytes, scratch, ledgers: internals(heap).kernel.liveBlocks(LEDGER_CLASS) };
}

/**
 * Drops the subjects when all other threads are gone, and says what there is more than before. `threads`: those that the heap's table
 * still lists.
 */
export function checkLeftovers(
  subjects: readonly Subject[],
  heap: Heap,
  before: ReturnType<typeof takeStock>,
  threads: readonly ThreadStats[],
): Check {
  const { kernel } = internals(heap);
  let [strong, weak] = [0, 0];
  for (const subject of subjects) {
    const { control } = subject.share({ light: true });
    // One is this thread's.
    strong += kernel.strongCount(control) - 1;
    weak += kernel.weakCount(control);
    subject.drop();
  }
  const after = takeStock(heap);
  const [blocks, bytes] = [after.blocks - before.blocks, after.bytes - before.bytes];
  const wrong = [
    strong !== 0 && `${strong} handles not dropped`,
    weak !== 0 && `${weak} weak ones`,
    (blocks !== 0 || bytes !== 0) && `${blocks} blocks (${bytes} bytes) more than before`,
    after.scratch !== before.scratch && `${after.scratch - before.scratch} of scratch`,
    after.ledgers !== before.ledgers && `${after.ledgers - before.ledgers} of ledgers`,
    threads.length > 0 && `threads not reaped: ${threads.map(({ threadId }) => threadId).join(", ")}`,
  ].filter((found) => found !== false);
  return { ok: wrong.length === 0, found: wrong.join(", ") || "the heap holds what it held before" };
}
