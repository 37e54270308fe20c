/**
 * What programs do to the host under the registry: they take listeners away, put mocked timers and files in its place, forbid
 * it to look, and answer its news with calls of their own. No living thread is taken for dead by that, nothing hangs, and deaths
 * that can be seen are seen.
 */
import { execFile } from "node:child_process";
import fs, { existsSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { mock } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { threadId, Worker } from "node:worker_threads";
import { channel, Heap, i32, type ReapReport, ShmolError, TimeoutError } from "shmol";
import { afterEach, describe, expect, test, vi } from "vitest";
import { internals, osThreadId } from "../../dist/internals.js";
import { testWhere } from "../testWhere.js";

const SCRIPT = new URL("member.mjs", import.meta.url);
/** As they are before tests put others in their place. */
const { setTimeout: later } = globalThis;
const PATIENCE_MS = 3000;
/** Between two looks for dead threads. */
const LONGEST_PAUSE_MS = 1050;
const LIVE = 1;

const sleep = (ms: number) => new Promise<void>((resolve) => later(resolve, ms));
const workers: Worker[] = [];

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

/** A worker that has come so far as to own something in the heap, unless its part is another one. */
async function start(heap: Heap, part: string): Promise<Worker> {
  const worker = new Worker(SCRIPT, { workerData: { part, token: heap.share() } });
  workers.push(worker);
  await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  return worker;
}

/** Waits until `done()`, but not for ever, and by no clock that tests replace. */
async function eventually(done: () => boolean): Promise<void> {
  const deadline = process.hrtime.bigint() + BigInt(PATIENCE_MS) * 1_000_000n;
  while (!done() && process.hrtime.bigint() < deadline) await sleep(5);
}

/** Waits until this thread alone is in the heap's table. Returns those that are there, if that takes too long. */
async function othersIn(heap: Heap): Promise<number[]> {
  const others = () => heap.stats().threads.filter((one) => one.threadId !== threadId);
  await eventually(() => others().length === 0);
  return others().map((one) => one.threadId);
}

/** Terminates a worker, and takes away what would tell this thread of its end. */
async function killUnseen(worker: Worker): Promise<void> {
  worker.removeAllListeners("exit");
  await worker.terminate();
}

/** The numbers of the operating system's threads that stand in the table, but for this one's. */
const osThreadsIn = (heap: Heap) =>
  heap
    .stats()
    .threads.flatMap(({ osThreadId: number }) => (number === undefined || number === osThreadId ? [] : number));

/** Blocks until the operating system has none of these threads any more. No event of this thread's comes meanwhile. */
function blockUntilGone(numbers: readonly number[]): void {
  const word = new Int32Array(new SharedArrayBuffer(4));
  for (let i = 0; i < PATIENCE_MS && numbers.some((number) => existsSync(`/proc/self/task/${number}`)); i++) {
    Atomics.wait(word, 0, 0, 1);
  }
}

describe("a listener of `reaped`", () => {
  testWhere(osThreadId !== 0)("that drops the heap ends the look: the next dead thread is left to others", async () => {
    const heap = Heap.create({ capacity: 2 ** 22 });
    const { kernel } = internals(heap);
    const two = [await start(heap, "blocks"), await start(heap, "blocks")];
    const reports: ReapReport[] = [];
    heap.on("reaped", (report) => {
      reports.push(report);
      heap.drop();
    });
    const numbers = osThreadsIn(heap);
    const ends = two.map((worker) => worker.terminate());
    blockUntilGone(numbers);
    await Promise.all(ends);
    await sleep(50);
    expect(reports).toHaveLength(1);
    const entries = Array.from({ length: kernel.threadLimit() }, (_, i) => kernel.entryAt(i));
    // This thread's entry is somebody else's by now, perhaps: what it returns would stand in that one's cells.
    expect(entries.filter((entry) => kernel.phaseOf(entry) === LIVE)).toHaveLength(1);
  });

  test("that throws is reported by itself, and keeps nobody else from being told", async () => {
    const heap = Heap.create({ capacity: 2 ** 22 });
    const worker = await start(heap, "blocks");
    const told: ReapReport[] = [];
    const thrown: unknown[] = [];
    // The runner's own would have the test fail.
    const others = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException").on("uncaughtException", (error) => thrown.push(error));
    heap.on("reaped", () => {
      throw new Error("on purpose");
    });
    heap.on("reaped", (report) => told.push(report));
    try {
      await worker.terminate();
      expect(await othersIn(heap)).toEqual([]);
      await sleep(10);
    } finally {
      process.removeAllListeners("uncaughtException");
      for (const other of others) process.on("uncaughtException", other);
    }
    expect(told.map(({ strong }) => strong)).toEqual([1]);
    expect(thrown).toEqual([new Error("on purpose")]);
    heap.drop();
  });

  test("may return what other threads owned, open heaps, and block", async () => {
    const heap = Heap.create({ capacity: 2 ** 22 });
    const two = [await start(heap, "blocks"), await start(heap, "blocks")];
    const numbers = two.map(({ threadId }) => threadId);
    const reports: ReapReport[] = [];
    const within: number[] = [];
    const { receiver } = channel(i32, { heap });
    heap.on("reaped", (report) => {
      reports.push(report);
      const other = numbers.find((number) => number !== report.threadId) as number;
      try {
        within.push(heap.reap(other).strong);
      } catch (error) {
        expect(error).toMatchObject({ code: "ERR_SHMOL_STILL_ALIVE" });
      }
      Heap.create({ capacity: 2 ** 22 }).drop();
      expect(() => receiver.recvSync({ timeoutMs: 30 })).toThrow(TimeoutError);
    });
    await Promise.all(two.map((worker) => worker.terminate()));
    expect(await othersIn(heap)).toEqual([]);
    // Each once, by whichever of the two ways.
    expect(reports.map(({ threadId }) => threadId).toSorted()).toEqual(numbers);
    expect(reports.map(({ strong }) => strong)).toEqual([1, 1]);
    expect(within.reduce((sum, strong) => sum + strong, 0)).toBeLessThanOrEqual(1);
    receiver.drop();
    heap.drop();
  });

  test("may end the wait in the middle of which it is called", async () => {
    const heap = Heap.create({ capacity: 2 ** 22 });
    const worker = await start(heap, "blocks");
    const { sender, receiver } = channel(i32, { heap });
    heap.on("reaped", () => sender.trySend(7));
    void killUnseen(worker);
    expect(receiver.recvSync({ timeoutMs: PATIENCE_MS })).toBe(7);
    sender.drop();
    receiver.drop();
    expect(await othersIn(heap)).toEqual([]);
  });
});

describe("with the host's functions replaced", () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    mock.timers.reset();
    syncBuiltinESMExports();
  });

  const replacements: [what: string, replace: () => void, settleMs: number][] = [
    ["timers, by vitest", () => vi.useFakeTimers(), LONGEST_PAUSE_MS],
    ["timers, by node:test", () => mock.timers.enable(), LONGEST_PAUSE_MS],
    ["the clock", () => vi.spyOn(performance, "now").mockReturnValue(0), 0],
    ["files, by some that are not there", () => vi.spyOn(fs, "statSync").mockReturnValue(undefined as never), 0],
    ["files, by some that are all there", () => vi.spyOn(fs, "statSync").mockReturnValue(fs.statSync("/")), 0],
    [
      "files, by an error",
      () =>
        vi.spyOn(fs, "statSync").mockImplementation(() => {
          throw new Error("no files here");
        }),
      0,
    ],
  ];

  test.each(replacements)("%s: who lives is left alone, who dies is seen to", async (_, replace, settleMs) => {
    const heap = Heap.create({ capacity: 2 ** 22 });
    const living = await start(heap, "blocks");
    const dying = await start(heap, "blocks");
    const { threadId: number } = dying;
    replace();
    syncBuiltinESMExports();
    // The timer that runs was set before, the next one is set now, or by whoever opens a heap.
    await sleep(settleMs);
    Heap.create({ capacity: 2 ** 22 }).drop();
    expect(() => heap.reap(living.threadId)).toThrow(ShmolError);
    await killUnseen(dying);
    const isThere = () => heap.stats().threads.some((one) => one.threadId === number);
    await eventually(() => !isThere());
    // Where nothing is proof but the event that this test has taken away, it stays.
    expect(heap.stats().threads.map((one) => one.threadId)).toEqual(
      osThreadId === 0 ? [0, living.threadId, number] : [0, living.threadId],
    );
    await living.terminate();
    heap.drop();
  });
});

describe("a program that loads the package", () => {
  const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const flag = process.allowedNodeEnvironmentFlags.has("--permission") ? "--permission" : "--experimental-permission";
  const forbidden = [flag, "--allow-worker", `--allow-fs-read=${folder("../../")}`];

  test.each([
    ["a clock that stands still", [], ["clock"]],
    ["no files", [], ["noFiles"]],
    ["files that are all there", [], ["anyFiles"]],
    ["no listeners of the process", [], ["asUsual", "removeAllListeners"]],
    ["neither files nor listeners, until it opens a heap", [], ["noFiles", "removeAllListeners"]],
    ["no permission to see the system's threads", forbidden, ["asUsual"]],
  ])("with %s: who lives is not reaped, and the end of its worker is seen", async (_, flags, words) => {
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, folder("hosts.mjs"), ...words], {
      timeout: 20_000,
    });
    expect(stdout.trim()).toBe("ERR_SHMOL_STILL_ALIVE ClosedError");
  });
});
