/** Which kernel a heap runs on: the one that the flag in its header names, whoever opens it. */
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import { ConcurrentQueue, Heap, type HeapToken, i32 } from "shmol";
import { leaksAtExit, trackStacks } from "shmol/checked";
import { afterEach, expect, test } from "vitest";
import { CHECKED, internals } from "../../dist/internals.js";
import { inWorkers } from "../workers.js";

const WORKER = new URL("./worker.mjs", import.meta.url);
const SETTINGS = "shmol:checked";
const HEAD_BLOCK = 128 + 8;
const settings = getEnvironmentData(SETTINGS);

afterEach(() => setEnvironmentData(SETTINGS, settings));

/** Workers that are started from here on know nothing of "shmol/checked". */
function tellWorkersNothing(): void {
  setEnvironmentData(SETTINGS, {});
}

function createHeap(): Heap {
  return Heap.create({ capacity: 64 * 65536 });
}

test("a heap that is created here says in its header that it is a checked one", () => {
  const heap = createHeap();
  expect(internals(heap).kernel.flags() & CHECKED).toBe(CHECKED);
  heap.drop();
});

test('a worker that imports "shmol" alone runs the checked kernel on a checked heap', async () => {
  tellWorkersNothing();
  const heap = createHeap();
  const queue = ConcurrentQueue.unbounded(i32, { heap });
  const { kernel } = internals(heap);
  const token = queue.share();
  const memory = new DataView(heap.buffer);
  const headBlock = (kernel.valueOf(token.control) >>> 0) + HEAD_BLOCK;
  const block = memory.getUint32(headBlock, true);
  memory.setUint32(headBlock, 65552, true);
  const [answer] = await inWorkers<string>(WORKER, [{ part: "pop", token }]);
  expect(answer).toMatch("ERR_SHMOL_CORRUPTION: required 128 byte alignment but found 16 at 65552");
  memory.setUint32(headBlock, block, true);
  queue.drop();
  heap.drop();
});

test("a heap that was created without the flag stays what it is, though it is opened here", async () => {
  tellWorkersNothing();
  const [answer] = await inWorkers<{ token: HeapToken; flags: number }>(WORKER, [{ part: "createHeap" }]);
  expect(answer?.flags).toBe(0);
  const heap = Heap.open((answer as { token: HeapToken }).token);
  const inside = internals(heap);
  expect([inside.kernel.flags(), inside.checked, "isFree" in inside.kernel]).toEqual([0, undefined, false]);
  heap.drop();
});

test("a worker's own heaps are checked ones where those of the thread that started it are", async () => {
  const [answer] = await inWorkers<{ flags: number }>(WORKER, [{ part: "createHeap" }]);
  expect(answer?.flags).toBe(CHECKED);
});

test("what it is told is checked", () => {
  expect(() => leaksAtExit("fial" as never)).toThrow('action must be "report", "fail" or "ignore": "fial"');
  expect(() => trackStacks(1 as never)).toThrow("on must be true or false: 1");
});
