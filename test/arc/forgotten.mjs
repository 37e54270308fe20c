/**
 * Run with --expose-gc: forgets a handle of the kind that the argument names, collects garbage until the heap no longer
 * changes, and prints what became of it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Arc, ConcurrentQueue, Heap, i32 } from "shmol";

const heap = Heap.create({ capacity: 64 * 65536 });
const outsider = Arc.create(16, { heap });

/** Each makes something, lets go of it without `drop()`, and answers a pointer into it. */
const kinds = {
  arc: () => Arc.create(1000, { heap }).ptr,
  clone: () => outsider.clone().ptr,
  opened: () => Arc.open(outsider.share()).ptr,
  weak: () => outsider.downgrade() && 0,
  queue: () => {
    const queue = ConcurrentQueue.unbounded(i32, { heap });
    for (let i = 0; i < 1000; i++) queue.push(i);
    return 0;
  },
  makeMut: () => {
    const arc = outsider.clone();
    arc.makeMut();
    return arc.ptr;
  },
  bytes: () => {
    const arc = Arc.create(1000, { heap });
    arc.bytes().fill(7);
    return arc.ptr;
  },
  view: () => {
    const arc = Arc.create(1000, { heap });
    arc.view(Int32Array).fill(0x07070707);
    return arc.ptr;
  },
  getMut: () => {
    const arc = Arc.create(1000, { heap });
    arc.getMut().fill(7);
    return arc.ptr;
  },
  cyclic: () => Arc.cyclic(1000, (_, bytes) => bytes.fill(7), { heap }).ptr,
  dropped: () => {
    const arc = Arc.create(1000, { heap });
    const { ptr } = arc;
    arc.bytes();
    arc.drop();
    return ptr;
  },
  intoRaw: () => Arc.create(1000, { heap }).intoRaw(),
  intoInner: () => Arc.create(1000, { heap }).intoInner() && 0,
};

const state = () => {
  const { blocks, used, leaked } = heap.stats();
  return { blocks, used, leaked, strong: outsider.strongCount, weak: outsider.weakCount };
};

const before = state();
const ptr = kinds[process.argv[2]]();
let after = state();
for (let calm = 0, rounds = 0; calm < 10 && rounds < 200; rounds++) {
  globalThis.gc();
  await sleep(2);
  const now = state();
  calm = JSON.stringify(now) === JSON.stringify(after) ? calm + 1 : 0;
  after = now;
}
// What lies at `ptr` now, after everything of that size that the heap has free was given out and written over.
for (let i = 0; i < 200; i++) new Uint8Array(heap.buffer, heap.alloc(1500), 1500).fill(255);
const bytes = ptr === 0 ? [] : [...new Uint8Array(heap.buffer, ptr, 1000)];
console.log(JSON.stringify({ before, after, intact: bytes.length > 0 && bytes.every((byte) => byte === 7) }));
