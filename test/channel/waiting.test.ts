/** What ends a wait other than a message or room, and that nobody else is the worse for it: on one thread. */
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { Arc, arc, channel, type Heap, Heap as Heaps, i32, json, Receiver, Sender, select } from "shmol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { inUse } from "../heaps.js";
import { until } from "../workers.js";
import { picky } from "./picky.js";

const CLOSED = { code: "ERR_SHMOL_CLOSED" };
const DROPPED = { code: "ERR_SHMOL_DROPPED" };
const TIMEOUT = { code: "ERR_SHMOL_TIMEOUT" };

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

/** A channel of one, and, if so told, a message in it. */
function ofOne({ full = false } = {}) {
  const ends = channel(i32, { heap, capacity: 1 });
  if (full) ends.sender.trySend(0);
  return { ...ends, drop: () => [ends.sender, ends.receiver].forEach((end) => void end.drop()) };
}

describe("abort", () => {
  test("a send that is aborted has not sent, a recv has not taken", async () => {
    const { sender, receiver, drop } = ofOne({ full: true });
    const controller = new AbortController();
    const { signal } = controller;
    const send = sender.send(1, { signal });
    const sendMany = sender.sendMany([2, 3], { signal });
    controller.abort(new Error("enough"));
    await expect(send).rejects.toBe(signal.reason);
    await expect(sendMany).rejects.toMatchObject({ code: "ERR_SHMOL_PARTIAL_SEND", sent: 0, cause: signal.reason });
    expect([receiver.tryRecv(), receiver.tryRecv()]).toEqual([0, undefined]);
    const other = new AbortController();
    const recv = receiver.recv({ signal: other.signal });
    other.abort();
    await expect(recv).rejects.toBe(other.signal.reason);
    expect(sender.trySend(4)).toBe(true);
    expect(receiver.tryRecv()).toBe(4);
    drop();
  });

  test("a signal that was aborted before: nothing is sent or taken, though it could be", async () => {
    const { sender, receiver, drop } = ofOne();
    const signal = AbortSignal.abort();
    await expect(sender.send(1, { signal })).rejects.toBe(signal.reason);
    expect(receiver.isEmpty).toBe(true);
    sender.trySend(2);
    await expect(receiver.recv({ signal })).rejects.toBe(signal.reason);
    await expect(receiver.recvMany(1, { signal })).rejects.toBe(signal.reason);
    await expect(receiver.closed({ signal })).rejects.toBe(signal.reason);
    expect(receiver.tryRecv()).toBe(2);
    drop();
  });

  test("sendMany says how many went in", async () => {
    const { sender, receiver, drop } = ofOne();
    const controller = new AbortController();
    const all = sender.sendMany(Int32Array.of(1, 2, 3, 4), controller);
    expect([await receiver.recv(), await receiver.recv()]).toEqual([1, 2]);
    controller.abort();
    const { sent } = await all.then(
      () => ({ sent: 4 }),
      (error) => error,
    );
    const rest = receiver.tryRecv();
    expect(sent).toBe(rest === undefined ? 2 : 3);
    expect(receiver.tryRecv()).toBeUndefined();
    drop();
  });

  test("whoever comes behind one that is aborted is served", async () => {
    const { sender, receiver, drop } = ofOne();
    const controller = new AbortController();
    const first = receiver.recv(controller);
    const second = receiver.recv({ timeoutMs: 5000 });
    // The first is notified, and whether it is that or the signal that ends it, no message is lost.
    sender.trySend(1);
    controller.abort();
    const [end] = await Promise.allSettled([first]);
    if (end.status === "fulfilled") sender.trySend(2);
    expect([end.status, await second]).toEqual(end.status === "fulfilled" ? ["fulfilled", 2] : ["rejected", 1]);
    drop();
  }, 10_000);
});

describe("drop", () => {
  test("ends what the handle waits for, and nothing of others", async () => {
    const { sender, receiver, drop } = ofOne();
    const other = receiver.clone();
    const mine = [receiver.recv(), receiver.recvMany(2), receiver.closed(), receiver[Symbol.asyncIterator]().next()];
    const theirs = other.recv({ timeoutMs: 5000 });
    receiver.drop();
    for (const waiting of mine) await expect(waiting).rejects.toMatchObject(DROPPED);
    sender.trySend(1);
    expect(await theirs).toBe(1);
    other.drop();
    drop();
  });

  test("a notification of one that goes is for the next", async () => {
    const { sender, receiver, drop } = ofOne();
    const other = receiver.clone();
    const mine = receiver.recv();
    const theirs = other.recv({ timeoutMs: 5000 });
    // Notified, and gone before it could look.
    sender.trySend(1);
    receiver.drop();
    const [gone, served] = await Promise.allSettled([mine, theirs]);
    expect([gone.status, served]).toEqual(["rejected", { status: "fulfilled", value: 1 }]);
    other.drop();
    drop();
  }, 10_000);

  test("any use afterwards is refused, a second drop is not", async () => {
    const { sender, receiver } = ofOne();
    sender.drop();
    sender.drop();
    receiver[Symbol.dispose]();
    await expect(sender.send(1)).rejects.toMatchObject(DROPPED);
    await expect(receiver.recv()).rejects.toMatchObject(DROPPED);
    await expect(receiver[Symbol.asyncIterator]).toThrow(expect.objectContaining({ name: "TypeError" }));
    expect(() => receiver.isClosed).toThrow("this receiver was dropped");
    expect(() => receiver.drain().next()).toThrow("this receiver was dropped");
    expect([receiver.size, receiver.capacity, sender.senderCount, sender.receiverCount]).toEqual([0, 0, 0, 0]);
    expect(() => sender.trySend(1)).toThrow("this sender was dropped");
  });
});

describe("iteration", () => {
  test("a loop that is left has lost nothing, and the receiver goes on", async () => {
    const { sender, receiver } = channel(i32, { heap });
    sender.sendManySync([1, 2, 3, 4]);
    for await (const message of receiver) if (message === 2) break;
    expect(receiver.tryRecv()).toBe(3);
    for (const message of receiver.blocking()) if (message === 4) break;
    sender.trySend(5);
    sender.drop();
    const left: number[] = [];
    for await (const message of receiver) left.push(message);
    expect([left, [...receiver.blocking()], receiver.isFinished]).toEqual([[5], [], true]);
    receiver.drop();
  });

  test("a consumer that is always busy lets timers fire", async () => {
    const { sender, receiver } = channel(i32, { heap, capacity: 64 });
    let fired = 0;
    const timer = setInterval(() => fired++, 1);
    const end = performance.now() + 200;
    for (let i = 0; performance.now() < end; i = (i + 1) | 0) {
      await sender.send(i);
      await receiver.recv();
    }
    clearInterval(timer);
    expect(fired).toBeGreaterThan(3);
    sender.drop();
    receiver.drop();
  });
});

describe("messages that cannot be decoded", () => {
  test("are gone, and make room for who waits", async () => {
    const { sender, receiver } = channel(picky, { heap, capacity: 1 });
    await sender.send(13);
    const waiting = sender.send(1, { timeoutMs: 5000 });
    await expect(receiver.recv()).rejects.toThrow("not thirteen");
    await waiting;
    expect(receiver.tryRecv()).toBe(1);
    sender.drop();
    receiver.drop();
  });

  test("in a batch make room, too", async () => {
    const { sender, receiver } = channel(picky, { heap, capacity: 3 });
    await sender.sendMany([1, 13, 2]);
    const waiting = [4, 5, 6].map((message) => sender.send(message, { timeoutMs: 5000 }));
    expect(await receiver.recvMany(3)).toEqual([1]);
    await expect(receiver.recvMany(3)).rejects.toThrow("not thirteen");
    const rest: number[] = [];
    while (rest.length < 4) rest.push(await receiver.recv({ timeoutMs: 5000 }));
    await Promise.all(waiting);
    expect(rest).toEqual([2, 4, 5, 6]);
    sender.drop();
    receiver.drop();
  });

  test("and a codec that drops the handle that it works for leaves no one waiting", async () => {
    let end: Receiver<number> | undefined;
    const dropAnd = ([value]: Uint8Array) => {
      end?.drop();
      return value as number;
    };
    const rude = { ...picky, name: "rude", decode: dropAnd };
    const { sender, receiver } = channel(rude, { heap, capacity: 1 });
    end = receiver.clone();
    await sender.send(1);
    const waiting = sender.send(2, { timeoutMs: 5000 });
    expect(end.tryRecv()).toBe(1);
    await waiting;
    end = undefined;
    expect(await receiver.recv()).toBe(2);
    sender.drop();
    receiver.drop();
  });
});

test("a sender that had waited for room and does not use it leaves it to the next", async () => {
  const { sender, receiver } = channel(i32, { heap, capacity: 1 });
  const other = Sender.open(sender.share());
  await sender.send(0);
  const first = sender.send(1, { timeoutMs: 5000 });
  const second = other.send(2, { timeoutMs: 5000 });
  // The room that comes free is told to the first.
  expect(receiver.tryRecv()).toBe(0);
  sender.drop();
  await expect(first).rejects.toMatchObject(DROPPED);
  await second;
  expect(receiver.tryRecv()).toBe(2);
  other.drop();
  receiver.drop();
});

describe("a wait that was given up takes nothing", () => {
  type Ends = ReturnType<typeof channel<number>>;
  /** Each begins to wait for a message, and returns what gives that up. */
  const waits: Record<string, (ends: Ends) => () => unknown> = {
    "return of an iterator": ({ receiver }) => {
      const messages = receiver[Symbol.asyncIterator]();
      const next = messages.next();
      return async () => {
        messages.return?.();
        expect(await next).toEqual({ value: undefined, done: true });
        expect(await messages.next()).toEqual({ value: undefined, done: true });
      };
    },
    "a signal of messages": ({ receiver }) => {
      const stop = new AbortController();
      const next = receiver.messages(stop)[Symbol.asyncIterator]().next();
      return async () => {
        stop.abort();
        expect(await next).toEqual({ value: undefined, done: true });
      };
    },
    "a signal of recv": ({ receiver }) => {
      const stop = new AbortController();
      const message = receiver.recv(stop);
      return () => {
        stop.abort();
        return expect(message).rejects.toBe(stop.signal.reason);
      };
    },
    "a signal of recvMany": ({ receiver }) => {
      const stop = new AbortController();
      const messages = receiver.recvMany(5, stop);
      return () => {
        stop.abort();
        return expect(messages).rejects.toBe(stop.signal.reason);
      };
    },
    "a signal of select": ({ receiver }) => {
      const stop = new AbortController();
      const found = select([receiver], stop);
      return () => {
        stop.abort();
        return expect(found).rejects.toBe(stop.signal.reason);
      };
    },
    "drop of a clone": ({ receiver }) => {
      const clone = receiver.clone();
      const message = clone.recv();
      return () => {
        clone.drop();
        return expect(message).rejects.toMatchObject(DROPPED);
      };
    },
    "cancel of a stream": ({ receiver }) => {
      const reader = receiver.clone().readable.getReader();
      const read = reader.read();
      return async () => {
        await reader.cancel();
        expect((await read).done).toBe(true);
      };
    },
    "a stream of Node's that is destroyed": ({ receiver }) => {
      const stream = Readable.from(receiver);
      stream.on("data", () => expect.unreachable("it was destroyed"));
      return () => void stream.destroy();
    },
  };

  test.each(Object.entries(waits))("%s, before the message", async (_, begin) => {
    const ends = channel(i32, { heap });
    const giveUp = begin(ends);
    await sleep(2);
    await giveUp();
    await sleep(2);
    ends.sender.trySend(1);
    await sleep(2);
    expect([ends.receiver.tryRecv(), ends.receiver.tryRecv()]).toEqual([1, undefined]);
    for (const end of [ends.sender, ends.receiver]) end.drop();
  });

  test.each(Object.entries(waits))("%s, right after the message was sent", async (_, begin) => {
    const ends = channel(i32, { heap });
    const giveUp = begin(ends);
    await sleep(2);
    ends.sender.trySend(1);
    await giveUp();
    await sleep(2);
    expect([ends.receiver.tryRecv(), ends.receiver.tryRecv()]).toEqual([1, undefined]);
    for (const end of [ends.sender, ends.receiver]) end.drop();
  });

  test("time-outs of mocked timers", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const { sender, receiver, drop } = ofOne();
      const messages = expect(receiver.recv({ timeoutMs: 100_000 })).rejects.toMatchObject(TIMEOUT);
      vi.advanceTimersByTime(100_001);
      await messages;
      sender.trySend(1);
      expect(receiver.tryRecv()).toBe(1);
      drop();
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("one after the other", () => {
  test("calls that wait for messages are served in their order, those of clones too, and a new one does not overtake", async () => {
    const { sender, receiver } = channel(i32, { heap });
    const clone = receiver.clone();
    const order: number[] = [];
    const calls = Array.from({ length: 20 }, async (_, i) => {
      const message = await (i % 2 === 0 ? receiver : clone).recv();
      order.push(i);
      return message;
    });
    for (let i = 0; i < 10; i++) sender.trySend(i);
    // There are messages; those who came first have them.
    const late = receiver.recv();
    for (let i = 10; i <= 20; i++) sender.trySend(i);
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect([order, await late]).toEqual([Array.from({ length: 20 }, (_, i) => i), 20]);
    for (const end of [sender, receiver, clone]) end.drop();
  });

  test("two tasks that use a channel of one as a lock have it by turns", async () => {
    const { sender, receiver } = channel(i32, { heap, capacity: 1 });
    const had: [number, number] = [0, 0];
    const task = async (i: 0 | 1) => {
      while (had[0] + had[1] < 2000) {
        await sender.send(0);
        had[i]++;
        await Promise.resolve();
        receiver.tryRecv();
      }
    };
    await Promise.all([task(0), task(1)]);
    expect(Math.min(...had)).toBeGreaterThan(500);
    for (const end of [sender, receiver]) end.drop();
  });

  test("20 calls that wait on one thread have one listener", async () => {
    const { sender, receiver } = channel(i32, { heap });
    const calls = Array.from({ length: 20 }, () => receiver.recv());
    expect(heap.stats().threads[0]?.listeners).toBe(1);
    for (let i = 0; i < 20; i++) sender.trySend(i);
    await Promise.all(calls);
    expect(heap.stats().threads[0]?.listeners).toBe(0);
    for (const end of [sender, receiver]) end.drop();
  });
});

describe("what is sent is what was there at the call", () => {
  /** Counts what it encodes. */
  const counting = () => {
    const codec = {
      ...{ name: "counting", encoded: 0 },
      encode(value: number) {
        codec.encoded++;
        return Uint8Array.of(value);
      },
      decode: ([value]: Uint8Array) => value as number,
    };
    return codec;
  };

  test("send encodes once, also when it waits, and gives back what did not go in", async () => {
    const codec = counting();
    const { sender, receiver } = channel(codec, { heap, capacity: 1 });
    const stop = new AbortController();
    const sends = [1, 2, 3, 4].map((value) => sender.send(value));
    const given = sender.send(5, stop);
    expect(codec.encoded).toBe(5);
    stop.abort();
    await expect(given).rejects.toBe(stop.signal.reason);
    const got = [];
    for (let i = 0; i < 4; i++) got.push(await receiver.recv());
    await Promise.all(sends);
    expect([got, codec.encoded]).toEqual([[1, 2, 3, 4], 5]);
    sender.trySend(6);
    const closed = expect(sender.send(7)).rejects.toMatchObject(CLOSED);
    receiver.drop();
    await closed;
    sender.drop();
  });

  test("trySend on a full channel encodes nothing", () => {
    const codec = counting();
    const { sender, receiver } = channel(codec, { heap, capacity: 1 });
    expect([sender.trySend(1), sender.trySend(2), sender.trySend(3), codec.encoded]).toEqual([true, false, false, 1]);
    sender.close();
    expect(() => sender.trySend(4)).toThrow("closed");
    for (const end of [sender, receiver]) end.drop();
  });

  test.each(["send", "sendMany"] as const)(
    "%s of a value whose encoding aborts the signal is rejected",
    async (how) => {
      const { sender, receiver } = channel(json, { heap, capacity: 1 });
      const stop = new AbortController();
      const value = {
        get x() {
          stop.abort();
          return 1;
        },
      };
      if (how === "send") sender.trySend(0);
      const sent = how === "send" ? sender.send(value, stop) : sender.sendMany([value, 2], stop);
      const reason = sent.then(
        () => "nothing",
        (error) => (how === "send" ? error : error.cause),
      );
      expect(await Promise.race([reason, sleep(5000, "it waits")])).toBe(stop.signal.reason);
      receiver.tryRecv();
      for (const end of [sender, receiver]) end.drop();
    },
  );

  test("trySend of a number that is not of the type throws, on a full channel too", () => {
    const { sender, receiver } = channel(i32, { heap, capacity: 1 });
    expect(sender.trySend(1)).toBe(true);
    expect(() => sender.trySend(1.5)).toThrow("i32 value is not an integer: 1.5");
    expect([sender.trySend(2), receiver.tryRecv(), receiver.tryRecv()]).toEqual([false, 1, undefined]);
    for (const end of [sender, receiver]) end.drop();
  });

  test("an Arc that waits to be sent is the channel's, and comes back if it is given up", async () => {
    const { sender, receiver } = channel(arc, { heap, capacity: 1 });
    sender.trySend(Arc.create(4, { heap }));
    const waiting = Arc.create(8, { heap });
    await expect(sender.send(waiting, { timeoutMs: 5 })).rejects.toMatchObject(TIMEOUT);
    expect([waiting.size, waiting.strongCount]).toEqual([8, 1]);
    waiting.drop();
    receiver.tryRecv()?.drop();
    for (const end of [sender, receiver]) end.drop();
  });
});

describe("handles", () => {
  test("tokens: light ones, tickets that keep a side open, and what is gone", async () => {
    const { sender, receiver } = channel(json, { heap, capacity: 2 });
    const light = sender.share({ light: true });
    expect(light).toMatchObject({ shmol: "sender", type: "json" });
    expect(light).not.toHaveProperty("memory");
    const second = Sender.open(light);
    const ticket = sender.share({ opens: 1 });
    expect(sender.senderCount).toBe(3);
    sender.drop();
    second.drop();
    expect(receiver.isClosed).toBe(false);
    const third = Sender.open(structuredClone(ticket));
    await third.send({ from: "the ticket" });
    third.drop();
    expect(receiver.isClosed).toBe(true);
    expect(() => Sender.open(light)).toThrow("the sender of this token is gone");
    const other = Receiver.open(receiver.share());
    receiver.drop();
    expect(await other.recv()).toEqual({ from: "the ticket" });
    other.drop();
  });

  test("sameChannel", () => {
    const [one, other] = [ofOne(), ofOne()];
    const clone = one.sender.clone();
    expect([one.sender.sameChannel(one.receiver), one.receiver.sameChannel(clone)]).toEqual([true, true]);
    expect([one.sender.sameChannel(other.sender), other.receiver.sameChannel(one.receiver)]).toEqual([false, false]);
    clone.drop();
    one.drop();
    other.drop();
  });

  test("go on when the heap's own handle was dropped", async () => {
    const own = Heaps.create();
    const { sender, receiver } = channel(i32, { heap: own });
    own.drop();
    const [clone, weak] = [sender.clone(), receiver.downgrade()];
    clone.trySend(1);
    const upgraded = weak.upgrade();
    expect(await upgraded?.recv()).toBe(1);
    for (const handle of [sender, receiver, clone, weak, upgraded]) handle?.drop();
  });

  test("a timeout that is long, and one that is none", async () => {
    const { sender, receiver, drop } = ofOne();
    const waiting = receiver.recv({ timeoutMs: 2 ** 40 });
    await sleep(5);
    sender.trySend(1);
    expect(await waiting).toBe(1);
    await expect(receiver.recv({ timeoutMs: 0 })).rejects.toThrow("there was no message within 0 ms");
    expect(() => receiver.recvSync({ timeoutMs: 3 })).toThrow(expect.objectContaining(TIMEOUT));
    sender.close();
    expect(() => receiver.recvManySync(1)).toThrow(expect.objectContaining(CLOSED));
    drop();
  });
});

test("a thread that looks while it awaits, and blocks meanwhile, is counted once", async () => {
  const { receiver, drop } = ofOne();
  const words = new BigInt64Array(heap.buffer);
  const header = new Int32Array(heap.buffer);
  // docs/memory-layout.md: the lookers lie one unit behind the bump.
  const lookers = () => Atomics.load(words, ((header[52 / 4] as number) + (header[16 / 4] as number)) / 8);
  for (let round = 0; round < 5; round++) {
    const awaited = receiver.recv({ timeoutMs: 5 });
    expect(() => receiver.recvSync({ timeoutMs: 1 })).toThrow("within 1 ms");
    await expect(awaited).rejects.toMatchObject(TIMEOUT);
  }
  await until(() => lookers() === 0n);
  drop();
});
