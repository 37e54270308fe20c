/** The mutex: async-lock's scenarios, on one thread and across workers, and what happens to holders and lockers that die. */
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import {
  bool,
  DeadlockError,
  DroppedError,
  date,
  enumeration,
  f64,
  Heap,
  Mutex,
  type MutexGuard,
  nullable,
  optional,
  PoisonedError,
  type ReapReport,
  struct,
  TimeoutError,
  tuple,
  u32,
  utf8,
} from "shmol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { collect } from "../garbage.mjs";
import { inUse } from "../heaps.js";
import { wrong } from "../refusal.js";
import { seed } from "../seed.js";
import { inWorkers, until } from "../workers.js";
import { victim } from "./victim.js";

const WORKER = new URL("./worker.mjs", import.meta.url);
const RECORD = struct({ inside: u32, total: u32 });

const modes = [
  ["blocking", () => false],
  ["awaited", () => true],
  ["blocking and awaited", (i: number) => i % 2 === 0],
] as const;

let heap: Heap;
let before: ReturnType<typeof inUse>;
beforeEach(() => {
  heap = Heap.create();
  before = inUse(heap);
});
afterEach(() => {
  expect(inUse(heap)).toEqual(before);
  heap.drop();
});

const create = () => Mutex.create(RECORD, { heap });

function reports(): ReapReport[] {
  const all: ReapReport[] = [];
  heap.on("reaped", (report) => all.push(report));
  return all;
}

test("smoke", async () => {
  using mutex = Mutex.create(undefined, { heap });
  (await mutex.lock()).unlock();
  (await mutex.lock()).unlock();
  expect(mutex.stats()).toEqual({ isLocked: false, isPoisoned: false, holder: undefined, waiting: 0, starved: 0 });
});

test("smokeSync", () => {
  using mutex = Mutex.create(undefined, { heap });
  mutex.lockSync().unlock();
  {
    using guard = mutex.lockSync();
    expect([guard.isHeld, guard.value, mutex.stats().holder]).toEqual([true, undefined, 0]);
  }
  expect(mutex.stats().isLocked).toBe(false);
});

test("tryLock", () => {
  using mutex = Mutex.create(undefined, { heap });
  const guard = mutex.tryLock();
  expect(mutex.tryLock()).toBeUndefined();
  guard?.unlock();
  mutex.tryLock()?.unlock();
});

test.each(modes)("contention: %s", async (_, isAsync) => {
  const mutex = create();
  const rounds = 600;
  const first = seed();
  const jobs = Array.from({ length: 4 }, (_, i) => {
    return { part: "count", token: mutex.share({ opens: 1 }), rounds, seed: first + i, isAsync: isAsync(i) };
  });
  await inWorkers(WORKER, jobs);
  mutex.withLockSync(({ value }) => expect(value).toMatchObject({ inside: 0, total: 4 * rounds }));
  expect(mutex.stats()).toMatchObject({ isLocked: false, waiting: 0, starved: 0 });
  mutex.drop();
});

test("lifetime", async () => {
  const mutex = create();
  const guard = mutex.lockSync();
  const [waiting, dropped] = [Mutex.open(mutex.share()), Mutex.open(mutex.share())];
  const late = waiting.lock();
  const never = dropped.lock();
  dropped.drop();
  await expect(never).rejects.toThrow(DroppedError);
  mutex.drop();
  expect(() => mutex.tryLock()).toThrow(DroppedError);
  // Guards keep the mutex, and calls that wait keep theirs.
  guard.value.total = 1;
  guard.unlock();
  const last = await late;
  waiting.drop();
  expect(last.value.total).toBe(1);
  last.unlock();
});

test("yieldsWhenContended", async () => {
  const mutex = create();
  const guard = mutex.lockSync();
  let isSettled = false;
  const waiting = mutex.lock().finally(() => {
    isSettled = true;
  });
  await sleep(5);
  expect([isSettled, mutex.stats().waiting]).toEqual([false, 1]);
  guard.unlock();
  (await waiting).unlock();
  mutex.drop();
});

describe("lockSkew", () => {
  test.each(modes.slice(0, 2))("%s", async (_, isAsync) => {
    const waits: number[] = [];
    for (let round = 0; round < 4; round++) {
      const mutex = create();
      const words = new Int32Array(new SharedArrayBuffer(4));
      const job = { words, isAsync: isAsync(0), asks: 40 };
      const answers = await inWorkers(WORKER, [
        { part: "ask", token: mutex.share({ opens: 1 }), ...job },
        { part: "hog", token: mutex.share({ opens: 1 }), ...job },
      ]);
      waits.push(...(answers[0] as number[]));
      mutex.drop();
    }
    waits.sort((a, b) => a - b);
    expect(waits.length).toBe(160);
    // On a machine with nothing else to do 3 ms and 5 ms; a mutex without the rule about the starved: 2500 ms.
    expect(waits.at(-1)).toBeLessThan(500);
  });
});

describe("poison", () => {
  test.each(["blocking", "awaited"])("poison: %s", async (how) => {
    const mutex = create();
    const all = reports();
    const { kill } = await victim(WORKER, { part: "dieInside", token: mutex.share({ opens: 1 }) });
    expect(mutex.tryLock()).toBeUndefined();
    expect(mutex.stats().holder).not.toBe(0);
    const waiting = how === "awaited" ? mutex.lock().catch((error) => error) : undefined;
    await kill();
    const error = await (waiting ??
      Promise.resolve()
        .then(() => mutex.lockSync())
        .catch((error) => error));
    expect(error).toBeInstanceOf(PoisonedError);
    expect(error.code).toBe("ERR_SHMOL_POISONED");
    // The guard has the mutex, to look and repair.
    expect([error.guard.value.total, error.guard.isPoisoned, mutex.stats().isLocked]).toEqual([7, true, true]);
    error.guard.unlock();
    (caught(() => mutex.tryLock()) as PoisonedError<MutexGuard>).guard.unlock();
    await until(() => all.length > 0);
    expect(all).toMatchObject([{ locks: 1 }]);
    mutex.drop();
  });

  test("clearPoison", async () => {
    const mutex = create();
    const { kill } = await victim(WORKER, { part: "dieInside", token: mutex.share({ opens: 1 }) });
    await kill();
    const { guard } = await mutex.lock().catch((error) => error);
    guard.value.total = 0;
    guard.clearPoison();
    expect(guard.isPoisoned).toBe(false);
    guard.unlock();
    (await mutex.lock()).unlock();
    mutex.drop();
  });
});

test.each([false, true])("starvedDies, awaited: %s", async (isAsync) => {
  const mutex = create();
  const all = reports();
  const first = mutex.lockSync();
  const controller = new AbortController();
  const aborted = mutex.lock({ signal: controller.signal }).catch((error) => error);
  const { kill } = await victim(WORKER, { part: "dieWaiting", token: mutex.share({ opens: 1 }), isAsync });
  await until(() => mutex.stats().waiting === 2);
  await sleep(2);
  // The call that is aborted is notified. So it notifies the worker, which finds the mutex taken again.
  first.unlock();
  const guard = mutex.tryLock() as MutexGuard<unknown>;
  controller.abort("no");
  expect(await aborted).toBe("no");
  await until(() => mutex.stats().starved === 1);
  await kill();
  guard.unlock();
  await until(() => all.length > 0);
  expect(mutex.stats()).toMatchObject({ isLocked: false, isPoisoned: false, starved: 0, waiting: 0 });
  mutex.lockSync().unlock();
  mutex.drop();
});

test("time-outs and signals", async () => {
  const mutex = create();
  const guard = mutex.lockSync();
  await expect(mutex.lock({ timeoutMs: 5 })).rejects.toThrow(TimeoutError);
  await expect(mutex.lock({ timeoutMs: 0 })).rejects.toThrow("the mutex was not free within 0 ms");
  await expect(mutex.lock({ signal: AbortSignal.abort("no") })).rejects.toBe("no");
  await expect(mutex.lock({ signal: AbortSignal.timeout(5) })).rejects.toThrow(/timeout/);
  expect(mutex.stats().waiting).toBe(0);
  guard.unlock();
  const other = await victim(WORKER, { part: "dieInside", token: mutex.share({ opens: 1 }) });
  expect(() => mutex.lockSync({ timeoutMs: 5 })).toThrow(TimeoutError);
  await other.kill();
  await mutex.lock().catch(({ guard }) => guard.unlock());
  mutex.drop();
});

// A call whose time is up while its thread has still to be told of the notification.
test("a time-out that meets a notification for a mutex that is taken again", async () => {
  const mutex = create();
  const guard = mutex.lockSync();
  const waiting = mutex.lock({ timeoutMs: 1 }).catch((error) => error);
  const behind = mutex.lock();
  await sleep(0);
  guard.unlock();
  const again = mutex.tryLock();
  for (const end = performance.now() + 5; performance.now() < end; );
  expect(await waiting).toBeInstanceOf(TimeoutError);
  again?.unlock();
  (await behind).unlock();
  expect(mutex.stats()).toMatchObject({ isLocked: false, waiting: 0, starved: 0 });
  mutex.drop();
});

test("lockSync while a guard of the same thread is out is an error", async () => {
  const mutex = create();
  const other = Mutex.open(mutex.share());
  const guard = mutex.lockSync();
  expect(() => mutex.lockSync()).toThrow(DeadlockError);
  expect(() => other.lockSync({ timeoutMs: 1000 })).toThrow(expect.objectContaining({ code: "ERR_SHMOL_DEADLOCK" }));
  guard.unlock();
  other.lockSync().unlock();
  for (const handle of [mutex, other]) handle.drop();
});

test("a lock that was taken from its holder by hand", () => {
  const mutex = create();
  expect(mutex.breakLock()).toBe(false);
  const guard = mutex.lockSync();
  expect(mutex.breakLock()).toBe(true);
  expect(() => guard.unlock()).toThrow(expect.objectContaining({ code: "ERR_SHMOL_NOT_HELD" }));
  const { guard: next } = caught(() => mutex.lockSync()) as PoisonedError<{ clearPoison(): void; unlock(): void }>;
  next.clearPoison();
  next.unlock();
  mutex.lockSync().unlock();
  mutex.drop();
});

test("a guard that the lock was taken from does nothing to the next holder", () => {
  const mutex = create();
  const broken = mutex.lockSync();
  mutex.breakLock();
  const { guard: next } = caught(() => mutex.lockSync()) as PoisonedError<MutexGuard<unknown>>;
  broken.clearPoison();
  expect(next.isPoisoned).toBe(true);
  expect(() => broken.unlock()).toThrow(expect.objectContaining({ code: "ERR_SHMOL_NOT_HELD" }));
  expect(mutex.stats()).toMatchObject({ isLocked: true, isPoisoned: true, holder: 0 });
  next.unlock();
  mutex.drop();
});

test("unlock and breakLock at the same time: the mutex is taken as often as one of both succeeds", async () => {
  const mutex = create();
  const words = new Int32Array(new SharedArrayBuffer(4));
  await inWorkers(
    WORKER,
    Array.from({ length: 3 }, () => ({
      part: "takeAndBreak",
      token: mutex.share({ opens: 1 }),
      words,
      rounds: 20_000,
    })),
  );
  expect(words[0]).toBe(0);
  mutex.drop();
});

test("a forgotten guard unlocks and poisons", async () => {
  const mutex = create();
  (() => void mutex.lockSync())();
  await sleep(0);
  await until(() => {
    collect();
    return !mutex.stats().isLocked;
  });
  expect(mutex.stats()).toMatchObject({ isLocked: false, isPoisoned: true });
  mutex.drop();
});

describe("what it protects", () => {
  test("a record, read and written in place", () => {
    const mutex = Mutex.create(struct({ id: u32, at: struct({ x: f64, ok: bool }) }), { heap });
    const guard = mutex.lockSync();
    expect(guard.value).toMatchObject({ id: 0, at: { x: 0, ok: false } });
    guard.value.id = 3;
    guard.value.at.x = 0.5;
    guard.value.at.ok = true;
    const other = Mutex.open(mutex.share());
    const { at } = guard.value;
    guard.unlock();
    expect(() => at.x).toThrow(expect.objectContaining({ code: "ERR_SHMOL_NOT_HELD" }));
    expect(() => {
      at.x = 1;
    }).toThrow("has unlocked");
    other.withLockSync((guard) => {
      expect(JSON.stringify(guard.value)).toBe('{"id":3,"at":{"x":0.5,"ok":true}}');
      // All of it or nothing.
      expect(() => {
        guard.value = { id: 4, at: wrong({ x: "1", ok: true }) };
      }).toThrow("at.x");
      expect(() => {
        guard.value.at = wrong({ x: 1 });
      }).toThrow("ok");
      expect(() => {
        guard.value.id = -1;
      }).toThrow("id is no u32: a number out of range: -1");
      expect(guard.value).toMatchObject({ id: 3, at: { x: 0.5, ok: true } });
      guard.value = { id: 5, at: { x: 1, ok: false } };
      expect(guard.value).toMatchObject({ id: 5, at: { x: 1, ok: false } });
    });
    for (const handle of [mutex, other]) handle.drop();
  });

  test("a number, bytes at an alignment, nothing", () => {
    const number = Mutex.create(f64, { heap });
    number.withLockSync((guard) => {
      guard.value += 2.5;
    });
    expect(number.withLockSync(({ value }) => value)).toBe(2.5);
    number.drop();

    const bytes = Mutex.create(24, { heap, align: 1024 });
    const other = Mutex.open(bytes.share());
    const guard = other.lockSync();
    expect([guard.value.length, guard.value.byteOffset % 1024]).toEqual([24, 0]);
    guard.value[0] = 7;
    expect(guard.view(Uint32Array)[0]).toBe(7);
    guard.value = new Uint8Array(new SharedArrayBuffer(24)).fill(1);
    expect(guard.view(Float64Array).length).toBe(3);
    guard.unlock();
    for (const handle of [bytes, other]) handle.drop();
  });
});

test("a record with parts of fixed size, and what has none is refused", () => {
  const mutex = Mutex.create(
    struct({ at: nullable(date), note: optional(f64), kind: enumeration("a", "b"), pair: tuple(u32, f64) }),
    { heap },
  );
  const guard = mutex.lockSync();
  guard.value = { at: null, kind: "a", pair: [1, 2] };
  guard.value.note = 0.5;
  guard.value.at = new Date(7);
  guard.value.pair = [3, 4];
  expect(guard.value).toMatchObject({ at: new Date(7), note: 0.5, kind: "a", pair: [3, 4] });
  guard.value.at = null;
  guard.value.kind = "b";
  guard.value.note = undefined as unknown as number;
  expect(JSON.stringify(guard.value)).toBe('{"at":null,"kind":"b","pair":[3,4]}');
  expect(() => {
    guard.value.kind = wrong("c");
  }).toThrow("kind is no");
  guard.unlock();
  mutex.drop();
  for (const type of [utf8, struct({ name: utf8 })])
    expect(() => Mutex.create(wrong(type), { heap })).toThrow("has no fixed size");
  expect(() => Mutex.create(0, { heap })).toThrow("size");
  expect(() => Mutex.create(wrong(u32), { heap, align: 64 })).toThrow("align is for bytes");
});

test("is shown as what it is", () => {
  using mutex = Mutex.create(u32, { heap });
  const guard = mutex.lockSync();
  guard.value = 3;
  expect(inspect(mutex, { breakLength: Infinity })).toBe(
    "Mutex { type: 'u32', locked: true, poisoned: false, waiting: 0, dropped: false }",
  );
  expect(inspect(guard)).toBe("MutexGuard { value: 3, held: true }");
  guard.unlock();
  expect(inspect(guard)).toBe("MutexGuard { held: false }");
  expect(() => structuredClone(guard)).toThrow("a handle stays on its thread");
});

test("withLock unlocks whatever happens", async () => {
  const mutex = create();
  expect(await mutex.withLock(async ({ value }) => ++value.total)).toBe(1);
  await expect(mutex.withLock(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(() =>
    mutex.withLockSync((guard) => {
      guard.unlock();
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(mutex.stats()).toMatchObject({ isLocked: false, isPoisoned: false });
  mutex.drop();
});

function caught(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}
