/** The barrier: scenarios of std and async-lock, and calls that give up or die. */
import { Barrier, DroppedError, Heap, TimeoutError } from "shmol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inUse } from "../heaps.js";
import { wrong } from "../refusal.js";
import { inWorkers, until } from "../workers.js";
import { victim } from "./victim.js";

const WORKER = new URL("./worker.mjs", import.meta.url);

let heap: Heap;
let before: ReturnType<typeof inUse>;
beforeEach(() => {
  heap = Heap.create();
  before = inUse(heap);
});
afterEach(async () => {
  // A thread's doorbell goes with the next turn of the event loop.
  await expect.poll(() => inUse(heap)).toEqual(before);
  heap.drop();
});

const create = (parties: number) => Barrier.create(parties, { heap });

test("smoke and leader", async () => {
  using barrier = create(3);
  for (const generation of [1, 2]) {
    const leads = await Promise.all([barrier.wait(), barrier.wait(), barrier.wait()]);
    expect(leads).toEqual([false, false, true]);
    expect(barrier.stats()).toEqual({ parties: 3, waiting: 0, generation });
  }
});

test("zeroDoesNotBlock, nor does one", async () => {
  for (const parties of [0, 1]) {
    using barrier = create(parties);
    expect([barrier.waitSync(), await barrier.wait(), barrier.waitSync({ timeoutMs: 0 })]).toEqual([true, true, true]);
  }
});

test.each([false, true])("tango, awaited: %s", async (isAsync) => {
  using barrier = create(4);
  const rounds = 300;
  const words = new Int32Array(new SharedArrayBuffer(4));
  const job = { part: "comeAgain", words, rounds, parties: 4, isAsync };
  const jobs = Array.from({ length: 4 }, () => ({ ...job, token: barrier.share({ opens: 1 }) }));
  const led = (await inWorkers(WORKER, jobs)) as number[];
  expect(led.reduce((sum, one) => sum + one, 0)).toBe(rounds);
  expect(barrier.stats()).toEqual({ parties: 4, waiting: 0, generation: rounds });
});

test("lots", async () => {
  using barrier = create(200);
  const waits = Array.from({ length: 1000 }, () => barrier.wait());
  expect((await Promise.all(waits)).filter(Boolean)).toHaveLength(5);
});

test("gaveUp", async () => {
  using barrier = create(2);
  await expect(barrier.wait({ timeoutMs: 5 })).rejects.toThrow(TimeoutError);
  await expect(barrier.wait({ signal: AbortSignal.timeout(5) })).rejects.toThrow(/timeout/);
  expect(() => barrier.waitSync({ timeoutMs: 1 })).toThrow("not all had come to the barrier within 1 ms");
  expect(() => barrier.waitSync({ timeoutMs: 0 })).toThrow(TimeoutError);
  const other = Barrier.open(barrier.share());
  const dropped = other.wait();
  other.drop();
  await expect(dropped).rejects.toThrow(DroppedError);
  expect(barrier.stats()).toEqual({ parties: 2, waiting: 0, generation: 0 });
  const waits = [barrier.wait(), barrier.waitSync()];
  expect(await Promise.all(waits)).toEqual([false, true]);
});

test.each([false, true])("deadWaiter, awaited: %s", async (isAsync) => {
  using barrier = create(2);
  const { kill } = await victim(WORKER, { part: "dieAtBarrier", token: barrier.share({ opens: 1 }), isAsync });
  await until(() => barrier.stats().waiting === 1);
  await kill();
  await until(() => barrier.stats().waiting === 0);
  expect(await Promise.all([barrier.wait(), barrier.wait()])).toEqual([false, true]);
});

test("bad input", () => {
  using barrier = create(2);
  for (const parties of [-1, 1.5, 2 ** 31, "2", undefined])
    expect(() => Barrier.create(wrong(parties), { heap })).toThrow(/parties/);
  expect(() => barrier.waitSync({ timeoutMs: -1 })).toThrow(/timeoutMs/);
  expect(() => Barrier.open(wrong(heap.share()))).toThrow(/barrier/i);
  expect(barrier.stats().waiting).toBe(0);
});
