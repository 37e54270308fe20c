import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { type Codec, ConcurrentQueue, type EventToken, Heap, i32, type Listener, SharedEvent, utf8 } from "shmol";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { inUse } from "../heaps.js";
import { expectRefusal, type Misuse, refusals, wrong } from "../refusal.js";
import { until } from "../workers.js";

const heap = Heap.create();
const event = SharedEvent.create({ heap });
const tagged = SharedEvent.create({ heap, tag: i32 });
const [listener, ofTagged] = [event.listen(), tagged.listen()];
afterAll(() => {
  for (const owner of [listener, ofTagged, event, tagged]) owner.drop();
  heap.drop();
});

const counts = () => [event, tagged].map(({ totalListeners, isNotified }) => [totalListeners, isNotified]);
const table = (title: string, rows: readonly Misuse[]) => refusals(title, rows, heap, counts);

table("making an event refuses", [
  {
    what: "a tag's name",
    act: () => SharedEvent.create({ heap, tag: wrong("i32") }),
    error: "TypeMismatchError",
    says: '"i32"',
  },
  {
    what: "null for a tag",
    act: () => SharedEvent.create({ heap, tag: wrong(null) }),
    error: "TypeMismatchError",
    says: "null",
  },
  {
    what: "a heap's token",
    act: () => SharedEvent.create({ heap: wrong(heap.share()) }),
    error: "TypeMismatchError",
    says: 'a token of kind "heap"',
  },
]);

table(
  "notify refuses",
  [-1, 0.5, Number.NaN, Number.NEGATIVE_INFINITY, "1", null, 1n, {}].flatMap((count) => [
    {
      what: `notify(${typeof count === "bigint" ? "1n" : JSON.stringify(count)})`,
      act: () => event.notify(wrong(count)),
      error: "TypeMismatchError",
      says: "count must be an integer that is not negative, or Infinity",
    } as const,
    {
      what: `notifyAdditional(${typeof count === "bigint" ? "1n" : JSON.stringify(count)})`,
      act: () => event.notifyAdditional(wrong(count)),
      error: "TypeMismatchError",
      says: "count must be",
    } as const,
  ]),
);

table("tags: notify refuses", [
  {
    what: "one for an event without",
    act: () => event.notify(1, { tag: wrong(1) }),
    error: "TypeMismatchError",
    says: "without tags: 1",
  },
  { what: "none for an event with", act: () => tagged.notify(), error: "TypeMismatchError", says: "a tag of i32" },
  {
    what: "none, additionally",
    act: () => tagged.notifyAdditional(1),
    error: "TypeMismatchError",
    says: "a tag of i32",
  },
  {
    what: "one of another type",
    act: () => tagged.notify(1, { tag: wrong("1") }),
    error: "TypeMismatchError",
    says: 'i32 value is of another type: "1"',
  },
  {
    what: "one that is out of range",
    act: () => tagged.notify(1, { tag: () => 2 ** 31 }),
    error: "TypeMismatchError",
    says: "i32 value out of range: 2147483648",
  },
  {
    what: "additional that is not true or false",
    act: () => event.notify(1, { additional: wrong(1) }),
    error: "TypeMismatchError",
    says: "additional must be true or false: 1",
  },
]);

table("listen refuses", [
  {
    what: "ref that is not true or false",
    act: () => event.listen({ ref: wrong("no") }),
    error: "TypeMismatchError",
    says: 'ref must be true or false: "no"',
  },
]);

table("waitSync refuses", [
  {
    what: "a negative time-out",
    act: () => listener.waitSync({ timeoutMs: -1 }),
    error: "TypeMismatchError",
    says: "timeoutMs must be a number that is not negative: -1",
  },
  {
    what: "NaN",
    act: () => listener.waitSync({ timeoutMs: Number.NaN }),
    error: "TypeMismatchError",
    says: "NaN",
  },
  {
    what: "a string",
    act: () => listener.waitSync({ timeoutMs: wrong("1") }),
    error: "TypeMismatchError",
    says: '"1"',
  },
]);

describe("wait refuses, and the listener still listens", () => {
  test.each([
    [{ timeoutMs: -1 }, "timeoutMs must be a number that is not negative: -1"],
    [{ timeoutMs: "1" }, '"1"'],
    [{ signal: {} }, "signal must be an AbortSignal: an object"],
    [{ signal: new AbortController() }, "signal must be an AbortSignal: an AbortController. Pass its signal"],
  ])("%o", async (options, says) => {
    await expect(event.listen().wait(wrong({ timeoutMs: 0 }))).rejects.toThrow("not notified within 0 ms");
    await expect(listener.wait(wrong(options))).rejects.toMatchObject({
      code: "ERR_SHMOL_TYPE_MISMATCH",
      message: expect.stringContaining(says),
    });
    expect(listener.isNotified).toBe(false);
  });
});

table("asking which event it is refuses", [
  {
    what: "a token",
    act: () => listener.listensTo(wrong(event.share())),
    error: "TypeMismatchError",
    says: "event must be a SharedEvent",
  },
  {
    what: "no listener",
    act: () => listener.sameEvent(wrong(event)),
    error: "TypeMismatchError",
    says: "other must be a Listener",
  },
]);

const token = tagged.share();
table("opening refuses", [
  { what: "nothing", act: () => SharedEvent.open(wrong(undefined)), error: "TokenError", says: "not a token" },
  {
    what: "a queue's token",
    act: () => {
      const queue = ConcurrentQueue.unbounded(i32, { heap });
      try {
        SharedEvent.open(wrong(queue.share()));
      } finally {
        queue.drop();
      }
    },
    error: "TokenError",
    says: 'token is of kind "queue", expected "event"',
  },
  {
    what: "a queue's token that says it is an event's",
    act: () => {
      const queue = ConcurrentQueue.unbounded(i32, { heap });
      try {
        SharedEvent.open({ ...queue.share(), shmol: "event" } as unknown as EventToken);
      } finally {
        queue.drop();
      }
    },
    error: "TokenError",
    says: "which is of kind 2",
  },
  {
    what: "another type of tags than it was made with",
    act: () => SharedEvent.open(token, wrong(utf8)),
    error: "TokenError",
    says: 'the event\'s tags are of type "i32", not "utf8"',
  },
  {
    what: "a token that lies about the tags",
    act: () => SharedEvent.open({ ...token, tag: "utf8" }),
    error: "TokenError",
    says: 'the token says that the event\'s tags are of type "utf8", which they are not',
  },
  {
    what: "a token that is silent about the tags",
    act: () => {
      const { tag: _, ...silent } = token;
      return SharedEvent.open(silent);
    },
    error: "TokenError",
    says: "the token says that the event has no tags, which is wrong",
  },
  {
    what: "a type that is not built in, without it",
    act: () => SharedEvent.open({ ...token, tag: "msgpack" }),
    error: "TokenError",
    says: 'the event\'s tags are of type "msgpack", which is not a built-in one: pass it',
  },
  {
    what: "a token of an event that is gone",
    act: () => {
      const gone = SharedEvent.create({ heap });
      const left = gone.share();
      gone.drop();
      return SharedEvent.open(left);
    },
    error: "TokenError",
    says: "the event of this token is gone",
  },
]);

describe("after drop()", () => {
  const dropped = SharedEvent.create({ heap });
  const used = dropped.listen();
  used.drop();
  dropped.drop();
  dropped.drop();

  const uses: [string, () => unknown][] = [
    ["listen", () => dropped.listen()],
    ["notify", () => dropped.notify()],
    ["notify, with options", () => dropped.notify(1, {})],
    ["notifyAdditional", () => dropped.notifyAdditional()],
    ["isNotified", () => dropped.isNotified],
    ["share", () => dropped.share()],
    ["heap", () => dropped.heap],
    ["listensTo", () => listener.listensTo(dropped)],
  ];
  test.each(uses)("an event refuses %s", (_, act) => {
    expectRefusal(heap, { act, error: "DroppedError", says: "this event was dropped" });
  });

  test("but an event counts on", () => {
    expect(dropped.totalListeners).toBe(0);
  });

  const usesOfListener: [string, () => unknown][] = [
    ["waitSync", () => used.waitSync()],
    ["isNotified", () => used.isNotified],
    ["discard", () => used.discard()],
    ["listensTo", () => used.listensTo(event)],
    ["sameEvent", () => used.sameEvent(listener)],
    ["sameEvent, of another", () => listener.sameEvent(wrong(used))],
  ];
  test.each(usesOfListener)("a listener refuses %s", (_, act) => {
    expectRefusal(heap, { act, error: "DroppedError", says: "this listener, which is used up" });
  });

  test("dropping, ref and unref do nothing", () => {
    used.drop();
    expect(used.ref().unref()).toBe(used);
  });
});

test("an event dropped by the function that makes its tag", () => {
  const before = inUse(heap);
  const self = SharedEvent.create({ heap, tag: utf8 });
  const forTag = self.listen();
  const tag = () => {
    self.drop();
    return "too late".repeat(50);
  };
  expect(() => self.notify(1, { tag })).toThrow("this event was dropped");
  forTag.drop();
  expect(inUse(heap)).toEqual(before);
});

test("a listener made by the function that makes the tags is not reached by that call", () => {
  const self = SharedEvent.create({ heap, tag: i32 });
  const [first, made] = [self.listen(), [] as Listener<number>[]];
  const tag = () => {
    made.push(self.listen());
    return 7;
  };
  expect(self.notify(2, { tag })).toBe(1);
  expect([first.isNotified, ...made.map((each) => each.isNotified)]).toEqual([true, ...made.map(() => false)]);
  expect(self.notifyAdditional(Infinity, { tag: 8 })).toBe(made.length);
  for (const each of [first, ...made]) each.drop();
  self.drop();
});

describe("a codec of tags", () => {
  const text = (value: string) => new TextEncoder().encode(value);
  let busy = () => {};
  const codec: Codec<string> = {
    name: "busy",
    encode: (value) => {
      busy();
      return text(value);
    },
    decode: (from) => new TextDecoder().decode(from),
  };
  let self: SharedEvent<string>;
  let seats: Listener<string>[];
  let before: ReturnType<typeof inUse>;
  beforeEach(() => {
    before = inUse(heap);
    self = SharedEvent.create({ heap, tag: codec });
    seats = [self.listen(), self.listen()];
  });
  afterEach(() => {
    busy = () => {};
    for (const seat of seats) seat.drop();
    self.drop();
    expect(inUse(heap)).toEqual(before);
  });

  test("that drops the event that it encodes for: refused, nobody is notified, no tag is left behind", () => {
    busy = () => self.drop();
    expect(() => self.notify(2, { tag: "never" })).toThrow("this event was dropped");
    expect(seats.map((seat) => seat.isNotified)).toEqual([false, false]);
  });

  test("that drops the listener that it encodes for: the next gets the tag", () => {
    busy = () => seats[0]?.drop();
    expect(self.notify(1, { tag: "for the next" })).toBe(1);
    expect(seats[1]?.waitSync()).toBe("for the next");
  });

  test("that drops all of them: the tag is taken back", () => {
    busy = () => {
      for (const seat of seats) seat.drop();
    };
    expect(self.notify(2, { tag: "for nobody" })).toBe(0);
  });

  test("that throws for the second: the first keeps what it has", () => {
    let encoded = 0;
    busy = () => {
      if (encoded++ === 1) throw new RangeError("no more");
    };
    expect(() => self.notify(Infinity, { tag: "one" })).toThrow(RangeError);
    expect([self.isNotified, seats[1]?.isNotified]).toEqual([true, false]);
    expect(seats[0]?.waitSync()).toBe("one");
  });

  test("that notifies the same event: everybody gets one tag, and each tag is somebody's", () => {
    busy = () => {
      busy = () => {};
      expect(self.notify(1, { tag: "inner" })).toBe(1);
    };
    expect(self.notify(2, { tag: "outer" })).toBe(1);
    expect(seats.map((seat) => seat.waitSync())).toEqual(["inner", "outer"]);
  });
});

describe("options whose getters use up what they are options of", () => {
  let self: SharedEvent<void>;
  let seat: Listener<void>;
  let before: ReturnType<typeof inUse>;
  beforeEach(() => {
    before = inUse(heap);
    self = SharedEvent.create({ heap });
    seat = self.listen();
  });
  afterEach(() => {
    seat.drop();
    self.drop();
    expect(inUse(heap)).toEqual(before);
  });
  const dropsEvent = (name: string, value: unknown) =>
    wrong(
      Object.defineProperty({}, name, {
        get() {
          // The last handle and the last listener: the event is freed.
          seat.drop();
          self.drop();
          return value;
        },
      }),
    );
  const dropsListener = (name: string, value: unknown) =>
    wrong(
      Object.defineProperty({}, name, {
        get() {
          seat.drop();
          return value;
        },
      }),
    );

  const uses: [string, () => unknown][] = [
    ["listen", () => self.listen(dropsEvent("ref", true))],
    ["notify, additional", () => self.notify(1, dropsEvent("additional", true))],
    ["notify, tag", () => self.notify(1, dropsEvent("tag", undefined))],
    ["notifyAdditional", () => self.notifyAdditional(1, dropsEvent("tag", undefined))],
  ];
  test.each(uses)("%s refuses", (_, act) => {
    expect(act).toThrow("this event was dropped");
  });

  test("waitSync refuses", () => {
    expect(() => seat.waitSync(dropsListener("timeoutMs", 1))).toThrow("used up");
  });

  test.each([
    ["timeoutMs", 1],
    ["signal", undefined],
  ])("wait refuses: %s", async (name, value) => {
    await expect(seat.wait(dropsListener(name, value))).rejects.toThrow("used up");
  });

  test("a signal's own methods are not called", async () => {
    const { signal } = new AbortController();
    signal.addEventListener = signal.removeEventListener = () => {
      throw new Error("never called");
    };
    const wait = seat.wait({ signal });
    self.notify();
    expect(await wait).toBeUndefined();
  });

  test("what only looks like a signal is refused, and the listener still listens", async () => {
    await expect(seat.wait({ signal: Object.create(AbortSignal.prototype) })).rejects.toThrow();
    const half = { aborted: false, reason: undefined, addEventListener() {} } as unknown as AbortSignal;
    for (const signal of [half, new AbortController() as unknown as AbortSignal]) {
      await expect(seat.wait({ signal })).rejects.toThrow("signal must be an AbortSignal");
    }
    expect([self.totalListeners, seat.isNotified]).toEqual([1, false]);
  });

  test("what a signal of another kind throws ends the wait, and the listener leaves", async () => {
    const refusal = new Error("not today");
    const addEventListener = () => {
      throw refusal;
    };
    const signal = { aborted: false, reason: undefined, addEventListener, removeEventListener: addEventListener };
    const { blocks } = inUse(heap);
    await expect(seat.wait({ signal: signal as unknown as AbortSignal })).rejects.toBe(refusal);
    expect(self.totalListeners).toBe(0);
    // The doorbell goes a turn of the event loop later.
    await until(() => inUse(heap).blocks < blocks);
  });
});

test("waitSync waits as long as a number can say", async () => {
  const self = SharedEvent.create({ heap });
  const script = `
    const { workerData } = require("node:worker_threads");
    import("shmol").then(({ SharedEvent }) => {
      const event = SharedEvent.open(workerData);
      setTimeout(() => { event.notify(); event.drop(); }, 50);
    });`;
  for (const timeoutMs of [2 ** 53, Number.MAX_VALUE]) {
    const seat = self.listen();
    const worker = new Worker(script, { eval: true, workerData: self.share() });
    const exit = new Promise((resolve) => worker.once("exit", resolve));
    seat.waitSync({ timeoutMs });
    expect(await exit).toBe(0);
  }
  self.drop();
});

test("what the function that makes the tag throws, with those notified who have one", () => {
  const self = SharedEvent.create({ heap, tag: i32 });
  const [first, second] = [self.listen(), self.listen()];
  let made = 0;
  const tag = () => {
    if (made++ === 1) throw new RangeError("no more");
    return made;
  };
  expect(() => self.notify(2, { tag })).toThrow(RangeError);
  expect([first.isNotified, second.isNotified]).toEqual([true, false]);
  expect(first.waitSync()).toBe(1);
  second.drop();
  self.drop();
});

test("identity: by event, not by handle", () => {
  const other = SharedEvent.open(event.share());
  const [mine, theirs] = [listener, other.listen()];
  expect([mine.listensTo(other), theirs.listensTo(event), mine.sameEvent(theirs)]).toEqual([true, true, true]);
  expect(mine.listensTo(wrong(tagged))).toBe(false);
  expect(mine.sameEvent(wrong(ofTagged))).toBe(false);
  theirs.drop();
  other.drop();
});

test("handles and listeners refuse structured cloning", () => {
  for (const handle of [event, listener]) expect(() => structuredClone(handle)).toThrow("share()");
});

test("a custom type of tags is passed, and checked by its name", async () => {
  const codec = {
    name: "reversed",
    encode: (value: string) => new TextEncoder().encode([...value].reverse().join("")),
    decode: (bytes: Uint8Array) => [...new TextDecoder().decode(bytes)].reverse().join(""),
  };
  const own = SharedEvent.create({ heap, tag: codec });
  const other = SharedEvent.open(own.share(), codec);
  const listener = other.listen();
  own.notify(1, { tag: "abc" });
  expect(listener.waitSync()).toBe("abc");
  own.drop();
  other.drop();
});

test("opens: the event lives until it was opened", () => {
  const short = SharedEvent.create({ heap });
  const kept = short.share({ opens: 1 });
  const uncounted = short.share();
  short.drop();
  const opened = SharedEvent.open(kept);
  expect(opened.totalListeners).toBe(0);
  opened.drop();
  expect(() => SharedEvent.open(uncounted)).toThrow("gone");
});

test("outOfMemory: listen, await and notify with a tag fail, change nothing, and work again", async () => {
  const small = Heap.create({ capacity: 6 * 65536 });
  const full = SharedEvent.create({ heap: small, tag: utf8 });
  const first = full.listen();
  const blocks: number[] = [];
  // One size for each allocation: memory does not move between them.
  for (const size of [1024, 128, 64, 32, 16]) {
    try {
      for (;;) blocks.push(small.alloc(size));
    } catch {}
  }
  expect(() => full.listen()).toThrow("no block of 56 bytes");
  expect(() => full.notify(1, { tag: "x".repeat(700) })).toThrow("no block of");
  await expect(first.wait()).rejects.toMatchObject({ code: "ERR_SHMOL_OUT_OF_MEMORY" });
  expect([full.totalListeners, first.isNotified]).toEqual([1, false]);
  for (const block of blocks) small.free(block);
  const wait = first.wait();
  expect(full.notify(1, { tag: "x".repeat(700) })).toBe(1);
  expect(await wait).toBe("x".repeat(700));
  full.drop();
  small.drop();
});

test("waitSync is refused where a thread may not block, and wait works there", async () => {
  // A thread of which nothing says that it is a worker or Node's.
  const script = `
    delete process.getBuiltinModule;
    const { SharedEvent } = await import("shmol");
    const event = SharedEvent.create();
    const listener = event.listen();
    try { listener.waitSync(); } catch ({ code, message }) { console.log(code, message); }
    const wait = listener.wait();
    event.notify();
    console.log(await wait);`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
    timeout: 20_000,
    // Whatever is imported before would know better.
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  expect(stdout.trim().split("\n")).toEqual([
    "ERR_SHMOL_MAY_NOT_BLOCK this thread may not block: await wait() instead",
    "undefined",
  ]);
});
