/** All of Arc once more, on the kernel that looks at every address before it follows it; and that it does look. */
import "shmol/checked";
import { Arc, ConcurrentQueue, CorruptionError, Heap, i32 } from "shmol";
import { describe, expect, test } from "vitest";
import { internals } from "../../dist/arc/heap.js";
import { CHECKED } from "../../dist/arc/instance.js";
import { checkedHeap } from "../heaps.js";
import { arcSuite } from "./suite.js";

const CONTROL_VALUE = 12;
const CELL_BLOCK = 8;

describe("a heap of the checked kernel", () => {
  test("says so to everyone who opens it", () => {
    const heap = Heap.create({ capacity: 64 * 65536 });
    expect(internals(heap).kernel.flags() & CHECKED).toBe(CHECKED);
    heap.drop();
  });

  test.each([
    ["null", 0, "null pointer dereferenced: "],
    ["misaligned", 65536 * 4 + 132, "required 8 byte alignment but found 4 at "],
    ["beyond the memory", 64 * 65536, "reach beyond the memory's 4194304"],
  ])("refuses to follow a block pointer that is %s", (_, pointer, says) => {
    const heap = Heap.create({ capacity: 64 * 65536 });
    const queue = ConcurrentQueue.unbounded(i32, { heap });
    const memory = new DataView(heap.buffer);
    const head = memory.getUint32(queue.share().control + CONTROL_VALUE, true);
    memory.setUint32(head + CELL_BLOCK, pointer, true);
    expect(() => queue.pop()).toThrow(CorruptionError);
    expect(() => queue.pop()).toThrow(says);
    heap.drop();
  });

  test("refuses what would be a wrong way back from an Arc's value", () => {
    const heap = Heap.create({ capacity: 64 * 65536 });
    const arc = Arc.create(16, { heap });
    new DataView(heap.buffer).setUint32(arc.ptr - 16, 12, true);
    expect(() => Arc.fromRaw(heap, arc.ptr)).toThrow(CorruptionError);
    heap.drop();
  });
});

arcSuite(checkedHeap);
