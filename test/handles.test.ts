/** What handles and errors show to those who look at them from outside: inspectors, deep equality, JSON, other copies of the package. */
import { deepEqual, deepStrictEqual, notDeepEqual, notDeepStrictEqual } from "node:assert";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import {
  Arc,
  type ArcOptions,
  ClosedError,
  ConcurrentQueue,
  channel,
  DroppedError,
  f64,
  Heap,
  i32,
  SharedEvent,
  ShmolError,
  struct,
  TypeMismatchError,
  utf8,
} from "shmol";
import { afterAll, describe, expect, test } from "vitest";
import { collect } from "./garbage.mjs";
import { wrong } from "./refusal.js";

const heap = Heap.create({ capacity: 2 ** 24 });
afterAll(() => heap.drop());

describe("a handle is shown as what it is", () => {
  const bounded = channel(utf8, { heap, capacity: 2 });
  bounded.sender.trySend("one");
  const gone = channel(i32, { heap });
  gone.sender.drop();
  gone.receiver.drop();
  const arc = Arc.create(4, { heap });
  const weak = arc.downgrade();
  const end = bounded.sender.downgrade();
  const queue = ConcurrentQueue.unbounded(i32, { heap });
  const event = SharedEvent.create({ heap, tag: utf8 });
  const listener = event.listen();
  const handles: [handle: { toJSON(): unknown }, shown: string, json: unknown][] = [
    [
      bounded.sender,
      "Sender { type: 'utf8', capacity: 2, size: 1, closed: false, dropped: false }",
      { type: "utf8", capacity: 2, size: 1, closed: false, dropped: false },
    ],
    [
      bounded.receiver,
      "Receiver { type: 'utf8', capacity: 2, size: 1, closed: false, dropped: false }",
      { type: "utf8", capacity: 2, size: 1, closed: false, dropped: false },
    ],
    [gone.receiver, "Receiver { type: 'i32', dropped: true }", { type: "i32", dropped: true }],
    [
      queue,
      "ConcurrentQueue { type: 'i32', capacity: Infinity, size: 0, closed: false, dropped: false }",
      { type: "i32", capacity: null, size: 0, closed: false, dropped: false },
    ],
    [
      arc,
      `Arc { ptr: ${arc.ptr}, size: 4, align: 128, strongCount: 1, weakCount: 1, dropped: false }`,
      { ptr: arc.ptr, size: 4, align: 128, strongCount: 1, weakCount: 1, dropped: false },
    ],
    [weak, "Weak { strongCount: 1, weakCount: 1, dropped: false }", { strongCount: 1, weakCount: 1, dropped: false }],
    [end, "WeakEnd { end: 'sender', dropped: false }", { end: "sender", dropped: false }],
    [
      event,
      "SharedEvent { tag: 'utf8', totalListeners: 1, isNotified: false, dropped: false }",
      { tag: "utf8", totalListeners: 1, isNotified: false, dropped: false },
    ],
    [
      listener,
      "Listener { notified: false, awaited: false, dropped: false }",
      { notified: false, awaited: false, dropped: false },
    ],
    [
      heap,
      `Heap { id: '${heap.id}', capacity: 16777216, alignment: 128, dropped: false }`,
      { id: heap.id, capacity: 16777216, alignment: 128, dropped: false },
    ],
  ];
  afterAll(() => {
    for (const handle of [bounded.sender, bounded.receiver, end, arc, weak, queue, event]) handle.drop();
    listener.drop();
  });

  test.each(handles)("%s", (handle, shown, json) => {
    expect(inspect(handle, { breakLength: Infinity })).toBe(shown);
    expect(JSON.parse(JSON.stringify(handle))).toEqual(json);
  });

  test("also deep in other objects, and where nothing can be asked any more", () => {
    expect(inspect({ a: { b: { c: queue } } })).toContain("[ConcurrentQueue]");
    const broken = Object.create(queue);
    expect(inspect(broken)).toMatch(/^ConcurrentQueue \{ .*private.* \}$/);
  });
});

test("handles of different things are not deep-equal, and each is equal to itself", () => {
  const all = [0, 1].map(() => {
    const { sender, receiver } = channel(i32, { heap });
    const [arc, queue] = [Arc.create(4, { heap }), ConcurrentQueue.unbounded(i32, { heap })];
    const event = SharedEvent.create({ heap });
    return [sender, receiver, arc, arc.downgrade(), queue, event, event.listen(), sender.downgrade()] as const;
  });
  const [some, others] = all as [(typeof all)[0], (typeof all)[0]];
  for (const [i, handle] of some.entries()) {
    notDeepEqual(handle, others[i]);
    notDeepStrictEqual(handle, others[i]);
    expect(handle).not.toEqual(others[i]);
    expect(handle).not.toStrictEqual(others[i]);
    deepEqual(handle, handle);
    deepStrictEqual({ handle }, { handle });
    expect({ handle }).toEqual({ handle });
  }
  for (const handle of all.flat()) handle.drop();
});

test("a struct that popWith lends shows its fields", () => {
  const queue = ConcurrentQueue.unbounded(struct({ id: i32, at: struct({ x: f64 }) }), { heap });
  queue.push({ id: 7, at: { x: 0.5 } });
  const seen = queue.popWith((value) => [inspect(value), JSON.stringify(value)]);
  expect(seen).toEqual(["struct { id: 7, at: struct { x: 0.5 } }", '{"id":7,"at":{"x":0.5}}']);
  queue.drop();
});

test("receiver.drain takes what is there, and never waits", () => {
  const { sender, receiver } = channel(i32, { heap });
  expect([...receiver.drain()]).toEqual([]);
  sender.sendManySync([1, 2, 3]);
  for (const first of receiver.drain()) {
    expect(first).toBe(1);
    break;
  }
  expect([...receiver.drain()]).toEqual([2, 3]);
  sender.drop();
  expect([...receiver.drain()]).toEqual([]);
  receiver.drop();
});

test("a channel of capacity Infinity has no bound", () => {
  const { sender, receiver } = channel(i32, { heap, capacity: Infinity });
  expect([sender.capacity, receiver.capacity]).toEqual([Infinity, Infinity]);
  sender.drop();
  receiver.drop();
});

test("options are read once, and what Object.prototype has is none", () => {
  let reads = 0;
  const options = {
    heap,
    get align() {
      reads++;
      return 64;
    },
  };
  const arc = Arc.create(4, options);
  expect([arc.align, reads]).toEqual([64, 1]);
  arc.drop();
  const polluted = Object.prototype as ArcOptions;
  polluted.align = 4096;
  try {
    for (const given of [{ heap }, undefined]) {
      const other = Arc.create(4, given);
      expect(other.align).toBe(128);
      other.drop();
    }
  } finally {
    delete polluted.align;
  }
});

test("options may be of a class that has them, but not a handle that happens to have them", async () => {
  class Defaults {
    get capacity() {
      return 3;
    }
  }
  const { sender, receiver } = channel(i32, new Defaults());
  expect(sender.capacity).toBe(3);
  expect(() => channel(i32, wrong(receiver))).toThrow("options must be a plain object, { capacity, heap }: a Receiver");
  const controller = new AbortController();
  const waiting = receiver.recv(controller);
  controller.abort();
  await expect(waiting).rejects.toBe(controller.signal.reason);
  sender.drop();
  receiver.drop();
});

describe("another copy of the package", () => {
  const folder = mkdtempSync(join(tmpdir(), "shmol-copy-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const copy = (async () => {
    const root = new URL("..", import.meta.url);
    for (const path of ["package.json", "dist/index.js", "dist/components"]) {
      cpSync(new URL(path, root), join(folder, path), { recursive: true });
    }
    return (await import(pathToFileURL(join(folder, "dist/index.js")).href)) as typeof import("shmol");
  })();

  test("its handles and codecs are refused by name", async () => {
    const other = await copy;
    expect(other.Heap).not.toBe(Heap);
    const theirs = other.Heap.create({ capacity: 2 ** 20 });
    const told = "of another copy of this package (see npm ls shmol)";
    expect(() => Arc.create(4, { heap: theirs })).toThrow(`heap must be a Heap: a Heap ${told}`);
    expect(() => channel(other.i32, { heap })).toThrow(`not an element type: a codec ${told}`);
    const queue = other.ConcurrentQueue.unbounded(other.i32, { heap: theirs });
    expect(() => ConcurrentQueue.open(wrong(queue))).toThrow(`not a token: a ConcurrentQueue ${told}`);
    queue.drop();
    theirs.drop();
  });

  test("its errors are of the same classes", async () => {
    const other = await copy;
    let error: unknown;
    try {
      other.Heap.create({ capacity: -1 });
    } catch (thrown) {
      error = thrown;
    }
    expect(Object.getPrototypeOf(error)).not.toBe(TypeMismatchError.prototype);
    expect([TypeMismatchError, ShmolError, Error, ClosedError].map((Class) => error instanceof Class)).toEqual([
      true,
      true,
      true,
      false,
    ]);
    class Mine extends TypeMismatchError {}
    expect([error instanceof Mine, new Mine("") instanceof TypeMismatchError]).toEqual([false, true]);
    for (const value of [null, undefined, 5, "text", {}, Object.create(null), new Error("no")]) {
      expect(value instanceof ShmolError).toBe(false);
    }
  });
});

test("errors have names of their own, which are texts", () => {
  const error = new DroppedError("queue");
  expect([error.name, String(error), Object.keys(error)]).toEqual([
    "DroppedError",
    "DroppedError: this queue was dropped",
    ["code"],
  ]);
  expect(error.stack).toMatch(/^DroppedError: this queue was dropped\n/);
  const Renamed = { a: class extends ClosedError {} }.a;
  Object.defineProperty(Renamed, "name", { value: "a" });
  expect(new Renamed("minified").name).toBe("ClosedError");
});

describe("a channel that was closed because its last end was collected says so", () => {
  async function untilClosed(end: { readonly isClosed: boolean }): Promise<void> {
    for (let i = 0; i < 200 && !end.isClosed; i++) {
      collect();
      await sleep(5);
    }
  }

  test("to those who receive", async () => {
    const { receiver } = channel(i32, { heap });
    const waiting = expect(receiver.recv()).rejects.toThrow(
      new ClosedError("the channel is closed and empty: its last sender was collected without drop()"),
    );
    await untilClosed(receiver);
    await waiting;
    receiver.drop();
  });

  test("to those who send, and to no other channel", async () => {
    const { sender } = channel(i32, { heap });
    await untilClosed(sender);
    expect(() => sender.trySend(1)).toThrow(
      new ClosedError("the channel was closed: its last receiver was collected without drop()"),
    );
    sender.drop();
    // These may lie where the other one lay.
    for (let i = 0; i < 20; i++) {
      const next = channel(i32, { heap });
      next.receiver.drop();
      expect(() => next.sender.trySend(1)).toThrow(new ClosedError("the channel was closed"));
      next.sender.drop();
    }
  });
});
