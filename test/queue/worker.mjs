/** What workers do in the tests of queues. Values carry their producer: `number * producers + producer`. */
import { ConcurrentQueue, Heap } from "shmol";
import { random } from "../random.mjs";
import { meet, play, waitUntil } from "../startingLine.mjs";

const asleep = new Int32Array(new SharedArrayBuffer(4));

/**
 * To be called after every attempt: lets the processor go after many that were in vain, since there are more threads than
 * cores and what is waited for may be a thread that has none.
 */
function patience() {
  let vain = 0;
  return (worked) => {
    vain = worked ? 0 : vain + 1;
    if (vain > 64) Atomics.wait(asleep, 0, 0, 0.05);
  };
}

/** Pushes a value, as soon as there is room. */
function pushWhenRoom(queue, value) {
  if (queue.push(value)) return;
  const rest = patience();
  waitUntil(() => {
    const pushed = queue.push(value);
    rest(pushed);
    return pushed;
  }, `room for ${value}`);
}

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
    for (const value of values) pushWhenRoom(queue, value);
    return;
  }
  const rest = patience();
  let done = 0;
  waitUntil(() => {
    const pushed = queue.pushMany(values.subarray(done, done + batch));
    rest(pushed > 0);
    done += pushed;
    return done >= values.length;
  }, "room");
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
      const rest = patience();
      waitUntil(() => {
        const values = pop();
        rest(values.length > 0);
        if (values.length === 0) return Atomics.load(counter, 0) === total;
        for (const value of values) seen[count++] = value;
        return Atomics.add(counter, 0, values.length) + values.length === total;
      }, `${total} values`);
      queue.drop();
      return seen.slice(0, count);
    };
  },

  /** Pushes its `count` values by force; answers those that it displaced, which `counter` counts like any that was popped. */
  forceAll({ token, producer, producers, count, counter }) {
    const queue = open(token);
    const values = valuesOf(producer, producers, count);
    const displaced = new Int32Array(count);
    return () => {
      let out = 0;
      for (const value of values) {
        const oldest = queue.forcePush(value);
        if (oldest === undefined) continue;
        displaced[out++] = oldest;
        Atomics.add(counter, 0, 1);
      }
      queue.drop();
      return displaced.slice(0, out);
    };
  },

  /** Pushes by force until the queue is closed; answers how many went in, and what they displaced. */
  forceUntilClosed({ token, producer, producers }) {
    const queue = open(token);
    return () => {
      const displaced = [];
      let pushed = 0;
      let refusal;
      waitUntil(() => {
        try {
          const oldest = queue.forcePush(pushed * producers + producer);
          pushed++;
          if (oldest !== undefined) displaced.push(oldest);
          return false;
        } catch (error) {
          refusal = error.code;
          return true;
        }
      }, "the close");
      queue.drop();
      return { pushed, displaced: Int32Array.from(displaced), refusal };
    };
  },

  /**
   * With each of many queues that hold 0, 1, 2, ..., at the same moment as `closeAll`: pushes the next numbers by force until
   * that is refused. Answers, for each, how many went in, how many came out for them, and whether those were the oldest.
   */
  forceAgainstClose({ heap, tokens, capacity, step, parties }) {
    Heap.open(heap);
    const queues = tokens.map((token) => open(token));
    const rounds = new Int32Array(3 * queues.length);
    return () => {
      queues.forEach((queue, round) => {
        let [pushed, displaced, inOrder, refused] = [0, 0, 1, false];
        meet(step, parties, round + 1);
        for (let tries = 0; tries < 5000 && !refused; tries++) {
          try {
            const oldest = queue.forcePush(capacity + pushed);
            pushed++;
            if (oldest === undefined) continue;
            if (oldest !== displaced) inOrder = 0;
            displaced++;
          } catch (error) {
            if (error.code !== "ERR_SHMOL_CLOSED") throw error;
            refused = true;
          }
        }
        rounds.set([pushed, displaced, inOrder], 3 * round);
        queue.drop();
      });
      return rounds;
    };
  },

  /** Closes each of many queues, a moment after the others have begun; answers how often it was told that it did not. */
  closeAll({ heap, tokens, step, parties, seed }) {
    Heap.open(heap);
    const queues = tokens.map((token) => open(token));
    const next = random(seed);
    return () => {
      let faults = 0;
      queues.forEach((queue, round) => {
        meet(step, parties, round + 1);
        for (let i = next(40); i > 0; i--) Atomics.load(asleep, 0);
        if (!queue.close()) faults++;
        if (!queue.isClosed) faults++;
        if (queue.close()) faults++;
        queue.drop();
      });
      return faults;
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
        pushWhenRoom(queue, producer);
        const value = queue.pop();
        if (value === undefined) throw new Error(`nothing to pop in round ${i}, right after a push`);
        sum += value;
      }
      queue.drop();
      return sum;
    };
  },

  /** Likewise by force: who displaced something has taken something out already. */
  forcePushThenPop({ token, rounds, producer }) {
    const queue = open(token);
    return () => {
      let sum = 0;
      for (let i = 0; i < rounds; i++) {
        const value = queue.forcePush(producer) ?? queue.pop();
        if (value === undefined) throw new Error(`nothing to pop in round ${i}, right after a forced push`);
        sum += value;
      }
      queue.drop();
      return sum;
    };
  },

  /** The only producer: whenever the queue is not full, its next push goes in. Answers how often it did not. */
  pushWhenNotFull({ token, total }) {
    const queue = open(token);
    return () => {
      let pushed = 0;
      let refused = 0;
      const rest = patience();
      waitUntil(() => {
        const { isEmpty, isFull } = queue;
        rest(!isFull);
        if (isFull && !isEmpty) return false;
        if (queue.push(pushed)) pushed++;
        else refused++;
        return pushed === total;
      }, "room");
      queue.drop();
      return refused;
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

  /** While others pop and nobody pushes: once a queue was seen empty, it is empty by every other account, for good. */
  observeEmptying({ heap, tokens, total }) {
    Heap.open(heap);
    const queues = tokens.map((token) => open(token));
    return () => {
      let faults = 0;
      for (const queue of queues) {
        let last = total;
        waitUntil(() => {
          const { size } = queue;
          if (size > last || size < 0) faults++;
          if (size === 0 && !queue.isEmpty) faults++;
          if (queue.isEmpty && queue.size !== 0) faults++;
          last = size;
          return size === 0;
        }, "the last value");
        queue.drop();
      }
      return faults;
    };
  },

  /**
   * With each of many queues: pushes and pops around the place where one block hands over to the next, and drops the
   * handle right then. Counts what it takes out.
   */
  handOver({ heap, tokens, step, parties, seed, type }) {
    Heap.open(heap);
    const queues = tokens.map((token) => open(token));
    const next = random(seed);
    return () => {
      let taken = 0;
      queues.forEach((queue, round) => {
        meet(step, parties, round + 1);
        for (let i = next(8); i > 0; i--) {
          const value = type === "i32" ? i : String(i);
          const way = next(4);
          if (way === 0) queue.push(value);
          else if (way === 1) taken += queue.forcePush(value) === undefined ? 0 : 1;
          else taken += queue.pop() === undefined ? 0 : 1;
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
