import { Arc, ConcurrentQueue, f64, Heap } from "shmol";
import { beforeAll, describe, expect, test } from "vitest";
import { type Address, buildProbe } from "./probe/address.js";

const ALIGNMENTS = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096];

/** Where things lie in a control block, in a queue and in a block of it (src/queue/kernel/unbounded.ts). */
const CONTROL_VALUE = 12;
const META_RING = 12;
const CELL_BLOCK = 8;

describe("realAddress: alignment holds for the address, not only for the offset", () => {
  let probe: Address | string;

  beforeAll(() => {
    probe = buildProbe();
  });

  /** What is left when the address of `view` is divided by `align`. */
  function remainder(view: ArrayBufferView, align: number): number {
    return Number((probe as Address)(view) % BigInt(align));
  }

  for (const align of ALIGNMENTS) {
    test(`of an Arc at alignment ${align}`, ({ skip }) => {
      if (typeof probe === "string") skip(probe);
      const heap = Heap.create({ capacity: 64 * 65536 });
      for (let size = 8; size <= 1000; size += 8) {
        const arc = Arc.create(size, { heap, align });
        expect(remainder(arc.bytes(), align)).toBe(0);
        expect(remainder(arc.view(Float64Array), align)).toBe(0);
        expect(remainder(arc.makeMut(), align)).toBe(0);
        arc.drop();
      }
      heap.drop();
    });

    test(`of a queue's head, tail, bitmaps and slots on a heap of alignment ${align}`, ({ skip }) => {
      if (typeof probe === "string") skip(probe);
      const heap = Heap.create({ alignment: align, capacity: 64 * 65536 });
      const queue = ConcurrentQueue.unbounded(f64, { heap });
      for (let i = 0; i < 200; i++) queue.push(i);
      const memory = new DataView(heap.buffer);
      const meta = memory.getUint32(queue.share().control + CONTROL_VALUE, true);
      const cells = { meta, head: meta + align, tail: meta + 2 * align };
      let block = memory.getUint32(cells.head + CELL_BLOCK, true);
      const blocks = [];
      for (; block !== 0; block = memory.getUint32(block, true)) {
        blocks.push({ next: block, written: block + align, read: block + 2 * align, slots: block + 3 * align });
      }
      expect(blocks, "200 values lie in four blocks of 63").toHaveLength(4);
      expect(memory.getFloat64((blocks[1] as { slots: number }).slots, true), "the offsets are right").toBe(63);
      for (const [name, offset] of [cells, ...blocks].flatMap((each) => Object.entries(each))) {
        expect(remainder(new Uint8Array(heap.buffer, offset, 8), align), name).toBe(0);
      }
      queue.drop();
      heap.drop();
    });

    test(`of a bounded queue's bitmaps and slots on a heap of alignment ${align}`, ({ skip }) => {
      if (typeof probe === "string") skip(probe);
      const heap = Heap.create({ alignment: align, capacity: 64 * 65536 });
      const queue = ConcurrentQueue.bounded(200, f64, { heap });
      for (let i = 0; i < 200; i++) queue.push(i);
      const memory = new DataView(heap.buffer);
      const meta = memory.getUint32(queue.share().control + CONTROL_VALUE, true);
      const ring = memory.getUint32(meta + META_RING, true);
      for (let group = 0; group < 4; group++) {
        const written = ring + group * (2 * align + 64 * 8);
        const cells = { written, read: written + align, slots: written + 2 * align };
        expect(memory.getFloat64(cells.slots, true), "the offsets are right").toBe(64 * group);
        // A group is as long as its cells and 512 bytes: with larger units the second one starts between two of them.
        const aligned = Math.min(align, 512);
        for (const [name, offset] of Object.entries(cells)) {
          expect(remainder(new Uint8Array(heap.buffer, offset, 8), aligned), name).toBe(0);
        }
      }
      queue.drop();
      heap.drop();
    });
  }

  test("and does not for a plain SharedArrayBuffer", ({ skip }) => {
    if (typeof probe === "string") skip(probe);
    // One or the other of them may lie there by chance.
    const plain = Array.from({ length: 64 }, (_, i) => new Uint8Array(new SharedArrayBuffer(1024 ** 2 + 16 * i), 4096));
    for (const alignment of [128, 4096]) {
      expect(plain.some((view) => remainder(view, alignment) !== 0)).toBe(true);
    }
  });
});
