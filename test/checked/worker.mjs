/** What workers do in the tests of the checked kernel. They import "shmol" alone. */
import { Arc, ConcurrentQueue, Heap } from "shmol";
import { internals, leaks } from "../../dist/internals.js";
import { play } from "../startingLine.mjs";

play({
  /** Pops from a queue, and answers what error that was. */
  pop({ token }) {
    const queue = ConcurrentQueue.open(token);
    return () => {
      try {
        return `popped ${queue.pop()}`;
      } catch (error) {
        return `${error.code}: ${error.message}`;
      } finally {
        queue.drop();
      }
    };
  },

  /** Creates a heap, and answers its token, and what the flags in its header are. */
  createHeap() {
    const heap = Heap.create({ capacity: 64 * 65536 });
    return () => ({ token: heap.share(), flags: internals(heap).kernel.flags() });
  },

  /** Opens every token and frees a block of somebody else's; answers what it held meanwhile. */
  takeAndFree({ heap: token, tokens, ptr }) {
    const heap = Heap.open(token);
    return () => {
      const arcs = tokens.map((token) => Arc.open(token));
      heap.free(ptr);
      const held = leaks().map(({ kind, size }) => `${kind} ${size}`);
      for (const arc of arcs) arc.drop();
      heap.drop();
      return held;
    };
  },
});
