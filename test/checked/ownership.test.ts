/** Whose memory it was: what errors say of a block's history, and what a thread still holds in the end. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Arc, ConcurrentQueue, Heap, i32 } from "shmol";
import { leaks, trackStacks } from "shmol/checked";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { inWorkers } from "../workers.js";

const WORKER = new URL("./worker.mjs", import.meta.url);
const LEAKY = fileURLToPath(new URL("./leaky.mjs", import.meta.url));
const HERE = "ownership.test.ts:";

let heap: Heap;
beforeEach(() => {
  heap = Heap.create({ capacity: 64 * 65536 });
});
afterEach(() => {
  trackStacks(false);
  heap.drop();
});

/** What this thread holds in the test's heap. */
const held = () => leaks().filter((leak) => leak.heap === heap.id);
const kinds = () => held().map(({ kind, size }) => `${kind} ${size}`);

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing was thrown";
}

describe("an error names the allocation", () => {
  test("that was freed twice: its kind and size, where it was taken and where it was freed", () => {
    trackStacks(true);
    const block = heap.alloc(100);
    heap.free(block);
    const [what, taken, freed] = messageOf(() => heap.free(block)).split(/taken|and freed/);
    expect(what).toBe(`block ${block} was freed already; this was a block of 100 bytes at ${block}, `);
    for (const stack of [taken, freed]) expect(stack).toContain(HERE);
  });

  test("without its stack, if nobody asked for it", () => {
    const block = heap.alloc(100);
    heap.free(block);
    const message = messageOf(() => heap.free(block));
    expect(message).toContain(`a block of 100 bytes at ${block}, taken by this thread\n  and freed`);
    expect(message).not.toContain(HERE);
  });

  test("that a foreign pointer lies in", () => {
    const block = heap.alloc(100);
    const message = messageOf(() => heap.free(block + 32));
    expect(message).toContain(`${block + 32} is not the start of an allocated block; `);
    expect(message).toContain(`this is 32 bytes into a block of 100 bytes at ${block}, taken by this thread`);
    heap.free(block);
  });

  test("that was written to after it was freed", () => {
    trackStacks(true);
    const arc = Arc.create(1000, { heap });
    const bytes = arc.bytes();
    arc.drop();
    bytes[500] = 7;
    const message = messageOf(() => Arc.create(1000, { heap }));
    expect(message).toContain("was written to after it was freed: found byte 7 at offset 628; this was an Arc of 1000");
    expect(message).toMatch(/and given back[\s\S]*ownership.test.ts:/);
  });

  test("that is used after its last count went", () => {
    const arc = Arc.create(64, { heap });
    const forged = Arc.fromRaw(heap, arc.ptr);
    const { ptr } = arc;
    arc.drop();
    expect(messageOf(() => forged.bytes())).toMatch(`the object is gone; this is an Arc of 64 bytes at ${ptr}, taken`);
    expect(() => forged.drop()).toThrow("the object is gone");
  });
});

describe("leaks", () => {
  test("are what this thread took and did not give back, by kind, size and place", () => {
    expect(held()).toEqual([]);
    const block = heap.alloc(300);
    const arc = Arc.create(64, { heap });
    const clone = arc.clone();
    const weak = arc.downgrade();
    const queue = ConcurrentQueue.unbounded(i32, { heap });
    const { ticket } = arc.share({ opens: 1 });
    expect(held()).toEqual([
      { kind: "block", size: 300, ptr: block, heap: heap.id, stack: undefined },
      { kind: "arc", size: 64, ptr: arc.ptr, heap: heap.id, stack: undefined },
      { kind: "arc", size: 64, ptr: arc.ptr, heap: heap.id, stack: undefined },
      { kind: "weak", size: 32, ptr: arc.share().control, heap: heap.id, stack: undefined },
      { kind: "queue", size: 384, ptr: expect.any(Number), heap: heap.id, stack: undefined },
      { kind: "ticket", size: 32, ptr: ticket?.control, heap: heap.id, stack: undefined },
    ]);
    heap.free(block);
    for (const handle of [arc, clone, weak, queue]) handle.drop();
    expect(kinds()).toEqual(["ticket 32"]);
  });

  test("name the place in the program, when asked", () => {
    trackStacks(true);
    function forget() {
      return Arc.create(8, { heap });
    }
    const arc = forget();
    expect(held()[0]?.stack).toMatch(/at \S+\.create [\s\S]*at forget .*ownership.test.ts:/);
    arc.drop();
    expect(held()).toEqual([]);
  });

  test("are gone with every way of letting go", () => {
    const raw = Arc.create(8, { heap }).intoRaw();
    expect(held()).toEqual([]);
    const arc = Arc.fromRaw(heap, raw);
    expect(kinds()).toEqual(["arc 8"]);
    expect(arc.intoInner()).toHaveLength(8);
    const shared = Arc.create(8, { heap });
    const other = shared.clone();
    other.makeMut();
    expect(kinds()).toEqual(["arc 8", "arc 8"]);
    for (const handle of [shared, other]) handle.drop();
    Arc.cyclic(8, (weak) => weak.clone().drop(), { heap }).drop();
    expect(held()).toEqual([]);
  });

  test("are not opens that were taken, nor blocks that another thread freed", async () => {
    const arc = Arc.create(16, { heap });
    const token = arc.share({ opens: 2 });
    const ptr = heap.alloc(5000);
    expect(kinds()).toEqual(["arc 16", "ticket 32", "block 5000"]);
    const [there] = await inWorkers(WORKER, [{ part: "takeAndFree", heap: heap.share(), tokens: [token, token], ptr }]);
    expect(there, "what the other thread held before it gave it back").toEqual(["arc 16", "arc 16"]);
    expect(kinds()).toEqual(["arc 16"]);
    arc.drop();
  });

  test("stay what they are when the heap is dropped, and can be given back when it is open again", () => {
    const ptr = heap.alloc(10);
    const token = heap.share();
    heap.drop();
    expect(kinds()).toEqual(["block 10"]);
    const again = Heap.open(token);
    again.free(ptr);
    expect(held()).toEqual([]);
    again.drop();
  });

  /** Runs leaky.mjs, which ends and holds this and that. Only what it imports itself makes its heap a checked one. */
  async function run(...args: string[]): Promise<{ code: number; stderr: string }> {
    const env = { ...process.env, NODE_OPTIONS: "" };
    const options = { env, timeout: 30_000 };
    const ended = await promisify(execFile)(process.execPath, [LEAKY, ...args], options).catch((error) => error);
    return { code: ended.code ?? 0, stderr: ended.stderr };
  }

  test("are reported on stderr when the program ends, alike ones together", { timeout: 40_000 }, async () => {
    const { code, stderr } = await run();
    expect(code).toBe(0);
    const lines = stderr.trimEnd().split("\n");
    expect(lines[0]).toBe("shmol: thread 0 ended and did not give back 2384 bytes of checked heaps:");
    expect(lines[1]).toMatch(/^ {2}20 blocks of 100 bytes, the first at \d+ in heap [0-9a-f]{16}$/);
    expect(lines[2]).toMatch(/^ {2}a queue of 384 bytes, at \d+ in heap [0-9a-f]{16}$/);
    expect(lines[3]).toContain("trackStacks(true)");
    expect(lines).toHaveLength(4);
  });

  test("are reported with their stacks, and make the program fail, when asked", { timeout: 40_000 }, async () => {
    const { code, stderr } = await run("stacks", "fail");
    expect(code).toBe(1);
    expect(stderr).toMatch(/a queue of 384 bytes[\s\S]*at \S+\.unbounded[\s\S]*at leakAQueue .*leaky.mjs:/);
  });

  test("are not reported when nobody wants to know", { timeout: 40_000 }, async () => {
    expect(await run("ignore")).toEqual({ code: 0, stderr: "" });
  });

  test("are opens that the program leaves, but not those of a worker: they outlive it", {
    timeout: 40_000,
  }, async () => {
    const { code, stderr } = await run("opens", "fail");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^shmol: thread 0 .*\n {2}a ticket of 32 bytes, at/);
    expect(await run("opens", "worker", "fail")).toEqual({ code: 0, stderr: "" });
  });

  test("are reported by a worker that ends, too, as it was started", { timeout: 40_000 }, async () => {
    const { code, stderr } = await run("worker", "fail");
    expect(stderr).toContain("shmol: thread 1 ended and did not give back 2384 bytes of checked heaps:");
    expect(code).toBe(0);
  });
});
