import { Arc, DroppedError, Heap } from "shmol";
import { afterEach, describe, expect, test } from "vitest";
import { inWorkers } from "../workers.js";

const WORKER = new URL("./worker.mjs", import.meta.url);
const PAGE = 65536;

describe("a heap", () => {
  const made: Heap[] = [];
  const create = (options?: Parameters<typeof Heap.create>[0]): Heap => {
    const heap = Heap.create(options);
    made.push(heap);
    return heap;
  };
  afterEach(() => {
    for (const heap of made.splice(0)) heap.drop();
  });

  test("has 256 MiB and an alignment unit of 128 unless told", () => {
    const heap = create();
    expect([heap.capacity, heap.alignment]).toEqual([256 * 1024 ** 2, 128]);
    expect(heap.memory.buffer).toBe(heap.buffer);
    expect(heap.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  test("rounds its capacity up to whole pages, and has every byte of it", () => {
    const heap = create({ capacity: 10 * PAGE + 1 });
    expect([heap.capacity, heap.buffer.byteLength]).toEqual([11 * PAGE, 11 * PAGE]);
    expect(heap.stats().capacity).toBe(11 * PAGE);
  });

  test.each([16, 32, 64, 128, 256, 512, 1024, 2048, 4096])("can have an alignment unit of %i", (alignment) => {
    const heap = create({ alignment, capacity: 64 * PAGE });
    expect(heap.alignment).toBe(alignment);
    const arc = Arc.create(1, { heap });
    expect([arc.align, arc.ptr % alignment]).toEqual([alignment, 0]);
    arc.drop();
  });

  test("starts with nothing in use", () => {
    const { committed, threads, ...rest } = create().stats();
    expect(threads.map(({ threadId }) => threadId)).toEqual([0]);
    expect(rest).toEqual({
      capacity: 256 * 1024 ** 2,
      used: 0,
      blocks: 0,
      classes: [],
      controls: 0,
      scratch: 0,
      leaked: 0,
    });
    expect(committed % PAGE).toBe(0);
  });

  test("has an id of its own", () => {
    const [one, two] = [create(), create()];
    expect(one.id).toMatch(/^[0-9a-f]{16}$/);
    expect(one.id).not.toBe(two.id);
  });

  test("is one object on one thread, however often its token is cloned and opened", () => {
    const heap = create();
    expect(Heap.open(heap.share()) === heap).toBe(true);
    expect(Heap.open(structuredClone(heap.share())) === heap).toBe(true);
  });

  test("is the same memory on another thread", async () => {
    const heap = create({ capacity: 64 * PAGE });
    const arc = Arc.create(new Int32Array([7, 8]), { heap });
    const ptr = arc.intoRaw();
    const [seen] = await inWorkers<number[]>(WORKER, [{ part: "takeOver", heap: heap.share(), ptr }]);
    expect(seen).toEqual([7, 0, 0, 0, 8, 0, 0, 0]);
    expect(heap.stats().blocks).toBe(0);
  });

  test("that was dropped refuses everything but a second drop, and opens again from a token", () => {
    const heap = create({ capacity: 64 * PAGE });
    const token = heap.share();
    const ptr = heap.alloc(100);
    heap.drop();
    heap.drop();
    expect(() => heap.alloc(1)).toThrow(DroppedError);
    const again = Heap.open(token);
    made.push(again);
    expect(again === heap).toBe(false);
    expect(again.id).toBe(heap.id);
    again.free(ptr);
    expect(again.stats().blocks).toBe(0);
  });
});

describe("the default heap", () => {
  test("is made once, and is the one that constructors use", () => {
    const heap = Heap.default();
    expect(Heap.default() === heap).toBe(true);
    const arc = Arc.create(8);
    expect(arc.heap === heap).toBe(true);
    arc.drop();
  });

  test("is inherited by workers", async () => {
    const heap = Heap.default();
    const answers = await inWorkers(WORKER, [{ part: "defaultHeap", token: heap.share() }]);
    expect(answers).toEqual([{ id: heap.id, same: true }]);
  });

  test("that was dropped is followed by a new one", () => {
    const heap = Heap.default();
    heap.drop();
    const next = Heap.default();
    expect(next.id).not.toBe(heap.id);
    expect(next.alloc(16)).toBeGreaterThan(0);
  });
});
