/** Threads that open a heap and end: what they owned comes back, those who should know are told, and nobody else is harmed. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import {
  Arc,
  type ArcToken,
  Heap,
  type HeapStats,
  OutOfMemoryError,
  type ReapReport,
  SharedEvent,
  ShmolError,
} from "shmol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { OK, OWN_STRONG } from "../../dist/heap/kernel/numbers.js";
import { internals, osThreadId } from "../../dist/internals.js";
import { testWhere } from "../testWhere.js";
import { until } from "../workers.js";

const SCRIPT = new URL("threads.mjs", import.meta.url);

let heap: Heap;
let arc: Arc;
let event: SharedEvent;
let reports: ReapReport[];
let before: HeapStats;
const workers: Worker[] = [];

beforeEach(() => {
  heap = Heap.create();
  arc = Arc.create(new Uint8Array([1, 2, 3, 4]), { heap });
  event = SharedEvent.create({ heap });
  // Of this test: the heaps of those before may still have something to tell.
  const told: ReapReport[] = [];
  reports = told;
  heap.on("reaped", (report) => told.push(report));
  before = heap.stats();
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

const tokens = () => ({ heap: heap.share(), arc: arc.share(), event: event.share() });

function start(part: string, more: object = {}): Worker {
  const worker = new Worker(SCRIPT, { workerData: { part, tokens: tokens(), ...more } });
  worker.on("error", () => {});
  workers.push(worker);
  return worker;
}

/**
 * Its next message. Not `once`, which an error ends: a worker's messages and errors come by ways of their own, and which is
 * there first is not said.
 */
const messageOf = (worker: Worker) => new Promise<unknown>((resolve) => worker.once("message", resolve));

const threads = () => heap.stats().threads.map(({ threadId }) => threadId);

/** The heap holds what it held, and what is still held by this thread is held once. */
function expectNothingLeft(): void {
  expect(heap.stats()).toEqual({ ...before, committed: expect.any(Number) });
  expect([arc.strongCount, arc.weakCount, event.totalListeners]).toEqual([1, 0, 0]);
}

describe("a thread that opens a heap", () => {
  test("stands in the heap's statistics, with what it holds", async () => {
    const worker = start("owner", { end: "never" });
    await once(worker, "message");
    const theirs = heap.stats().threads.find(({ threadId }) => threadId === worker.threadId);
    const held = { strong: 2, weak: 1, tickets: 1, listeners: 1, values: 0, blocks: 0, locks: 0 };
    const osThread = { osThreadId: expect.any(Number) };
    expect(theirs).toEqual({ threadId: worker.threadId, ...osThread, isAlive: true, ...held });
  });

  test("is there once, and no more when it has dropped the heap and all it had", () => {
    const other = Heap.create();
    const { kernel } = internals(other);
    const lives = () => Array.from({ length: kernel.threadLimit() }, (_, i) => kernel.phaseOf(kernel.entryAt(i)));
    const count = () => lives().filter((phase) => phase !== 0).length;
    expect(Heap.open(other.share())).toBe(other);
    const kept = Arc.create(8, { heap: other });
    expect(count()).toBe(1);
    other.drop();
    expect(count()).toBe(1);
    kept.drop();
    expect(count()).toBe(0);
  });
});

describe.each(["naturally", "exit", "throw", "never", "blocked"])("a worker that ends (%s)", (end) => {
  test("leaves nothing behind, and its notification to others", async () => {
    const worker = start("owner", { end });
    const { threadId } = worker;
    const token = (await messageOf(worker)) as ArcToken;
    const mine = event.listen();
    // The worker's, which came first. It never takes it.
    expect(event.notify(1)).toBe(1);
    if (end === "never" || end === "blocked") await worker.terminate();
    await mine.wait({ timeoutMs: 10_000 });
    await until(() => !threads().includes(threadId));
    // Opens that it had set aside outlive an end in good order, and no other.
    expect(Heap.revoke(token)).toBe(["naturally", "exit"].includes(end) ? 3 : 0);
    expectNothingLeft();
    if (end !== "never" && end !== "blocked") return;
    const found = { strong: 2, weak: 1, tickets: 1, listeners: 1, passedOn: 1, values: 0, blocks: 0, locks: 0 };
    expect(reports).toEqual([{ threadId, ...found }]);
  });
});

test("a worker's exit handlers may use what it holds, also those that were registered last", async () => {
  const worker = start("lateHandler");
  const { threadId } = worker;
  // All that are there when a worker has ended come at once.
  const messages: unknown[] = [];
  worker.on("message", (message) => messages.push(message));
  await once(worker, "exit");
  const [token] = messages;
  expect(messages).toEqual([expect.objectContaining({ shmol: "arc" }), { sum: 10 }]);
  await until(() => !threads().includes(threadId));
  expect(Heap.revoke(token as ArcToken)).toBe(3);
  expectNothingLeft();
});

test("a worker's own worker is looked after as well", async () => {
  const [{ threadId }] = (await once(start("parent"), "message")) as [{ threadId: number }];
  await until(() => reports.length > 0);
  expect(reports.map((report) => report.threadId)).toEqual([threadId]);
  expectNothingLeft();
});

test("when the thread that made a heap dies, and those that open it later, all is returned by whoever is left", async () => {
  const worker = start("maker");
  const { threadId } = worker;
  const [theirs] = (await once(worker, "message")) as [ReturnType<typeof tokens>];
  const orphan = Heap.open(theirs.heap);
  const told: ReapReport[] = [];
  orphan.on("reaped", (report) => told.push(report));
  const [kept, opened] = [Arc.open(theirs.arc), SharedEvent.open(theirs.event)];
  await worker.terminate();
  await until(() => told.length > 0);
  expect(told).toEqual([expect.objectContaining({ threadId, strong: 2, listeners: 1 })]);
  expect([kept.strongCount, opened.totalListeners]).toEqual([1, 0]);

  const second = new Worker(SCRIPT, { workerData: { part: "owner", tokens: theirs, end: "never" } });
  workers.push(second);
  await once(second, "message");
  expect(orphan.stats().threads).toHaveLength(2);
  await second.terminate();
  await until(() => told.length > 1);
  expect([kept.strongCount, kept.weakCount, opened.totalListeners]).toEqual([1, 0, 0]);
  for (const handle of [kept, opened, orphan]) handle.drop();
});

describe("an entry of a thread that nobody has heard of", () => {
  /** Has a thread enter the table that does not exist, and own a handle. Returns its entry. */
  function enter(thread: number, osThread: number): number {
    const { kernel } = internals(heap);
    const entry = kernel.enter(thread, osThread);
    kernel.use(entry);
    const cell = (kernel.addCells() >>> 0) + 16;
    new Uint32Array(heap.buffer)[cell / 4 + 2] = OWN_STRONG;
    expect(kernel.retain(arc.share().control, 1, cell)).toBe(OK);
    kernel.use(kernel.entryAt(0));
    expect(arc.strongCount).toBe(2);
    return entry;
  }

  testWhere(osThreadId !== 0)("is returned when the operating system has no such thread", async () => {
    // Above what Linux gives out.
    enter(4711, 2 ** 22 + 1);
    await until(() => reports.length > 0);
    expect(reports).toEqual([expect.objectContaining({ threadId: 4711, strong: 1 })]);
    expectNothingLeft();
  });

  test.each([
    ["has no number of the operating system's", 4712, 0],
    ["has the number of a thread that lives", 4713, process.pid],
  ])("stays while it %s: nothing proves that it is dead", async (_, thread, osThread) => {
    const entry = enter(thread, osThread);
    // Each of these has this thread look.
    const other = Heap.create({ capacity: 2 ** 20 });
    await once(start("reaper", { thread }), "exit");
    other.drop();
    expect(() => heap.reap(thread)).toThrow(`thread ${thread} may still run`);
    expect([arc.strongCount, threads().includes(thread), reports]).toEqual([2, true, []]);
    expect(internals(heap).kernel.reap(entry, thread, osThread)).toBe(1);
    expectNothingLeft();
  });
});

describe("watch", () => {
  test("returns what a worker owned on a thread that did not make the heap", async () => {
    const worker = start("maker");
    const [theirs] = (await once(worker, "message")) as [ReturnType<typeof tokens>];
    const watched = Heap.open(theirs.heap);
    const second = new Worker(SCRIPT, { workerData: { part: "owner", tokens: theirs, end: "never" } });
    workers.push(second);
    const { threadId } = second;
    watched.watch(second);
    await once(second, "message");
    await second.terminate();
    await until(() => !watched.stats().threads.some((each) => each.threadId === threadId));
    watched.drop();
  });
});

describe("reap", () => {
  test("returns what it found, and the second time that there is nothing", async () => {
    // A thread that nobody was told of: it did not open the heap in the usual way.
    const { kernel } = internals(heap);
    const entry = kernel.enter(4714, 0);
    expect(threads()).toContain(4714);
    expect(() => heap.reap(4714)).toThrow("thread 4714 may still run: its end was not seen here");
    expect(kernel.reap(entry, 4714, 0)).toBe(1);
    const nothing = { strong: 0, weak: 0, tickets: 0, listeners: 0, passedOn: 0, values: 0, blocks: 0, locks: 0 };
    expect(heap.reap(4714)).toEqual({ threadId: 4714, ...nothing });
    expect(threads()).not.toContain(4714);
  });

  test("goes on with what a call on this thread has left that was cut short", () => {
    const { kernel } = internals(heap);
    const entry = kernel.enter(4715, 0);
    kernel.use(entry);
    const cell = (kernel.addCells() >>> 0) + 16;
    expect(kernel.retain(arc.share().control, 1, cell)).toBe(OK);
    kernel.use(kernel.entryAt(0));
    new Uint32Array(heap.buffer)[cell / 4 + 2] = OWN_STRONG;
    // Before the count there is an address that no heap has: that cuts the call short, as a time-out of a vm context would.
    const cells = new Float64Array(heap.buffer);
    cells[cell / 8 - 2] = 2 ** 32 - 64;
    new Uint32Array(heap.buffer)[cell / 4 - 2] = OWN_STRONG;
    expect(() => kernel.reap(entry, 4715, 0)).toThrow();
    expect([arc.strongCount, threads().includes(4715)]).toEqual([2, true]);
    cells[cell / 8 - 2] = 0;
    expect(kernel.reap(entry, 4715, 0)).toBe(1);
    expect([arc.strongCount, threads().includes(4715)]).toEqual([1, false]);
  });

  test("can be had at once when a worker's end is known, and is told like any other", async () => {
    const worker = start("owner", { end: "never" });
    const { threadId } = worker;
    await once(worker, "message");
    const ended = new Promise<ReapReport>((resolve) => worker.once("exit", () => resolve(heap.reap(threadId))));
    void worker.terminate();
    expect(await ended).toMatchObject({ threadId, strong: 0, listeners: 0 });
    // It was done already.
    expect(reports).toEqual([expect.objectContaining({ threadId, strong: 2, listeners: 1 })]);
    expectNothingLeft();
  });

  test.each(["never", "blocked"])("refuses a thread that lives (%s)", async (end) => {
    const worker = start("owner", { end });
    await once(worker, "message");
    const held = heap.stats();
    const refused = () => heap.reap(worker.threadId);
    expect(refused).toThrow(ShmolError);
    expect(refused).toThrow(expect.objectContaining({ code: "ERR_SHMOL_STILL_ALIVE" }));
    expect(refused).toThrow(String(worker.threadId));
    expect(() => heap.reap(0)).toThrow("thread 0 may still run: it is this one");
    expect(heap.stats()).toEqual(held);
    expect(reports).toEqual([]);
  });

  test("refuses on any thread, and says why", async () => {
    const worker = start("owner", { end: "never" });
    await once(worker, "message");
    const osThread = heap.stats().threads.find(({ threadId }) => threadId === worker.threadId)?.osThreadId;
    const [answer] = await once(start("reaper", { thread: worker.threadId }), "message");
    expect(answer).toEqual({
      code: "ERR_SHMOL_STILL_ALIVE",
      message: `thread ${worker.threadId} may still run: the operating system has its thread ${osThread}`,
    });
  });
});

test("a listener that was taken back is not told", async () => {
  const told: ReapReport[] = [];
  const listener = (report: ReapReport) => told.push(report);
  heap.on("reaped", listener).off("reaped", listener);
  const worker = start("owner", { end: "never" });
  await once(worker, "message");
  await worker.terminate();
  await until(() => reports.length > 0);
  expect(told).toEqual([]);
});

test("a listener of once is told of one death, and can be taken back before", async () => {
  const [told, taken]: [ReapReport[], ReapReport[]] = [[], []];
  const listener = (report: ReapReport) => taken.push(report);
  heap.once("reaped", (report) => told.push(report));
  heap.once("reaped", listener).off("reaped", listener);
  for (const deaths of [1, 2]) {
    const worker = start("owner", { end: "never" });
    await messageOf(worker);
    await worker.terminate();
    await until(() => reports.length === deaths);
  }
  expect([told, taken]).toEqual([[reports[0]], []]);
});

test("a full thread table is an error that says how many fit, and works again when somebody has left", () => {
  const { kernel } = internals(heap);
  const limit = kernel.threadLimit();
  const entries = Array.from({ length: limit - 1 }, (_, i) => kernel.enter(1000 + i, 0));
  expect(heap.stats().threads).toHaveLength(limit);
  // The same memory by a heap object of its own: what another thread would do.
  const token = heap.share();
  heap.drop();
  arc.clone().drop();
  expect(() => Heap.open(token)).toThrow(OutOfMemoryError);
  expect(() => Heap.open(token)).toThrow(`${limit} threads have this heap open`);
  kernel.reap(entries[0] as number, 1000, 0);
  const reopened = Heap.open(token);
  expect(reopened.stats().threads).toHaveLength(limit);
  reopened.drop();
});
