/** Who is notified of what, and what a call leaves behind when it ends: on one thread. */
import { getEventListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import {
  Arc,
  arc,
  channel,
  type Heap,
  Heap as Heaps,
  i32,
  type Listener,
  Receiver,
  Sender,
  SharedEvent,
  select,
} from "shmol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { inUse } from "../heaps.js";
import { picky } from "./picky.js";

const CLOSED = { code: "ERR_SHMOL_CLOSED" };
const TIMEOUT = { code: "ERR_SHMOL_TIMEOUT" };
/** What is not there after so long will not come. */
const PATIENCE_MS = 1500;

let heap: Heap;
beforeEach(() => {
  heap = Heaps.create();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  heap.drop();
});

/** Everything that listens from now on: whether it was notified. */
function notified(): () => boolean[] {
  const spy = vi.spyOn(SharedEvent.prototype, "listen");
  return () => spy.mock.results.map(({ value }) => (value as Listener).isNotified);
}

/** Has this done, once, between a call's first look and the moment from which it listens: as another thread might. */
function beforeItListens(act: () => void): void {
  const { listen } = SharedEvent.prototype;
  vi.spyOn(SharedEvent.prototype, "listen").mockImplementationOnce(function (this: SharedEvent) {
    act();
    return listen.call(this);
  });
}

const listeners = () => heap.stats().threads[0]?.listeners;
/** What a promise resolves with, if it does so soon. */
const soon = <T>(promise: Promise<T>) => Promise.race([promise, sleep(PATIENCE_MS, "not soon")]);

/** A channel full of this message, and so many more senders, each of which waits in a line of its own. */
function crowded(capacity: number, senders: number, message: number) {
  const { sender, receiver } = channel(picky, { heap, capacity });
  sender.sendManySync(Array.from({ length: capacity }, () => message));
  const others = Array.from({ length: senders }, () => Sender.open(sender.share(), picky));
  const isTold = notified();
  const sends = Promise.allSettled(others.map((other) => other.send(1)));
  return { sender, receiver, others, isTold, sends };
}

// The first one, while the thread has no timer yet.
test("whoever waits while timers are mocked takes none of those", async () => {
  vi.useFakeTimers();
  const { sender, receiver } = channel(i32, { heap, capacity: 1 });
  const message = receiver.recv();
  expect(vi.getTimerCount()).toBe(0);
  sender.trySend(1);
  vi.useRealTimers();
  expect(await soon(message)).toBe(1);
  for (const end of [sender, receiver]) end.drop();
});

describe("who is notified", () => {
  test("of a message: a receiver, whichever way it goes in", async () => {
    const ways: ((sender: Sender<number>) => unknown)[] = [
      (sender) => sender.trySend(1),
      (sender) => sender.send(1),
      (sender) => sender.sendMany([1]),
      (sender) => sender.forceSend(1),
    ];
    for (const way of ways) {
      const { sender, receiver } = channel(i32, { heap, capacity: 1 });
      const message = receiver.recv();
      await way(sender);
      expect([await soon(message), listeners()]).toEqual([1, 0]);
      for (const end of [sender, receiver]) end.drop();
    }
  });

  test("of a message that had waited for room: a receiver", async () => {
    const { sender, receiver } = channel(i32, { heap, capacity: 1 });
    await sender.send(0);
    const sent = sender.send(1);
    expect(receiver.tryRecv()).toBe(0);
    const message = receiver.recv();
    await sent;
    expect(await soon(message)).toBe(1);
    for (const end of [sender, receiver]) end.drop();
  });

  test("of a batch: as many receivers as there are messages", async () => {
    const { sender, receiver } = channel(i32, { heap });
    const others = Array.from({ length: 4 }, () => Receiver.open(receiver.share()));
    const isTold = notified();
    const messages = others.map((other) => other.recv());
    const sent = sender.sendMany([1, 2, 3]);
    expect(isTold()).toEqual([false, true, true, true]);
    expect(await sent).toBe(3);
    sender.trySend(4);
    expect((await Promise.all(messages)).toSorted()).toEqual([1, 2, 3, 4]);
    for (const end of [sender, receiver, ...others]) end.drop();
  });

  test("of room in a small channel: a sender for each place", async () => {
    const { sender, receiver, others, isTold, sends } = crowded(4, 6, 1);
    // The one that came last is the first.
    expect(receiver.tryRecv()).toBe(1);
    expect(isTold()).toEqual([false, false, false, false, false, true]);
    expect(receiver.recvManySync(2)).toEqual([1, 1]);
    expect(isTold()).toEqual([false, false, false, true, true, true]);
    receiver.drop();
    await sends;
    for (const end of [sender, ...others]) end.drop();
  });

  test("of room in a large channel: a sender when it comes down to its half, all when it is empty", async () => {
    const { sender, receiver, others, isTold, sends } = crowded(100, 101, 1);
    const told = () => isTold().filter((is) => is).length;
    expect(receiver.recvManySync(49)).toHaveLength(49);
    expect(told()).toBe(0);
    expect(receiver.recvManySync(2)).toHaveLength(2);
    expect([told(), isTold().at(-1)]).toEqual([1, true]);
    expect(receiver.recvManySync(49)).toHaveLength(49);
    expect([told(), isTold()[0]]).toEqual([101, true]);
    receiver.drop();
    await sends;
    for (const end of [sender, ...others]) end.drop();
  });

  test("of room that a message leaves: a sender, also if the message cannot be decoded", async () => {
    for (const take of ["tryRecv", "recvManySync"] as const) {
      for (const message of [1, 13]) {
        const { sender, receiver, others, isTold, sends } = crowded(1, 1, message);
        if (message === 13) expect(() => receiver[take](1)).toThrow("not thirteen");
        else receiver[take](1);
        expect([take, message, isTold()]).toEqual([take, message, [true]]);
        await sends;
        for (const end of [sender, receiver, ...others]) end.drop();
        vi.restoreAllMocks();
      }
    }
  });

  test("of the end: everybody", async () => {
    const { sender, receiver, others, isTold, sends } = crowded(2, 2, 1);
    const end = receiver.closed();
    sender.close();
    expect(isTold()).toEqual([true, true, true]);
    await end;
    expect(await sends).toMatchObject([{ reason: CLOSED }, { reason: CLOSED }]);
    for (const end of [sender, receiver, ...others]) end.drop();
    const empty = channel(i32, { heap });
    const message = expect(empty.receiver.recv()).rejects.toMatchObject(CLOSED);
    empty.sender.close();
    await message;
    for (const end of [empty.sender, empty.receiver]) end.drop();
  });

  test("of what a handle took while its codec dropped it: a sender", async () => {
    let end: Receiver<number> | undefined;
    const decode = ([value]: Uint8Array) => {
      end?.drop();
      return value as number;
    };
    const { sender, receiver } = channel({ ...picky, name: "rude", decode }, { heap, capacity: 1 });
    sender.trySend(1);
    const isTold = notified();
    const sent = sender.send(2);
    end = receiver.clone();
    expect([end.tryRecv(), isTold()]).toEqual([1, [true]]);
    await sent;
    for (const end of [sender, receiver]) end.drop();
  });

  test.each(["real", "mocked"])(
    "a sender finds room of which it is not told, with timers that are %s",
    async (timers) => {
      if (timers === "mocked") vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      const { sender, receiver } = channel(i32, { heap, capacity: 65 });
      sender.sendManySync(new Int32Array(65));
      const listen = vi.spyOn(SharedEvent.prototype, "listen");
      const sent = sender.send(1).then(() => "sent");
      // It has looked in vain by then, more than once.
      await sleep(10);
      receiver.tryRecv();
      expect(listen.mock.results.at(-1)?.value).toHaveProperty("isNotified", false);
      expect([await soon(sent), listeners()]).toEqual(["sent", 0]);
      for (const end of [sender, receiver]) end.drop();
    },
  );
});

describe("a line", () => {
  test("goes on when calls in its middle and at its end are given up", async () => {
    const { sender, receiver } = channel(i32, { heap });
    const [second, fourth] = [new AbortController(), new AbortController()];
    const calls = [receiver.recv(), receiver.recv(second), receiver.recv(), receiver.recv(fourth)];
    second.abort("second");
    fourth.abort("fourth");
    calls.push(receiver.recv());
    for (const message of [1, 2, 3]) sender.trySend(message);
    const found = await Promise.all(calls.map((call) => soon(call.catch((reason) => reason))));
    expect(found).toEqual([1, "second", 2, "fourth", 3]);
    for (const end of [sender, receiver]) end.drop();
  });

  test("does not listen when its last call has been given up", async () => {
    const { sender, receiver } = channel(i32, { heap });
    const stop = new AbortController();
    const calls = Promise.allSettled([receiver.recv(stop), receiver.recv(stop)]);
    expect(listeners()).toBe(1);
    stop.abort();
    expect(listeners()).toBe(0);
    expect(await calls).toMatchObject([{ status: "rejected" }, { status: "rejected" }]);
    for (const end of [sender, receiver]) end.drop();
  });

  test("whose calls are given up after it was notified has others look", async () => {
    // Time stands still: no line looks by itself, before it has been notified.
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    // Messages, and room in channels of either size.
    for (const capacity of [1, 65, undefined]) {
      const isFull = capacity !== undefined;
      const { sender, receiver } = channel(i32, { heap, ...(isFull ? { capacity } : {}) });
      if (isFull) sender.sendManySync(new Int32Array(capacity));
      const [end, older] = isFull ? [sender, Sender.open(sender.share())] : [receiver, Receiver.open(receiver.share())];
      const call = (end: Sender<number> | Receiver<number>, signal?: AbortSignal) =>
        end instanceof Sender ? end.send(1, { signal }) : end.recv({ signal });
      const found = call(older).then(() => "found");
      const [event, stop] = [SharedEvent.create({ heap }), new AbortController()];
      // Settled in the same turn, and before the call.
      const stopped = event.listen().wait();
      const isStopped = stopped.then(() => stop.abort("given up"));
      const givenUp = call(end, stop.signal).catch((reason) => reason);
      event.notify(1);
      if (isFull) receiver.recvManySync(capacity);
      else sender.trySend(1);
      await isStopped;
      expect([capacity, await givenUp, await soon(found)]).toEqual([capacity, "given up", "found"]);
      for (const handle of [sender, receiver, older, event]) handle.drop();
    }
  });

  test("finds what comes between its look and the moment from which it listens, and leaves no listener", async () => {
    const { sender, receiver } = channel(picky, { heap });
    beforeItListens(() => sender.trySend(1));
    expect([await soon(receiver.recv()), listeners()]).toEqual([1, 0]);
    beforeItListens(() => sender.trySend(13));
    await expect(soon(receiver.recv())).rejects.toThrow("not thirteen");
    expect(listeners()).toBe(0);
    for (const end of [sender, receiver]) end.drop();
  });

  test("finds it also when the thread blocks", () => {
    const { sender, receiver } = channel(i32, { heap });
    beforeItListens(() => sender.trySend(1));
    const before = performance.now();
    expect(receiver.recvSync({ timeoutMs: 2 * PATIENCE_MS })).toBe(1);
    expect(performance.now() - before).toBeLessThan(PATIENCE_MS);
    expect(() => receiver.recvSync({ timeoutMs: 1 })).toThrow(expect.objectContaining(TIMEOUT));
    expect(listeners()).toBe(0);
    for (const end of [sender, receiver]) end.drop();
  });

  test("that cannot listen any more tells all its calls", async () => {
    const { sender, receiver } = channel(i32, { heap });
    const calls = Array.from({ length: 3 }, () => soon(receiver.recv().catch(({ message }) => message)));
    beforeItListens(() => {
      throw new Error("exhausted");
    });
    sender.trySend(1);
    expect(await Promise.all(calls)).toEqual([1, "exhausted", "exhausted"]);
    for (const end of [sender, receiver]) end.drop();
  });

  test("is not overtaken by a loop", async () => {
    const { sender, receiver } = channel(i32, { heap });
    const [first, loop] = [receiver.recv(), receiver[Symbol.asyncIterator]()];
    sender.trySend(1);
    const next = loop.next();
    sender.trySend(2);
    expect([await soon(first), await soon(next)]).toEqual([1, { value: 2, done: false }]);
    for (const end of [sender, receiver]) end.drop();
  });
});

describe("a call that has ended", () => {
  test("leaves nothing at its signal", async () => {
    const { sender, receiver } = channel(i32, { heap, capacity: 1 });
    const { signal } = new AbortController();
    const messages = [receiver.recv({ signal }), select([receiver], { signal }), receiver.recvMany(1, { signal })];
    const loop = receiver.messages({ signal })[Symbol.asyncIterator]();
    expect(getEventListeners(signal, "abort").length).toBe(4);
    for (let i = 0; i < 3; i++) {
      await sender.send(i, { signal });
      await messages[i];
    }
    await loop.return?.();
    expect(getEventListeners(signal, "abort").length).toBe(0);
    for (const end of [sender, receiver]) end.drop();
  });

  test("leaves no timer", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { sender, receiver } = channel(i32, { heap });
    const message = receiver.recv({ timeoutMs: 1000 });
    expect(vi.getTimerCount()).toBe(1);
    sender.trySend(1);
    expect([await message, vi.getTimerCount()]).toEqual([1, 0]);
    for (const end of [sender, receiver]) end.drop();
  });

  test("looks once more when its time is up", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { sender, receiver } = channel(i32, { heap });
    const message = receiver.recv({ timeoutMs: 1000 });
    // Before the notification arrives.
    sender.trySend(1);
    vi.advanceTimersByTime(1001);
    expect(await message).toBe(1);
    for (const end of [sender, receiver]) end.drop();
  });

  test("has its message, though decoding that aborted it", async () => {
    const stop = new AbortController();
    const decode = ([value]: Uint8Array) => {
      stop.abort();
      return value as number;
    };
    const { sender, receiver } = channel({ ...picky, name: "stopping", decode }, { heap });
    const message = receiver.recv(stop);
    sender.trySend(1);
    expect(await message).toBe(1);
    for (const end of [sender, receiver]) end.drop();
  });

  test("gives back what it did not send, when it blocked, too", () => {
    const { sender, receiver } = channel(arc, { heap, capacity: 1 });
    sender.trySend(Arc.create(4, { heap }));
    const waiting = Arc.create(8, { heap });
    expect(() => sender.sendSync(waiting, { timeoutMs: 2 })).toThrow(expect.objectContaining(TIMEOUT));
    expect([waiting.size, waiting.strongCount, listeners()]).toEqual([8, 1, 0]);
    waiting.drop();
    for (const end of [sender, receiver]) end.drop();
  });
});

test("a handle that was dropped has given everything back", () => {
  const make = () => channel(i32, { heap, capacity: 1 });
  for (const end of Object.values(make())) end.drop();
  const before = inUse(heap);
  const { sender, receiver } = make();
  const clone = sender.clone();
  for (const end of [sender, clone, receiver]) end.drop();
  expect(inUse(heap)).toEqual(before);
});
