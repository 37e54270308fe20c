/**
 * Events against a plain array of listeners: random calls on one thread, blocking and awaited, with and without tags. After
 * each call both say the same, awaited listeners are settled in the array's order, and in the end the heap holds what it held.
 */
import fc from "fast-check";
import { Arc, arc, bool, type Codec, Heap, i32, json, type Listener, SharedEvent, u64, utf8 } from "shmol";
import { afterAll, describe, expect, test } from "vitest";
import { count } from "../counts.js";
import { inUse } from "../heaps.js";
import { wrong } from "../refusal.js";
import { seed } from "../seed.js";
import { until } from "../workers.js";

const RUNS = count({ all: 2000, usually: 80, brief: 30 });
const TIMEOUT = "ERR_SHMOL_TIMEOUT";
const DROPPED = "ERR_SHMOL_DROPPED";

const heap = Heap.create();
afterAll(() => heap.drop());

/** A notification, as the specification has it. */
interface Notification {
  readonly additional: boolean;
  readonly tag: unknown;
}

/** A listener of the model: notified or not. */
interface Seat {
  readonly name: number;
  notification: Notification | undefined;
}

/** The specification: listeners in the order in which they came. */
class Model {
  readonly seats: Seat[] = [];

  get notified(): number {
    return this.seats.filter(({ notification }) => notification !== undefined).length;
  }

  /** The first that is not notified is; false: there is none. */
  hand(notification: Notification): Seat | undefined {
    const seat = this.seats.find((each) => each.notification === undefined);
    if (seat !== undefined) seat.notification = notification;
    return seat;
  }

  /** Whom a call notifies, in order, goes to `reached`; also when a tag cannot be made. */
  notify(count: number, additional: boolean, tag: () => unknown, reached: Seat[]): void {
    for (let quota = additional ? count : count - this.notified; quota > 0; quota--) {
      if (this.notified === this.seats.length) return;
      reached.push(this.hand({ additional, tag: tag() }) as Seat);
    }
  }

  /** Takes a seat away, without its notification. */
  leave(seat: Seat): Notification | undefined {
    this.seats.splice(this.seats.indexOf(seat), 1);
    return seat.notification;
  }

  /** Whom the notification of a seat that is dropped goes on to. */
  drop(seat: Seat): Seat | undefined {
    const notification = this.leave(seat);
    if (notification === undefined || (!notification.additional && this.notified > 0)) return undefined;
    return this.hand(notification);
  }
}

type Call =
  | { readonly call: "listen" | "open" | "close" | "settle" }
  | { readonly call: "wait" | "drop" | "discard" | "look"; readonly at: number }
  | {
      readonly call: "notify";
      readonly count: number;
      readonly additional: boolean;
      readonly each: boolean;
      readonly tags: readonly number[];
      /** Which of the tags cannot be made; beyond the last: all can. */
      readonly failsAt: number;
    };

const counts = fc.oneof({ weight: 9, arbitrary: fc.nat(4) }, fc.constantFrom(100, Infinity));
const notifying = fc.record({
  call: fc.constant("notify" as const),
  count: counts,
  additional: fc.boolean(),
  each: fc.boolean(),
  tags: fc.array(fc.nat(1000), { minLength: 1, maxLength: 4 }),
  failsAt: fc.oneof({ weight: 5, arbitrary: fc.constant(Infinity) }, { weight: 1, arbitrary: fc.nat(3) }),
});
const calls: fc.Arbitrary<Call[]> = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: fc.record({ call: fc.constant("listen" as const) }) },
    { weight: 8, arbitrary: notifying },
    {
      weight: 12,
      arbitrary: fc.record({
        call: fc.constantFrom("wait" as const, "wait" as const, "drop" as const, "discard" as const, "look" as const),
        at: fc.nat(1000),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ call: fc.constantFrom("settle" as const, "open" as const, "close" as const) }),
    },
  ),
  { maxLength: 80, size: "max" },
);

interface Tagging {
  readonly name: string;
  readonly type: Codec<unknown> | undefined;
  readonly value: (n: number) => unknown;
  /** What a tag is compared by; it is used up by that. */
  readonly seen: (value: unknown) => unknown;
}

const same = (value: unknown) => value;
const taggings: readonly Tagging[] = [
  { name: "no tags", type: undefined, value: () => undefined, seen: same },
  { name: "tags of i32", type: wrong(i32), value: (n) => 500 - n, seen: same },
  { name: "tags of bool", type: wrong(bool), value: (n) => n % 2 === 0, seen: same },
  { name: "tags of u64", type: wrong(u64), value: (n) => 2n ** 64n - 1n - BigInt(n), seen: same },
  { name: "tags of utf8", type: wrong(utf8), value: (n) => "ä".repeat(n), seen: same },
  { name: "tags of json", type: wrong(json), value: (n) => ({ n: [n] }), seen: (value) => JSON.stringify(value) },
  {
    name: "tags of arc",
    type: wrong(arc),
    value: (n) => Arc.create(Int32Array.of(n), { heap }),
    seen: (value) => {
      const [n] = (value as Arc).view(Int32Array);
      (value as Arc).drop();
      return n;
    },
  },
];

/** How a listener of the real event ended. */
type End = { readonly tag: unknown } | { readonly code: string };

/** One run: the event and the model side by side. */
class Play {
  readonly model = new Model();
  readonly #isAsync: boolean;
  readonly #tagging: Tagging;
  readonly #handles: SharedEvent<unknown>[];
  readonly #listeners = new Map<Seat, Listener<unknown>>();
  readonly #waits = new Map<Seat, Promise<void>>();
  /** In what order waits were settled, and in what order they should be. */
  readonly #ends: [seat: number, end: End][] = [];
  readonly #expected: [seat: number, end: End][] = [];
  #names = 0;

  constructor(isAsync: boolean, tagging: Tagging) {
    this.#isAsync = isAsync;
    this.#tagging = tagging;
    this.#handles = [
      SharedEvent.create<unknown>({ heap, ...(tagging.type === undefined ? {} : { tag: tagging.type }) }),
    ];
  }

  get #event(): SharedEvent<unknown> {
    return this.#handles.at(-1) as SharedEvent<unknown>;
  }

  async step(step: Call): Promise<void> {
    switch (step.call) {
      case "listen": {
        const seat = { name: this.#names++, notification: undefined };
        this.model.seats.push(seat);
        this.#listeners.set(seat, this.#event.listen());
        break;
      }
      case "notify":
        this.#notify(step);
        break;
      case "open":
        this.#handles.push(SharedEvent.open(this.#event.share()));
        break;
      case "close":
        // Listeners live on without the handle by which they came.
        if (this.#handles.length > 1) this.#handles.shift()?.drop();
        break;
      case "settle":
        await this.settle();
        break;
      default:
        await this.#at(step.call, step.at);
    }
    this.#compare();
  }

  #notify({ count, additional, each, tags, failsAt }: Call & { call: "notify" }): void {
    const { type, value, seen } = this.#tagging;
    // One Arc is one count: it cannot go to all.
    const isEach = type !== undefined && (each || type === wrong(arc));
    const error = new RangeError("no more tags");
    let made = 0;
    const tag = () => {
      if (isEach && made === failsAt) throw error;
      return value(tags[isEach ? made++ % tags.length : 0] as number);
    };
    const caught: unknown[] = [];
    const attempt = (act: () => void) => {
      made = 0;
      try {
        act();
      } catch (thrown) {
        caught.push(thrown);
      }
      return made;
    };
    const reached: Seat[] = [];
    const needed = attempt(() => this.model.notify(count, additional, () => seen(tag()), reached));
    const took = attempt(() => {
      const options = type === undefined ? { additional } : { additional, tag: isEach ? tag : tag() };
      expect(this.#event.notify(count, options)).toBe(reached.length);
    });
    expect(took, "tags are made for those only who get one").toBe(needed);
    expect(caught).toEqual(caught.length === 0 ? [] : [error, error]);
    this.#expect(reached);
  }

  /** Those of them who are awaited will be settled, in this order. */
  #expect(reached: readonly Seat[]): void {
    for (const seat of reached) if (this.#waits.has(seat)) this.#ready.push(seat);
  }

  /** Awaited and notified, in the order in which they were. */
  readonly #ready: Seat[] = [];

  async #at(call: "wait" | "drop" | "discard" | "look", at: number): Promise<void> {
    const { seats } = this.model;
    if (seats.length === 0) return;
    const seat = seats[at % seats.length] as Seat;
    const listener = this.#listeners.get(seat) as Listener<unknown>;
    const isAwaited = this.#waits.has(seat);
    switch (call) {
      case "look":
        expect(listener.listensTo(this.#event)).toBe(true);
        break;
      case "drop": {
        const next = this.model.drop(seat);
        listener.drop();
        this.#gone(seat, isAwaited);
        this.#expect(next === undefined ? [] : [next]);
        break;
      }
      case "discard":
        expect(listener.discard()).toBe(this.model.leave(seat) !== undefined);
        this.#gone(seat, isAwaited);
        break;
      default:
        if (this.#isAsync) {
          if (!isAwaited) await this.#wait(seat, listener);
        } else this.#waitSync(seat, listener);
    }
  }

  #gone(seat: Seat, isAwaited: boolean): void {
    this.#listeners.delete(seat);
    const ready = this.#ready.indexOf(seat);
    if (ready >= 0) this.#ready.splice(ready, 1);
    if (isAwaited) this.#expected.push([seat.name, { code: DROPPED }]);
  }

  #waitSync(seat: Seat, listener: Listener<unknown>): void {
    const notification = this.model.leave(seat);
    this.#listeners.delete(seat);
    let end: End;
    try {
      end = { tag: this.#tagging.seen(listener.waitSync({ timeoutMs: 0 })) };
    } catch (error) {
      end = { code: (error as { code: string }).code };
    }
    expect(end).toEqual(notification === undefined ? { code: TIMEOUT } : { tag: notification.tag });
  }

  /** Begins to await; one that is notified already ends with that. */
  async #wait(seat: Seat, listener: Listener<unknown>): Promise<void> {
    const wait = listener.wait().then(
      (tag) => void this.#ends.push([seat.name, { tag: this.#tagging.seen(tag) }]),
      (error) => void this.#ends.push([seat.name, { code: error.code }]),
    );
    if (seat.notification === undefined) {
      this.#waits.set(seat, wait);
      return;
    }
    this.#listeners.delete(seat);
    this.#expected.push([seat.name, { tag: this.model.leave(seat)?.tag }]);
  }

  /** Lets the doorbell settle whoever is ready. Those who wait on are not. */
  async settle(): Promise<void> {
    for (const seat of this.#ready.splice(0)) {
      this.#listeners.delete(seat);
      this.#expected.push([seat.name, { tag: this.model.leave(seat)?.tag }]);
    }
    await until(() => this.#ends.length >= this.#expected.length);
    await new Promise((resolve) => setImmediate(resolve));
    expect(this.#ends).toEqual(this.#expected);
  }

  #compare(): void {
    const { seats, notified } = this.model;
    expect([
      this.#event.totalListeners,
      this.#event.isNotified,
      ...seats.map((seat) => this.#listeners.get(seat)?.isNotified),
    ]).toEqual([seats.length, notified > 0, ...seats.map(({ notification }) => notification !== undefined)]);
  }

  drop(): void {
    for (const listener of this.#listeners.values()) listener.drop();
    for (const handle of this.#handles) handle.drop();
  }
}

describe.each([
  ["blocking", false],
  ["awaited", true],
])("an event is an array of listeners, %s", (_, isAsync) => {
  test.each(taggings.map((each) => [each.name, each] as const))("with %s", async (_, tagging) => {
    const before = inUse(heap);
    const property = fc.asyncProperty(calls, async (steps) => {
      const play = new Play(isAsync, tagging);
      try {
        for (const step of steps) await play.step(step);
        await play.settle();
      } finally {
        play.drop();
      }
      await until(() => inUse(heap).blocks <= before.blocks);
      expect(inUse(heap)).toEqual(before);
    });
    await fc.assert(property, { seed: seed(), numRuns: RUNS });
  });
});
