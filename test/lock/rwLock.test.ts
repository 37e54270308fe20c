/** The readers-writer lock: async-lock's scenarios, and what happens to readers and writers that die. */
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import {
  DeadlockError,
  DroppedError,
  f64,
  Heap,
  PoisonedError,
  RwLock,
  struct,
  TimeoutError,
  u32,
  type WriteGuard,
} from "shmol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inUse } from "../heaps.js";
import { seed } from "../seed.js";
import { inWorkers, until } from "../workers.js";
import { victim } from "./victim.js";

const WORKER = new URL("./worker.mjs", import.meta.url);
const PAIR = struct({ left: u32, right: u32 });

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

const create = () => RwLock.create(PAIR, { heap });
const QUIET = { readers: 0, writer: undefined, upgradable: undefined, isPoisoned: false, waiting: 0 };

test("smoke", async () => {
  using lock = create();
  (await lock.read()).unlock();
  (await lock.write()).unlock();
  const readers = [await lock.read(), lock.readSync(), await lock.upgradableRead()];
  expect(lock.stats()).toEqual({ ...QUIET, readers: 3, upgradable: 0 });
  for (const reader of readers) reader.unlock();
  const writer = lock.writeSync();
  expect(lock.stats()).toEqual({ ...QUIET, writer: 0 });
  writer.unlock();
  expect(lock.stats()).toEqual(QUIET);
});

test("tryWrite", () => {
  using lock = create();
  const reader = lock.tryRead();
  expect([lock.tryWrite(), lock.stats().readers]).toEqual([undefined, 1]);
  reader?.unlock();
  const writer = lock.tryWrite();
  expect([lock.tryWrite(), lock.tryRead(), lock.tryUpgradableRead()]).toEqual([undefined, undefined, undefined]);
  writer?.unlock();
  const upgradable = lock.tryUpgradableRead();
  expect([lock.tryWrite(), lock.tryUpgradableRead()]).toEqual([undefined, undefined]);
  lock.tryRead()?.unlock();
  upgradable?.unlock();
});

test.each([false, true])("contention and writerAndReaders, awaited: %s", async (isAsync) => {
  const lock = create();
  const first = seed();
  const jobs = Array.from({ length: 4 }, (_, i) => {
    return { part: "readAndWrite", token: lock.share({ opens: 1 }), rounds: 300, seed: first + i, isAsync };
  });
  const written = (await inWorkers(WORKER, jobs)) as number[];
  const total = written.reduce((sum, one) => sum + one, 0);
  lock.withReadSync(({ value }) => expect(value).toMatchObject({ left: total, right: total }));
  expect(lock.stats()).toEqual(QUIET);
  lock.drop();
});

test("upgrade", async () => {
  using lock = create();
  const upgradable = lock.upgradableReadSync();
  const reader = await lock.read();
  const upgraded = upgradable.upgrade();
  expect([upgradable.isHeld, lock.tryRead()]).toEqual([false, undefined]);
  reader.unlock();
  const writer = await upgraded;
  writer.value.left = 1;
  const again = writer.downgradeToUpgradable();
  expect([writer.isHeld, again.value.left]).toEqual([false, 1]);
  again.upgradeSync().unlock();
  expect(lock.stats()).toEqual(QUIET);
});

test("notUpgrade", () => {
  using lock = create();
  const upgradable = lock.upgradableReadSync();
  const reader = lock.readSync();
  expect(upgradable.tryUpgrade()).toBeUndefined();
  expect(upgradable.isHeld).toBe(true);
  expect(() => upgradable.upgradeSync()).toThrow(DeadlockError);
  reader.unlock();
  upgradable.tryUpgrade()?.unlock();
  expect(lock.stats()).toEqual(QUIET);
});

test("upgradableWithConcurrentWriter", async () => {
  using lock = create();
  const upgradable = lock.upgradableReadSync();
  const waiting = lock.write();
  const writer = await upgradable.upgrade();
  writer.value.left = 2;
  writer.unlock();
  const other = await waiting;
  expect(other.value.left).toBe(2);
  other.unlock();
});

test("cancellation", async () => {
  using lock = create();
  const reader = lock.readSync();
  await expect(lock.write({ timeoutMs: 5 })).rejects.toThrow(TimeoutError);
  // It had kept readers out.
  lock.tryRead()?.unlock();
  const upgradable = lock.upgradableReadSync();
  await expect(upgradable.upgrade({ signal: AbortSignal.timeout(5) })).rejects.toThrow(/timeout/);
  // Upstream the lock is lost with the upgrade: here the guard is what it was.
  expect([upgradable.isHeld, upgradable.value.left, lock.stats().readers]).toEqual([true, 0, 2]);
  upgradable.unlock();
  await expect(lock.write({ timeoutMs: 0 })).rejects.toThrow("the lock was not free to write within 0 ms");
  reader.unlock();
  const writer = lock.writeSync();
  await expect(lock.read({ timeoutMs: 5 })).rejects.toThrow("the lock was not free to read within 5 ms");
  await expect(lock.upgradableRead({ signal: AbortSignal.abort("no") })).rejects.toBe("no");
  writer.unlock();
  expect(lock.stats()).toEqual(QUIET);
});

// Upstream the readers sleep until the next writer.
test("downgradeWakesReaders", async () => {
  using lock = create();
  const writer = lock.writeSync();
  const waiting = [lock.read(), lock.read()];
  const upgradable = writer.downgradeToUpgradable();
  for (const reader of await Promise.all(waiting)) reader.unlock();
  const next = lock.write();
  const reader = upgradable.downgrade();
  expect(() => upgradable.unlock()).toThrow(expect.objectContaining({ code: "ERR_SHMOL_NOT_HELD" }));
  reader.unlock();
  const last = (await next).downgrade();
  last.unlock();
  expect(lock.stats()).toEqual(QUIET);
});

test("lifetime", async () => {
  const lock = create();
  const writer = lock.writeSync();
  const [waiting, dropped] = [RwLock.open(lock.share()), RwLock.open(lock.share())];
  const late = waiting.read();
  const never = [dropped.read(), dropped.write()];
  dropped.drop();
  for (const one of never) await expect(one).rejects.toThrow(DroppedError);
  lock.drop();
  expect(() => lock.tryRead()).toThrow(DroppedError);
  writer.value.left = 3;
  writer.unlock();
  const last = await late;
  waiting.drop();
  expect(last.value.left).toBe(3);
  last.unlock();
});

test("a writer keeps new readers out", async () => {
  using lock = create();
  const reader = lock.readSync();
  const writing = lock.write();
  expect(lock.tryRead()).toBeUndefined();
  expect(() => lock.readSync({ timeoutMs: 1000 })).toThrow(DeadlockError);
  const later = lock.read();
  reader.unlock();
  const writer = await writing;
  writer.unlock();
  (await later).unlock();
});

test("blocking for what a guard of the same thread has is an error", () => {
  using lock = create();
  const writer = lock.writeSync();
  for (const act of [() => lock.readSync(), () => lock.writeSync(), () => lock.upgradableReadSync()])
    expect(act).toThrow(DeadlockError);
  writer.unlock();
  const reader = lock.readSync();
  expect(() => lock.writeSync()).toThrow(DeadlockError);
  reader.unlock();
  expect(lock.stats()).toEqual(QUIET);
});

test("deadReader", async () => {
  const lock = create();
  const { kill } = await victim(WORKER, { part: "dieReading", token: lock.share({ opens: 1 }) });
  const writing = lock.write();
  await sleep(2);
  expect(lock.stats().readers).toBe(1);
  await kill();
  (await writing).unlock();
  expect(lock.stats()).toEqual(QUIET);
  lock.drop();
});

test("deadWriter", async () => {
  const lock = create();
  const { kill } = await victim(WORKER, { part: "dieWriting", token: lock.share({ opens: 1 }) });
  const [reading, writing] = [lock.read(), lock.write()].map((one) => one.catch((error) => error));
  await kill();
  const read = (await reading) as PoisonedError<{ unlock(): void }>;
  expect(read).toBeInstanceOf(PoisonedError);
  read.guard.unlock();
  const { guard } = (await writing) as PoisonedError<WriteGuard<{ left: number }>>;
  expect([guard.value.left, guard.isPoisoned]).toEqual([7, true]);
  guard.clearPoison();
  guard.unlock();
  lock.readSync().unlock();
  await until(() => lock.stats().waiting === 0);
  lock.drop();
});

test("a lock that was taken from its writer by hand", () => {
  using lock = RwLock.create(f64, { heap });
  expect(lock.breakLock()).toBe(false);
  const writer = lock.writeSync();
  expect(lock.breakLock()).toBe(true);
  expect(() => writer.unlock()).toThrow(expect.objectContaining({ code: "ERR_SHMOL_NOT_HELD" }));
  try {
    lock.writeSync();
  } catch (error) {
    const { guard } = error as PoisonedError<WriteGuard<number>>;
    guard.clearPoison();
    guard.value = 2.5;
    guard.unlock();
  }
  const reader = lock.readSync();
  expect(lock.breakLock()).toBe(true);
  expect(() => reader.unlock()).toThrow("taken from this guard");
  expect(lock.withReadSync(({ value }) => value)).toBe(2.5);
});

test("a lock that was broken while a writer waits for readers", async () => {
  using lock = create();
  const reader = lock.readSync();
  const upgradable = lock.upgradableReadSync();
  const upgrade = upgradable.upgrade();
  expect(lock.breakLock()).toBe(true);
  await expect(upgrade).rejects.toThrow("was taken from this call by breakLock()");
  const [again, write] = [lock.readSync(), lock.write()];
  expect(lock.breakLock()).toBe(true);
  await expect(write).rejects.toMatchObject({ code: "ERR_SHMOL_NOT_HELD" });
  for (const guard of [reader, again, upgradable])
    expect(() => guard.unlock()).toThrow(expect.objectContaining({ code: "ERR_SHMOL_NOT_HELD" }));
  expect(lock.stats()).toEqual(QUIET);
  lock.writeSync().unlock();
});

test("unlock and breakLock at the same time", async () => {
  using lock = create();
  const first = seed();
  const part = { part: "readWriteAndBreak", rounds: 10_000 };
  await inWorkers(
    WORKER,
    [1, 2, 3].map((i) => ({ ...part, token: lock.share({ opens: 1 }), seed: first + i })),
  );
  expect(lock.stats()).toEqual({ ...QUIET, isPoisoned: true });
});

test("readers cannot assign, and all is shown as what it is", () => {
  using lock = create();
  using reader = lock.readSync();
  expect(() => {
    (reader.value as { left: number }).left = 1;
  }).toThrow(TypeError);
  expect(() => {
    (reader as { value: unknown }).value = { left: 1, right: 1 };
  }).toThrow(TypeError);
  expect(inspect(lock, { breakLength: Infinity })).toBe(
    `RwLock { type: 'struct{"left":"u32","right":"u32"}', readers: 1, writer: undefined, poisoned: false, waiting: 0, dropped: false }`,
  );
  expect(inspect(reader, { breakLength: Infinity })).toContain(
    "ReadGuard { value: struct { left: 0, right: 0 }, held: true }",
  );
});
