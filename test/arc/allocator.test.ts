import fc from "fast-check";
import { Arc, CorruptionError, Heap, OutOfMemoryError } from "shmol";
import { describe, expect, test } from "vitest";
import { internals } from "../../dist/internals.js";
import { count } from "../counts.js";
import { heaps, inUse, leaveFree } from "../heaps.js";
import { expectRefusal } from "../refusal.js";
import { seed } from "../seed.js";
import { inWorkers } from "../workers.js";

const WORKER = new URL("./worker.mjs", import.meta.url);
const PAGE = 65536;
const powersOfTwo = (from: number, to: number): number[] => (from > to ? [] : [from, ...powersOfTwo(2 * from, to)]);
const SMALL = powersOfTwo(16, 32768);
/** Runs of pages: four sizes to a doubling. */
const RUNS = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40].map((pages) => pages * PAGE);

describe.each(heaps.map((spec) => [spec.name, spec] as const))(
  "the allocator on %s",
  { timeout: 60_000 },
  (_, spec) => {
    test("every size class lies on multiples of its own size", () => {
      const heap = spec.fresh();
      for (const size of [...SMALL, ...RUNS]) {
        const natural = size <= PAGE ? size : PAGE;
        for (let i = 0; i < 5; i++) {
          const ptr = heap.alloc(size);
          expect(ptr).toBeGreaterThanOrEqual(spec.from);
          expect(ptr % natural).toBe(0);
        }
      }
      heap.drop();
    });

    test("every alignment up to 65536 is met, whatever the size", () => {
      const heap = spec.fresh();
      for (const align of powersOfTwo(1, PAGE)) {
        for (const size of [0, 1, 15, 16, 17, 100, 1000, 4097, 32768, 32769, 65536, 65537, 300_000]) {
          const ptr = heap.alloc(size, align);
          expect(ptr % align, `${size} bytes at alignment ${align}`).toBe(0);
          heap.free(ptr);
        }
      }
      heap.drop();
    });

    test("a block is as large as its class, and stats() names the class", () => {
      const heap = spec.fresh();
      const before = inUse(heap);
      let smaller = 0;
      for (const size of [...SMALL, ...RUNS]) {
        for (const asked of [smaller + 1, size]) {
          const ptr = heap.alloc(asked);
          const [found] = heap
            .stats()
            .classes.filter(
              ({ size, blocks }) => blocks !== (before.classes.find((known) => known.size === size)?.blocks ?? 0),
            );
          expect(found?.size, `a block of ${asked} bytes`).toBe(size);
          expect(heap.stats().used - before.used).toBe(size);
          expect(heap.stats().blocks - before.blocks).toBe(1);
          heap.free(ptr);
        }
        smaller = size;
      }
      expect(inUse(heap)).toEqual(before);
      heap.drop();
    });

    test("no two live blocks overlap, whatever is allocated and freed in whatever order", () => {
      const heap = spec.home();
      const before = inUse(heap);
      const bytes = new Uint8Array(heap.buffer);
      const size = fc.oneof(fc.nat(300), fc.nat(40_000), fc.nat(200_000));
      const step = fc.oneof(
        { weight: 3, arbitrary: fc.record({ take: size, align: fc.constantFrom(...powersOfTwo(1, 4096), PAGE) }) },
        { weight: 2, arbitrary: fc.record({ give: fc.nat() }) },
      );
      const property = fc.property(fc.array(step, { maxLength: 60 }), (run) => {
        const live: { ptr: number; size: number; fill: number }[] = [];
        const giveBack = (index: number) => {
          const [block] = live.splice(index, 1) as [(typeof live)[number]];
          const other = bytes.subarray(block.ptr, block.ptr + block.size).findIndex((byte) => byte !== block.fill);
          expect(other, `block ${block.ptr} of ${block.size} bytes was overwritten`).toBe(-1);
          heap.free(block.ptr);
        };
        run.forEach((step, number) => {
          if ("take" in step) {
            const ptr = heap.alloc(step.take, step.align);
            expect(ptr % step.align).toBe(0);
            const fill = (number % 255) + 1;
            bytes.fill(fill, ptr, ptr + step.take);
            live.push({ ptr, size: step.take, fill });
          } else if (live.length > 0) {
            giveBack(step.give % live.length);
          }
        });
        while (live.length > 0) giveBack(0);
        expect(inUse(heap)).toEqual(before);
      });
      fc.assert(property, { seed: seed(), numRuns: 100 });
    });

    test("a freed block is the next one of its class", () => {
      const heap = spec.fresh();
      for (const size of [16, 1000, 32768, 3 * PAGE]) {
        const ptr = heap.alloc(size);
        heap.free(ptr);
        expect(heap.alloc(size)).toBe(ptr);
      }
      heap.drop();
    });

    test("free refuses what is not the start of a block, and the heap stays what it was", () => {
      const heap = spec.fresh();
      const small = heap.alloc(100);
      const half = heap.alloc(32768);
      const run = heap.alloc(3 * PAGE);
      const arc = Arc.create(8, { heap, align: 16 });
      const scratch = (internals(heap).account.scratch()?.ptr ?? 1) >>> 0;
      expect(scratch % 8192).toBe(0);
      const foreign: [string, number][] = [
        ["null", 0],
        ["the header's first words", 64],
        ["the header's page map", PAGE - 16],
        ["the inside of a small block", small + 16],
        ["an odd pointer", small + 1],
        ["a neighbour that was never handed out", small + 128],
        ["the second half of a page whose first half alone was", half + 32768],
        ["the inside of a run", run + PAGE],
        ["the page after the last", heap.stats().committed],
        ["the heap's last bytes", heap.capacity - 16],
        ["a control block", arc.share().control],
        ["a control block that was never used", arc.share().control + 32],
        ["an Arc's value", arc.ptr],
        ["the scratch of this thread's batches", scratch],
      ];
      for (const [what, ptr] of foreign) {
        const act = () => heap.free(ptr);
        try {
          expectRefusal(heap, { act, error: "CorruptionError", says: String(ptr) });
        } catch (cause) {
          throw new Error(`freeing ${what}`, { cause });
        }
      }
      // What was asked about still works.
      arc.drop();
      for (const ptr of [small, half, run]) heap.free(ptr);
      expect(heap.stats().blocks).toBe(spec.from > PAGE ? 1 : 0);
      heap.drop();
    });

    test("free refuses a block that was freed before, at once and after others were", () => {
      const heap = spec.fresh();
      for (const size of [16, 100, 32768, 2 * PAGE]) {
        const [first, second] = [heap.alloc(size), heap.alloc(size)];
        heap.free(first);
        expectRefusal(heap, {
          act: () => heap.free(first),
          error: "CorruptionError",
          says: `${first} was freed already`,
        });
        heap.free(second);
        expectRefusal(heap, {
          act: () => heap.free(first),
          error: "CorruptionError",
          says: `${first} was freed already`,
        });
        expect(new Set([heap.alloc(size), heap.alloc(size)])).toEqual(new Set([first, second]));
      }
      heap.drop();
    });

    test("free refuses a second free on another thread", async () => {
      const heap = spec.fresh();
      const board = new Int32Array(new SharedArrayBuffer(4));
      const ptr = heap.alloc(5000);
      const answers = inWorkers(WORKER, [{ part: "freeForeign", heap: heap.share(), board }], () => {
        Atomics.store(board, 0, ptr);
      });
      expect(await answers).toEqual(["ERR_SHMOL_CORRUPTION"]);
      expect(() => heap.free(ptr)).toThrow(CorruptionError);
      expect(heap.alloc(5000)).toBe(ptr);
      heap.drop();
    });

    test("an exhausted heap says so, is unchanged by it, and serves again what is freed", () => {
      for (const size of [16, 1024, 32768, PAGE, 5 * PAGE]) {
        const heap = spec.fresh();
        leaveFree(heap, 12);
        const taken: number[] = [];
        expect(() => {
          for (;;) taken.push(heap.alloc(size));
        }).toThrow(OutOfMemoryError);
        expect(new Set(taken).size).toBe(taken.length);
        // Not a byte of the twelve pages is lost.
        expect(taken.length).toBe(Math.floor((12 * PAGE) / size));
        expectRefusal(heap, {
          act: () => heap.alloc(size),
          error: "OutOfMemoryError",
          says: `no block of ${size} bytes`,
        });
        for (const ptr of taken.splice(0, 3)) {
          heap.free(ptr);
          expect(heap.alloc(size)).toBe(ptr);
          expect(() => heap.alloc(size)).toThrow(OutOfMemoryError);
        }
        heap.drop();
      }
    });

    test("a request larger than the heap is refused and takes nothing", () => {
      const heap = spec.fresh();
      expectRefusal(heap, {
        act: () => heap.alloc(4 * 1024 ** 3 - PAGE),
        error: "OutOfMemoryError",
        says: `of the heap's ${heap.capacity} bytes`,
      });
      heap.drop();
    });

    test("threads that allocate, free and hand blocks to one another keep every pattern and every count", async () => {
      const heap = spec.home();
      const before = inUse(heap);
      const board = new Int32Array(new SharedArrayBuffer(4 * 64));
      const start = seed();
      const jobs = [0, 1, 2, 3].map((i) => ({
        part: "allocStorm",
        heap: heap.share(),
        board,
        steps: count({ all: 20_000, usually: 20_000, brief: 5000 }),
        seed: start + i,
      }));
      expect(await inWorkers(WORKER, jobs)).toEqual([[], [], [], []]);
      const left = [...board].filter((ptr) => ptr !== 0);
      expect(heap.stats().blocks).toBe(before.blocks + left.length);
      for (const ptr of left) heap.free(ptr >>> 0);
      expect(inUse(heap)).toEqual(before);
    });
  },
);

test("a heap reserves its memory and touches almost none of it", () => {
  const before = process.memoryUsage().rss;
  const heap = Heap.create({ capacity: 4 * 1024 ** 3 - PAGE });
  expect(heap.stats().committed).toBeLessThan(1024 ** 2);
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 ** 2);
  heap.drop();
});
