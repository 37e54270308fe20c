/** The ends of a channel as web streams. */
import { setTimeout as sleep } from "node:timers/promises";
import { bytes, channel, type Heap, Heap as Heaps, i32, utf8 } from "shmol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inUse } from "../heaps.js";
import { until } from "../workers.js";

const CLOSED = { code: "ERR_SHMOL_CLOSED" };
const DROPPED = { code: "ERR_SHMOL_DROPPED" };
const TO_WAIT_MS = 20;

let heap: Heap;
let before: ReturnType<typeof inUse>;
beforeEach(() => {
  heap = Heaps.create();
  before = inUse(heap);
});
afterEach(async () => {
  await until(() => inUse(heap).blocks <= before.blocks);
  expect(inUse(heap)).toEqual(before);
  heap.drop();
});

async function all<T>(stream: ReadableStream<T>): Promise<T[]> {
  const chunks: T[] = [];
  for await (const chunk of stream as unknown as AsyncIterable<T>) chunks.push(chunk);
  return chunks;
}

test("one stream into another, and the ends go with them", async () => {
  const { sender, receiver } = channel(i32, { heap, capacity: 2 });
  const source = new ReadableStream<number>({
    start(controller) {
      for (let i = 0; i < 100; i++) controller.enqueue(i);
      controller.close();
    },
  });
  const [numbers] = await Promise.all([all(receiver.readable), source.pipeTo(sender.writable)]);
  expect(numbers).toEqual(Array.from({ length: 100 }, (_, i) => i));
  await expect(sender.send(1)).rejects.toMatchObject(DROPPED);
  expect(() => receiver.isClosed).toThrow("this receiver was dropped");
});

test("bytes through a stream that decodes them", async () => {
  const { sender, receiver } = channel(bytes, { heap, capacity: 1 });
  const text = receiver.readable.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>);
  const chunks = all(text);
  const writer = sender.writable.getWriter();
  for (const byte of new TextEncoder().encode("söta 🥐")) await writer.write(Uint8Array.of(byte));
  await writer.close();
  expect((await chunks).join("")).toBe("söta 🥐");
});

test("a write that fails ends the stream, and the sender goes with it", async () => {
  const { sender, receiver } = channel(i32, { heap, capacity: 4 });
  const source = new ReadableStream<number>({
    start(controller) {
      for (const number of [1, 2, 0.5, 3]) controller.enqueue(number);
      controller.close();
    },
  });
  await expect(source.pipeTo(sender.writable)).rejects.toMatchObject({ code: "ERR_SHMOL_TYPE_MISMATCH" });
  expect(await all(receiver.readable)).toEqual([1, 2]);
  expect(() => sender.isClosed).toThrow("this sender was dropped");
});

test("a read that fails ends the stream, and the receiver goes with it", async () => {
  const fussy = {
    name: "fussy",
    encode: (byte: number) => Uint8Array.of(byte),
    decode([byte]: Uint8Array): number {
      if (byte === 2) throw new RangeError("not a two");
      return byte as number;
    },
  };
  const { sender, receiver } = channel(fussy, { heap, capacity: 1 });
  const sending = sender.sendMany([1, 2, 3, 4]).catch((error) => error);
  const reader = receiver.readable.getReader();
  expect(await reader.read()).toEqual({ done: false, value: 1 });
  await expect(reader.read()).rejects.toThrow("not a two");
  expect(await sending).toMatchObject({ code: "ERR_SHMOL_PARTIAL_SEND", cause: CLOSED });
  sender.drop();
});

test("a handle has one stream", () => {
  const { sender, receiver } = channel(i32, { heap });
  expect(sender.writable).toBe(sender.writable);
  expect(receiver.readable).toBe(receiver.readable);
  sender.drop();
  receiver.drop();
  expect(() => sender.clone().writable).toThrow("this sender was dropped");
});

test("back-pressure: a write waits for room, and a message is taken only for who reads", async () => {
  const { sender, receiver } = channel(i32, { heap, capacity: 2 });
  const writer = sender.writable.getWriter();
  await writer.write(1);
  await writer.write(2);
  let done = false;
  const third = writer.write(3).then(() => {
    done = true;
  });
  const reader = receiver.clone().readable.getReader();
  await sleep(TO_WAIT_MS);
  expect([done, writer.desiredSize, receiver.size]).toEqual([false, 0, 2]);
  expect(await reader.read()).toEqual({ value: 1, done: false });
  await third;
  await sleep(TO_WAIT_MS);
  expect(receiver.size).toBe(2);
  await reader.cancel();
  expect([receiver.tryRecv(), receiver.tryRecv(), receiver.receiverCount]).toEqual([2, 3, 1]);
  receiver.drop();
  await expect(writer.write(4)).rejects.toMatchObject(CLOSED);
  sender.drop();
});

test("abort: a write that waits for room ends, and what is in the channel stays", async () => {
  const { sender, receiver } = channel(utf8, { heap, capacity: 1 });
  const writer = sender.writable.getWriter();
  await writer.write("in");
  const waiting = writer.write("out");
  const refused = expect(waiting).rejects.toThrow("enough");
  await sleep(TO_WAIT_MS);
  await writer.abort(new Error("enough"));
  await refused;
  expect([receiver.isClosed, receiver.tryRecv(), receiver.isFinished]).toEqual([true, "in", true]);
  receiver.drop();
});

test("cancel: a read that waits ends, and the channel with its last receiver", async () => {
  const { sender, receiver } = channel(i32, { heap });
  const reader = receiver.readable.getReader();
  const waiting = reader.read();
  await sleep(TO_WAIT_MS);
  await reader.cancel();
  expect(await waiting).toEqual({ value: undefined, done: true });
  await expect(sender.send(1)).rejects.toMatchObject(CLOSED);
  sender.drop();
});

test("a message that comes while a stream is cancelled is for another receiver", async () => {
  for (let i = 0; i < 200; i++) {
    const { sender, receiver } = channel(i32, { heap });
    const other = receiver.clone();
    const reader = receiver.readable.getReader();
    const read = reader.read();
    sender.trySend(7);
    // In some turn or other of what wakes the reader.
    for (let turns = i % 8; turns > 0; turns--) await (turns % 3 === 0 ? sleep(0) : undefined);
    await reader.cancel();
    const { value } = await read;
    expect(value ?? other.tryRecv()).toBe(7);
    other.drop();
    sender.drop();
  }
});
