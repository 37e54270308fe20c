/** Queues of Arcs: the handle's count goes through the queue, and is somebody's at any time. */
import { Arc, arc, ClosedError, ConcurrentQueue, DroppedError, Heap, TypeMismatchError } from "shmol";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { collect } from "../garbage.mjs";
import { heaps, inUse } from "../heaps.js";
import { until } from "../workers.js";

const heap = Heap.create();
let before: ReturnType<typeof inUse>;
beforeEach(() => {
  before = inUse(heap);
});
afterEach(() => expect(inUse(heap)).toEqual(before));
afterAll(() => heap.drop());

const block = (...values: number[]) => Arc.create(Uint8Array.from(values), { heap });
const bytesOf = (from: Arc | undefined) => [...(from as Arc).bytes()];
const flavours = [
  ["unbounded", () => ConcurrentQueue.unbounded(arc, { heap })],
  ["bounded", () => ConcurrentQueue.bounded(4, arc, { heap })],
  ["single", () => ConcurrentQueue.bounded(1, arc, { heap })],
] as const;

describe.each(flavours)("a queue of Arcs that is %s", (name, make) => {
  test("takes the handle's count over, and gives it to a new handle", () => {
    const queue = make();
    const sent = block(1, 2);
    const { ptr } = sent;
    const other = sent.clone();
    expect(queue.push(sent)).toBe(true);
    expect(other.strongCount, "neither more nor less").toBe(2);
    for (const use of [() => sent.bytes(), () => sent.clone(), () => sent.size, () => queue.push(sent)]) {
      expect(use).toThrow(DroppedError);
    }
    sent.drop();
    expect(other.strongCount, "what was dropped is not the handle's any more").toBe(2);
    const got = queue.pop() as Arc;
    expect([got.ptr, got.strongCount, bytesOf(got)]).toEqual([ptr, 2, [1, 2]]);
    other.drop();
    got.drop();
    queue.drop();
  });

  test("likewise by force, in batches, and when it is looked at", () => {
    const queue = make();
    queue.forcePush(block(1));
    expect(queue.popWith((got) => [bytesOf(got), got.drop()][0])).toEqual([1]);
    const sent = [block(2), block(3)];
    const went = queue.pushMany(sent);
    expect(went).toBe(name === "single" ? 1 : 2);
    const got = queue.popMany(2);
    expect(got.map(bytesOf)).toEqual([[2], [3]].slice(0, went));
    for (const handle of [...got, ...sent]) handle.drop();
    queue.drop();
  });

  test("that is closed leaves the handle what it was", () => {
    const queue = make();
    queue.close();
    const [one, two] = [block(1), block(2)];
    for (const push of [() => queue.push(one), () => queue.forcePush(one), () => queue.pushMany([one, two])]) {
      expect(push).toThrow(ClosedError);
      expect([one.strongCount, two.strongCount, bytesOf(one), bytesOf(two)]).toEqual([1, 1, [1], [2]]);
    }
    for (const handle of [one, two, queue]) handle.drop();
  });

  test("releases what is in it when it goes", () => {
    const queue = make();
    const kept = block(1);
    queue.push(kept.clone());
    queue.forcePush(block(2))?.drop();
    queue.drop();
    expect(kept.strongCount).toBe(1);
    kept.drop();
  });

  test("takes no Arc twice", () => {
    const queue = make();
    const one = block(1);
    expect(queue.pushMany([one, one])).toBe(1);
    expect(() => queue.pushMany([one])).toThrow(DroppedError);
    expect(queue.size).toBe(1);
    const got = queue.pop() as Arc;
    expect(got.strongCount).toBe(1);
    got.drop();
    queue.drop();
  });

  test("takes no Arc of another heap, and says of which", () => {
    const queue = make();
    const other = Heap.create();
    const foreign = Arc.create(8, { heap: other });
    const says = `the Arc lies in heap ${other.id}, the queue in heap ${heap.id}`;
    for (const push of [() => queue.push(foreign), () => queue.forcePush(foreign), () => queue.pushMany([foreign])]) {
      expect(push).toThrow(TypeMismatchError);
      expect(push).toThrow(says);
    }
    expect([foreign.strongCount, queue.size]).toEqual([1, 0]);
    foreign.drop();
    other.drop();
    queue.drop();
  });

  test("is not confused by values that drop an Arc which was read before them", () => {
    const queue = make();
    const [one, two] = [block(1), block(2)];
    const went = queue.pushMany({
      length: 2,
      0: one,
      get 1() {
        one.drop();
        return two;
      },
    });
    const got = queue.popMany(2);
    expect(got.map(bytesOf)).toEqual([[1], [2]].slice(0, went));
    for (const handle of [...got, one, two]) handle.drop();
    queue.drop();
  });

  test("releases an Arc that a value dropped when it does not go in after all", () => {
    const queue = make();
    queue.close();
    const [one, two] = [block(1), block(2)];
    const values = {
      length: 2,
      0: one,
      get 1() {
        one.drop();
        return two;
      },
    };
    expect(() => queue.pushMany(values)).toThrow(ClosedError);
    // A queue of one reads one value, so the second is not asked for and the first comes back.
    if (name === "single") one.drop();
    expect(() => one.bytes()).toThrow(DroppedError);
    expect(two.strongCount).toBe(1);
    two.drop();
    queue.drop();
  });

  test("that is dropped by a value leaves the Arcs before it with their handles", () => {
    const queue = make();
    const one = block(1);
    const push = () =>
      queue.pushMany({
        length: 2,
        0: one,
        get 1() {
          queue.drop();
          return one;
        },
      });
    if (name === "single") queue.drop();
    expect(push).toThrow(DroppedError);
    expect([one.strongCount, bytesOf(one)]).toEqual([1, [1]]);
    one.drop();
  });
});

test("a full queue leaves the handle what it was, and takes it by force for the oldest", () => {
  const queue = ConcurrentQueue.bounded(2, arc, { heap });
  const [one, two, three] = [block(1), block(2), block(3)];
  expect(queue.pushMany([one, two, three])).toBe(2);
  expect([queue.push(three), queue.pushMany([three]), bytesOf(three)]).toEqual([false, 0, [3]]);
  expect(three.strongCount).toBe(1);
  const displaced = queue.forcePush(three) as Arc;
  expect(bytesOf(displaced)).toEqual([1]);
  expect(() => three.bytes()).toThrow(DroppedError);
  displaced.drop();
  queue.drop();
});

test("a handle that came back keeps a token's Arc alive, and is the same object still", () => {
  const queue = ConcurrentQueue.bounded(1, arc, { heap });
  queue.push(block(0));
  const one = block(1);
  const token = one.share();
  expect(queue.push(one)).toBe(false);
  const opened = Arc.open(token);
  expect(opened.ptrEq(one)).toBe(true);
  for (const handle of [one, opened, queue]) handle.drop();
});

test("a handle that gave out a view and came back is not released when it is collected: it leaked", async () => {
  const own = Heap.create();
  const queue = ConcurrentQueue.bounded(1, arc, { heap: own });
  queue.close();
  const refuse = (viewed: boolean) => {
    const one = Arc.create(8, { heap: own });
    if (viewed) one.bytes();
    expect(() => queue.push(one)).toThrow(ClosedError);
    return one.share();
  };
  const [plain, viewed] = [refuse(false), refuse(true)];
  await until(() => {
    collect();
    return own.stats().leaked === 1;
  });
  const opened = Arc.open(viewed);
  expect(opened.strongCount).toBe(2);
  // The one without a view went with its handle.
  await until(() => {
    collect();
    try {
      Arc.open(plain).drop();
      return false;
    } catch {
      return true;
    }
  });
  expect(own.stats().leaked).toBe(1);
  opened.drop();
  queue.drop();
  own.drop();
});

test.each(heaps.map((spec) => [spec.name, spec] as const))(
  "Arcs travel on %s, popped, displaced and left behind",
  (_, spec) => {
    const home = spec.home();
    const held = inUse(home);
    const queue = ConcurrentQueue.bounded(3, arc, { heap: home });
    const out: number[] = [];
    for (let i = 0; i < 50; i++) {
      const got = queue.forcePush(Arc.create(Int32Array.of(i), { heap: home }));
      if (got !== undefined) {
        out.push(got.view(Int32Array)[0] as number);
        got.drop();
      }
    }
    expect(out).toEqual(Array.from({ length: 47 }, (_, i) => i));
    queue.pop()?.drop();
    queue.drop();
    expect(inUse(home)).toEqual(held);
  },
);
