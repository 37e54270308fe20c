/** Events between real threads: no wake-up is lost, none comes twice. */
import { Worker } from "node:worker_threads";
import { Heap, i32, SharedEvent } from "shmol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { count } from "../counts.js";
import { inUse } from "../heaps.js";
import { seed } from "../seed.js";
import { go, inWorkers, startingLine, startWorker, until } from "../workers.js";

const WORKER = new URL("./worker.mjs", import.meta.url);
/** Rounds of `noLostWakeup` in all. */
const ROUNDS = count({ all: 2_000_000, usually: 200_000, brief: 40_000 });
const PINGS = count({ all: 2000, usually: 2000, brief: 500 });
const EXPIRIES = count({ all: 2000, usually: 2000, brief: 1000 });

const modes = [
  ["all blocking", () => false],
  ["all awaited", () => true],
  ["blocking and awaited", (i: number) => i % 2 === 0],
] as const;

const words = (count: number) => new Int32Array(new SharedArrayBuffer(4 * count));

let heap: Heap;
let before: ReturnType<typeof inUse>;
beforeEach(() => {
  heap = Heap.create();
  before = inUse(heap);
});
afterEach(async () => {
  await until(() => inUse(heap).blocks <= before.blocks);
  expect(inUse(heap)).toEqual(before);
  heap.drop();
});

describe("noLostWakeup: a mutex counts exactly", { timeout: 60_000 + ROUNDS / 10 }, () => {
  const runs = [2, 4, 8].flatMap((threads) => modes.map(([name, isAsync]) => [threads, name, isAsync] as const));

  test.each(runs)("%i threads, %s", async (threads, _, isAsync) => {
    const event = SharedEvent.create({ heap });
    const cells = words(2);
    const first = seed();
    const rounds = Math.ceil(ROUNDS / runs.length / threads);
    const jobs = Array.from({ length: threads }, (_, i) => ({
      part: "lockAndCount",
      token: event.share(),
      cells,
      rounds,
      seed: first + i,
      isAsync: isAsync(i),
    }));
    await inWorkers<number>(WORKER, jobs);
    expect(cells[1]).toBe(rounds * threads);
    expect([event.totalListeners, event.isNotified]).toEqual([0, false]);
    event.drop();
  });
});

describe("pingPong: each wake-up counts", () => {
  test.each(modes)("%s", async (_, isAsync) => {
    const events = [SharedEvent.create({ heap }), SharedEvent.create({ heap })];
    const turn = words(1);
    const jobs = [0, 1].map((player) => ({
      part: "pingPong",
      tokens: events.map((event) => event.share()),
      turn,
      player,
      rounds: PINGS,
      isAsync: isAsync(player),
    }));
    await inWorkers(WORKER, jobs);
    expect(turn[0]).toBe(2 * PINGS);
    for (const event of events) event.drop();
  });
});

describe("timeouts: a notification that comes while the time runs out is taken once, and only once", () => {
  test.each(modes)("%s, time-outs and signals", async (_, isAsync) => {
    const event = SharedEvent.create({ heap });
    const [stop, left] = [words(1), words(1)];
    const first = seed();
    const token = event.share();
    const waiters = Array.from({ length: 3 }, (_, i) => ({
      part: "expire",
      token,
      rounds: EXPIRIES,
      seed: first + i,
      isAsync: isAsync(i),
      stop,
      left,
    }));
    left[0] = waiters.length;
    const notifiers = [true, false].map((additional, i) => ({
      part: "notifyUntil",
      token,
      stop,
      seed: first + 10 + i,
      additional,
    }));
    const answers = await inWorkers<number>(WORKER, [...waiters, ...notifiers]);
    const sum = (some: number[]) => some.reduce((a, b) => a + b, 0);
    const taken = sum(answers.slice(0, waiters.length));
    expect(taken).toBe(sum(answers.slice(waiters.length)));
    expect(taken, "some were notified").toBeGreaterThan(0);
    expect(taken, "and some were not").toBeLessThan(waiters.length * EXPIRIES);
    expect([event.totalListeners, event.isNotified]).toEqual([0, false]);
    event.drop();
  });
});

describe("numbers that are sent as tags to listeners who time out, abort, drop and discard", () => {
  const SENDERS = 2;
  const EACH = 3000;
  /** Numbers on their way, at most; fewer than listeners who never give up, so that there is always one to pass on to. */
  const AHEAD = 24;
  const SEATS = 64;

  /** Runs in which nobody may have given up in one of the ways: the machine decides who comes when. */
  const RUNS = 5;

  test.each(modes)("each is received once, or discarded: %s", async (_, isAsync) => {
    const seen = { gaveUp: 0, discarded: 0 };
    for (let run = 0; run < RUNS && Math.min(seen.gaveUp, seen.discarded) === 0; run++) {
      const { gaveUp, discarded } = await sendAndGiveUp(isAsync);
      seen.gaveUp += gaveUp;
      seen.discarded += discarded;
    }
    expect(Math.min(seen.gaveUp, seen.discarded), `somebody gave up in every way: ${JSON.stringify(seen)}`).not.toBe(0);
  });

  /** One run, everything accounted for. Answers how often listeners left without a number, and with one that they discarded. */
  async function sendAndGiveUp(isAsync: (i: number) => boolean): Promise<{ gaveUp: number; discarded: number }> {
    const event = SharedEvent.create({ heap, tag: i32 });
    const total = SENDERS * EACH;
    const [seen, totals] = [words(total), words(2)];
    const first = seed();
    const all = { token: event.share(), seen, totals, total };
    const senders = Array.from({ length: SENDERS }, (_, i) => ({
      ...all,
      part: "sendNumbers",
      first: i * EACH,
      count: EACH,
      ahead: AHEAD,
      seed: first + i,
    }));
    const receivers = Array.from({ length: 3 }, (_, i) => ({
      ...all,
      part: "receiveOrGiveUp",
      seed: first + 10 + i,
      isAsync: isAsync(i),
    }));
    // Ready when it listens: no number comes before.
    const jobs = [...senders, ...receivers, { ...all, part: "receive", seats: SEATS }];
    const answers = await inWorkers<unknown>(WORKER, jobs);
    expect(answers.slice(0, SENDERS), "there is always a listener").toEqual(senders.map(() => EACH));
    const ends = answers.slice(SENDERS) as { received: number; discarded: number; gaveUp: number }[];
    const sum = (of: (end: (typeof ends)[number]) => number) => ends.reduce((before, end) => before + of(end), 0);
    const discarded = sum((end) => end.discarded);
    expect(seen.filter((times) => times > 1)).toEqual(words(0));
    expect(seen.filter((times) => times === 0).length).toBe(discarded);
    expect(sum((end) => end.received)).toBe(total - discarded);
    expect([event.totalListeners, event.isNotified]).toEqual([0, false]);
    event.drop();
    return { gaveUp: sum((end) => end.gaveUp), discarded };
  }
});

test("a thread that ends by itself passes on what its awaited listeners have", async () => {
  const event = SharedEvent.create({ heap });
  const worker = new Worker(new URL("./leaver.mjs", import.meta.url), { workerData: event.share() });
  const exit = new Promise((resolve) => worker.once("exit", resolve));
  await new Promise((resolve) => worker.once("message", resolve));
  const mine = event.listen();
  expect(event.notify()).toBe(1);
  expect(mine.isNotified).toBe(false);
  worker.postMessage("end");
  expect(await exit).toBe(0);
  expect(mine.isNotified).toBe(true);
  mine.waitSync();
  expect(event.totalListeners).toBe(0);
  event.drop();
});

test("a thread that is terminated while it blocks and awaits leaves, and is not notified instead of others", async () => {
  const event = SharedEvent.create({ heap });
  const line = startingLine();
  const worker = startWorker(WORKER, { part: "sitForEver", token: event.share() }, line);
  go(line);
  await new Promise((resolve) => worker.once("message", resolve));
  const mine = [event.listen(), event.listen()];
  expect([event.totalListeners, event.isNotified]).toEqual([4, false]);
  await worker.terminate();
  await until(() => event.totalListeners === 2);
  expect(event.notify(2)).toBe(2);
  await Promise.all(mine.map((listener) => listener.wait({ timeoutMs: 10_000 })));
  expect([event.totalListeners, event.isNotified]).toEqual([0, false]);
  event.drop();
});
