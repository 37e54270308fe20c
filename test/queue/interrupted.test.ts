/**
 * Calls that end in the middle: whatever a value throws, wherever it goes in or comes out, and also when the stack overflows or
 * the time-out of a `node:vm` context ends the call, where not even `finally` runs. In the end the heap holds what it held before.
 */
import { setImmediate } from "node:timers/promises";
import { createContext, Script } from "node:vm";
import {
  Arc,
  type ArcToken,
  arc,
  bytes,
  type Channel,
  type Codec,
  ConcurrentQueue,
  channel,
  clone,
  f64,
  Heap,
  i32,
  json,
  Sender,
  SharedEvent,
  struct,
  TypeMismatchError,
  u32,
  utf8,
} from "shmol";
import { afterAll, describe, expect, test } from "vitest";
import { internals } from "../../dist/internals.js";
import { count } from "../counts.js";
import { collect } from "../garbage.mjs";
import { inUse, leaveFree } from "../heaps.js";

const heap = Heap.create();
const isChecked = internals(heap).checked !== undefined;
afterAll(() => heap.drop());

const record = struct({ x: f64, at: struct({ id: u32 }) });
const own: Codec<unknown> = {
  name: "own",
  encode(value) {
    if (typeof value === "function") return value();
    return new TextEncoder().encode(String(value));
  },
  decode(from) {
    const text = new TextDecoder().decode(from);
    if (text === "throws") throw new RangeError("cannot be decoded");
    return text === "undefined" ? undefined : text;
  },
};

function fails(): never {
  throw new RangeError("a trap");
}

function transferred<V extends ArrayBufferView>(view: V): V {
  structuredClone(view.buffer, { transfer: [view.buffer as ArrayBuffer] });
  return view;
}

function shrunk(): Uint8Array {
  const buffer = new (
    ArrayBuffer as unknown as new (
      size: number,
      options: object,
    ) => ArrayBuffer & { resize(n: number): void }
  )(16, { maxByteLength: 16 });
  const view = new Uint8Array(buffer, 8, 8);
  buffer.resize(4);
  return view;
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const trap = { get: fails, ownKeys: fails, has: fails, getOwnPropertyDescriptor: fails };
const getter = {
  get x() {
    return fails();
  },
};

/** For each type: a good value, and such that cannot be encoded. */
const types: readonly (readonly [type: Codec<unknown>, good: () => unknown, bad: Record<string, () => unknown>])[] = [
  [
    bytes as Codec<unknown>,
    () => Uint8Array.of(1),
    {
      detached: () => transferred(new Uint8Array(4)),
      resized: shrunk,
      proxy: () => new Proxy(Uint8Array.of(1), trap),
      revoked,
    },
  ],
  [utf8 as Codec<unknown>, () => "söta", { revoked, boxed: () => new String("x") }],
  [
    json,
    () => ({ a: [1] }),
    {
      getter: () => getter,
      proxy: () => new Proxy({}, trap),
      revoked,
      toJSON: () => ({ toJSON: fails }),
      BigInt: () => [1n],
    },
  ],
  [
    clone,
    () => new Map([[1, new Uint8Array(4)]]),
    {
      getter: () => getter,
      proxy: () => new Proxy({}, trap),
      revoked,
      detached: () => ({ a: transferred(new Float64Array(4)) }),
      resized: () => [shrunk()],
      Blob: () => [new Blob(["x"])],
    },
  ],
  [
    record as Codec<unknown>,
    () => ({ x: 1, at: { id: 2 } }),
    {
      getter: () => getter,
      proxy: () => new Proxy({}, trap),
      revoked,
      "later getter": () => ({
        x: 1,
        at: {
          get id() {
            return fails();
          },
        },
      }),
    },
  ],
  [
    own,
    () => "text",
    { throws: () => fails, detached: () => () => transferred(new Uint8Array(4)), nothing: () => () => undefined },
  ],
  [
    arc as Codec<unknown>,
    () => Arc.create(8, { heap }),
    { revoked, proxy: () => new Proxy({}, { ...trap, getPrototypeOf: fails }) },
  ],
];

const entries: Record<
  string,
  (queue: ConcurrentQueue<unknown>, full: ConcurrentQueue<unknown>, bad: unknown, good: () => unknown) => unknown
> = {
  push: (queue, _, bad) => queue.push(bad),
  "pushMany, the first": (queue, _, bad, good) => queue.pushMany([bad, good()]),
  "pushMany, the last, with a getter": (queue, _, bad, good) => {
    const values = {
      length: 2,
      0: good(),
      get 1() {
        return bad;
      },
    };
    expect(queue.pushMany(values)).toBe(1);
    queue.pushMany({
      length: 2,
      get 0() {
        return fails();
      },
    } as never);
  },
  "forcePush into room": (queue, _, bad) => queue.forcePush(bad),
  "forcePush into none": (_, full, bad) => full.forcePush(bad),
};

/** What a value goes in by elsewhere: each makes what it needs, hands `bad` in, and drops the rest. */
const elsewhere: Record<string, (type: Codec<unknown>, bad: () => unknown, good: unknown) => unknown> = {
  ...Object.fromEntries(
    Object.entries<(sender: Sender<unknown>, bad: unknown, good: unknown) => unknown>({
      trySend: (sender, bad) => sender.trySend(bad),
      forceSend: (sender, bad) => sender.forceSend(bad),
      send: (sender, bad) => sender.send(bad),
      sendSync: (sender, bad) => sender.sendSync(bad, { timeoutMs: 0 }),
      sendMany: (sender, bad) => sender.sendMany([bad]),
      "sendMany, the last": (sender, bad, good) => sender.sendMany([good, bad]),
      sendManySync: (sender, bad, good) => sender.sendManySync([good, bad], { timeoutMs: 0 }),
    }).map(([entry, act]) => [
      entry,
      async (type: Codec<unknown>, bad: () => unknown, good: unknown) => {
        const { sender, receiver } = channel(type, { heap, capacity: 2 });
        try {
          await act(sender, bad(), good);
        } finally {
          for (let got = receiver.tryRecv(); got !== undefined; got = receiver.tryRecv())
            if (got instanceof Arc) got.drop();
          for (const handle of [sender, receiver]) handle.drop();
        }
      },
    ]),
  ),
  "notify, as a tag": (type, bad) => {
    const event = SharedEvent.create({ heap, tag: type });
    const listener = event.listen();
    try {
      event.notify(1, { tag: bad });
    } finally {
      for (const handle of [listener, event]) handle.drop();
    }
  },
};

describe.each(
  types.flatMap(([type, good, bad]) =>
    Object.entries(bad).map(([what, make]) => [type.name.replace(/\{.*/, ""), what, type, good, make] as const),
  ),
)("%s, %s", (_name, what, type, good, make) => {
  test.skipIf(what === "resized" && !("resize" in ArrayBuffer.prototype))(
    "leaves nothing behind, wherever it goes in",
    async () => {
      const before = inUse(heap);
      const queue = ConcurrentQueue.unbounded(type, { heap });
      const full = ConcurrentQueue.bounded(2, type, { heap });
      const made: unknown[] = [];
      const next = () => made[made.push(good()) - 1];
      const dropMade = () => {
        for (const value of made.splice(0)) if (value instanceof Arc) value.drop();
      };
      full.pushMany([good(), good()]);
      const empty = inUse(heap);
      for (const [entry, act] of Object.entries(entries)) {
        expect(() => act(queue, full, make(), next), entry).toThrow();
        for (const value of queue.drain()) if (value instanceof Arc) value.drop();
        dropMade();
        expect(inUse(heap), entry).toEqual(empty);
      }
      for (const [entry, act] of Object.entries(elsewhere)) {
        await expect(async () => await act(type, make, next()), entry).rejects.toThrow();
        dropMade();
        expect(inUse(heap), entry).toEqual(empty);
      }
      for (const handle of [queue, full]) handle.drop();
      expect(inUse(heap)).toEqual(before);
    },
  );
});

describe.each(["throws", "undefined"])("a value whose decoding %s", (text) => {
  const outlets: Record<string, (queue: ConcurrentQueue<unknown>) => unknown> = {
    pop: (queue) => queue.pop(),
    popMany: (queue) => queue.popMany(1),
    popWith: (queue) => queue.popWith((value) => value),
    drain: (queue) => [...queue.drain()],
    forcePush: (queue) => queue.forcePush("next"),
  };
  test.each(Object.entries(outlets))("is told of by %s, and is gone", (_, take) => {
    const before = inUse(heap);
    const queue = ConcurrentQueue.bounded(1, own, { heap });
    queue.push(text);
    expect(() => take(queue)).toThrow(text === "throws" ? RangeError : TypeMismatchError);
    queue.drop();
    expect(inUse(heap)).toEqual(before);
  });

  test("makes room for a sender that waits", async () => {
    const { sender, receiver } = channel(own, { heap, capacity: 1 });
    sender.trySend(text);
    const sent = sender.send("next", { timeoutMs: 5000 });
    expect(() => receiver.tryRecv()).toThrow();
    await sent;
    expect(receiver.tryRecv()).toBe("next");
    for (const handle of [sender, receiver]) handle.drop();
  });
});

test("without memory nothing is left behind, whichever block is the last one", () => {
  for (const [type, good] of types.filter(([{ name }]) => name !== "arc")) {
    const small = Heap.create({ capacity: 4 * 1024 * 1024 });
    const queue = ConcurrentQueue.bounded(100_000, type, { heap: small });
    queue.push(good());
    queue.pop();
    leaveFree(small, 0);
    const before = inUse(small);
    expect(() => {
      for (;;) if (queue.pushMany([good(), good(), good()]) === 0) queue.push(good());
    }, type.name).toThrow("no block");
    expect(() => queue.forcePush(good())).toThrow("no block");
    for (const _ of queue.drain());
    expect(inUse(small), type.name).toEqual(before);
    queue.drop();
    small.drop();
  }
});

const DEPTHS = 150;
const TIME_OUTS = 8;
/** Calls that are cut short by a time-out, and as many by the end of the stack. */
const TURNS = count({ all: 1000, usually: 1000, brief: 200 });

/** Runs `act` where the stack has room for so many more calls of this function. Returns the depth from where it has none. */
function dive(room: number, act: () => void, told: (error: unknown) => void): number {
  let depth: number;
  try {
    depth = dive(room, act, told);
  } catch {
    depth = 0;
  }
  if (depth !== room) return depth + 1;
  try {
    act();
  } catch (error) {
    told(error);
  }
  return Number.POSITIVE_INFINITY;
}

/** Whether `act` overflows the stack there. */
function overflowAt(room: number, act: () => void): boolean {
  let error: unknown;
  dive(room, act, (thrown) => {
    error = thrown;
  });
  return error instanceof RangeError;
}

/** Has `act` overflow the stack at every depth of its; returns how often it did. In between it succeeds. */
function overflows(act: () => void): number {
  let count = 0;
  for (let room = 0; room < DEPTHS; room++) {
    if (overflowAt(room, act)) count++;
    if (room % 3 === 0) act();
  }
  return count;
}

/** What is done over and over until it is interrupted. */
const acts: Record<string, (queue: ConcurrentQueue<unknown>, value: unknown) => void> = {
  "push and pop": (queue, value) => {
    queue.push(value);
    queue.pop();
  },
  batches: (queue, value) => {
    queue.pushMany([value, value, value]);
    queue.popMany(3);
  },
  "forcePush and popWith": (queue, value) => {
    queue.forcePush(value);
    queue.popWith(() => 1);
  },
  handles: (queue) => queue.clone().drop(),
};

// The checked kernel calls functions between taking a queue's block and linking it in, the other one none: only there could the
// push of a number leave one, and to look for it would cost every push.
const interrupted = [
  ...(isChecked ? [] : [["i32", i32, 5] as const]),
  ...types
    .filter(([{ name }]) => name !== "arc")
    .map(([type, good]) => [type.name.replace(/\{.*/, ""), type, good()] as const),
] as readonly (readonly [string, Codec<unknown>, unknown])[];

/** The next call has been, and the thread has been at its event loop. */
async function settle(queue: ConcurrentQueue<unknown>, value: unknown): Promise<void> {
  for (let round = 0; round < 2; round++) {
    for (const act of Object.values(acts)) act(queue, value);
    while (queue.pop() !== undefined);
    await Promise.resolve();
  }
}

describe.each(interrupted)("%s: after", (_, type, value) => {
  const queue = ConcurrentQueue.unbounded(type, { heap });
  afterAll(() => queue.drop());

  test("stack overflows at any depth, the next calls and a microtask have returned what they left", async () => {
    await settle(queue, value);
    const before = inUse(heap);
    for (const act of Object.values(acts)) overflows(() => act(queue, value));
    await settle(queue, value);
    expect(inUse(heap)).toEqual(before);
  });

  test("time-outs of a vm context, they have, too", async () => {
    await settle(queue, value);
    const before = inUse(heap);
    const script = new Script("for (;;) act(queue, value)");
    for (const act of Object.values(acts)) {
      const context = createContext({ act, queue, value });
      for (let i = 0; i < TIME_OUTS; i++) {
        expect(() => script.runInContext(context, { timeout: 1 })).toThrow("timed out");
      }
    }
    await settle(queue, value);
    expect(inUse(heap)).toEqual(before);
  });
});

test(`after ${2 * TURNS} calls that were cut short in turns, the next one has returned what they left`, () => {
  const queue = ConcurrentQueue.unbounded(json, { heap });
  const act = () => {
    queue.push({ a: [1] });
    queue.pop();
  };
  const script = new Script("for (;;) act()");
  const context = createContext({ act });
  act();
  const before = inUse(heap);
  let overflown = 0;
  for (let i = 0; i < TURNS; i++) {
    expect(() => script.runInContext(context, { timeout: 1 })).toThrow("timed out");
    if (overflowAt(i % DEPTHS, act)) overflown++;
  }
  expect(overflown).toBeGreaterThan(0);
  while (queue.pop() !== undefined);
  expect(inUse(heap)).toEqual(before);
  queue.drop();
});

describe("after stack overflows at any depth of", () => {
  const shared = Arc.create(8, { heap });
  const weak = shared.downgrade();
  const ends = channel(json, { heap, capacity: 4 });
  const event = SharedEvent.create({ heap });
  const tagged = SharedEvent.create({ heap, tag: json });
  const weakEnd = ends.sender.downgrade();
  const tokens = { arc: shared.share(), sender: ends.sender.share() };
  /** Tokens whose opens may not be taken back yet. */
  const issued: ArcToken[] = [];
  afterAll(() => {
    for (const handle of [weak, weakEnd, shared, ends.sender, ends.receiver, event, tagged]) handle.drop();
  });
  const dropAll = ({ sender, receiver }: Channel<unknown>) => {
    sender.drop();
    receiver.drop();
  };
  const notified = <Tag>(on: SharedEvent<Tag>, tag?: Tag) => {
    const listener = on.listen();
    on.notify(1, tag === undefined ? undefined : { tag });
    listener.drop();
  };

  test.each<[string, () => void]>([
    ["Arc.create", () => Arc.create(Uint8Array.of(1), { heap }).drop()],
    ["channel", () => dropAll(channel(json, { heap, capacity: 2 }))],
    ["SharedEvent.create", () => SharedEvent.create({ heap }).drop()],
    ["clone", () => shared.clone().drop()],
    ["Arc.open", () => Arc.open(tokens.arc).drop()],
    ["Sender.open", () => Sender.open(tokens.sender).drop()],
    ["clone of a Sender", () => ends.sender.clone().drop()],
    ["downgrade", () => shared.downgrade().drop()],
    ["upgrade", () => weak.upgrade()?.drop()],
    ["upgrade of a weak end", () => weakEnd.upgrade()?.drop()],
    [
      "share with opens, and revoke",
      () => {
        const at = issued.length;
        issued[at] = shared.share({ opens: 2 });
        Heap.revoke(issued[at]);
      },
    ],
    ["send and recv", () => void (ends.sender.trySend({ a: 1 }) && ends.receiver.tryRecv())],
    ["listen and notify", () => notified(event)],
    ["listen and notify with a tag", () => notified(tagged, { a: 1 })],
  ])("%s, the heap and the counts are as before", async (_, act) => {
    const counts = () => [shared.strongCount, weak.weakCount, ends.sender.senderCount, event.totalListeners];
    const settled = async () => {
      for (let round = 0; round < 2; round++) {
        act();
        while (ends.receiver.tryRecv() !== undefined);
        for (const token of issued.splice(0)) Heap.revoke(token);
        // Handles that nobody got to drop are given up when they are collected.
        collect();
        await setImmediate();
      }
      return { ...inUse(heap), counts: counts() };
    };
    const before = await settled();
    expect(overflows(act)).toBeGreaterThan(0);
    await expect.poll(settled, { timeout: 10_000 }).toEqual(before);
  });
});

describe("a token's properties", () => {
  const queue = ConcurrentQueue.unbounded(i32, { heap });
  afterAll(() => queue.drop());

  test("are read once", () => {
    const token = queue.share();
    const reads: PropertyKey[] = [];
    const spy = new Proxy(token, {
      get(target, key) {
        reads.push(key);
        return Reflect.get(target, key);
      },
    });
    ConcurrentQueue.open(spy).drop();
    expect(reads.length, reads.join(" ")).toBe(new Set(reads).size);
  });

  test("and those of options are its own, not Object.prototype's", () => {
    const polluted = Object.prototype as { opens?: unknown; ticket?: unknown; heap?: unknown };
    try {
      polluted.opens = 3;
      polluted.ticket = { control: 0, generation: 0 };
      const token = queue.share({});
      expect(Object.hasOwn(token, "ticket")).toBe(false);
      ConcurrentQueue.open(token).drop();
    } finally {
      delete polluted.opens;
      delete polluted.ticket;
    }
  });
});
