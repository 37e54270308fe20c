/** Awaited listeners: one doorbell for all of a thread, time-outs, signals, and no memory left behind. */
import { getEventListeners, setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Heap, SharedEvent, ShmolError, TimeoutError, utf8 } from "shmol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Doorbell, internals, lookForLostWakeUps } from "../../dist/internals.js";
import { inUse } from "../heaps.js";
import { inWorkers, until } from "../workers.js";

const WORKER = new URL("./worker.mjs", import.meta.url);
const THOUSAND = 1000;

let heap: Heap;
let event: SharedEvent;
let before: ReturnType<typeof inUse>;
beforeEach(() => {
  heap = Heap.create();
  before = inUse(heap);
  event = SharedEvent.create({ heap });
});
afterEach(async () => {
  expect([event.totalListeners, event.isNotified]).toEqual([0, false]);
  event.drop();
  await until(() => inUse(heap).blocks <= before.blocks);
  expect(inUse(heap)).toEqual(before);
  heap.drop();
});

const doorbell = () => Doorbell.of(internals(heap));
const word = () => new Int32Array(new SharedArrayBuffer(4));
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** What a promise has come to by now. */
async function stateOf(promise: Promise<unknown>): Promise<string> {
  const pending = Symbol("pending");
  const first = await Promise.race([
    promise.then(
      () => "resolved",
      () => "rejected",
    ),
    turn().then(() => pending),
  ]);
  return first === pending ? "pending" : (first as string);
}

describe("thousandAsyncListeners", () => {
  test("notified by another thread while this one was busy: one wake-up, in order", async () => {
    const order: number[] = [];
    const waits = Array.from({ length: THOUSAND }, (_, i) =>
      event
        .listen()
        .wait()
        .then(() => order.push(i)),
    );
    const done = word();
    const [notified] = await inWorkers<number>(WORKER, [{ part: "notifyAll", token: event.share(), done }], () => {
      // Blocks this thread: all are notified before it can hear of the first.
      expect(Atomics.wait(done, 0, 0, 20_000)).not.toBe("timed-out");
      expect([event.totalListeners, order.length]).toEqual([THOUSAND, 0]);
    });
    await Promise.all(waits);
    expect(notified).toBe(THOUSAND);
    expect(order).toEqual(Array.from({ length: THOUSAND }, (_, i) => i));
    expect([doorbell().wakeUps, doorbell().settled]).toEqual([1, THOUSAND]);
  });

  test("in ten rounds, while one more waits on: one wake-up each, and in order", async () => {
    const order: number[] = [];
    for (let round = 1; round <= 10; round++) {
      const waits = Array.from({ length: THOUSAND / 10 }, (_, i) =>
        event
          .listen()
          .wait()
          .then(() => order.push(i)),
      );
      const last = event.listen();
      const waitsOn = last.wait();
      const done = word();
      const job = { part: "notifySome", token: event.share(), count: THOUSAND / 10, done };
      await inWorkers<number>(WORKER, [job], () => {
        expect(Atomics.wait(done, 0, 0, 20_000)).not.toBe("timed-out");
      });
      await Promise.all(waits);
      expect([doorbell().wakeUps, doorbell().settled]).toEqual([round, (round * THOUSAND) / 10]);
      last.drop();
      await expect(waitsOn).rejects.toMatchObject({ code: "ERR_SHMOL_DROPPED" });
      // Its own ring, by which it hangs up, is a wake-up, too.
      await until(() => inUse(heap).blocks <= before.blocks + 2);
      doorbell().wakeUps = round;
    }
    expect(order).toEqual(Array.from({ length: THOUSAND }, (_, i) => i % (THOUSAND / 10)));
  });

  test("notified one by one meanwhile: in order, and no wake-up for nothing but the last", async () => {
    const order: number[] = [];
    const waits = Array.from({ length: THOUSAND }, (_, i) =>
      event
        .listen()
        .wait()
        .then(() => order.push(i)),
    );
    await inWorkers(WORKER, [{ part: "notifyEach", token: event.share(), count: THOUSAND }]);
    await Promise.all(waits);
    expect(order).toEqual(Array.from({ length: THOUSAND }, (_, i) => i));
    expect(doorbell().settled).toBe(THOUSAND);
    expect(doorbell().wakeUps).toBeLessThanOrEqual(THOUSAND);
  });

  test("of several events, each in its order", async () => {
    const events = [event, SharedEvent.create({ heap }), SharedEvent.create({ heap })];
    const orders: number[][] = events.map(() => []);
    const waits: Promise<unknown>[] = [];
    for (let i = 0; i < 100; i++) {
      for (const [e, each] of events.entries())
        waits.push(
          each
            .listen()
            .wait()
            .then(() => orders[e]?.push(i)),
        );
    }
    for (const each of [...events].reverse()) expect(each.notify(Infinity)).toBe(100);
    await Promise.all(waits);
    for (const order of orders) expect(order).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(doorbell().wakeUps).toBe(1);
    for (const each of events.slice(1)) each.drop();
  });
});

describe("abortSignal", () => {
  test("rejects with the signal's reason, and the listener has left", async () => {
    const [first, second] = [event.listen(), event.listen()];
    const controller = new AbortController();
    const reason = new Error("not needed any more");
    const wait = first.wait({ signal: controller.signal });
    expect(await stateOf(wait)).toBe("pending");
    controller.abort(reason);
    await expect(wait).rejects.toBe(reason);
    expect(event.totalListeners).toBe(1);
    expect(event.notify()).toBe(1);
    await second.wait();
  });

  test("that was aborted before rejects at once", async () => {
    const listener = event.listen();
    await expect(listener.wait({ signal: AbortSignal.abort(new Error("too late")) })).rejects.toThrow("too late");
    expect(event.totalListeners).toBe(0);
    expect(() => listener.isNotified).toThrow("used up");
  });

  test("does not swallow a notification that came before", async () => {
    const [first, second] = [event.listen(), event.listen()];
    event.notify();
    await first.wait({ signal: AbortSignal.abort() });
    const controller = new AbortController();
    const wait = second.wait({ signal: controller.signal });
    event.notify();
    controller.abort();
    expect(await wait).toBeUndefined();
  });

  test("aborts after the end change nothing, and the signal keeps nothing of it", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const added = () => getEventListeners(signal, "abort").length;
    const woken = event.listen().wait({ signal });
    const late = expect(event.listen().wait({ signal, timeoutMs: 1 })).rejects.toBeInstanceOf(TimeoutError);
    const dropped = event.listen();
    const given = dropped.wait({ signal });
    expect(added()).toBe(3);
    event.notify();
    await woken;
    await late;
    dropped.drop();
    await expect(given).rejects.toThrow("dropped");
    expect(added()).toBe(0);
    controller.abort();
  });
});

describe("a wait that is under way", () => {
  test("is rejected when its listener is dropped, which passes the notification on", async () => {
    const [first, second] = [event.listen(), event.listen()];
    const wait = first.wait();
    event.notify();
    first.drop();
    await expect(wait).rejects.toMatchObject({ code: "ERR_SHMOL_DROPPED" });
    expect(second.isNotified).toBe(true);
    await second.wait();
  });

  test("is rejected when its listener is discarded", async () => {
    const [first, second] = [event.listen(), event.listen()];
    const wait = first.wait();
    event.notify();
    expect(first.discard()).toBe(true);
    await expect(wait).rejects.toMatchObject({ code: "ERR_SHMOL_DROPPED" });
    expect(second.isNotified).toBe(false);
    second.drop();
  });

  test("resolves by a notification that came before its end, and passes nothing on", async () => {
    const [first, second] = [event.listen(), event.listen()];
    const stop = new AbortController();
    const wait = first.wait(stop);
    event.notify();
    stop.abort();
    expect(second.isNotified).toBe(false);
    second.drop();
    await wait;
  });

  test("leaves no timer, and nothing that keeps the event loop alive", async () => {
    const kept = () => process.getActiveResourcesInfo().filter((type) => type === "Timeout").length;
    const before = kept();
    const wait = event.listen().wait();
    expect(kept()).toBe(before + 1);
    event.notify();
    await wait;
    expect(kept()).toBe(before);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const timed = event.listen().wait({ timeoutMs: 1000 });
      expect(vi.getTimerCount()).toBe(1);
      event.notify();
      await timed;
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test("ends by the timers that a test has put in the host's place, whatever its clock says", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const outcomes = [1, 1000].map((timeoutMs) =>
      event
        .listen()
        .wait({ timeoutMs })
        .catch(({ code }) => code),
    );
    vi.advanceTimersByTime(1000);
    vi.useRealTimers();
    const late = sleep(500, "late");
    expect(await Promise.all(outcomes.map((outcome) => Promise.race([outcome, late])))).toEqual([
      "ERR_SHMOL_TIMEOUT",
      "ERR_SHMOL_TIMEOUT",
    ]);
  });

  test("leaves no doorbell behind when it is given up", async () => {
    const held = inUse(heap);
    for (let round = 0; round < 3; round++) {
      const listener = event.listen();
      const wait = listener.wait();
      // So long that it has parked.
      await sleep(2);
      listener.drop();
      await expect(wait).rejects.toThrow("dropped");
      for (let turns = 0; turns < 1000 && inUse(heap).blocks > held.blocks; turns++) await turn();
      expect(inUse(heap)).toEqual(held);
    }
  });

  test("is the only one: others are refused, and do it no harm", async () => {
    const listener = event.listen();
    const wait = listener.wait();
    await expect(listener.wait()).rejects.toMatchObject({ code: "ERR_SHMOL_DROPPED" });
    expect(() => listener.waitSync()).toThrow(ShmolError);
    expect(listener.isNotified).toBe(false);
    expect(listener.listensTo(event)).toBe(true);
    event.notify();
    expect(listener.isNotified).toBe(true);
    await wait;
    expect(() => listener.isNotified).toThrow("used up");
    listener.drop();
  });

  test("outlives the handle of its event, and is notified by others", async () => {
    const other = SharedEvent.open(event.share());
    const wait = other.listen().wait();
    other.drop();
    expect(event.totalListeners).toBe(1);
    event.notify();
    await wait;
  });

  test("may take a tag whose codec drops other listeners while it decodes", async () => {
    const others: (() => void)[] = [];
    const type = {
      name: "busy",
      encode: (value: string) => new TextEncoder().encode(value),
      decode: (bytes: Uint8Array) => {
        for (const drop of others.splice(0)) drop();
        return new TextDecoder().decode(bytes);
      },
    };
    const tagged = SharedEvent.create({ heap, tag: type });
    const listeners = [tagged.listen(), tagged.listen(), tagged.listen()];
    others.push(() => {
      for (const listener of listeners) listener.drop();
      extra = tagged.listen().wait();
    });
    let extra: Promise<string> | undefined;
    const waits = listeners.map((listener) => listener.wait());
    tagged.notify(Infinity, { tag: "all of us" });
    expect(await Promise.all(waits)).toEqual(["all of us", "all of us", "all of us"]);
    tagged.notify(1, { tag: "me too" });
    expect(await extra).toBe("me too");
    tagged.drop();
  });

  test("rejects with what the codec throws", async () => {
    const tagged = SharedEvent.create({
      heap,
      tag: { ...utf8, name: "broken", encode: utf8.encode.bind(utf8), decode: () => JSON.parse("{") },
    });
    const [first, second] = [tagged.listen(), tagged.listen()];
    const wait = first.wait();
    tagged.notify(2, { tag: "?" });
    await expect(wait).rejects.toBeInstanceOf(SyntaxError);
    expect(() => second.waitSync()).toThrow(SyntaxError);
    tagged.drop();
  });
});

describe("a wake-up that the platform loses", () => {
  /** When a thread has looked in vain, and waits. */
  const ARMED_MS = 50;
  /** By then a look for lost wake-ups was due. */
  const LOOKED_MS = 1300;
  const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  /** Two awaited listeners that were notified. The wait behind them says that it waits, and never ends. */
  async function loseWakeUp(meanwhile: (waits: readonly Promise<void>[]) => Promise<void>): Promise<void> {
    const { waitAsync } = Atomics;
    let wake: (value: "ok") => void = () => {};
    const value = new Promise<"ok">((resolve) => {
      wake = resolve;
    });
    Object.defineProperty(Atomics, "waitAsync", { value: () => ({ async: true, value }), configurable: true });
    try {
      const waits = [event.listen().wait(), event.listen().wait()];
      await sleep(ARMED_MS);
      expect(event.notify(Infinity)).toBe(2);
      expect(await stateOf(waits[0] as Promise<void>)).toBe("pending");
      await meanwhile(waits);
    } finally {
      Object.defineProperty(Atomics, "waitAsync", { value: waitAsync, configurable: true, writable: true });
      wake("ok");
      await turn();
    }
  }

  test("costs a second, and no listener", async () => {
    const { rescues } = doorbell();
    await loseWakeUp(async (waits) => {
      await Promise.all(waits);
      expect(doorbell().rescues).toBe(rescues + 1);
    });
  });

  test("costs the listeners, where nobody looks", async () => {
    const { rescues } = doorbell();
    lookForLostWakeUps(false);
    try {
      await loseWakeUp(async ([wait]) => {
        await sleep(LOOKED_MS);
        expect(await stateOf(wait as Promise<void>)).toBe("pending");
        expect(doorbell().rescues).toBe(rescues);
      });
    } finally {
      lookForLostWakeUps(true);
    }
  });

  test("is not taken for lost while it is on its way", async () => {
    const { rescues } = doorbell();
    for (let round = 0; round < 2; round++) {
      const wait = event.listen().wait();
      await sleep(ARMED_MS);
      event.notify();
      // In the same turn: it cannot have come.
      expect(Doorbell.lookAtAll()).toBe(true);
      await wait;
      expect(Doorbell.lookAtAll()).toBe(false);
      expect(doorbell().rescues).toBe(rescues);
    }
  });
});

describe("without Atomics.waitAsync", () => {
  const { waitAsync } = Atomics;
  beforeEach(() => {
    Reflect.deleteProperty(Atomics, "waitAsync");
    // A heap's doorbell is made once: with or without.
    doorbell();
  });
  afterEach(() => {
    Object.defineProperty(Atomics, "waitAsync", { value: waitAsync, configurable: true, writable: true });
  });

  test("listeners are awaited all the same", async () => {
    expect(Atomics.waitAsync).toBeUndefined();
    const order: number[] = [];
    const waits = Array.from({ length: 100 }, (_, i) =>
      event
        .listen()
        .wait()
        .then(() => order.push(i)),
    );
    await inWorkers(WORKER, [{ part: "notifyEach", token: event.share(), count: 100 }]);
    await Promise.all(waits);
    expect(order).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  test("a notification is noticed within milliseconds, and nobody polls when nobody waits", async () => {
    const wait = event.listen().wait();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const looks = doorbell().wakeUps;
    // At most every 4 ms by now.
    expect(looks).toBeGreaterThan(2);
    expect(looks).toBeLessThan(60);
    event.notify();
    const notified = performance.now();
    await wait;
    expect(performance.now() - notified).toBeLessThan(1000);
    const after = doorbell().wakeUps;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(doorbell().wakeUps).toBe(after);
  });

  test("time-outs and drops", async () => {
    await expect(event.listen().wait({ timeoutMs: 5 })).rejects.toBeInstanceOf(TimeoutError);
    const listener = event.listen();
    const wait = listener.wait();
    listener.drop();
    await expect(wait).rejects.toMatchObject({ code: "ERR_SHMOL_DROPPED" });
  });
});

describe("the heap holds what it held", () => {
  const CYCLES = 100_000;
  const AT_ONCE = 100;

  test(`after ${CYCLES} listeners that were notified and awaited`, async () => {
    for (let i = 0; i < CYCLES; i += AT_ONCE) {
      const waits = Array.from({ length: AT_ONCE }, () => event.listen().wait());
      event.notify(Infinity);
      await Promise.all(waits);
    }
    for (let i = 0; i < CYCLES; i++) {
      const listener = event.listen();
      event.notify();
      listener.waitSync();
    }
  });

  test(`after ${CYCLES} listeners that were abandoned by time-out, signal, drop`, async () => {
    for (let i = 0; i < CYCLES; i += 4 * AT_ONCE) {
      const controller = new AbortController();
      const { signal } = controller;
      setMaxListeners(0, signal);
      const waits: Promise<unknown>[] = [];
      for (let j = 0; j < AT_ONCE; j++) {
        const dropped = event.listen();
        waits.push(event.listen().wait({ timeoutMs: 1 }), event.listen().wait({ signal }), dropped.wait());
        waits.push(event.listen().wait({ timeoutMs: 0 }));
        // Some are on the ready list when they leave.
        if (j % 8 === 0) event.notify();
        dropped.drop();
      }
      controller.abort();
      await Promise.allSettled(waits);
    }
  });
});
