/** What workers do in the tests of queues. Values carry their producer: `number * producers + producer`. */
import { ConcurrentQueue, Heap } from "shmol";
import { random } from "../random.mjs";
import { meet, play, waitUntil } from "../startingLine.mjs";

/** Pops one value at a time or, with `batch` above 1, up to so many at once. */
function popper(queue, batch) {
  if (batch === 1) {
    return () => {
      const value = queue.pop();
      return value === undefined ? [] : [value];
    };
  }
  const target = new Int32Array(batch);
  return () => target.subarray(0, queue.popInto(target));
}

function pushAll(queue, values, batch) {
  if (batch === 1) {
    for (const value of values) queue.push(value);
    return;
  }
  for (let i = 0; i < values.length; ) i += queue.pushMany(values.subarray(i, i + batch));
}

const valuesOf = (producer, producers, count) => Int32Array.from({ length: count }, (_, i) => i * producers + producer);

const open = ConcurrentQueue.open;

play({
  /** Pushes its `count` values in order, then counts itself in `through`. */
  produce({ token, producer, producers, count, batch, through }) {
    const queue = open(token);
    const values = valuesOf(producer, producers, count);
    return () => {
      pushAll(queue, values, batch);
      Atomics.add(through, 0, 1);
      queue.drop();
    };
  },

  /**
   * Pops until `counter`, which all consumers share, says that `total` values were popped. Answers them in the order they
   * came.
   */
  consume({ token, total, counter, batch }) {
    const queue = open(token);
    const pop = popper(queue, batch);
    const seen = new Int32Array(total);
    return () => {
      let count = 0;
      waitUntil(() => {
        const values = pop();
        if (values.length === 0) return Atomics.load(counter, 0) === total;
        for (const value of values) seen[count++] = value;
        return Atomics.add(counter, 0, values.length) + values.length === total;
      }, `${total} values`);
      queue.drop();
      return seen.slice(0, count);
    };
  },

  /** Pushes until the queue is closed; answers how many went in, by kind of call. */
  pushUntilClosed({ token, producer, producers, batch }) {
    const queue = open(token);
    return () => {
      let pushed = 0;
      const next = () => pushed * producers + producer;
      const batchOf = () => Int32Array.from({ length: batch }, (_, i) => (pushed + i) * producers + producer);
      let refusal;
      waitUntil(() => {
        try {
          if (batch === 1) pushed += queue.push(next()) ? 1 : 0;
          else pushed += queue.pushMany(batchOf());
          return false;
        } catch (error) {
          refusal = error.code;
          return true;
        }
      }, "the close");
      const after = { isClosed: queue.isClosed, closedNow: queue.close() };
      queue.drop();
      return { pushed, refusal, ...after };
    };
  },

  /** Pops until the queue is finished; answers what came, and whether anything came after that. */
  popUntilFinished({ token, batch }) {
    const queue = open(token);
    const pop = popper(queue, batch);
    return () => {
      const seen = [];
      waitUntil(() => {
        const finished = queue.isFinished;
        const values = pop();
        seen.push(...values);
        if (finished && values.length > 0) throw new Error("a value came after the queue was finished");
        return finished;
      }, "the end");
      queue.drop();
      return Int32Array.from(seen);
    };
  },

  /** Drains until the queue is finished. */
  drainUntilFinished({ token }) {
    const queue = open(token);
    return () => {
      const seen = [];
      waitUntil(() => {
        const finished = queue.isFinished;
        for (const value of queue.drain()) seen.push(value);
        return finished;
      }, "the end");
      queue.drop();
      return Int32Array.from(seen);
    };
  },

  /** Closes when its turn comes; answers whether this call was the one that closed. */
  close({ token, step, parties }) {
    const queue = open(token);
    return () => {
      meet(step, parties, 1);
      const closed = queue.close();
      queue.drop();
      return closed;
    };
  },

  /** Pushes one value and pops one, over and over; the pop must find something each time. */
  pushThenPop({ token, rounds, producer }) {
    const queue = open(token);
    return () => {
      let sum = 0;
      for (let i = 0; i < rounds; i++) {
        queue.push(producer);
        const value = queue.pop();
        if (value === undefined) throw new Error(`nothing to pop in round ${i}, right after a push`);
        sum += value;
      }
      queue.drop();
      return sum;
    };
  },

  /** Looks at the queue until `done` is set; answers every combination it saw. */
  observe({ token, done }) {
    const queue = open(token);
    return () => {
      const seen = new Set();
      waitUntil(() => {
        seen.add(JSON.stringify({ isEmpty: queue.isEmpty, isFull: queue.isFull, size: queue.size }));
        return Atomics.load(done, 0) === 1;
      }, "the others");
      queue.drop();
      return [...seen];
    };
  },

  /** While others pop and nobody pushes: once the queue was seen empty, it is empty by every other account, for good. */
  observeEmptying({ token, total }) {
    const queue = open(token);
    return () => {
      let last = total;
      let faults = 0;
      waitUntil(() => {
        const { size } = queue;
        if (size > last || size < 0) faults++;
        if (size === 0 && !queue.isEmpty) faults++;
        if (queue.isEmpty && queue.size !== 0) faults++;
        last = size;
        return size === 0;
      }, "the last value");
      queue.drop();
      return faults;
    };
  },

  /**
   * With each of many queues: pushes and pops around the place where one block hands over to the next, and drops the
   * handle right then. Counts what it takes out.
   */
  handOver({ heap, tokens, step, parties, seed }) {
    Heap.open(heap);
    const queues = tokens.map((token) => open(token));
    const next = random(seed);
    return () => {
      let taken = 0;
      queues.forEach((queue, round) => {
        meet(step, parties, round + 1);
        for (let i = next(8); i > 0; i--) {
          if (next(2) === 0) queue.push(i);
          else if (queue.pop() !== undefined) taken++;
        }
        queue.drop();
      });
      return taken;
    };
  },

  /** Pushes values until all are in, however often the heap is exhausted; answers how often it was. */
  produceIntoFullHeap({ token, producer, producers, count }) {
    const queue = open(token);
    return () => {
      let refused = 0;
      let pushed = 0;
      waitUntil(() => {
        try {
          queue.push(pushed * producers + producer);
          pushed++;
        } catch (error) {
          if (error.code !== "ERR_SHMOL_OUT_OF_MEMORY") throw error;
          refused++;
        }
        return pushed === count;
      }, "room");
      queue.drop();
      return refused;
    };
  },
});
