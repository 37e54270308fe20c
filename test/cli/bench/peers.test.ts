/** The benchmark's own queues: a peer that loses items or wedges would be a strawman. */
import { describe, expect, it } from "vitest";
import { AtomicsQueue } from "../../../dist/cli/bench/peers/atomicsQueue.js";
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
