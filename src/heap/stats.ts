/** What a heap holds, in numbers. */
import type { Kernel } from "./instance.js";
import { CONTROL_CLASS, LAST_CLASS, LEDGER_CLASS, PAGE, SCRATCH_CLASS } from "./kernel/numbers.js";
import { type ThreadStats, threadsOf } from "./reaping.js";

/** Blocks of one size class; see {@link Heap.stats}. */
export interface ClassStats {
  /** Bytes of one block. */
  readonly size: number;
  /** Blocks in use. */
  readonly blocks: number;
}

/** What a heap holds; see {@link Heap.stats}. */
export interface HeapStats {
  /** Bytes reserved. */
  readonly capacity: number;
  /** Bytes handed out to size classes so far, the header's included. This never shrinks: classes keep what they got. */
  readonly committed: number;
  /** Bytes in blocks in use, control blocks included, the threads' scratch not. */
  readonly used: number;
  /** Blocks in use, control blocks included, the threads' scratch not. */
  readonly blocks: number;
  /** Blocks in use, class by class, classes without any left out. */
  readonly classes: readonly ClassStats[];
  /** Control blocks in use: one for every shared object, weak handle's remains and ticket. */
  readonly controls: number;
  /** Blocks of batch scratch that threads hold, 8 KiB each. */
  readonly scratch: number;
  /** Handles of this thread that were collected without `drop()` after they had given out a view: their counts stay. */
  readonly leaked: number;
  /** The threads that have the heap open, and those that are dead and were not reaped yet. */
  readonly threads: readonly ThreadStats[];
}

/** What the heap of this kernel holds, of which this thread has lost the counts of `leaked` handles. */
export function statsOf(kernel: Kernel, leaked: number): HeapStats {
  const classes: ClassStats[] = [];
  let used = 0;
  let blocks = 0;
  for (let cls = 1; cls <= LAST_CLASS; cls++) {
    const count = kernel.liveBlocks(cls);
    if (count === 0 || cls === SCRATCH_CLASS || cls === LEDGER_CLASS) continue;
    const size = kernel.classSize(cls);
    used += count * size;
    blocks += count;
    if (cls !== CONTROL_CLASS) classes.push({ size, blocks: count });
  }
  return {
    capacity: kernel.capacityPages() * PAGE,
    committed: kernel.usedPages() * PAGE,
    used,
    blocks,
    classes,
    controls: kernel.liveBlocks(CONTROL_CLASS),
    scratch: kernel.liveBlocks(SCRATCH_CLASS),
    leaked,
    threads: threadsOf(kernel),
  };
}
