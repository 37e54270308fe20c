/** The once-cell: scenarios of once_cell and async-lock, and a thread that dies while it makes the value. */
import { inspect } from "node:util";
import {
  arc,
  bytes,
  type Codec,
  DeadlockError,
  f64,
  Heap,
  i64,
  json,
  OnceCell,
  struct,
  TimeoutError,
  u32,
  utf8,
} from "shmol";
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

const create = <T>(type: Codec<T>) => OnceCell.create(type, { heap });
const never = (): never => {
  throw new Error("it was made twice");
};

test.each<[string, Codec<unknown>, unknown]>([
  ["a number", f64, -0.5],
  ["64 bits", i64, -(2n ** 63n)],
  ["a short string", utf8, "buns"],
  ["a long string", utf8, "ü".repeat(1000)],
  ["bytes", bytes, Uint8Array.of(1, 2, 3)],
  ["a record", struct({ id: u32, name: utf8 }), { id: 7, name: "seven" }],
  ["undefined's neighbour", json, null],
])("smoke: %s is read again and again", async (_, type, value) => {
  using cell = create(type as Codec<unknown>);
  expect(cell.get()).toBeUndefined();
  expect(cell.set(value)).toBe(true);
  const plain =
    type === (json as unknown) || typeof value !== "object"
      ? (one: unknown) => one
      : (one: unknown) => ({ ...(one as object) });
  for (const read of [
    cell.get(),
    cell.waitSync(),
    await cell.wait(),
    cell.getOrInitSync(never),
    await cell.getOrInit(never),
  ])
    expect(plain(read)).toEqual(plain(value));
  expect(cell.stats()).toEqual({ isSet: true, maker: undefined, waiting: 0 });
});

test("setTwice", () => {
  using cell = create(u32);
  expect([cell.set(1), cell.set(2), cell.get()]).toEqual([true, false, 1]);
  using other = create(u32);
  expect(() => other.set(wrong("1"))).toThrow(/u32/);
  expect(other.set(1)).toBe(true);
});

test.each([false, true])("getOrInit: one thread makes each value, awaited: %s", async (isAsync) => {
  const cells = Array.from({ length: 200 }, () => create(json));
  const jobs = [1, 2, 3, 4].map((seed) => {
    return { part: "makeOnce", tokens: cells.map((cell) => cell.share({ opens: 1 })), seed, isAsync };
  });
  const found = (await inWorkers(WORKER, jobs)) as { values: number[]; made: number }[];
  for (const { values } of found) expect(values).toEqual(cells.map((cell) => (cell.get() as { by: number }).by));
  expect(found.reduce((sum, { made }) => sum + made, 0)).toBe(cells.length);
  for (const cell of cells) cell.drop();
});

test("failsThenSucceeds", async () => {
  using cell = create(u32);
  let fail = (_: unknown) => {};
  const first = cell.getOrInit(() => new Promise<number>((_, reject) => (fail = reject)));
  const second = cell.getOrInit(() => 2);
  const third = cell.getOrInit(never);
  expect(cell.stats()).toEqual({ isSet: false, maker: 0, waiting: 2 });
  fail(new Error("no"));
  await expect(first).rejects.toThrow("no");
  expect([await second, await third, cell.get()]).toEqual([2, 2, 2]);
  using other = create(u32);
  expect(() => other.getOrInitSync(() => wrong("x"))).toThrow(/u32/);
  expect(other.getOrInitSync(() => 3)).toBe(3);
});

test("waitDoesNotInit", async () => {
  using cell = create(utf8);
  await expect(cell.wait({ timeoutMs: 5 })).rejects.toThrow(TimeoutError);
  expect(() => cell.waitSync({ timeoutMs: 1 })).toThrow("the once-cell had no value within 1 ms");
  const waits = [cell.wait(), cell.wait()];
  expect(cell.stats()).toMatchObject({ isSet: false, waiting: 2 });
  cell.set("now");
  expect(await Promise.all(waits)).toEqual(["now", "now"]);
});

test("a call that waits for a value gives up", async () => {
  using cell = create(u32);
  let succeed = (_: number) => {};
  const first = cell.getOrInit(() => new Promise<number>((resolve) => (succeed = resolve)));
  await expect(cell.getOrInit(never, { timeoutMs: 5 })).rejects.toThrow(TimeoutError);
  await expect(cell.getOrInit(never, { signal: AbortSignal.timeout(5) })).rejects.toThrow(/timeout/);
  expect(cell.set(9)).toBe(false);
  expect(() => cell.getOrInitSync(never)).toThrow(DeadlockError);
  expect(() => cell.waitSync()).toThrow("this thread makes the value of the once-cell");
  succeed(1);
  expect([await first, cell.stats().waiting]).toEqual([1, 0]);
});

test("initializerDies", async () => {
  using cell = create(utf8);
  const { kill } = await victim(WORKER, { part: "dieMaking", token: cell.share({ opens: 1 }) });
  expect(cell.stats()).toMatchObject({ isSet: false });
  const [waiting, own] = [cell.wait(), cell.getOrInit(() => "mine")];
  await until(() => cell.stats().waiting === 2);
  await kill();
  expect([await own, await waiting]).toEqual(["mine", "mine"]);
});

test("a handle that is dropped while the value is made", async () => {
  const cell = create(u32);
  const other = OnceCell.open(cell.share());
  const made = cell.getOrInit(async () => 5);
  cell.drop();
  expect([await made, other.get()]).toEqual([5, 5]);
  other.drop();
});

test("bad input, and what inspectors show", () => {
  using cell = create(u32);
  expect(() => OnceCell.create(arc, { heap })).toThrow(/Arcs/);
  expect(() => OnceCell.create(wrong(5), { heap })).toThrow(/element type/);
  expect(() => cell.getOrInitSync(wrong(5))).toThrow("f must be a function");
  expect(() => OnceCell.open(cell.share(), wrong(utf8))).toThrow(/type "u32"/);
  expect(inspect(cell, { breakLength: Infinity })).toContain("type: 'u32', isSet: false");
});
