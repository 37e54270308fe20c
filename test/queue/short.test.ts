/** Short strings and short JSON texts: they lie in the slot itself, next to others that lie in blocks. */
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { type Codec, ConcurrentQueue, channel, Heap, json, SharedEvent, utf8 } from "shmol";
import { afterAll, describe, expect, test } from "vitest";
import { inUse } from "../heaps.js";
import { seed } from "../seed.js";

const heap = Heap.create();
afterAll(() => heap.drop());

const ascii = fc.string({ unit: fc.nat(0x7f).map((code) => String.fromCharCode(code)), maxLength: 9 });
const texts = fc.oneof(
  { weight: 3, arbitrary: ascii },
  fc.constantFrom("é", "abcdefé", "\u0100", "\0", "\x7f".repeat(7), "\x80"),
);
const make = {
  unbounded: <T>(type: Codec<T>) => ConcurrentQueue.unbounded(type, { heap }),
  bounded: <T>(type: Codec<T>) => ConcurrentQueue.bounded(8, type, { heap }),
  single: <T>(type: Codec<T>) => ConcurrentQueue.bounded(1, type, { heap }),
};

describe.each(Object.entries(make))("in a queue that is %s", (_, queueOf) => {
  test("all go in, come out, are displaced, batched, shown and dropped with the queue as others are", () => {
    const held = inUse(heap);
    const property = fc.property(fc.array(texts, { minLength: 1, maxLength: 12 }), fc.nat(3), (values, way) => {
      const queue = queueOf(utf8);
      const out: (string | undefined)[] = [];
      const taken = queue.pushMany(values);
      if (way === 0) out.push(...queue.popMany(taken));
      else if (way === 1) for (let i = 0; i < taken; i++) out.push(queue.popWith((text) => text));
      else if (way === 2) for (let i = 0; i < taken; i++) out.push(queue.pop());
      expect(out).toEqual(way === 3 ? [] : values.slice(0, taken));
      const kept = way === 3 ? values.slice(0, taken) : [];
      for (const value of values) {
        const displaced = queue.forcePush(value);
        kept.push(value);
        if (displaced !== undefined) expect(displaced).toBe(kept.shift());
      }
      expect(queue.pop()).toBe(kept[0]);
      queue.push("ab");
      queue.drop();
      expect(inUse(heap)).toEqual(held);
    });
    fc.assert(property, { seed: seed(), numRuns: 100 });
  });
});

test("up to seven ASCII characters take no block, and neither does such a JSON text", () => {
  const room = 10;
  const rows: [Codec<unknown>, unknown, number][] = [
    [utf8 as Codec<unknown>, "", 0],
    [utf8 as Codec<unknown>, "abcdefg", 0],
    [utf8 as Codec<unknown>, "abcdefgh", 1],
    [utf8 as Codec<unknown>, "abcdefé", 1],
    [json, null, 0],
    [json, [1, 2], 0],
    [json, { a: 1 }, 0],
    [json, { a: 10 }, 1],
  ];
  for (const [type, value, blocks] of rows) {
    const queue = ConcurrentQueue.bounded(room, type, { heap });
    const before = heap.stats().blocks;
    for (let i = 0; i < room; i++) queue.push(value);
    expect([value, heap.stats().blocks - before]).toEqual([value, room * blocks]);
    expect(queue.popMany(room)).toEqual(Array(room).fill(value));
    queue.drop();
  }
});

test("they wait for room in a channel, are given up, and come as tags", async () => {
  const held = inUse(heap);
  const { sender, receiver } = channel(utf8, { heap, capacity: 1 });
  await sender.send("a");
  const second = sender.send("b");
  await expect(sender.send("c", { timeoutMs: 1 })).rejects.toThrow("no room within");
  expect([await receiver.recv(), await receiver.recv()]).toEqual(["a", "b"]);
  await second;
  await sender.send("left");
  const event = SharedEvent.create({ heap, tag: utf8 });
  const [first, other, last] = [event.listen(), event.listen(), event.listen()];
  event.notify(3, { tag: "tag" });
  expect(await first.wait()).toBe("tag");
  other.discard();
  last.drop();
  for (const handle of [event, sender, receiver]) handle.drop();
  expect(inUse(heap)).toEqual(held);
});

test("a killed worker's go with it, and nothing else does", async () => {
  const held = inUse(heap);
  const queue = ConcurrentQueue.bounded(16, utf8, { heap });
  const job = new URL("short.worker.mjs", import.meta.url);
  for (let round = 0; round < 6; round++) {
    const worker = new Worker(job, { workerData: { token: queue.share(), batch: 1 + 4 * (round % 2) } });
    await new Promise((resolve) => worker.once("message", resolve));
    for (const until = performance.now() + 20; performance.now() < until; ) queue.pop();
    await worker.terminate();
    for (const text of queue.drain()) expect(text).toMatch(/^[a-h]+$/);
  }
  queue.push("ab");
  queue.drop();
  for (const until = Date.now() + 10_000; Date.now() < until && inUse(heap).used !== held.used; ) await sleep(10);
  expect(inUse(heap)).toEqual(held);
});
