/** The heaps that every suite runs on (only the first of them with SHMOL_HEAPS=first), and what a test asks of a heap. */
import { Heap, type HeapStats } from "shmol";

export interface HeapSpec {
  readonly name: string;
  /** No block lies below. */
  readonly from: number;
  /** The heap that a whole suite lives on. */
  home(): Heap;
  /** Another heap of the same kind, for a test that uses it up. */
  fresh(): Heap;
}

const PAGE = 65536;
const GIB = 1024 ** 3;

function spec(name: string, fresh: () => Heap, { home = fresh, from = PAGE } = {}): HeapSpec {
  return { name, home, fresh, from };
}

/** A heap whose first free page lies at 2 GiB. The pages below are reserved and never touched. */
function above2GiB(): Heap {
  const heap = Heap.create({ capacity: 4 * GIB - PAGE });
  heap.alloc(2 * GIB);
  return heap;
}

export const heaps: readonly HeapSpec[] = [
  spec("the default heap", () => Heap.create(), { home: () => Heap.default() }),
  spec("alignment 16", () => Heap.create({ alignment: 16 })),
  spec("alignment 4096", () => Heap.create({ alignment: 4096 })),
  spec("pointers from 2 GiB up", above2GiB, { from: 2 * GIB }),
].slice(0, process.env.SHMOL_HEAPS === "first" ? 1 : undefined);

/** What a heap holds. Equal before and after: nothing leaked, and nothing was freed that should not have been. */
export function inUse(heap: Heap): Pick<HeapStats, "used" | "blocks" | "controls" | "classes"> {
  const { used, blocks, controls, classes } = heap.stats();
  return { used, blocks, controls, classes };
}

/** Takes all pages that no size class has yet, but for `pages` of them, in runs that are never touched. */
export function leaveFree(heap: Heap, pages: number): void {
  const { capacity, committed } = heap.stats();
  let excess = (capacity - committed) / PAGE - pages;
  for (let run = 32768; run >= 1; run /= 2) {
    for (; excess >= run; excess -= run) heap.alloc(run * PAGE);
  }
}
