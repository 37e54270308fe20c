/** The benchmark's own queues: a peer that loses items or wedges would be a strawman. */
import { describe, expect, it } from "vitest";
import { AtomicsQueue } from "../../../bench/peers/atomicsQueue.mjs";
import { MutexRing } from "../../../dist/cli/bench/peers/mutexRing.js";

const peers = {
  "JavaScript Atomics": () => new AtomicsQueue(AtomicsQueue.create(1024 * 1024)),
  "mutex + ring": () => new MutexRing(MutexRing.create()),
};

describe.each(Object.entries(peers))("%s", (_name, create) => {
  it("gives items back in order, one at a time", () => {
    const queue = create();
    // More than the memory has room for at once: blocks are used again.
    for (let round = 0; round < 100; round++) {
      for (let i = 0; i < 1000; i++) queue.push(round * 1000 + i);
      let inOrder = 0;
      while (queue.pop() === round * 1000 + inOrder) inOrder++;
      expect(inOrder).toBe(1000);
    }
  });

  it.each([1, 16, 30, 31, 32, 256])("gives items back in order in batches of %i", (batch) => {
    const queue = create();
    const target = new Int32Array(batch);
    for (let round = 0; round < 100; round++) {
      const values = Int32Array.from({ length: batch }, (_, i) => round * batch + i);
      expect(queue.pushMany(values)).toBe(batch);
      expect(queue.popInto(target)).toBe(batch);
      expect(target).toEqual(values);
    }
    expect(queue.popInto(target)).toBe(0);
  });
});

it("mutex + ring of 1 has room for one", () => {
  const queue = new MutexRing(MutexRing.create(1));
  for (let value = 0; value < 100; value++) {
    expect(queue.push(value)).toBe(true);
    expect(queue.push(-1)).toBe(false);
    expect(queue.pop()).toBe(value);
    expect(queue.pop()).toBeUndefined();
  }
});
