/** The scenarios of event-listener (docs/parity.md#events-and-listeners), under its names, wherever the listeners sit. */
import { setTimeout as sleep } from "node:timers/promises";
import { Arc, arc, bool, type Codec, f64, type Heap, i32, i64, json, SharedEvent, u64, utf8 } from "shmol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type HeapSpec, heaps, inUse } from "../heaps.js";
import { wrong } from "../refusal.js";
import { testWhere } from "../testWhere.js";
import { until } from "../workers.js";
import { type Seat, type Seating, seatings } from "./seats.js";

/** Long enough for a thread to park; too short makes a test easier, not red. */
const TO_PARK_MS = 20;
const TIMEOUT = { code: "ERR_SHMOL_TIMEOUT" };

// On workers one heap will do: what lies where was seen to on this thread.
const combinations = seatings.flatMap((seating) =>
  heaps
    .filter((spec) => seating.name.startsWith("on one thread") || spec === heaps[0])
    .map((spec) => [seating, spec] as const),
);

describe.each(combinations.map(([seating, spec]) => [seating.name, spec.name, seating, spec] as const))(
  "an event with listeners %s, in %s",
  (_, __, seating: Seating, spec: HeapSpec) => {
    let heap: Heap;
    let event: SharedEvent;
    let before: ReturnType<typeof inUse>;

    beforeAll(async () => {
      heap = spec.home();
      await seating.open();
    });
    afterAll(() => seating.close());
    beforeEach(() => {
      before = inUse(heap);
      event = SharedEvent.create({ heap });
    });
    afterEach(async () => {
      expect([event.totalListeners, event.isNotified]).toEqual([0, false]);
      event.drop();
      // A thread's doorbell goes back when the thread has heard of it.
      await until(() => inUse(heap).blocks <= before.blocks);
      expect(inUse(heap)).toEqual(before);
    });

    const listen = async <Tag = void>(count: number, to = event as SharedEvent<unknown> as SharedEvent<Tag>) => {
      const seats: Seat<Tag>[] = [];
      while (seats.length < count) seats.push(await seating.listen(to));
      return seats;
    };
    const notified = (seats: readonly Seat<unknown>[]) => Promise.all(seats.map((seat) => seat.isNotified()));
    const waitFor = async (seats: readonly Seat<unknown>[]) => {
      for (const seat of seats) await seat.wait();
    };
    const drop = async (seats: readonly Seat<unknown>[]) => {
      for (const seat of seats) await seat.drop();
    };

    test("notify", async () => {
      const seats = await listen(3);
      expect(event.totalListeners).toBe(3);
      expect([event.isNotified, ...(await notified(seats))]).toEqual([false, false, false, false]);
      expect(event.notify(2)).toBe(2);
      expect(event.notify(1)).toBe(0);
      expect(await notified(seats)).toEqual([true, true, false]);
      expect([event.isNotified, event.totalListeners]).toEqual([true, 3]);
      await waitFor(seats.slice(0, 2));
      expect([event.isNotified, event.totalListeners]).toEqual([false, 1]);
      await drop(seats.slice(2));
    });

    test("notify: nobody listens, so it is lost", async () => {
      expect([event.notify(), event.notify(Infinity), event.notifyAdditional(5), event.notify(0)]).toEqual([
        0, 0, 0, 0,
      ]);
      const [seat] = (await listen(1)) as [Seat<void>];
      expect(await seat.isNotified()).toBe(false);
      expect(event.notify(0)).toBe(0);
      await expect(seat.wait(0)).rejects.toMatchObject(TIMEOUT);
    });

    test("notifyAdditional", async () => {
      const seats = await listen(3);
      expect(event.notify(1)).toBe(1);
      expect(event.notify(1)).toBe(0);
      expect(event.notifyAdditional(1)).toBe(1);
      expect(await notified(seats)).toEqual([true, true, false]);
      expect(event.notify(1, { additional: true })).toBe(1);
      expect(event.notifyAdditional()).toBe(0);
      await waitFor(seats);
    });

    test("notifyOne", async () => {
      const seats = await listen(2);
      expect(event.notify(1)).toBe(1);
      expect(await notified(seats)).toEqual([true, false]);
      await waitFor(seats.slice(0, 1));
      expect(event.notify(1)).toBe(1);
      await waitFor(seats.slice(1));
    });

    test("notifyAll", async () => {
      const seats = await listen(3);
      expect(event.notify(Infinity)).toBe(3);
      expect(await notified(seats)).toEqual([true, true, true]);
      await waitFor(seats);
    });

    test("notify: reaches those who listen later by a later call only", async () => {
      const first = await listen(1);
      event.notify(Infinity);
      const second = await listen(1);
      expect(await notified([...first, ...second])).toEqual([true, false]);
      await waitFor(first);
      expect(event.notify()).toBe(1);
      await waitFor(second);
    });

    test("dropNotified", async () => {
      const seats = await listen(3);
      event.notify(1);
      await drop(seats.slice(0, 1));
      expect(await notified(seats.slice(1))).toEqual([true, false]);
      await waitFor(seats.slice(1, 2));
      await drop(seats.slice(2));
    });

    test("dropNotified2: while another is notified, a plain notification does not spill", async () => {
      const seats = await listen(3);
      event.notify(2);
      await drop(seats.slice(0, 1));
      expect(await notified(seats.slice(1))).toEqual([true, false]);
      await waitFor(seats.slice(1, 2));
      await drop(seats.slice(2));
    });

    test("dropNotifiedAdditional: an additional one always goes on", async () => {
      const seats = await listen(4);
      expect(event.notifyAdditional(1)).toBe(1);
      expect(event.notify(2)).toBe(1);
      await drop(seats.slice(0, 1));
      expect(await notified(seats.slice(1))).toEqual([true, true, false]);
      // It went on as what it was.
      await drop(seats.slice(2, 3));
      expect(await notified([seats[1], seats[3]] as Seat<void>[])).toEqual([true, true]);
      await waitFor([seats[1], seats[3]] as Seat<void>[]);
    });

    test("dropNonNotified", async () => {
      const seats = await listen(3);
      event.notify(1);
      await drop(seats.slice(2));
      expect(await notified(seats.slice(0, 2))).toEqual([true, false]);
      await waitFor(seats.slice(0, 1));
      await drop(seats.slice(1, 2));
    });

    test("notifyAllFair: who came first is notified first", async () => {
      const seats = await listen(6);
      const order: number[] = [];
      for (let i = 0; i < seats.length; i++) {
        event.notify(1);
        for (const [j, is] of (await notified(seats.slice(i))).entries()) expect(is).toBe(j === 0);
        await (seats[i] as Seat<void>).wait();
        order.push(i);
      }
      expect(order).toEqual([0, 1, 2, 3, 4, 5]);
    });

    test("leaving from the front, the middle and the end keeps the others in order", async () => {
      const seats = await listen(7);
      await drop([0, 3, 6].map((i) => seats[i] as Seat<void>));
      const left = [1, 2, 4, 5].map((i) => seats[i] as Seat<void>);
      for (let i = 0; i < left.length; i++) {
        event.notifyAdditional(1);
        expect(await notified(left)).toEqual(left.map((_, j) => j <= i));
      }
      await waitFor([...left].reverse());
      expect(event.totalListeners).toBe(0);
    });

    test("discard", async () => {
      const seats = await listen(3);
      event.notify(1);
      expect(await (seats[0] as Seat<void>).discard()).toBe(true);
      expect([event.isNotified, ...(await notified(seats.slice(1)))]).toEqual([false, false, false]);
      expect(await (seats[1] as Seat<void>).discard()).toBe(false);
      expect(event.totalListeners).toBe(1);
      await drop(seats.slice(2));
    });

    test("timeouts: a notification that is there wins over a time-out of 0", async () => {
      const [first, second] = (await listen(2)) as [Seat<void>, Seat<void>];
      event.notify(1);
      await first.wait(0);
      await expect(second.wait(0)).rejects.toMatchObject(TIMEOUT);
      expect(event.totalListeners).toBe(0);
    });

    test("timeouts: not before the time, and the listener has left", async () => {
      const [seat, other] = (await listen(2)) as [Seat<void>, Seat<void>];
      const started = performance.now();
      await expect(seat.wait(30)).rejects.toMatchObject(TIMEOUT);
      expect(performance.now() - started).toBeGreaterThanOrEqual(29);
      expect(event.notify()).toBe(1);
      await other.wait();
    });

    test("a listener is used up by its wait", async () => {
      const [seat] = (await listen(1)) as [Seat<void>];
      event.notify();
      await seat.wait();
      const error = { code: "ERR_SHMOL_DROPPED" };
      await expect(seat.wait()).rejects.toMatchObject(error);
      await expect(seat.isNotified()).rejects.toMatchObject(error);
      await expect(seat.discard()).rejects.toMatchObject(error);
      await seat.drop();
    });

    testWhere(seating.isConcurrent)("listeners that wait already are woken, first come first", async () => {
      const seats = await listen(4);
      const order: number[] = [];
      const waits = seats.map((seat, i) => seat.wait().then(() => order.push(i)));
      await sleep(TO_PARK_MS);
      expect(order).toEqual([]);
      expect(event.notify(1)).toBe(1);
      await waits[0];
      expect(order).toEqual([0]);
      expect(event.notify(Infinity)).toBe(3);
      await Promise.all(waits);
      expect([...order].sort()).toEqual([0, 1, 2, 3]);
    });

    testWhere(seating.isConcurrent)("dropNotified: who gets the notification then is woken, if he waits", async () => {
      const seats = await listen(4);
      const waits = [seats[1], seats[3]].map((seat) => (seat as Seat<void>).wait());
      await sleep(TO_PARK_MS);
      event.notify(1);
      await drop(seats.slice(0, 1));
      await waits[0];
      event.notifyAdditional(1);
      await drop(seats.slice(2, 3));
      await waits[1];
    });

    describe("tags", () => {
      const types: [string, Codec<unknown>, unknown[]][] = [
        ["i32", wrong(i32), [-1, 2 ** 31 - 1, 0]],
        ["f64", wrong(f64), [0.5, Number.NaN, -0]],
        ["bool", wrong(bool), [true, false]],
        ["i64", wrong(i64), [-1n, 2n ** 63n - 1n]],
        ["u64", wrong(u64), [2n ** 64n - 1n, 0x7ff8000000000001n]],
        ["utf8", wrong(utf8), ["", "größer", "x".repeat(1000)]],
        ["json", wrong(json), [{ a: [1, 2] }, null]],
      ];

      test.each(types)("of type %s arrive, one for each listener, in order", async (_, tag, values) => {
        const tagged = SharedEvent.create<unknown>({ heap, tag });
        const seats = await listen<unknown>(values.length, tagged);
        const left = [...values];
        expect(tagged.notify(Infinity, { tag: () => left.shift() })).toBe(values.length);
        for (const [i, seat] of seats.entries()) expect(await seat.wait()).toEqual(values[i]);
        tagged.drop();
      });

      test("one value for all", async () => {
        const tagged = SharedEvent.create({ heap, tag: utf8 });
        const seats = await listen(3, tagged);
        expect(tagged.notify(2, { tag: "to all" })).toBe(2);
        expect(tagged.notifyAdditional(1, { tag: "and one more" })).toBe(1);
        expect(await Promise.all(seats.map((seat) => seat.wait()))).toEqual(["to all", "to all", "and one more"]);
        tagged.drop();
      });

      test("are made for those only who get one", async () => {
        const tagged = SharedEvent.create({ heap, tag: i32 });
        let made = 0;
        const tag = () => made++;
        expect(tagged.notify(Infinity, { tag })).toBe(0);
        const seats = await listen(3, tagged);
        expect(tagged.notify(2, { tag })).toBe(2);
        expect(tagged.notify(2, { tag })).toBe(0);
        expect(made).toBe(2);
        await drop(seats);
        tagged.drop();
      });

      test("move on with the notification", async () => {
        const tagged = SharedEvent.create({ heap, tag: json as Codec<{ to: string }> });
        const [first, second, third] = (await listen(3, tagged)) as [Seat<unknown>, Seat<unknown>, Seat<unknown>];
        tagged.notify(1, { tag: { to: "whom it may concern" } });
        await first.drop();
        await second.drop();
        expect(await third.wait()).toEqual({ to: "whom it may concern" });
        tagged.drop();
      });

      test("are freed when they are lost: discarded, dropped by the last, dropped while others are notified", async () => {
        const tagged = SharedEvent.create({ heap, tag: utf8 });
        const seats = (await listen(3, tagged)) as [Seat<string>, Seat<string>, Seat<string>];
        tagged.notify(3, { tag: "lost".repeat(100) });
        await seats[0].drop();
        expect(await seats[1].discard()).toBe(true);
        await seats[2].drop();
        // That their blocks are back is seen when the test ends.
        tagged.drop();
      });

      test("that are Arcs move, and are released when they are lost", async () => {
        const tagged = SharedEvent.create({ heap, tag: arc });
        const [first, second] = [tagged.listen(), tagged.listen()];
        const sent = Arc.create(16, { heap });
        const kept = sent.clone();
        expect(tagged.notify(1, { tag: sent })).toBe(1);
        expect(() => sent.bytes()).toThrow("dropped");
        const received = first.waitSync();
        expect(received.ptrEq(kept)).toBe(true);
        tagged.notify(1, { tag: received });
        expect(kept.strongCount).toBe(2);
        second.drop();
        expect(kept.strongCount).toBe(1);
        // Nobody listens: an Arc that does not go in stays what it was.
        expect(tagged.notify(1, { tag: kept })).toBe(0);
        kept.drop();
        tagged.drop();
      });
    });
  },
);
