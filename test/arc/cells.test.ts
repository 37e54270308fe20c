/** What a call takes of the heap to note what its thread owns, and what it stores there, it gives back, however it ends. */
import {
  Arc,
  arc,
  bytes,
  type Codec,
  ConcurrentQueue,
  channel,
  f64,
  Heap,
  i32,
  json,
  SharedEvent,
  struct,
  utf8,
} from "shmol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LAST_CLASS } from "../../dist/heap/kernel/numbers.js";
import { internals } from "../../dist/internals.js";

/** More than the number of cells in a block. */
const OFTEN = 200;
/** As many counts as there can be. Its handle has one of them. */
const MOST_OPENS = 2 ** 31 - 1;

let heap: Heap;
beforeEach(() => {
  heap = Heap.create();
});
afterEach(() => heap.drop());

/** Refuses to encode 13, and to decode 14. */
const picky: Codec<number> = {
  name: "picky",
  encode(value) {
    if (value === 13) throw new RangeError("13");
    return Uint8Array.of(value);
  },
  decode([value]) {
    if (value === 14) throw new RangeError("14");
    return value as number;
  },
};

/** Each has something made on the heap, and done with it often. */
const calls: Record<string, () => () => unknown> = {
  "push and pop": () => {
    const queue = ConcurrentQueue.unbounded(bytes, { heap });
    return () => {
      queue.push(new Uint8Array(9));
      queue.push(new Uint8Array(9));
      queue.popWith((view) => view.length);
      queue.pop();
    };
  },
  "batches, also of values whose getters use batches": () => {
    const queue = ConcurrentQueue.unbounded(json, { heap });
    const inner = ConcurrentQueue.unbounded(json, { heap });
    const values = [
      1,
      {
        get two() {
          inner.pushMany([7, 8]);
          return inner.popMany(2)[1];
        },
      },
      3,
    ];
    return () => {
      expect(queue.pushMany(values)).toBe(3);
      expect(queue.popMany(9)).toEqual([1, { two: 8 }, 3]);
    };
  },
  "a value for which there is no room, alone and in a batch": () => {
    const queue = ConcurrentQueue.bounded(2, picky, { heap });
    return () => {
      expect(queue.pushMany([1, 2, 3])).toBe(2);
      expect(queue.push(4)).toBe(false);
      expect([queue.forcePush(5), ...queue.drain()]).toEqual([1, 2, 5]);
    };
  },
  "a value that is refused": () => {
    const queue = ConcurrentQueue.bounded(4, picky, { heap });
    return () => {
      expect(() => queue.push(13)).toThrow("13");
      expect(queue.pushMany([1, 13, 2])).toBe(1);
      expect(queue.pop()).toBe(1);
    };
  },
  "a value that cannot be decoded, alone and in a batch": () => {
    const queue = ConcurrentQueue.bounded(4, picky, { heap });
    return () => {
      queue.pushMany([14, 1, 14, 2]);
      expect(() => queue.pop()).toThrow("14");
      expect(queue.popMany(9)).toEqual([1]);
      expect(() => queue.popMany(9)).toThrow("14");
      expect(queue.popMany(9)).toEqual([2]);
      queue.push(14);
      expect(() => queue.pop()).toThrow("14");
    };
  },
  "a push to a closed queue": () => {
    const queue = ConcurrentQueue.unbounded(utf8, { heap });
    queue.close();
    return () => {
      expect(() => queue.push("a")).toThrow("closed");
      expect(() => queue.forcePush("a")).toThrow("closed");
      expect(() => queue.pushMany(["a", "b"])).toThrow("closed");
    };
  },
  "strings that are not ASCII": () => {
    const queue = ConcurrentQueue.unbounded(utf8, { heap });
    return () => {
      for (const text of ["söta", "🥐🥐🥐", "ab\ud800", "söta bullar med pärlsocker", "🥐".repeat(20)]) {
        queue.push(text);
        expect(queue.pop()).toBe(text);
      }
    };
  },
  "a record that lacks a field": () => {
    const queue = ConcurrentQueue.unbounded(struct({ a: i32, b: f64 }), { heap });
    return () => {
      expect(() => queue.push({ a: 1 } as never)).toThrow();
      queue.push({ a: 1, b: 2 });
      expect(queue.popWith(({ b }) => b)).toBe(2);
    };
  },
  "a queue that is dropped while it encodes": () => {
    return () => {
      const encode = (value: number) => {
        queue.drop();
        return Uint8Array.of(value);
      };
      const queue: ConcurrentQueue<number> = ConcurrentQueue.unbounded({ ...picky, name: "rude", encode }, { heap });
      expect(() => queue.push(1)).toThrow("dropped");
    };
  },
  "a message to a closed channel": () => {
    const { sender } = channel(picky, { heap, capacity: 1 });
    sender.close();
    return () => expect(sender.send(1)).rejects.toThrow("closed");
  },
  "messages that wait for room": () => {
    const { sender, receiver } = channel(picky, { heap, capacity: 1 });
    return async () => {
      const sends = [sender.send(1), sender.send(2), sender.send(3, { timeoutMs: 1000 })];
      expect([await receiver.recv(), await receiver.recv(), await receiver.recv()]).toEqual([1, 2, 3]);
      await Promise.all(sends);
    };
  },
  "handles of an Arc": () => {
    return () => {
      const one = Arc.create(8, { heap });
      const weak = one.downgrade();
      const [other, token] = [one.clone(), one.share()];
      for (const handle of [one, other, one, other]) handle.drop();
      expect(weak.upgrade()).toBeUndefined();
      weak.drop();
      expect(() => Arc.open(token)).toThrow("gone");
    };
  },
  "an Arc whose making fails": () => {
    return () => {
      const fail = () => {
        throw new RangeError("no");
      };
      expect(() => Arc.cyclic(8, fail, { heap })).toThrow("no");
    };
  },
  "Arcs through a queue": () => {
    const queue = ConcurrentQueue.bounded(2, arc, { heap });
    return () => {
      const arcs = [1, 2, 3].map((size) => Arc.create(size, { heap }));
      expect(queue.pushMany(arcs)).toBe(2);
      for (const handle of [...queue.popMany(9), ...arcs]) handle.drop();
    };
  },
  "tickets that are used up": () => {
    const event = SharedEvent.create({ heap });
    return () => {
      const token = event.share({ opens: 1 });
      SharedEvent.open(token).drop();
      expect(() => SharedEvent.open(token)).toThrow("all opens");
    };
  },
  "tickets that are refused": () => {
    const event = SharedEvent.create({ heap });
    return () => expect(() => event.share({ opens: MOST_OPENS })).toThrow("a count cannot pass");
  },
  "listeners that are notified, dropped or too late": () => {
    const event = SharedEvent.create({ heap, tag: utf8 });
    return async () => {
      const [one, two, three] = [event.listen(), event.listen(), event.listen()];
      const waits = Promise.allSettled([one.wait(), two.wait(), three.wait({ timeoutMs: 0 })]);
      event.notify(1, { tag: "a" });
      two.drop();
      two.drop();
      expect(await waits).toMatchObject([{ value: "a" }, { status: "rejected" }, { status: "rejected" }]);
      const own = SharedEvent.create({ heap });
      const last = own.listen();
      own.drop();
      last.drop();
    };
  },
};

test.each(Object.entries(calls))("%s", async (_, begin) => {
  const { kernel, account } = internals(heap);
  // Not `stats()`, which returns what calls have left that were cut short.
  const held = () => Array.from({ length: LAST_CLASS + 1 }, (_, cls) => (cls === 0 ? 0 : kernel.liveBlocks(cls)));
  const act = begin();
  for (let i = 0; i < 3; i++) await act();
  account.recover();
  const before = held();
  for (let i = 0; i < OFTEN; i++) await act();
  expect(held()).toEqual(before);
});

test("each of several things has a cell of its own", () => {
  const event = SharedEvent.create({ heap });
  const listeners = Array.from({ length: 5 }, () => event.listen());
  expect(heap.stats().threads[0]?.listeners).toBe(5);
  for (const listener of listeners) listener.drop();
  expect(heap.stats().threads[0]?.listeners).toBe(0);
});

test("a heap that was dropped is let go of with the last handle, and the scratch of batches with it", () => {
  const own = Heap.create();
  const { kernel } = internals(own);
  const isOpen = () => kernel.phaseOf(kernel.entryAt(0)) !== 0;
  const queue = ConcurrentQueue.unbounded(bytes, { heap: own });
  queue.pushMany([Uint8Array.of(1), Uint8Array.of(2)]);
  expect(queue.popMany(2).length).toBe(2);
  own.drop();
  expect(isOpen()).toBe(true);
  queue.drop();
  expect(isOpen()).toBe(false);
});
