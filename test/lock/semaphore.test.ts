/** The semaphore: async-lock's scenarios, tokio's order, and permits of holders that die. */
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { ClosedError, DroppedError, Heap, Semaphore, type SemaphoreGuard, TimeoutError } from "shmol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { collect } from "../garbage.mjs";
import { inUse } from "../heaps.js";
import { wrong } from "../refusal.js";
import { seed } from "../seed.js";
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
  // The thread gives its doorbell up in its own time.
  await sleep(1);
  expect(inUse(heap)).toEqual(before);
  heap.drop();
});

const create = (permits: number) => Semaphore.create(permits, { heap });

test("tryAcquire", () => {
  using semaphore = create(2);
  const first = semaphore.tryAcquire();
  const second = semaphore.tryAcquire();
  expect(semaphore.tryAcquire()).toBeUndefined();
  first?.release();
  second?.release();
  expect(semaphore.tryAcquire(3)).toBeUndefined();
  const all = semaphore.tryAcquire(2) as SemaphoreGuard;
  expect([all.permits, semaphore.availablePermits]).toEqual([2, 0]);
  all.release();
  expect(() => all.release()).toThrow(expect.objectContaining({ code: "ERR_SHMOL_NOT_HELD" }));
});

test.each([false, true])("stress, awaited: %s", async (isAsync) => {
  const semaphore = create(5);
  const first = seed();
  const words = new Int32Array(new SharedArrayBuffer(4));
  const jobs = Array.from({ length: 4 }, (_, i) => {
    return {
      part: "permits",
      token: semaphore.share({ opens: 1 }),
      words,
      rounds: 300,
      most: 5,
      seed: first + i,
      isAsync,
    };
  });
  await inWorkers(WORKER, jobs);
  expect(semaphore.stats()).toEqual({ available: 5, waiting: 0, isClosed: false });
  semaphore.drop();
});

test("asMutex", async () => {
  using semaphore = create(1);
  let [inside, total] = [0, 0];
  await Promise.all(
    Array.from({ length: 10 }, async () => {
      const guard = await semaphore.acquire();
      expect(++inside).toBe(1);
      await sleep(1);
      inside--;
      total++;
      guard.release();
    }),
  );
  expect(total).toBe(10);
});

test("multiResource", async () => {
  using semaphore = create(3);
  const guards = [await semaphore.acquire(), semaphore.acquireSync(2)];
  const waiting = semaphore.acquire(2);
  guards[0]?.release();
  expect(semaphore.stats()).toEqual({ available: 1, waiting: 1, isClosed: false });
  guards[1]?.release();
  (await waiting).release();
});

test("lifetime", async () => {
  const semaphore = create(1);
  const guard = semaphore.acquireSync();
  const [waiting, dropped] = [Semaphore.open(semaphore.share()), Semaphore.open(semaphore.share())];
  const late = waiting.acquire();
  const never = dropped.acquire();
  dropped.drop();
  await expect(never).rejects.toThrow(DroppedError);
  semaphore.drop();
  expect(() => semaphore.tryAcquire()).toThrow(DroppedError);
  guard.release();
  const last = await late;
  waiting.drop();
  last.release();
});

test("availablePermits, addPermits, forget", async () => {
  const semaphore = create(0);
  expect(semaphore.availablePermits).toBe(0);
  const waiting = [semaphore.acquire(2), semaphore.acquire()];
  semaphore.addPermits(3);
  const [two, one] = await Promise.all(waiting);
  two?.forget();
  one?.release();
  expect(semaphore.availablePermits).toBe(1);
  semaphore.addPermits(2 ** 31 - 2);
  expect(() => semaphore.addPermits(1)).toThrow("available permits and n");
  for (const n of [0, -1, 1.5, wrong("1")]) expect(() => semaphore.tryAcquire(n)).toThrow("n must be");
  semaphore.drop();
});

test("bigRequestsDoNotStarve", async () => {
  using semaphore = create(3);
  const guard = semaphore.acquireSync(2);
  const order: string[] = [];
  const take = async (n: number, name: string) => {
    const taken = await semaphore.acquire(n);
    order.push(name);
    taken.release();
  };
  const all = [take(3, "big"), take(1, "small")];
  // One permit is free, and is kept for the first.
  expect([semaphore.availablePermits, semaphore.tryAcquire()]).toEqual([1, undefined]);
  guard.release();
  await Promise.all(all);
  expect(order).toEqual(["big", "small"]);
});

// Upstream the second sleeps on beside a free permit until the first has run.
test("two releases let two go on, also while the first has not run", async () => {
  using semaphore = create(2);
  const guards = [semaphore.acquireSync(), semaphore.acquireSync()];
  const waiting = [semaphore.acquire(), semaphore.acquire()];
  for (const guard of guards) guard.release();
  expect(semaphore.stats().available).toBe(0);
  for (const guard of await Promise.all(waiting)) guard.release();
});

test("who gives up lets those behind go on", async () => {
  using semaphore = create(2);
  const guard = semaphore.acquireSync();
  const big = semaphore.acquire(2, { timeoutMs: 5 });
  const small = semaphore.acquire();
  await expect(big).rejects.toThrow(TimeoutError);
  (await small).release();
  await expect(semaphore.acquire(2, { signal: AbortSignal.timeout(5) })).rejects.toThrow(/timeout/);
  expect(() => semaphore.acquireSync(2, { timeoutMs: 5 })).toThrow("2 permits were not free within 5 ms");
  guard.release();
  expect(semaphore.stats()).toMatchObject({ available: 2, waiting: 0 });
});

test("close", async () => {
  using semaphore = create(1);
  const guard = semaphore.acquireSync();
  const waiting = semaphore.acquire();
  expect([semaphore.close(), semaphore.close(), semaphore.isClosed]).toEqual([true, false, true]);
  await expect(waiting).rejects.toThrow(ClosedError);
  guard.release();
  expect(() => semaphore.tryAcquire()).toThrow(ClosedError);
  expect(semaphore.stats()).toEqual({ available: 1, waiting: 0, isClosed: true });
});

test.each(["holds", "waits"])("deadHolder, that %s", async (how) => {
  const semaphore = create(2);
  const guard = semaphore.acquireSync();
  const { kill } = await victim(WORKER, {
    part: "dieWithPermits",
    token: semaphore.share({ opens: 1 }),
    n: how === "holds" ? 1 : 2,
  });
  await until(() => how === "holds" || semaphore.stats().waiting === 1);
  const waiting = semaphore.acquire();
  expect(semaphore.availablePermits).toBe(how === "holds" ? 0 : 1);
  await kill();
  (await waiting).release();
  guard.release();
  await until(() => semaphore.availablePermits === 2);
  semaphore.drop();
});

test("a forgotten guard gives its permits back", async () => {
  using semaphore = create(1);
  (() => void semaphore.acquireSync())();
  await sleep(0);
  await until(() => {
    collect();
    return semaphore.availablePermits === 1;
  });
});

test("is shown as what it is", () => {
  using semaphore = create(2);
  using guard = semaphore.acquireSync();
  expect(inspect(semaphore, { breakLength: Infinity })).toBe(
    "Semaphore { available: 1, waiting: 0, isClosed: false, dropped: false }",
  );
  expect(inspect(guard)).toBe("SemaphoreGuard { permits: 1 }");
});
