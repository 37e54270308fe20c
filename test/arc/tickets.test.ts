/** Opens that were set aside and that nobody takes: revoked, bound to a worker, with a time limit; as far as one thread can tell. */
import { execFile } from "node:child_process";
import { EventEmitter } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Worker } from "node:worker_threads";
import { Arc, type ArcToken, ConcurrentQueue, channel, Heap, i32, type ObjectToken, SharedEvent, utf8 } from "shmol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { internals, revokeOverdue } from "../../dist/internals.js";
import { collect } from "../garbage.mjs";
import { inUse, leaveFree } from "../heaps.js";
import { expectRefusal, type Misuse, wrong } from "../refusal.js";
import { until } from "../workers.js";

let heap: Heap;
let before: ReturnType<typeof inUse>;
beforeEach(() => {
  heap = Heap.create({ capacity: 2 ** 22 });
  before = inUse(heap);
});
afterEach(() => {
  expect(inUse(heap)).toEqual(before);
  heap.drop();
});

/** As far as `watch` is concerned a worker: one that ends when the test says so. */
class Stub extends EventEmitter {
  threadId = 4_000_000_000;
  end(): void {
    this.threadId = -1;
    this.emit("exit", 0);
  }
}
const asWorker = (stub: Stub) => stub as unknown as Worker;

/** What this thread owns, cell by cell. */
const owned = () => heap.stats().threads.find(({ isAlive }) => isAlive);

/** A handle of each kind of object that can be shared, and how its token is opened. */
const kinds: readonly (readonly [string, () => Handle, (token: never) => { drop(): void }])[] = [
  ["arc", () => Arc.create(16, { heap }), (token) => Arc.open(token)],
  ["queue", () => ConcurrentQueue.unbounded(i32, { heap }), (token) => ConcurrentQueue.open(token)],
  ["event", () => SharedEvent.create({ heap }), (token) => SharedEvent.open(token)],
];
interface Handle {
  share(options: { opens: number; light?: boolean; timeoutMs?: number }): ObjectToken;
  drop(): void;
}
const countOf = ({ control }: ObjectToken) => internals(heap).kernel.strongCount(control);

describe("revoke", () => {
  test.each(kinds)("gives back what is left of the opens of a token of an %s", (_, make, open) => {
    const handle = make();
    const token = handle.share({ opens: 5 });
    expect(countOf(token)).toBe(6);
    open(token as never).drop();
    open(token as never).drop();
    expect(Heap.revoke(token)).toBe(3);
    expect(countOf(token)).toBe(1);
    expect(() => open(token as never)).toThrow("all opens");
    handle.drop();
  });

  test.each(kinds)("frees the %s that has no other owner", (_, make, open) => {
    const handle = make();
    const token = handle.share({ opens: 2 });
    handle.drop();
    expect(Heap.revoke(structuredClone(token))).toBe(2);
    expect(inUse(heap)).toEqual(before);
    expect(() => open(token as never)).toThrow("is gone");
  });

  test("answers 0 when there is nothing left, whatever has become of the ticket since", () => {
    const arc = Arc.create(16, { heap });
    const [used, revoked] = [arc.share({ opens: 1 }), arc.share({ opens: 1 })];
    Arc.open(used).drop();
    expect([Heap.revoke(used), Heap.revoke(revoked), Heap.revoke(revoked)]).toEqual([0, 1, 0]);
    // Where they were there are others by now.
    const heirs = Array.from({ length: 10 }, () => arc.share({ opens: 2 }));
    const heir = Arc.create(16, { heap });
    expect([Heap.revoke(used), Heap.revoke(revoked)]).toEqual([0, 0]);
    expect(arc.strongCount).toBe(21);
    for (const token of heirs) expect(Heap.revoke(token)).toBe(2);
    for (const handle of [arc, heir]) handle.drop();
  });

  test("of a call that is cut short half-way, the next calls return what it has taken out of the ticket", () => {
    const arc = Arc.create(8, { heap });
    const token = arc.share({ opens: 5 });
    const { ticket } = token as ObjectToken & { ticket: { control: number } };
    const words = new Uint32Array(heap.buffer);
    // The ticket is of an object that no heap has: to give its counts up traps, as a time-out of a vm context would end it.
    const nowhere = 2 ** 32 - 64;
    words[ticket.control / 4 + 3] = nowhere;
    expect(() => Heap.revoke(token)).toThrow();
    const cell = new Float64Array(heap.buffer).indexOf(nowhere);
    new Float64Array(heap.buffer)[cell] = token.control;
    expect(arc.strongCount).toBe(6);
    arc.clone().drop();
    expect(arc.strongCount).toBe(1);
    arc.drop();
  });

  test("takes a light token where the heap is open", () => {
    const arc = Arc.create(16, { heap });
    expect(Heap.revoke(arc.share({ opens: 4, light: true }))).toBe(4);
    arc.drop();
  });

  test("closes a channel whose last sender was set aside, and whoever awaits a message is told", async () => {
    const { sender, receiver } = channel(utf8, { heap });
    const token = sender.share({ opens: 2 });
    await sender.send("the last one");
    sender.drop();
    expect(await receiver.recv()).toBe("the last one");
    const next = receiver.recv();
    expect(Heap.revoke(token)).toBe(2);
    await expect(next).rejects.toThrow("closed");
    receiver.drop();
  });

  test("closes a channel whose last receiver was set aside, and frees what is queued", async () => {
    const { sender, receiver } = channel(utf8, { heap });
    const token = receiver.share({ opens: 1 });
    receiver.drop();
    await sender.send("for nobody");
    expect(Heap.revoke(token)).toBe(1);
    await expect(sender.send("any more")).rejects.toThrow("closed");
    sender.drop();
  });

  test("works in a heap that has no room left", () => {
    const scrap = Heap.create({ capacity: 2 ** 22 });
    const arc = Arc.create(16, { heap: scrap });
    const token = arc.share({ opens: 2 });
    leaveFree(scrap, 0);
    expect(Heap.revoke(token)).toBe(2);
    expect(arc.strongCount).toBe(1);
    arc.drop();
    scrap.drop();
  });

  test("leaves nothing behind that this thread would have to own", () => {
    const arc = Arc.create(16, { heap });
    for (let i = 0; i < 1000; i++) Heap.revoke(arc.share({ opens: 3, light: true }));
    // Those that are used up are looked at two at a time.
    expect(owned()).toMatchObject({ strong: 1, blocks: 0 });
    expect(heap.stats().controls).toBe(before.controls + 1);
    arc.drop();
  });
});

/** What is no token with opens, for whatever takes one. */
function misuses(act: (token: never) => unknown): Misuse[] {
  const arc = () => Arc.create(16, { heap });
  const of = (change: (token: ObjectToken) => unknown) => () => {
    const one = arc();
    const token = one.share({ opens: 1 });
    try {
      return act(wrong(change(token)));
    } finally {
      Arc.open(token).drop();
      one.drop();
    }
  };
  const plain = () => {
    const one = arc();
    try {
      return act(wrong(one.share()));
    } finally {
      one.drop();
    }
  };
  const row = (what: string, says: string, attempt: () => unknown): Misuse => ({
    what,
    says,
    act: attempt,
    error: "TokenError",
  });
  return [
    row("nothing", "not a token: undefined", () => act(wrong(undefined))),
    row("null", "not a token: null", () => act(wrong(null))),
    row("a number", "not a token: 7", () => act(wrong(7))),
    row(
      "a handle",
      "not a token: a Heap, whose share() makes one",
      of(() => heap),
    ),
    row("a heap's token", 'a token of kind "heap" has no opens', () => act(wrong(heap.share()))),
    row(
      "a token of nothing",
      'a token of kind "toString" has no opens',
      of((t) => ({ ...t, shmol: "toString" })),
    ),
    row("a token without opens", "has no opens: share({ opens }) sets some aside", plain),
    row(
      "a ticket of null",
      "null",
      of((t) => ({ ...t, ticket: null })),
    ),
    row(
      "a ticket of no generation",
      "undefined",
      of((t) => ({ ...t, ticket: { control: 1 } })),
    ),
    row(
      "a negative control block",
      "-1",
      of((t) => ({ ...t, control: -1 })),
    ),
    row(
      "an object for a ticket",
      "is not one, but of kind 1",
      of((t) => ({ ...t, ticket: { control: t.control, generation: t.generation } })),
    ),
    row(
      "no heap's id",
      "the token's heap is not an id",
      of((t) => ({ ...t, heap: 7 })),
    ),
    row(
      "a light token of another heap",
      "a light token opens only where",
      of((t) => ({ ...t, heap: "x", memory: undefined })),
    ),
  ];
}

const noOne = (token: never) => Heap.revoke(token);
test.each(misuses(noOne).map((row) => [row.what, row] as const))("revoke refuses %s", (_, row) =>
  expectRefusal(heap, row),
);

describe("watch", () => {
  const bind = (token: never) => {
    const stub = new Stub();
    try {
      heap.watch(asWorker(stub), token);
    } finally {
      expect(stub.listenerCount("exit")).toBe(0);
    }
  };
  test.each(misuses(bind).map((row) => [row.what, row] as const))("refuses %s, and listens to nobody", (_, row) => {
    expectRefusal(heap, row);
  });

  test("binds none of several when one is refused", () => {
    const arc = Arc.create(16, { heap });
    const token = arc.share({ opens: 1 });
    const stub = new Stub();
    expect(() => heap.watch(asWorker(stub), token, arc.share())).toThrow("has no opens");
    stub.end();
    Arc.open(token).drop();
    arc.drop();
  });

  test("gives back what is left of all tokens when the worker has ended, and not before", () => {
    const [arc, queue] = [Arc.create(16, { heap }), ConcurrentQueue.unbounded(i32, { heap })];
    const tokens = [arc.share({ opens: 2 }), queue.share({ opens: 1 })] as const;
    const stub = new Stub();
    heap.watch(asWorker(stub), tokens[0]);
    heap.watch(asWorker(stub), tokens[1]);
    Arc.open(tokens[0]).drop();
    expect([arc.strongCount, countOf(tokens[1])]).toEqual([2, 2]);
    stub.end();
    expect([arc.strongCount, countOf(tokens[1])]).toEqual([1, 1]);
    for (const handle of [arc, queue]) handle.drop();
  });

  test("gives a token of several workers back when the last of them has ended", () => {
    const arc = Arc.create(16, { heap });
    const token = arc.share({ opens: 3 });
    const [one, other] = [new Stub(), new Stub()];
    heap.watch(asWorker(one), token, structuredClone(token));
    heap.watch(asWorker(other), structuredClone(token));
    heap.watch(asWorker(one), token);
    one.end();
    heap.watch(asWorker(one), token);
    Arc.open(token).drop();
    expect(arc.strongCount).toBe(3);
    other.end();
    expect(arc.strongCount).toBe(1);
    expect(Heap.revoke(token)).toBe(0);
    arc.drop();
  });

  test("does not mind that tokens were used up, revoked, or are bound again, before and after", () => {
    const arc = Arc.create(16, { heap });
    const stub = new Stub();
    const tokens = Array.from({ length: 10 }, () => arc.share({ opens: 2, light: true }));
    for (const [i, token] of tokens.entries()) {
      if (i % 3 === 0) Heap.revoke(token);
      heap.watch(asWorker(stub), token, token);
      if (i % 3 === 1) Heap.revoke(token);
      for (let again = i; again >= 0; again--) heap.watch(asWorker(stub), ...tokens.slice(again, i));
    }
    expect(arc.strongCount).toBe(1 + 2 * 3);
    const clones = tokens.map(() => arc.clone());
    stub.threadId = -1;
    heap.watch(asWorker(stub), ...tokens);
    stub.end();
    heap.watch(asWorker(stub), ...tokens);
    // A cell that was given twice would be two handles' now.
    const more = Array.from({ length: 40 }, () => arc.clone());
    expect(arc.strongCount).toBe(1 + clones.length + more.length);
    expect(owned()).toMatchObject({ strong: arc.strongCount });
    for (const handle of [...clones, ...more, arc]) handle.drop();
  });

  test("gives them back at once for a worker that has ended already", () => {
    const arc = Arc.create(16, { heap });
    const token = arc.share({ opens: 2 });
    const stub = new Stub();
    stub.end();
    heap.watch(asWorker(stub), token);
    expect(Heap.revoke(token)).toBe(0);
    expect(arc.strongCount).toBe(1);
    arc.drop();
  });

  test("takes tokens of other heaps, dropped ones too, and those of light ones", () => {
    const other = Heap.create({ capacity: 2 ** 20 });
    const arc = Arc.create(16, { heap: other });
    const stub = new Stub();
    heap.watch(asWorker(stub), arc.share({ opens: 2, light: true }));
    other.drop();
    expect(arc.strongCount).toBe(3);
    stub.end();
    expect(arc.strongCount).toBe(1);
    arc.drop();
  });

  test("has one listener for the end of a worker, and keeps nothing of opens that were taken", () => {
    const arc = Arc.create(16, { heap });
    const stub = new Stub();
    heap.watch(asWorker(stub));
    heap.watch(asWorker(stub), arc.share({ opens: 1 }));
    const listeners = stub.listenerCount("exit");
    expect(listeners).toBeLessThanOrEqual(2);
    const ledgers = () => internals(heap).kernel.liveBlocks(15);
    const held = ledgers();
    for (let i = 0; i < 1000; i++) {
      const token = arc.share({ opens: 1, light: true });
      heap.watch(asWorker(stub), token);
      Arc.open(token).drop();
    }
    expect(stub.listenerCount("exit")).toBe(listeners);
    expect(ledgers()).toBe(held);
    stub.end();
    expect(arc.strongCount).toBe(1);
    arc.drop();
  });

  test("needs no memory at the end", () => {
    const scrap = Heap.create({ capacity: 2 ** 22 });
    const arc = Arc.create(16, { heap: scrap });
    const stub = new Stub();
    // More than a block of cells has room for.
    heap.watch(asWorker(stub), ...Array.from({ length: 100 }, () => arc.share({ opens: 1, light: true })));
    leaveFree(scrap, 0);
    const clones: Arc[] = [];
    try {
      for (;;) clones.push(arc.clone());
    } catch {}
    stub.end();
    expect(arc.strongCount).toBe(1 + clones.length);
    for (const handle of [arc, ...clones]) handle.drop();
    scrap.drop();
  });
});

describe("timeoutMs", () => {
  test.each([-1, Number.NaN, "5", null, 5n])("refuses %s", (timeoutMs) => {
    const arc = Arc.create(16, { heap });
    const act = () => arc.share({ opens: 1, timeoutMs: wrong(timeoutMs) });
    expectRefusal(heap, { act, error: "TypeMismatchError", says: "timeoutMs must be a number that is not negative" });
    expect(arc.strongCount).toBe(1);
    arc.drop();
  });

  test("refuses a time without opens", () => {
    const arc = Arc.create(16, { heap });
    const act = () => arc.share({ timeoutMs: 100 });
    expectRefusal(heap, { act, error: "TypeMismatchError", says: "timeoutMs is for opens, and there are none: 100" });
    arc.drop();
  });

  test("gives back what is left when the time is up, each in its time", async () => {
    const arc = Arc.create(16, { heap });
    const share = (timeoutMs: number) => arc.share({ opens: 2, timeoutMs, light: true });
    const started = performance.now();
    const ups = new Map<number, number>();
    const tokens = [200, 50, 125].map((timeoutMs) => [timeoutMs, share(timeoutMs)] as const);
    Arc.open(tokens[0]?.[1] as never).drop();
    expect(arc.strongCount).toBe(6);
    const isUp = (token: ObjectToken) =>
      internals(heap).kernel.kindIfLive(token.ticket?.control ?? 0, token.ticket?.generation ?? 0) === 0;
    await until(() => {
      for (const [timeoutMs, token] of tokens) {
        if (!ups.has(timeoutMs) && isUp(token)) ups.set(timeoutMs, performance.now() - started);
      }
      return ups.size === 3;
    });
    expect([...ups.keys()]).toEqual([50, 125, 200]);
    for (const [timeoutMs, up] of ups) {
      expect(up).toBeGreaterThanOrEqual(timeoutMs);
      expect(up).toBeLessThan(timeoutMs + 1000);
    }
    expect(arc.strongCount).toBe(1);
    arc.drop();
  });

  test("of 0 gives back as soon as this thread comes to it, of Infinity never, of years not today", async () => {
    const arc = Arc.create(16, { heap });
    Arc.open(arc.share({ opens: 1, timeoutMs: 0 })).drop();
    arc.share({ opens: 1, timeoutMs: 0 });
    const tokens = [arc.share({ opens: 1, timeoutMs: Infinity }), arc.share({ opens: 1, timeoutMs: 1e12 })];
    await until(() => arc.strongCount < 4);
    await sleep(20);
    expect(arc.strongCount).toBe(3);
    for (const token of tokens) expect(Heap.revoke(token)).toBe(1);
    arc.drop();
  });

  test("is looked at in between, too, by a thread that does not come to its event loop", () => {
    const arc = Arc.create(16, { heap });
    const busy = (ms: number) => {
      for (const end = performance.now() + ms; performance.now() < end; );
    };
    const late = arc.share({ opens: 1, timeoutMs: 60_000 });
    for (let round = 0; round < 2; round++) {
      arc.share({ opens: 1, timeoutMs: 50 });
      revokeOverdue();
      expect(arc.strongCount).toBe(3);
      busy(51);
      expect(arc.strongCount).toBe(3);
      revokeOverdue();
      expect(arc.strongCount).toBe(2);
    }
    expect(Heap.revoke(late)).toBe(1);
    arc.drop();
  });

  test("does not depend on timers that a test has replaced", async () => {
    vi.useFakeTimers();
    try {
      const arc = Arc.create(16, { heap });
      arc.share({ opens: 1, timeoutMs: 20 });
      await until(() => arc.strongCount === 1);
      arc.drop();
    } finally {
      vi.useRealTimers();
    }
  });

  test("keeps nothing of opens that were taken", () => {
    const arc = Arc.create(16, { heap });
    const ledgers = () => internals(heap).kernel.liveBlocks(15);
    const held = ledgers();
    for (let i = 0; i < 1000; i++) Arc.open(arc.share({ opens: 1, timeoutMs: 60_000, light: true })).drop();
    expect(ledgers()).toBe(held);
    arc.drop();
  });

  test("does not keep a program alive", { timeout: 30_000 }, async () => {
    const script = fileURLToPath(new URL("./timeLimit.mjs", import.meta.url));
    const started = performance.now();
    await promisify(execFile)(process.execPath, [script], { timeout: 20_000 });
    expect(performance.now() - started).toBeLessThan(15_000);
  });
});

describe("a heap that was dropped", () => {
  /** Drops a heap in which opens are left. */
  function leave(): { token: ArcToken; isClosed: () => boolean } {
    const scrap = Heap.create({ capacity: 2 ** 20 });
    const arc = Arc.create(Int32Array.of(7), { heap: scrap });
    const token = arc.share({ opens: 2 });
    const { kernel } = internals(scrap);
    const entries = Array.from({ length: kernel.threadLimit() }, (_, i) => kernel.entryAt(i));
    arc.drop();
    scrap.drop();
    return { token, isClosed: () => entries.every((entry) => kernel.phaseOf(entry) === 0) };
  }
  const reopen = ({ heap: id, memory }: ArcToken) => Heap.open({ shmol: "heap", heap: id, ...(memory && { memory }) });

  test("keeps this thread's account open as long as there are opens left, collected or not", async () => {
    const { token, isClosed } = leave();
    for (let round = 0; round < 5; round++) {
      collect();
      await sleep(2);
    }
    expect(isClosed()).toBe(false);
    const again = reopen(token);
    const [one, two] = [Arc.open(token), Arc.open(token)];
    expect([...one.view(Int32Array)]).toEqual([7]);
    for (const handle of [one, two, again]) handle.drop();
    // What was used up is noticed when it is looked for.
    Heap.create({ capacity: 2 ** 20 }).drop();
    expect(isClosed()).toBe(true);
  });

  test("is let go of when what was left is revoked", () => {
    const { token, isClosed } = leave();
    const again = reopen(token);
    expect(Heap.revoke(token)).toBe(2);
    again.drop();
    expect(isClosed()).toBe(true);
  });

  test("is let go of when the time is up", async () => {
    const scrap = Heap.create({ capacity: 2 ** 20 });
    const { kernel } = internals(scrap);
    const arc = Arc.create(16, { heap: scrap });
    arc.share({ opens: 1, timeoutMs: 10 });
    arc.drop();
    scrap.drop();
    expect(kernel.phaseOf(kernel.entryAt(0))).toBe(1);
    await until(() => kernel.phaseOf(kernel.entryAt(0)) === 0);
  });
});
