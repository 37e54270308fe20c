/** The scenarios of async-channel (docs/parity.md#channels), under its names, bounded and unbounded, wherever the ends are. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Codec, Heap, i32, utf8 } from "shmol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { inUse } from "../heaps.js";
import { testWhere } from "../testWhere.js";
import { until } from "../workers.js";
import { type FarEnd, type Place, places } from "./places.js";

/** Long enough for a thread to wait; too short makes a test easier, not red. */
const TO_WAIT_MS = 20;
const CLOSED = { code: "ERR_SHMOL_CLOSED" };
const TIMEOUT = { code: "ERR_SHMOL_TIMEOUT" };

const flavours = [
  ["unbounded", undefined],
  ["bounded", 2],
] as const;

const combinations = places.flatMap((place) =>
  flavours.map(([flavour, capacity]) => [flavour, place.name, place, capacity] as const),
);

interface Droppable {
  drop(): Promise<void>;
}

describe.each(combinations)("a channel, %s, %s", (_, __, place: Place, capacity) => {
  let heap: Heap;
  let before: ReturnType<typeof inUse>;
  let open: Droppable[] = [];

  beforeAll(async () => {
    heap = Heap.create();
    await place.open();
  });
  afterAll(async () => {
    await place.close();
    heap.drop();
  });
  beforeEach(() => {
    before = inUse(heap);
    open = [];
  });
  afterEach(async () => {
    for (const end of open) await end.drop();
    // A thread's doorbell goes back when the thread has heard of it.
    await until(() => inUse(heap).blocks <= before.blocks);
    expect(inUse(heap)).toEqual(before);
  });

  const keep = <E extends Droppable>(end: E): E => {
    open.push(end);
    return end;
  };
  const make = async <T = number>(
    type = i32 as Codec<unknown> as Codec<T>,
    room: number | undefined = capacity,
  ): Promise<{ sender: FarEnd<T>; receiver: FarEnd<T> }> => {
    const { sender, receiver } = await place.channel(type, { heap, ...(room === undefined ? {} : { capacity: room }) });
    return { sender: keep(sender), receiver: keep(receiver) };
  };
  /** An end is waiting by now, unless the machine is slow. */
  const toWait = () => sleep(TO_WAIT_MS);

  test("smoke, smokeSync", async () => {
    const { sender, receiver } = await make();
    await sender.send(7);
    expect(await receiver.tryRecv()).toBe(7);
    expect(await sender.trySend(8)).toBe(true);
    expect(await receiver.recv()).toBe(8);
    expect(await receiver.tryRecv()).toBeUndefined();
  });

  test("smoke: what takes a block of its own comes through", async () => {
    const { sender, receiver } = await make(utf8);
    await sender.send("söta bullar 🥐");
    await sender.send("");
    expect([await receiver.recv(), await receiver.recv()]).toEqual(["söta bullar 🥐", ""]);
  });

  test("capacity", async () => {
    const { sender, receiver } = await make();
    const expected = capacity ?? Number.POSITIVE_INFINITY;
    expect([await sender.get("capacity"), await receiver.get("capacity")]).toEqual([expected, expected]);
  });

  test("lenEmptyFull", async () => {
    const { sender, receiver } = await make();
    const state = async (end: FarEnd<number>) => [
      await end.get("size"),
      await end.get("isEmpty"),
      await end.get("isFull"),
    ];
    expect(await state(sender)).toEqual([0, true, false]);
    await sender.send(1);
    expect(await state(receiver)).toEqual([1, false, false]);
    await sender.send(2);
    expect(await state(sender)).toEqual([2, false, capacity === 2]);
    await receiver.recv();
    expect(await state(receiver)).toEqual([1, false, false]);
  });

  test("tryRecv", async () => {
    const { sender, receiver } = await make();
    expect(await receiver.tryRecv()).toBeUndefined();
    await sender.send(7);
    expect(await receiver.tryRecv()).toBe(7);
    await sender.drop();
    expect(await receiver.tryRecv()).toBeUndefined();
    expect(await receiver.get("isFinished")).toBe(true);
  });

  test("recv", async () => {
    const { sender, receiver } = await make();
    if (place.isConcurrent) {
      const waiting = receiver.recv();
      await toWait();
      await sender.send(7);
      expect(await waiting).toBe(7);
    }
    await sender.send(8);
    await sender.send(9);
    await sender.drop();
    expect([await receiver.recv(), await receiver.recv()]).toEqual([8, 9]);
    await expect(receiver.recv()).rejects.toMatchObject(CLOSED);
  });

  test("trySend", async () => {
    const { sender, receiver } = await make();
    expect([await sender.trySend(1), await sender.trySend(2)]).toEqual([true, true]);
    expect(await sender.trySend(3)).toBe(capacity === undefined);
    expect(await receiver.recv()).toBe(1);
    expect(await sender.trySend(4)).toBe(true);
    await receiver.drop();
    await expect(sender.trySend(5)).rejects.toMatchObject(CLOSED);
  });

  test("send", async () => {
    const { sender, receiver } = await make();
    await sender.send(7);
    await sender.send(8);
    if (capacity !== undefined && place.isConcurrent) {
      const waiting = sender.send(9);
      await toWait();
      expect(await receiver.get("size")).toBe(2);
      expect(await receiver.recv()).toBe(7);
      await waiting;
      expect([await receiver.recv(), await receiver.recv()]).toEqual([8, 9]);
    }
    await receiver.drop();
    await expect(sender.send(10)).rejects.toMatchObject(CLOSED);
  });

  test("closed", async () => {
    const { sender, receiver } = await make();
    await expect(sender.closed(5)).rejects.toMatchObject(TIMEOUT);
    // It is awaited wherever it is: no call of that thread blocks meanwhile.
    const waiting = Promise.all([sender.closed(), sender.closed()]);
    await toWait();
    await receiver.drop();
    await waiting;
    await sender.closed(0);
  });

  test("forceSend", async () => {
    const { sender, receiver } = await make();
    const displaced: unknown[] = [];
    for (const message of [1, 2, 3, 4]) displaced.push(await sender.forceSend(message));
    const left = await receiver.recvMany(10);
    const nothing = undefined;
    expect(displaced).toEqual(capacity === undefined ? [nothing, nothing, nothing, nothing] : [nothing, nothing, 1, 2]);
    expect(left).toEqual(capacity === undefined ? [1, 2, 3, 4] : [3, 4]);
    await receiver.close();
    await expect(sender.forceSend(5)).rejects.toMatchObject(CLOSED);
  });

  testWhere(place.isConcurrent)("forceSend wakes who waits", async () => {
    const { sender, receiver } = await make();
    const waiting = receiver.recv();
    await toWait();
    await sender.forceSend(1);
    expect(await waiting).toBe(1);
  });

  test("sendAfterClose", async () => {
    const { sender, receiver } = await make();
    await sender.send(1);
    await sender.send(2);
    expect([await sender.close(), await sender.close(), await receiver.close()]).toEqual([true, false, false]);
    await expect(sender.send(4)).rejects.toMatchObject(CLOSED);
    await expect(sender.trySend(5)).rejects.toMatchObject(CLOSED);
    await expect(sender.sendMany([6, 7])).rejects.toMatchObject({ code: "ERR_SHMOL_PARTIAL_SEND", sent: 0 });
    expect([await receiver.recv(), await receiver.recv()]).toEqual([1, 2]);
  });

  test("recvAfterClose", async () => {
    const { sender, receiver } = await make();
    await sender.send(1);
    await sender.send(2);
    expect(await receiver.close()).toBe(true);
    expect([await sender.get("isClosed"), await receiver.get("isFinished")]).toEqual([true, false]);
    expect([await receiver.recv(), await receiver.tryRecv()]).toEqual([1, 2]);
    await expect(receiver.recv()).rejects.toMatchObject(CLOSED);
    await expect(receiver.recvMany(3)).rejects.toMatchObject(CLOSED);
    expect([await receiver.tryRecv(), await receiver.get("isFinished")]).toEqual([undefined, true]);
  });

  test("receiverCount, senderCount", async () => {
    const { sender, receiver } = await make();
    const counts = async (end: FarEnd<number>) => [await end.get("senderCount"), await end.get("receiverCount")];
    expect([await counts(sender), await counts(receiver)]).toEqual([
      [1, 1],
      [1, 1],
    ]);
    const second = keep(await sender.clone());
    const others = [keep(await receiver.clone()), keep(await receiver.clone())];
    expect([await counts(sender), await counts(receiver)]).toEqual([
      [2, 3],
      [2, 3],
    ]);
    await second.drop();
    for (const other of others) await other.drop();
    expect(await counts(sender)).toEqual([1, 1]);
    await receiver.drop();
    expect([await counts(sender), await sender.get("isClosed")]).toEqual([[1, 0], true]);
  });

  testWhere(place.isConcurrent && capacity !== undefined)("closeWakesSender", async () => {
    for (const how of ["close", "drop"] as const) {
      const { sender, receiver } = await make();
      await sender.sendMany([1, 2]);
      const waiting = sender.send(3);
      const refused = expect(waiting).rejects.toMatchObject(CLOSED);
      await toWait();
      await receiver[how]();
      await refused;
    }
  });

  testWhere(place.isConcurrent)("closeWakesReceiver", async () => {
    for (const how of ["close", "drop"] as const) {
      const { sender, receiver } = await make();
      const refused = expect(receiver.recv()).rejects.toMatchObject(CLOSED);
      await toWait();
      await sender[how]();
      await refused;
    }
  });

  // A thread that waits and then comes to nothing any more: its notification must not be the only one.
  testWhere(place.name === "on workers, awaited" && capacity !== undefined)("forgetBlockedSender", async () => {
    const { sender, receiver } = await make();
    const other = keep(await sender.elsewhere());
    await sender.sendMany([3, 7]);
    const stuck = await sender.callAndBlock("send", [2, { timeoutMs: 20_000 }]);
    const waiting = other.send(13);
    await toWait();
    expect([await receiver.recv(), await receiver.recv()]).toEqual([3, 7]);
    await waiting;
    await stuck.release();
    expect([await receiver.recv(), await receiver.recv()]).toEqual([13, 2]);
  });

  testWhere(place.name === "on workers, awaited")("forgetBlockedReceiver", async () => {
    const { sender, receiver } = await make();
    const other = keep(await receiver.elsewhere());
    const stuck = await receiver.callAndBlock("recv", [{ timeoutMs: 20_000 }]);
    const waiting = other.recv();
    await toWait();
    await sender.sendMany([3, 7]);
    expect(await waiting).toBe(3);
    expect(await stuck.release()).toBe(7);
  });

  test("weak", async () => {
    const { sender, receiver } = await make();
    const [weakSender, weakReceiver] = [keep(await sender.downgrade()), keep(await receiver.downgrade())];
    const second = keep((await weakSender.upgrade()) as FarEnd<number>);
    expect(await sender.get("senderCount")).toBe(2);
    await sender.drop();
    await second.send(1);
    await second.drop();
    expect([await receiver.get("senderCount"), await receiver.get("isClosed")]).toEqual([0, true]);
    expect(await weakSender.upgrade()).toBeUndefined();
    // Closed, though there is a receiver yet and a message.
    expect(await weakReceiver.upgrade()).toBeUndefined();
    expect([await receiver.get("receiverCount"), await receiver.recv()]).toEqual([1, 1]);
  });

  test("recvMany: what is there, and at least one", async () => {
    const { sender, receiver } = await make(i32, capacity === undefined ? undefined : 5);
    if (place.isConcurrent) {
      const waiting = receiver.recvMany(3);
      await toWait();
      await sender.send(0);
      expect(await waiting).toEqual([0]);
    }
    await sender.sendMany([1, 2, 3, 4, 5]);
    expect([await receiver.recvMany(3), await receiver.recvMany(3)]).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
  });

  testWhere(place.isConcurrent && capacity !== undefined)("sendMany: waits as often as it must", async () => {
    const { sender, receiver } = await make();
    const messages = Array.from({ length: 50 }, (_, i) => i);
    const waiting = sender.sendMany(messages);
    const received: number[] = [];
    while (received.length < messages.length) received.push(...(await receiver.recvMany(3)));
    expect(received).toEqual(messages);
    expect(await waiting).toBe(messages.length);
  });

  test("timeout", async () => {
    const { sender, receiver } = await make();
    await expect(receiver.recv(5)).rejects.toMatchObject(TIMEOUT);
    await expect(receiver.recvMany(2, 0)).rejects.toMatchObject(TIMEOUT);
    await sender.sendMany([1, 2]);
    if (capacity !== undefined) {
      await expect(sender.send(3, 5)).rejects.toMatchObject(TIMEOUT);
      await receiver.recv();
      await expect(sender.sendMany([3, 4, 5], 5)).rejects.toMatchObject({ code: "ERR_SHMOL_PARTIAL_SEND", sent: 1 });
      expect(await receiver.recvMany(9)).toEqual([2, 3]);
    }
    expect(await receiver.get("size")).toBe(capacity === undefined ? 2 : 0);
  });

  test("lastReceiverReleases", async () => {
    const { sender, receiver } = await make(utf8);
    const empty = inUse(heap).blocks;
    // Too long for slots: a block each.
    await sender.send("message one");
    await sender.send("message two");
    expect(inUse(heap).blocks).toBe(empty + 2);
    await receiver.drop();
    // What nobody can receive any more is freed, with the receivers' side, while there are senders.
    expect(inUse(heap).blocks).toBeLessThan(empty);
    expect([await sender.get("size"), await sender.get("isFinished")]).toEqual([0, true]);
    await expect(sender.send("three")).rejects.toMatchObject(CLOSED);
  });
});
