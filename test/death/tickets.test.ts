/**
 * Opens that were set aside, and threads that end in every way: what a thread shared as its last act can be opened if it ended in
 * good order; and nobody waits for ever for a worker that ended before it opened what was meant for it.
 */
import { once } from "node:events";
import { Worker, type WorkerOptions } from "node:worker_threads";
import { Arc, type ArcToken, ClosedError, ConcurrentQueue, channel, f64, Heap, i32, json } from "shmol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { count } from "../counts.js";
import { inUse } from "../heaps.js";
import { random } from "../random.mjs";
import { seed } from "../seed.js";
import { until } from "../workers.js";

const SCRIPT = new URL("./ticketWorker.mjs", import.meta.url);
/** Tickets that are opened and revoked at the same time, and makers of tickets that end or are killed. */
const ROUNDS = count({ all: 20_000, usually: 2000, brief: 1000 });
const MAKERS = count({ all: 2000, usually: 60, brief: 15 });
/** How long it may take after a worker's end. */
const SOON_MS = 1000;

let heap: Heap;
beforeEach(() => {
  heap = Heap.create({ capacity: 2 ** 22 });
});
afterEach(async () => {
  await until(() => heap.stats().threads.length === 1);
  expect(inUse(heap)).toMatchObject({ used: 0, blocks: 0, controls: 0 });
  heap.drop();
});

function start(workerData: object, options: WorkerOptions = {}): Worker {
  const worker = new Worker(SCRIPT, { workerData, ...options });
  worker.on("error", () => {});
  return worker;
}

/** When the worker has ended, with or without an error. */
const endOf = (worker: Worker) =>
  new Promise<number>((resolve) => worker.once("exit", () => resolve(performance.now())));

describe("what a worker has shared", () => {
  /** Has a worker hand something over, and waits until everything that it owned was returned. */
  async function handedOver(end: string, handler = "none"): Promise<ArcToken> {
    const worker = start({ part: "handOver", heap: heap.share(), end, handler });
    const exited = endOf(worker);
    // An error on purpose may overtake the message: `once` of "events" would reject then.
    const token = await new Promise<ArcToken>((resolve) => worker.once("message", resolve));
    if (end === "never") await worker.terminate();
    await exited;
    await until(() => heap.stats().threads.length === 1);
    return token;
  }

  const orderly = ["naturally", "process.exit()", "process.exit(0)", "with an exit code of 0"];
  test.each<[end: string, handler: string]>([
    ...orderly.map((end): [string, string] => [end, "none"]),
    ["naturally", "of its own"],
    ["process.exit()", "of its own"],
    ["naturally", "hands over"],
    ["process.exit(0)", "hands over"],
  ])("outlives it when it ends in good order: %s, exit handlers: %s", async (end, handler) => {
    const token = await handedOver(end, handler);
    const [one, two] = [Arc.open(token), Arc.open(token)];
    expect([...one.view(Int32Array)]).toEqual([42]);
    expect(two.strongCount).toBe(2);
    expect(() => Arc.open(token)).toThrow("all opens");
    for (const arc of [one, two]) arc.drop();
  });

  test("can be revoked when it is gone", async () => {
    const token = await handedOver("naturally");
    expect([Heap.revoke(token), Heap.revoke(token)]).toEqual([2, 0]);
  });

  test.each(["process.exit(1)", "with an exit code of 3", "an error", "a rejection", "never"])(
    "comes back when it ends otherwise: %s",
    async (end) => {
      const token = await handedOver(end);
      expect(() => Arc.open(token)).toThrow("is gone");
      expect(Heap.revoke(token)).toBe(0);
    },
  );

  test("comes back, too, when others have to return it: an exit code of 3 and exit handlers of its own", async () => {
    const token = await handedOver("with an exit code of 3", "of its own");
    expect(() => Arc.open(token)).toThrow("is gone");
  });
});

describe("a worker that tokens are bound to", () => {
  /** README's first example, with a worker that ends in its own way. Answers how long after that end the loop's came. */
  async function squares(fate: { opens: number; end: string }, options: WorkerOptions = {}, kill = false) {
    const jobs = channel(i32, { capacity: 16, heap });
    const results = channel(f64, { capacity: 16, heap });
    const ends = { jobs: jobs.receiver.share({ opens: 1 }), results: results.sender.share({ opens: 1 }) };
    const worker = start({ part: "square", ...ends, ...fate }, options);
    heap.watch(worker, ends.jobs, ends.results);
    jobs.receiver.drop();
    results.sender.drop();
    const ended = endOf(worker);
    if (kill) void worker.terminate();
    else if (["never", "blocked"].includes(fate.end)) worker.once("message", () => worker.terminate());
    const sending = (async () => {
      for (let i = 0; i < 1000; i++) await jobs.sender.send(i);
    })();
    sending.catch(() => {});
    for await (const _ of results.receiver);
    const over = performance.now();
    await expect(sending).rejects.toThrow(ClosedError);
    for (const end of [jobs.sender, results.receiver]) end.drop();
    return over - (await ended);
  }

  test.each(["naturally", "process.exit()", "process.exit(1)", "an error", "a rejection", "never", "blocked"])(
    "ends before it opens them, and nobody waits: %s",
    async (end) => {
      expect(await squares({ opens: 0, end })).toBeLessThan(SOON_MS);
    },
  );
  test("is terminated before it runs, and nobody waits", async () => {
    expect(await squares({ opens: 2, end: "never" }, {}, true)).toBeLessThan(SOON_MS);
  });
  test("has no memory to begin with, and nobody waits", async () => {
    const resourceLimits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 };
    expect(await squares({ opens: 0, end: "out of memory" }, { resourceLimits })).toBeLessThan(SOON_MS);
  });
  test.each([1, 2])("ends when it has opened %d of two, and nobody waits", async (opens) => {
    for (const end of ["naturally", "process.exit(1)", "an error", "never", "blocked"]) {
      expect(await squares({ opens, end }), end).toBeLessThan(SOON_MS);
    }
  });

  test("is not there: a script that cannot be found", async () => {
    const arc = Arc.create(16, { heap });
    const worker = new Worker(new URL("./nowhere.mjs", import.meta.url));
    worker.on("error", () => {});
    heap.watch(worker, arc.share({ opens: 1 }));
    await endOf(worker);
    expect(arc.strongCount).toBe(1);
    arc.drop();
  });

  test.each(["naturally", "process.exit(1)", "an error"])("is bound by a worker that ends first: %s", async (end) => {
    const arc = Arc.create(16, { heap });
    const tokens = [arc.share({ opens: 1 }), arc.share({ opens: 2 })];
    expect(arc.strongCount).toBe(4);
    await endOf(start({ part: "parent", heap: heap.share(), tokens, end }));
    expect(arc.strongCount).toBe(1);
    arc.drop();
  });
});

describe("at random", { timeout: 60_000 + 500 * MAKERS }, () => {
  test(`${ROUNDS} tickets that two open and one revokes: each open is somebody's, once`, async () => {
    const next = random(seed());
    // On a busy machine the three may never be there at the same time.
    for (let some = 0, attempt = 1; some === 0; attempt++) {
      expect(attempt).toBeLessThan(6);
      const arc = Arc.create(16, { heap });
      const opens = Array.from({ length: ROUNDS }, () => 1 + next(20));
      const tokens = opens.map((count) => arc.share({ opens: count, light: true }));
      const common = { heap: heap.share(), tokens, step: new Int32Array(new SharedArrayBuffer(4)), parties: 3 };
      const counts = await Promise.all(
        ["openAll", "openAll", "revokeAll"].map(async (part) => {
          const worker = start({ part, ...common, seed: next(2 ** 31), tries: 2000 });
          const [answer] = (await once(worker, "message")) as [number[]];
          return answer;
        }),
      );
      const [one, other, revoked] = counts as [number[], number[], number[]];
      expect(opens.map((_, i) => (one[i] as number) + (other[i] as number) + (revoked[i] as number))).toEqual(opens);
      some = opens.filter((count, i) => (revoked[i] as number) > 0 && (revoked[i] as number) < count).length;
      await until(() => arc.strongCount === 1);
      arc.drop();
    }
  });

  test(`${MAKERS} makers of tickets end in good order or are killed, while others open and revoke`, async () => {
    const next = random(seed());
    const arc = Arc.create(16, { heap });
    const queue = ConcurrentQueue.unbounded<ArcToken>(json, { heap });
    const flags = () => new Int32Array(new SharedArrayBuffer(4));
    const common = { heap: heap.share(), arc: arc.share(), queue: queue.share() };
    const over = flags();
    const taker = start({ part: "take", ...common, flag: over, seed: next(2 ** 31) });
    const takerEnded = endOf(taker);
    for (let round = 0; round < MAKERS; round++) {
      const flag = flags();
      const maker = start({ part: "share", ...common, flag, seed: next(2 ** 31) });
      const ended = endOf(maker);
      await once(maker, "message");
      for (const end = performance.now() + next(5000) / 1000; performance.now() < end; );
      if (next(2) === 0) Atomics.store(flag, 0, 1);
      else void maker.terminate();
      await ended;
    }
    Atomics.store(over, 0, 1);
    await takerEnded;
    await until(() => heap.stats().threads.length === 1);
    for (const token of queue.drain()) Heap.revoke(token);
    expect(arc.strongCount).toBe(1);
    for (const handle of [queue, arc]) handle.drop();
  });
});
