/** What the checked kernel refuses, one by one: mistakes of the kernel's own kind, made by hand. */
import { Arc, ConcurrentQueue, CorruptionError, Heap, i32, OutOfMemoryError } from "shmol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { KIND_ARC } from "../../dist/heap/kernel/numbers.js";
import type { Kernel } from "../../dist/internals.js";
import { internals } from "../../dist/internals.js";
import { leaveFree } from "../heaps.js";

const PAGE = 65536;
const CAPACITY = 64 * PAGE;
// Offsets in a control block, before a value, and in a queue at alignment 128.
const STRONG = 0;
const GENERATION = 4;
const CONTROL_VALUE = 12;
const BACK = 16;
const HEAD_BLOCK = 128 + 8;
const TAIL_BLOCK = 256 + 8;
const META_RING = 12;

let heap: Heap;
let kernel: Kernel;
let memory: DataView;

beforeEach(() => {
  heap = Heap.create({ capacity: CAPACITY });
  ({ kernel } = internals(heap));
  memory = new DataView(heap.buffer);
});
afterEach(() => heap.drop());

const read = (at: number) => memory.getUint32(at, true);
const write = (at: number, value: number) => memory.setUint32(at, value, true);

/** The kernel refuses, and says so. */
function refuses(act: () => unknown, says: string): void {
  let thrown: unknown;
  try {
    act();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(CorruptionError);
  expect((thrown as Error).message).toContain(says);
}

/** Handles of what was broken by hand: collected, they would give their counts back, and be refused again, in some later test. */
const broken: unknown[] = [];

/** A queue to break, where its value and its first block lie. */
function queueWithParts() {
  const queue = ConcurrentQueue.unbounded(i32, { heap });
  broken.push(queue);
  const { control } = queue.share();
  const value = read(control + CONTROL_VALUE);
  return { queue, control, value, block: read(value + HEAD_BLOCK) };
}

/** The control block of an Arc of 200 bytes that has `strong` counts and a weak one. */
function control(strong: 0 | 1): number {
  const arc = Arc.create(200, { heap });
  const found = arc.share().control;
  kernel.downgrade(found, 0);
  if (strong === 0) arc.drop();
  return found;
}

/** A control block that was an Arc's and is free. */
function freeControl(): number {
  const arc = Arc.create(200, { heap });
  const found = arc.share().control;
  arc.drop();
  return found;
}

describe("a pointer", () => {
  test.each([
    ["null", 0, "null pointer dereferenced: required 128 byte alignment but found 0"],
    ["misaligned", 4 * PAGE + 16, "required 128 byte alignment but found 16 at 262160"],
    ["beyond the memory", CAPACITY, "128 bytes at 4194304 reach beyond the memory's 4194304"],
  ])("to a queue's block is refused where it is %s", (_, pointer, says) => {
    const { queue, value } = queueWithParts();
    write(value + HEAD_BLOCK, pointer);
    refuses(() => queue.pop(), says);
  });

  test.each([
    ["null", 0, "null pointer dereferenced: required 32 byte alignment but found 0"],
    ["misaligned", 4 * PAGE + 8, "required 32 byte alignment but found 8 at 262152"],
    ["beyond the memory", CAPACITY + PAGE, "32 bytes at 4259840 reach beyond the memory's 4194304"],
  ])("to a control block is refused where it is %s", (_, pointer, says) => {
    refuses(() => kernel.retain(pointer, 1, 0), says);
  });

  test("to a value that was found by a second formula is refused: the block's start plus the header's size", () => {
    const { value } = queueWithParts();
    const wrong = value - heap.alignment + BACK;
    refuses(() => kernel.push(wrong, 1, 0), `required 128 byte alignment but found 16 at ${wrong}`);
  });
});

describe("a header of another kind", () => {
  test("is refused where a control block is expected", () => {
    const arc = Arc.create(100, { heap });
    refuses(() => kernel.retain(arc.ptr, 1, 0), `expected a control block at ${arc.ptr} but found no block`);
    const block = heap.alloc(100);
    refuses(() => kernel.retain(block, 1, 0), `expected a control block at ${block} but found one of 128 bytes`);
  });

  test("is refused where a queue is expected", () => {
    const arc = Arc.create(kernel.queueSize(), { heap });
    const { control } = arc.share();
    const says = `expected control block ${control} to be of kind queue but found arc`;
    refuses(() => kernel.push(arc.ptr, 1, 0), says);
    refuses(() => kernel.size(arc.ptr), says);
    refuses(() => kernel.destroy(arc.ptr), says);
  });

  test("is refused where a value is expected: nothing before it leads back", () => {
    const block = heap.alloc(4096, 128);
    const says = `before value ${block + 128}, its way back to a control block, but found 0x00000000`;
    new Uint8Array(heap.buffer, block, 4096).fill(0);
    refuses(() => kernel.pop(block + 128, 0), says);
  });

  test("is refused where the way back is to somebody else's control block", () => {
    const { queue, value } = queueWithParts();
    const other = queueWithParts();
    write(value - 16, other.control);
    write(value - 12, other.control ^ (read(other.value - 12) ^ other.control));
    refuses(() => queue.pop(), `expected control block ${other.control} to lead to value ${value}`);
  });

  test("is refused where a queue's block is expected", () => {
    const { queue, value } = queueWithParts();
    const small = heap.alloc(128);
    write(value + TAIL_BLOCK, small);
    refuses(() => queue.push(1), `expected a block of at least 888 bytes at ${small} but found one of 128 bytes`);
  });

  test("is refused where a bounded queue's ring is expected", () => {
    const queue = ConcurrentQueue.bounded(100, i32, { heap });
    broken.push(queue);
    const value = read(queue.share().control + CONTROL_VALUE);
    const small = heap.alloc(128);
    write(value + META_RING, small);
    const says = `expected a block of at least 1312 bytes at ${small} but found one of 128 bytes`;
    refuses(() => queue.push(1), says);
    refuses(() => queue.pop(), says);
    refuses(() => queue.popMany(2), says);
  });

  test("is refused where batches expect their scratch", () => {
    const { value } = queueWithParts();
    const block = heap.alloc(8192);
    const says = `expected a block of at least 80 bytes at ${block} but found one of 8192 bytes`;
    refuses(() => kernel.pushMany(value, block, 10), says);
    refuses(() => kernel.popMany(value, block, 10), says);
  });
});

describe("a stale generation", () => {
  test("is refused: a handle whose control block serves another object by now", () => {
    const arc = Arc.create(100, { heap });
    const { control, generation } = arc.share();
    // Two handles, and one count between them.
    const forged = Arc.fromRaw(heap, arc.ptr);
    arc.drop();
    const heir = Arc.create(100, { heap });
    expect(heir.share().control).toBe(control);
    const says = `expected generation ${generation} in control block ${control} but found ${generation + 1}`;
    refuses(() => forged.clone(), says);
    refuses(() => forged.bytes(), says);
    expect(() => forged.drop()).toThrow(says);
    expect(heir.strongCount, "what is not the handle's to give up is still there").toBe(1);
  });

  test("is refused: a queue's value that its control block has left behind", () => {
    const { queue, control } = queueWithParts();
    const generation = read(control + GENERATION);
    write(control + GENERATION, generation + 1);
    refuses(() => queue.pop(), `expected generation ${generation} in control block ${control} but found 1`);
    write(control + GENERATION, generation);
    expect(queue.pop()).toBeUndefined();
  });

  test("is an everyday answer where somebody asks: a token may be old", () => {
    const arc = Arc.create(100, { heap });
    const token = arc.share();
    arc.drop();
    expect(() => Arc.open(token)).toThrow(`generation ${token.generation}`);
    expect(kernel.kindIfLive(token.control, token.generation)).toBe(0);
  });
});

describe("a count", () => {
  test.each([
    ["retain", (at: number) => kernel.retain(at, 1, 0)],
    ["release", (at: number) => kernel.release(at, 0)],
    ["isUnique", (at: number) => kernel.isUnique(at)],
    ["share", (at: number) => kernel.share(at)],
    ["newTicket", (at: number) => kernel.newTicket(at, 1, 0)],
  ])("must be there: %s of an object that is gone", (_, act) => {
    const dead = control(0);
    refuses(() => act(dead), `expected a strong count in control block ${dead} but found 0: the object is gone`);
  });

  test.each([
    ["upgrade", (at: number) => kernel.upgrade(at, 0)],
    ["downgrade", (at: number) => kernel.downgrade(at, 0)],
    ["releaseWeak", (at: number) => kernel.releaseWeak(at, 0)],
    ["finish", (at: number) => kernel.finish(at, 0)],
  ])("must be there: %s of a control block that was freed", (_, act) => {
    const freed = freeControl();
    refuses(() => act(freed), `expected a weak count in control block ${freed} but found 0: it was freed`);
  });

  test("must be gone before the value is freed", () => {
    const live = control(1);
    refuses(() => kernel.finish(live, 0), `expected 0 strong counts in control block ${live} but found 1`);
    refuses(() => kernel.abandon(live, 0), "the object is still held");
    refuses(() => kernel.publish(live, 0), "the object is still held");
  });

  test("goes once: a value is not freed twice", () => {
    const dead = control(0);
    refuses(
      () => kernel.finish(dead, 0),
      `expected a value in control block ${dead} but found none: it was freed already`,
    );
  });

  test("must not be there when a control block is handed out", () => {
    const freed = freeControl();
    write(freed + STRONG, 1);
    refuses(() => kernel.create(16, 16, KIND_ARC, 1, 0), `control block ${freed} was handed out in use`);
  });
});

describe("a block that was freed", () => {
  test("is refused as a queue: its value is poison", () => {
    const { queue, value } = queueWithParts();
    queue.drop();
    refuses(() => kernel.push(value, 1, 0), "but found 0xdbdbdbdb, which is freed memory");
    refuses(() => kernel.isEmpty(value), `before value ${value}, its way back to a control block`);
  });

  test("is refused as a queue's block, by whoever claims a slot in it", () => {
    const { queue, block } = queueWithParts();
    queue.push(1);
    heap.free(block);
    const says = `block ${block} of 1024 bytes is used after it was freed`;
    expect(() => queue.push(2)).toThrow(says);
    expect(() => queue.pushMany([3, 4])).toThrow(says);
  });

  test("is refused as a value's, when that goes with its last handle", () => {
    const arc = Arc.create(300, { heap });
    const block = arc.ptr - heap.alignment;
    heap.free(block);
    refuses(() => arc.drop(), `block ${block} of 512 bytes was freed already`);
  });

  test("reads as 0xdb, through a view that outlived its handle", () => {
    const arc = Arc.create(256, { heap });
    const view = arc.bytes();
    arc.drop();
    expect(new Set(view)).toEqual(new Set([0xdb]));
  });

  test.each([
    ["behind the allocator's words", 16],
    ["in the middle", 100],
    ["in its last byte", 1023],
    ["between the allocator's words", 5],
    ["in the allocator's mark", 8],
  ])("and is written to is found when it is handed out again: %s", (_, offset) => {
    const block = heap.alloc(1000);
    heap.free(block);
    const byte = new Uint8Array(heap.buffer, block + offset, 1);
    const before = byte[0] as number;
    byte[0] = before ^ 1;
    const says = `block ${block} was written to after it was freed: found byte ${before ^ 1} at offset ${offset}`;
    expect(() => heap.alloc(1000)).toThrow(says);
  });

  test("and is written to over its link sends the allocator nowhere", () => {
    const [first, second] = [heap.alloc(1000), heap.alloc(1000)];
    heap.free(first);
    heap.free(second);
    write(second, 3 * 1024);
    heap.alloc(1000);
    expect(() => heap.alloc(1000)).toThrow(`expected a block of at least 1024 bytes at ${3 * 1024} but found no block`);
  });

  test("is not what the memory's last block is: a value may end where the memory ends", () => {
    control(1);
    leaveFree(heap, 1);
    // Pages that others gave back meanwhile come first.
    const arcs: Arc[] = [];
    expect(() => {
      for (;;) arcs.push(Arc.create(PAGE - 128, { heap }));
    }).toThrow(OutOfMemoryError);
    expect(Math.max(...arcs.map(({ ptr, size }) => ptr + size))).toBe(CAPACITY);
    for (const arc of arcs) arc.drop();
  });

  test.each([16, 17, 1024, 32768, 3 * PAGE])("and is left alone serves again: %i bytes", (size) => {
    const block = heap.alloc(size);
    heap.free(block);
    expect(heap.alloc(size)).toBe(block);
    heap.free(block);
  });
});
