/** select: the first message of several channels, and nothing of the others. */
import { channel, type Heap, Heap as Heaps, i32, type Receiver, select, utf8 } from "shmol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inUse } from "../heaps.js";
import { inWorkers, until } from "../workers.js";

const WORKER = new URL("./worker.mjs", import.meta.url);
const LIMITS = { timeoutMs: 10_000 };

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

test("takes what is there, and nothing of the others", async () => {
  const [numbers, words] = [channel(i32, { heap }), channel(utf8, { heap, capacity: 1 })];
  words.sender.trySend("a");
  const { index, receiver, message } = await select([numbers.receiver, words.receiver]);
  expect([index, receiver === words.receiver, message]).toEqual([1, true, "a"]);
  numbers.sender.sendManySync([1, 2]);
  expect(await select([numbers.receiver, words.receiver])).toMatchObject({ index: 0, message: 1 });
  expect([numbers.receiver.size, words.receiver.size]).toEqual([1, 0]);
  for (const { sender, receiver } of [numbers, words]) for (const end of [sender, receiver]) end.drop();
});

test("waits for the first, and leaves what comes at the same time to others", async () => {
  const channels = Array.from({ length: 3 }, () => channel(i32, { heap }));
  const receivers = channels.map(({ receiver }) => receiver);
  const others = receivers.map((receiver) => receiver.clone());
  const first = select(receivers, LIMITS);
  const theirs = others.map((other) => other.recv(LIMITS));
  channels.forEach(({ sender }, i) => {
    sender.trySend(i);
  });
  const { index, message } = await first;
  expect(message).toBe(index);
  // Two messages are left, and those who waited behind get them.
  channels[index]?.sender.trySend(index);
  expect(await Promise.all(theirs)).toEqual([0, 1, 2]);
  for (const end of [...channels.map(({ sender }) => sender), ...receivers, ...others]) end.drop();
});

test("does not starve anybody behind a channel that always has messages", async () => {
  const [busy, quiet] = [channel(i32, { heap }), channel(i32, { heap })];
  busy.sender.sendManySync(new Int32Array(1000));
  quiet.sender.trySend(7);
  let turns = 0;
  while (quiet.receiver.size > 0) {
    await select([busy.receiver, quiet.receiver]);
    turns++;
  }
  expect(turns).toBeLessThan(4);
  for (const { sender, receiver } of [busy, quiet]) for (const end of [sender, receiver]) end.drop();
});

test("goes on without those that are closed and empty, until all are", async () => {
  const [one, other] = [channel(i32, { heap }), channel(i32, { heap })];
  const receivers = [one.receiver, other.receiver];
  one.sender.drop();
  const waiting = select(receivers, LIMITS);
  other.sender.trySend(1);
  expect(await waiting).toMatchObject({ index: 1, message: 1 });
  const ended = expect(select(receivers, LIMITS)).rejects.toMatchObject({ code: "ERR_SHMOL_CLOSED" });
  other.sender.drop();
  await ended;
  for (const receiver of receivers) receiver.drop();
});

test("time-outs, signals and drops end it, and nothing was taken", async () => {
  const channels = [channel(i32, { heap }), channel(i32, { heap })];
  const receivers = channels.map(({ receiver }) => receiver);
  await expect(select(receivers, { timeoutMs: 5 })).rejects.toThrow("there was no message within 5 ms");
  const controller = new AbortController();
  const aborted = select(receivers, controller);
  controller.abort();
  await expect(aborted).rejects.toBe(controller.signal.reason);
  const dropped = select(receivers);
  const clone = (receivers[1] as Receiver<number>).clone();
  receivers[1]?.drop();
  await expect(dropped).rejects.toThrow("this receiver was dropped");
  for (const { sender } of channels) expect(sender.trySend(1)).toBe(true);
  expect([receivers[0]?.tryRecv(), clone.tryRecv()]).toEqual([1, 1]);
  clone.drop();
  for (const { sender, receiver } of channels) for (const end of [sender, receiver]) end.drop();
});

test("refuses what is no array of receivers", async () => {
  const { sender, receiver } = channel(i32, { heap });
  for (const wrong of [[], undefined, receiver, [receiver, sender]]) {
    await expect(select(wrong as never)).rejects.toMatchObject({ code: "ERR_SHMOL_TYPE_MISMATCH" });
  }
  sender.drop();
  receiver.drop();
});

test("gets every message of four senders on four channels", async () => {
  const EACH = 2000;
  const channels = [1, 2, undefined, 64].map((capacity) =>
    channel(i32, { heap, ...(capacity === undefined ? {} : { capacity }) }),
  );
  const jobs = channels.map(({ sender }, number) => ({
    part: "send",
    token: sender.share({ opens: 1 }),
    heap: heap.share(),
    way: number % 2 === 0 ? "blocking" : "awaited",
    number: 0,
    senders: 1,
    count: EACH,
  }));
  for (const { sender } of channels) sender.drop();
  const receivers = channels.map(({ receiver }) => receiver);
  const next = new Int32Array(channels.length);
  let isInOrder = true;
  await inWorkers(WORKER, jobs, async () => {
    try {
      for (;;) {
        const { index, message } = await select(receivers, LIMITS);
        isInOrder &&= message === next[index];
        next[index] = message + 1;
      }
    } catch (error) {
      expect(error).toMatchObject({ code: "ERR_SHMOL_CLOSED" });
    }
  });
  expect([isInOrder, [...next]]).toEqual([true, channels.map(() => EACH)]);
  for (const receiver of receivers) receiver.drop();
});
