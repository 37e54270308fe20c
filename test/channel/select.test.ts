/** select: the first message of several channels, and nothing of the others. */
import { setTimeout as sleep } from "node:timers/promises";
import { channel, type Heap, Heap as Heaps, i32, type Receiver, select, utf8 } from "shmol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inUse } from "../heaps.js";
import { random } from "../random.mjs";
import { seed } from "../seed.js";
import { meet } from "../startingLine.mjs";
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
  // Each has the same chance: 60 turns without the quiet one have a probability of 2 ** -60.
  expect(turns).toBeLessThan(60);
  for (const { sender, receiver } of [busy, quiet]) for (const end of [sender, receiver]) end.drop();
});

test("says of a channel that it is closed and empty, at once or when it waits (crossbeam's disconnected)", async () => {
  const [one, other] = [channel(i32, { heap }), channel(i32, { heap })];
  const receivers = [one.receiver, other.receiver];
  one.sender.trySend(1);
  one.sender.drop();
  expect(await select(receivers)).toEqual({ index: 0, receiver: one.receiver, closed: false, message: 1 });
  expect(await select(receivers)).toEqual({ index: 0, receiver: one.receiver, closed: true });
  const waiting = select([other.receiver], LIMITS);
  other.sender.drop();
  expect(await waiting).toEqual({ index: 0, receiver: other.receiver, closed: true });
  for (const receiver of receivers) receiver.drop();
});

test("those that have something have the same chance, whatever other selects run (crossbeam's test_select_fairness)", async () => {
  const channels = Array.from({ length: 6 }, () => channel(i32, { heap }));
  const [a, b, x, y, ...idle] = channels.map(({ receiver }) => receiver) as [Receiver<number>, ...Receiver<number>[]];
  for (const { sender } of channels.slice(0, 4)) sender.sendManySync(new Int32Array(1000));
  for (let i = 0; i < 500; i++) {
    await select([a, ...idle, b as Receiver<number>]);
    await select([x as Receiver<number>, y as Receiver<number>]);
  }
  // 250 each; 150 are 9 standard deviations away.
  for (const receiver of [a, b, x, y]) expect(1000 - (receiver as Receiver<number>).size).toBeGreaterThan(150);
  for (const { sender, receiver } of channels) for (const end of [sender, receiver]) end.drop();
});

test("a look between the close of one channel and the last message of another finds one of them (Go's test_nonblock_select_race2)", async () => {
  const ROUNDS = 1000;
  const make = () => channel(i32, { heap, capacity: 1 });
  const rounds = Array.from({ length: ROUNDS }, () => [make(), make()] as const);
  for (const [one] of rounds) one.sender.trySend(1);
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const pairs = rounds.map((pair) => pair.map(({ receiver }) => receiver.share({ light: true, opens: 1 })));
  const start = seed();
  const job = { part: "lookAtTwo", heap: heap.share(), pairs, cell, seed: start };
  const next = random(start + 1);
  const [found] = await inWorkers<{ message: number; closed: number; nothing: number }>(WORKER, [job], () => {
    for (const [round, [one, other]] of rounds.entries()) {
      meet(cell, 2, round + 1);
      for (let turns = next(200); turns > 0; turns--) Atomics.load(cell, 0);
      // A select that finds no message any more could have found this before.
      other.sender.drop();
      one.receiver.tryRecv();
    }
  });

  expect(found?.nothing, JSON.stringify(found)).toBe(0);
  for (const { sender, receiver } of rounds.flat()) for (const end of [sender, receiver]) end.drop();
});

test("a channel that is closed is found at once, beside one that is not (mpsc's select::closed)", async () => {
  const [one, other] = [channel(i32, { heap }), channel(i32, { heap })];
  other.sender.drop();
  expect(await select([one.receiver, other.receiver], LIMITS)).toMatchObject({ index: 1, closed: true });
  for (const end of [one.sender, one.receiver, other.receiver]) end.drop();
});

test("biased: the first that has something", async () => {
  const channels = [channel(i32, { heap }), channel(i32, { heap }), channel(i32, { heap })];
  const receivers = channels.map(({ receiver }) => receiver);
  for (const { sender } of channels.slice(1)) for (let i = 0; i < 20; i++) sender.trySend(i);
  const found = [];
  for (let i = 0; i < 40; i++) found.push((await select(receivers, { biased: true })).index);
  expect(found).toEqual(Array.from({ length: 40 }, (_, i) => (i < 20 ? 1 : 2)));
  for (const { sender, receiver } of channels) for (const end of [sender, receiver]) end.drop();
});

test("a signal for 30 receivers: no warning of a leak", async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => void warnings.push(warning);
  process.on("warning", note);
  const channels = Array.from({ length: 30 }, () => channel(i32, { heap }));
  const receivers = channels.map(({ receiver }) => receiver);
  const stop = new AbortController();
  const waiting = expect(select(receivers, stop)).rejects.toMatchObject({ name: "AbortError" });
  await sleep(5);
  stop.abort();
  await waiting;
  await sleep(5);
  process.off("warning", note);
  expect(warnings).toEqual([]);
  for (const { sender, receiver } of channels) for (const end of [sender, receiver]) end.drop();
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
    const arms = receivers.map((receiver, number) => ({ receiver, number }));
    while (arms.length > 0) {
      const found = await select(
        arms.map(({ receiver }) => receiver),
        LIMITS,
      );
      const { number } = arms[found.index] as { number: number };
      if (found.closed) {
        arms.splice(found.index, 1);
      } else {
        isInOrder &&= found.message === next[number];
        next[number] = found.message + 1;
      }
    }
  });
  expect([isInOrder, [...next]]).toEqual([true, channels.map(() => EACH)]);
  for (const receiver of receivers) receiver.drop();
});
