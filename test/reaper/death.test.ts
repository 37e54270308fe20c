/**
 * A thread dies in every way there is, at everything that it can be in the middle of; what it owned is returned to the last
 * count, whoever waits for it goes on, and what it had of others' goes on to them.
 */
import { Worker } from "node:worker_threads";
import { Arc, ConcurrentQueue, Heap, type ReapReport, SharedEvent, utf8 } from "shmol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { internals } from "../../dist/internals.js";
import { inUse } from "../heaps.js";
import { until } from "../workers.js";

const WORKER = new URL("./worker.mjs", import.meta.url);
const HOWS = ["terminate", "exit", "throw", "heapLimit"] as const;
type How = (typeof HOWS)[number];

/** What the worker is in the middle of, and whether its queue has the codec that kills. */
const WHATS = [
  ["parked", false],
  ["spinning", false],
  ["inABatch", false],
  ["encoding", true],
  ["encodingABatch", true],
  ["listening", false],
  ["looking", false],
] as const;

const fatal = {
  name: "fatal",
  encode: (text: string) => new TextEncoder().encode(text),
  decode: (bytes: Uint8Array) => new TextDecoder().decode(bytes),
};

let heap: Heap;
let event: SharedEvent;
let arc: Arc;
let reports: ReapReport[];
/** Of the worker's ticket: its control block and generation. */
let ticket: Uint32Array;

beforeEach(() => {
  ticket = new Uint32Array(new SharedArrayBuffer(8));
  heap = Heap.create({ capacity: 2 ** 24 });
  reports = [];
  heap.on("reaped", (report) => reports.push(report));
  event = SharedEvent.create({ heap });
  arc = Arc.create(64, { heap });
});

afterEach(() => {
  event.drop();
  arc.drop();
  expect(inUse(heap)).toMatchObject({ used: 0, blocks: 0, controls: 0 });
  expect(heap.stats().scratch).toBe(0);
  heap.drop();
});

/** Starts a worker, and sees it die. `wake`: what has the worker go on to its death. */
async function seeDie(what: string, how: How, codec: boolean, queue: ConcurrentQueue<string>): Promise<void> {
  const worker = new Worker(WORKER, {
    workerData: {
      ...{ what, how, codec, ticket },
      ...{ heap: heap.share(), queue: queue.share(), event: event.share(), arc: arc.share() },
    },
    ...(how === "heapLimit" ? { resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 } } : {}),
  });
  const ended = new Promise((resolve) => worker.once("exit", resolve));
  const errors: Error[] = [];
  worker.on("error", (error) => errors.push(error));
  worker.once("message", () => {
    if (how === "terminate") void worker.terminate();
    else void until(() => event.totalListeners === 2).then(() => event.notify(Infinity));
  });
  await ended;
  expect(errors.map(({ message }) => message).join()).toMatch(
    { throw: /on purpose/, heapLimit: /memory/, exit: /^$/, terminate: /^$/ }[how],
  );
  await until(() => heap.stats().threads.length === 1);
}

describe.each(HOWS)("%s", (how) => {
  test.each(WHATS)("while %s", async (what, codec) => {
    const queue = codec ? ConcurrentQueue.unbounded(fatal, { heap }) : ConcurrentQueue.unbounded(utf8, { heap });
    const { kernel } = internals(heap);
    // One who listens before the worker does, and one who comes after it was reaped.
    const first = event.listen();
    await seeDie(what, how, codec, queue);
    // Opens that it had set aside outlive an end in good order, and no other.
    const [control = 0, generation = 0] = ticket;
    expect(Heap.revoke({ ...arc.share(), ticket: { control, generation } })).toBe(how === "exit" ? 2 : 0);
    expect(arc.strongCount).toBe(1);
    expect(arc.weakCount).toBe(0);
    expect(kernel.strongCount(queue.share({ light: true }).control)).toBe(1);
    expect(event.totalListeners).toBe(1);
    if (!first.isNotified) event.notify(1);
    first.waitSync({ timeoutMs: 10_000 });
    for (let value = queue.pop(); value !== undefined; value = queue.pop()) expect(value).not.toBe("fatal");
    queue.drop();
    // An orderly end returns everything itself: then there is nothing to report.
    for (const report of reports) expect(report.locks).toBe(0);
    expect(reports.length).toBeLessThanOrEqual(1);
  });
});

test.each(["parked", "listening"])(
  "a notification that a terminated thread, %s, did not take goes on",
  async (what) => {
    const queue = ConcurrentQueue.unbounded(utf8, { heap });
    await seeDieNotified(what, queue);
    const [report] = reports;
    expect(report?.listeners).toBeGreaterThan(0);
    expect(report?.passedOn).toBeLessThanOrEqual(report?.listeners as number);
    queue.drop();
  },
);

/** The worker blocks or never comes to its event loop: it is notified, and killed before it can take that. */
async function seeDieNotified(what: string, queue: ConcurrentQueue<string>): Promise<void> {
  const worker = new Worker(WORKER, {
    workerData: {
      ...{
        what,
        how: "terminate",
        ticket,
        heap: heap.share(),
        queue: queue.share(),
        event: event.share(),
        arc: arc.share(),
      },
    },
  });
  await new Promise((resolve) => worker.once("message", resolve));
  await until(() => event.totalListeners >= 1);
  const mine = event.listen();
  const ended = worker.terminate();
  // Those before `mine` are the worker's: dead, or about to be.
  event.notifyAdditional(1);
  await ended;
  await until(() => heap.stats().threads.length === 1);
  expect(event.totalListeners).toBe(1);
  // It went on, unless the worker had taken it when it died.
  if (!mine.isNotified) expect(reports[0]?.passedOn).toBe(0);
  mine.drop();
}
