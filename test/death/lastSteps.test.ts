/**
 * A thread that ends in good order gives everything up in its last exit handler; and then code of its own still runs: in
 * finalization registries, and behind promises. What it gave up once, it must not give up twice, nor use.
 */
import { Worker } from "node:worker_threads";
import { Arc, ConcurrentQueue, channel, Heap, i32, SharedEvent } from "shmol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { internals } from "../../dist/internals.js";
import { inUse } from "../heaps.js";
import { until } from "../workers.js";

const SCRIPT = new URL("lastSteps.mjs", import.meta.url);

/** One of everything, each with more handles here than a worker has. */
function everything(heap: Heap) {
  const { sender, receiver } = channel(i32, { heap });
  const arc = Arc.create(64, { heap });
  const queue = ConcurrentQueue.unbounded(i32, { heap });
  const event = SharedEvent.create({ heap });
  const originals = { arc, queue, event, sender, receiver };
  const tokens = {
    ...{ arc: arc.share(), queue: queue.share(), event: event.share() },
    ...{ sender: sender.share(), receiver: receiver.share() },
  };
  const more = Array.from({ length: 8 }, () => [
    ...[Arc.open(tokens.arc), arc.downgrade(), ConcurrentQueue.open(tokens.queue), SharedEvent.open(tokens.event)],
    ...[sender.clone(), receiver.clone(), sender.downgrade()],
  ]).flat();
  const { kernel } = internals(heap);
  const counts = () =>
    Object.values(tokens).flatMap(({ control }) => [kernel.strongCount(control), kernel.weakCount(control)]);
  return { tokens, counts, all: [...Object.values(originals), ...more] };
}

/** Has a worker play its part to its end. Returns what it has said. */
async function play(part: string, more: object): Promise<unknown[]> {
  const worker = new Worker(SCRIPT, { workerData: { part, ...more } });
  const said: unknown[] = [];
  worker.on("message", (message) => {
    said.push(message);
    if (message === "ready") worker.postMessage("end");
  });
  worker.on("error", (error) => said.push(error.message));
  // Not `once`, which an error ends.
  await new Promise((resolve) => worker.on("exit", resolve));
  return said;
}

let heap: Heap;
let things: ReturnType<typeof everything>;

beforeEach(() => {
  heap = Heap.create({ capacity: 2 ** 24 });
  things = everything(heap);
});
afterEach(() => {
  for (const handle of things.all) handle.drop();
  expect(inUse(heap)).toMatchObject({ used: 0, blocks: 0, controls: 0 });
  heap.drop();
});

test.each(["arc", "weak", "event", "listener", "receiver", "weakEnd"])(
  "%s: what is collected after an uncaught error is not returned twice",
  async (kind) => {
    const { tokens } = things;
    const before = [things.counts(), inUse(heap)];
    const calls = new Int32Array(new SharedArrayBuffer(8));
    for (let i = 0; i < 2; i++) {
      expect(await play("collected", { tokens, kind, calls })).toEqual(["ready", "on purpose"]);
      await until(() => heap.stats().threads.length === 1);
      expect([things.counts(), inUse(heap)]).toEqual(before);
    }
    // If Node does not do so any more, this has tested nothing.
    expect(calls[1]).toBeGreaterThan(0);
  },
);

test("what goes on behind the exit handlers cannot use what was given up", async () => {
  const before = [things.counts(), inUse(heap)];
  expect(await play("continued", { tokens: things.tokens })).toEqual([
    Array.from({ length: 10 }, () => "ERR_SHMOL_DROPPED"),
  ]);
  await until(() => heap.stats().threads.length === 1);
  expect([things.counts(), inUse(heap)]).toEqual(before);
});
