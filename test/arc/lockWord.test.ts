/** Locks whose holder dies: free again, and poisoned until somebody says otherwise. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { Heap, PoisonedError, type ReapReport } from "shmol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { internals, LockWord } from "../../dist/internals.js";
import { until } from "../workers.js";

let heap: Heap;
let word: number;
let lock: LockWord;
const reports: ReapReport[] = [];

beforeEach(() => {
  heap = Heap.create();
  word = heap.alloc(16);
  new Int32Array(heap.buffer)[word / 4] = 0;
  lock = new LockWord(internals(heap), word);
  reports.length = 0;
  heap.on("reaped", (report) => reports.push(report));
});
afterEach(() => heap.drop());

/** A worker takes the lock and is terminated. */
async function killAHolder(): Promise<void> {
  const worker = new Worker(new URL("lockWord.mjs", import.meta.url), { workerData: { heap: heap.share(), word } });
  expect(await once(worker, "message")).toEqual([true]);
  expect(lock.tryLock()).toBe(false);
  expect(heap.stats().threads.map(({ locks }) => locks)).toEqual([0, 1]);
  const before = reports.length;
  await worker.terminate();
  await until(() => reports.length > before);
  expect(reports.at(-1)).toMatchObject({ locks: 1 });
}

test("one handle has the lock at a time", () => {
  const other = new LockWord(internals(heap), word);
  expect(lock.tryLock()).toBe(true);
  expect(other.tryLock()).toBe(false);
  expect(() => lock.tryLock()).toThrow("has the lock already");
  expect(() => other.unlock()).toThrow("does not have the lock");
  expect(() => other.clearPoison()).toThrow("only who has the lock");
  lock.unlock();
  expect(other.tryLock()).toBe(true);
  other.unlock();
});

test("a lock whose holder died is free, and says so until its poison is cleared", async () => {
  await killAHolder();
  expect(() => lock.tryLock()).toThrow(PoisonedError);
  expect(() => lock.tryLock()).toThrow(expect.objectContaining({ code: "ERR_SHMOL_POISONED" }));
  expect(() => lock.tryLock()).toThrow(String(word));
  expect(lock.tryLock(true)).toBe(true);
  lock.unlock();
  expect(() => lock.tryLock()).toThrow(PoisonedError);
  lock.tryLock(true);
  lock.clearPoison();
  lock.unlock();
  expect(lock.tryLock()).toBe(true);
  lock.unlock();
});

test("a lock can be poisoned again, and by one who knew", async () => {
  await killAHolder();
  await killAHolder();
  expect(lock.tryLock(true)).toBe(true);
  lock.clearPoison();
  lock.unlock();
  expect(lock.tryLock()).toBe(true);
  lock.unlock();
});
