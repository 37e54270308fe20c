/**
 * Every scenario of a queue, for one flavour of it on one kind of heap. Their names are those of the originals (parity,
 * section 1). A flavour joins by describing itself in a `Flavour`.
 */
import { ClosedError, type Codec, ConcurrentQueue, type Heap, i32, OutOfMemoryError } from "shmol";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type HeapSpec, inUse, leaveFree } from "../heaps.js";
import { random } from "../random.mjs";
import { seed } from "../seed.js";
import { inWorkers, type Job, until } from "../workers.js";

export interface Flavour {
  readonly name: string;
  /** What `capacity` answers for a queue that `make` made. */
  readonly capacity: number;
  make<T>(type: Codec<T>, heap: Heap): ConcurrentQueue<T>;
  /** Makes an empty queue whose history is `start` positions long. */
  startAt(queue: ConcurrentQueue<number>, start: bigint): void;
  /** Histories whose next few hundred positions pass some limit: of 32 bits, of exact doubles, of a lap. */
  readonly nearWraps: readonly bigint[];
  /** Free pages that let a fresh heap hold one queue and a few hundred elements. */
  readonly pages: number;
}

const WORKER = new URL("./worker.mjs", import.meta.url);

export function queueSuite(flavour: Flavour, spec: HeapSpec): void {
  describe(`the ${flavour.name} queue on ${spec.name}`, { timeout: 90_000 }, () => {
    let heap: Heap;
    let before: ReturnType<typeof inUse>;

    beforeAll(() => {
      heap = spec.home();
    });
    beforeEach(() => {
      before = inUse(heap);
    });
    // Whatever a scenario is about: the queue's blocks are back, and workers that ended keep no scratch.
    afterEach(() => {
      expect(inUse(heap)).toEqual(before);
      expect(heap.stats().scratch).toBeLessThanOrEqual(1);
    });

    const make = (): ConcurrentQueue<number> => flavour.make(i32, heap);
    const numbers = (count: number, from = 0) => Int32Array.from({ length: count }, (_, i) => from + i);
    const word = () => new Int32Array(new SharedArrayBuffer(4));

    /** Real producers and consumers on `queue`, `count` values each; answers what each consumer saw. */
    async function pass(
      queue: ConcurrentQueue<number>,
      { producers, consumers, count, batch }: { producers: number; consumers: number; count: number; batch: number },
      meanwhile?: () => void,
    ): Promise<Int32Array[]> {
      const token = queue.share();
      const [counter, through] = [word(), word()];
      const total = producers * count;
      const jobs: Job[] = [];
      for (let producer = 0; producer < producers; producer++) {
        jobs.push({ part: "produce", token, producer, producers, count, batch, through });
      }
      for (let i = 0; i < consumers; i++) jobs.push({ part: "consume", token, total, counter, batch });
      const answers = await inWorkers<unknown>(WORKER, jobs, meanwhile);
      return answers.slice(producers) as Int32Array[];
    }

    /** Every producer's values came exactly once, and each consumer saw those of one producer in order. */
    function expectAllInOrder(seen: readonly Int32Array[], producers: number, counts: readonly number[]): void {
      const times = counts.map((count) => new Uint8Array(count));
      for (const values of seen) {
        const last = new Int32Array(producers).fill(-1);
        let disorder = 0;
        for (const value of values) {
          const producer = value % producers;
          const number = Math.trunc(value / producers);
          if (number <= (last[producer] as number)) disorder++;
          last[producer] = number;
          const tally = times[producer] as Uint8Array;
          tally[number] = (tally[number] ?? 0) + 1;
        }
        expect(disorder).toBe(0);
      }
      expect(seen.reduce((sum, { length }) => sum + length, 0)).toBe(counts.reduce((sum, count) => sum + count, 0));
      for (const each of times) expect(each.every((count) => count === 1)).toBe(true);
    }

    test("smoke", () => {
      const queue = make();
      expect(queue.push(7)).toBe(true);
      expect(queue.pop()).toBe(7);
      expect(queue.push(8)).toBe(true);
      expect(queue.pop()).toBe(8);
      expect(queue.pop()).toBeUndefined();
      queue.drop();
    });

    test("capacity", () => {
      const queue = make();
      expect(queue.capacity).toBe(flavour.capacity);
      queue.push(1);
      expect(queue.capacity).toBe(flavour.capacity);
      queue.drop();
    });

    test("lenEmptyFull", () => {
      const queue = make();
      const state = () => [queue.size, queue.isEmpty, queue.isFull];
      expect(state()).toEqual([0, true, false]);
      queue.push(1);
      expect(state()).toEqual([1, false, flavour.capacity === 1]);
      queue.push(2);
      expect(state()).toEqual([2, false, flavour.capacity === 2]);
      queue.pop();
      expect(state()).toEqual([1, false, false]);
      queue.pop();
      expect(state()).toEqual([0, true, false]);
      queue.drop();
    });

    test("len: exact after every step, and a queue of size 0 is an empty one", () => {
      const queue = make();
      const filled = Math.min(1000, flavour.capacity);
      for (let round = 0; round < 100; round++) {
        const steps = round < 3 ? filled : (filled / 10) | 0;
        for (let i = 0; i < steps; i++) {
          queue.push(i);
          expect(queue.size).toBe(i + 1);
        }
        for (let i = steps - 1; i >= 0; i--) {
          queue.pop();
          expect(queue.size).toBe(i);
          expect(queue.isEmpty).toBe(i === 0);
        }
      }
      queue.drop();
    });

    test("len: while one thread pushes 25,000 and another pops them in order, never more than there can be", async () => {
      const queue = make();
      const count = 25_000;
      const sizes: number[] = [];
      const [seen] = await pass(queue, { producers: 1, consumers: 1, count, batch: 1 }, () => {
        for (let i = 0; i < 10_000; i++) sizes.push(queue.size);
      });
      expect(seen).toEqual(numbers(count));
      expect(Math.min(...sizes)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(Math.min(count, flavour.capacity));
      expect(queue.size).toBe(0);
      queue.drop();
    });

    test("close", () => {
      const queue = make();
      queue.push(10);
      expect([queue.isClosed, queue.isFinished]).toEqual([false, false]);
      expect(queue.close()).toBe(true);
      expect([queue.isClosed, queue.isFinished]).toEqual([true, false]);
      expect(queue.close()).toBe(false);
      expect(() => queue.push(20)).toThrow(ClosedError);
      expect(() => queue.pushMany([20])).toThrow(ClosedError);
      expect(queue.size).toBe(1);
      expect(queue.pop(), "what was in the queue stays").toBe(10);
      expect(queue.pop()).toBeUndefined();
      expect(queue.isFinished).toBe(true);
      queue.drop();
    });

    test("close: seen by every handle", () => {
      const queue = make();
      const other = queue.clone();
      expect(other.close()).toBe(true);
      expect(queue.close()).toBe(false);
      expect(() => queue.push(1)).toThrow(ClosedError);
      for (const handle of [queue, other]) handle.drop();
    });

    test.each([1, 7, 256])("spsc: 100,000 in order, in batches of %i", async (batch) => {
      const queue = make();
      const count = 100_000;
      const [seen] = await pass(queue, { producers: 1, consumers: 1, count, batch });
      expect(seen).toEqual(numbers(count));
      expect(queue.isEmpty).toBe(true);
      queue.drop();
    });

    test.each([1, 16])(
      "mpmc: 4 producers of 25,000, 4 consumers, every value exactly 4 times, in batches of %i",
      async (batch) => {
        const queue = make();
        const count = 25_000;
        const seen = await pass(queue, { producers: 4, consumers: 4, count, batch });
        expectAllInOrder(seen, 4, [count, count, count, count]);
        queue.drop();
      },
    );

    test("linearizable: a pop right after a push on the same thread never fails, whoever else does the same", async () => {
      const queue = make();
      const rounds = 25_000;
      const jobs = [1, 2, 3, 4].map((producer) => ({ part: "pushThenPop", token: queue.share(), rounds, producer }));
      const sums = await inWorkers<number>(WORKER, jobs);
      expect(sums.reduce((sum, part) => sum + part, 0)).toBe(rounds * (1 + 2 + 3 + 4));
      expect(queue.isEmpty).toBe(true);
      queue.drop();
    });

    test("drops: 100 runs of up to 10,000 random steps leave the heap as it was", () => {
      const next = random(seed());
      const target = new Int32Array(200);
      for (let run = 0; run < 100; run++) {
        const queue = make();
        const handles = [queue];
        let [pushed, popped] = [0, 0];
        const expectNext = (values: ArrayLike<number>) => {
          for (let i = 0; i < values.length; i++) if (values[i] !== popped++) expect(values[i]).toBe(popped - 1);
        };
        for (let step = next(run < 10 ? 10_000 : 500); step > 0; step--) {
          const handle = handles[next(handles.length)] as ConcurrentQueue<number>;
          switch (next(8)) {
            case 0:
            case 1:
              if (handle.push(pushed)) pushed++;
              break;
            case 2:
              pushed += handle.pushMany(numbers(next(150), pushed));
              break;
            case 3:
            case 4: {
              const value = handle.pop();
              if (value !== undefined) expectNext([value]);
              break;
            }
            case 5:
              expectNext(handle.popMany(next(200)));
              break;
            case 6:
              expectNext(target.subarray(0, handle.popInto(target.subarray(0, next(200)))));
              break;
            default:
              if (handles.length < 5) handles.push(handle.clone());
              else handles.splice(next(5), 1)[0]?.drop();
          }
        }
        expect((handles[0] as ConcurrentQueue<number>).size).toBe(pushed - popped);
        for (const handle of handles) handle.drop();
        expect(inUse(heap)).toEqual(before);
      }
    });

    test("drain: takes all there is, once, and waits for nothing", () => {
      const queue = make();
      expect([...queue.drain()]).toEqual([]);
      queue.pushMany(numbers(100));
      expect([...queue.drain()]).toEqual([...numbers(100)]);
      const drain = queue.drain();
      queue.push(1);
      expect(drain.next().value).toBe(1);
      queue.push(2);
      expect(drain.next().value, "what came meanwhile is taken, too").toBe(2);
      expect(drain.next().done).toBe(true);
      queue.push(3);
      expect(drain.next().done, "an iterator that has ended stays ended").toBe(true);
      for (const value of queue.drain()) expect(value).toBe(3);
      expect(queue.isEmpty).toBe(true);
      queue.drop();
    });

    test("drain: leaves what it was not asked for", () => {
      const queue = make();
      queue.pushMany(numbers(10));
      for (const value of queue.drain()) if (value === 4) break;
      expect(queue.popMany(100)).toEqual([5, 6, 7, 8, 9]);
      queue.drop();
    });

    test("drain: of a queue that others fill, two threads get every value once", async () => {
      const queue = make();
      const token = queue.share();
      const count = 25_000;
      const through = word();
      const producers = [0, 1].map((producer) => ({
        part: "produce",
        token,
        producer,
        producers: 2,
        count,
        batch: 1,
        through,
      }));
      const drainers = [
        { part: "drainUntilFinished", token },
        { part: "drainUntilFinished", token },
      ];
      const answers = await inWorkers<unknown>(WORKER, [...producers, ...drainers], async () => {
        await until(() => Atomics.load(through, 0) === producers.length);
        queue.close();
      });
      expectAllInOrder(answers.slice(2) as Int32Array[], 2, [count, count]);
      queue.drop();
    });

    test("closeRaces: what was pushed before the close comes out, nothing after it goes in", async () => {
      const next = random(seed());
      for (const batch of [1, 1, 8, 100]) {
        const queue = make();
        const token = queue.share();
        const producers = [0, 1].map((producer) => ({ part: "pushUntilClosed", token, producer, producers: 2, batch }));
        const consumer = { part: "popUntilFinished", token, batch };
        let closed: boolean[] = [];
        const answers = await inWorkers<unknown>(WORKER, [...producers, consumer], async () => {
          await new Promise((resolve) => setTimeout(resolve, 1 + next(10)));
          closed = [queue.close(), queue.close()];
        });
        const pushed = answers.slice(0, 2) as {
          pushed: number;
          refusal: string;
          isClosed: boolean;
          closedNow: boolean;
        }[];
        for (const answer of pushed) {
          expect(answer).toMatchObject({ refusal: "ERR_SHMOL_CLOSED", isClosed: true, closedNow: false });
        }
        expect(closed).toEqual([true, false]);
        const counts = pushed.map((answer) => answer.pushed);
        expectAllInOrder([answers[2] as Int32Array], 2, counts);
        expect([queue.isFinished, queue.size]).toEqual([true, 0]);
        queue.drop();
      }
    });

    test("closeRaces: of four threads that close at once, one is told that it did", async () => {
      const queue = make();
      const job = { part: "close", token: queue.share(), step: word(), parties: 4 };
      const answers = await inWorkers<boolean>(WORKER, [job, job, job, job]);
      expect(answers.filter((closed) => closed)).toEqual([true]);
      queue.drop();
    });

    test.each(flavour.nearWraps.map((start) => [start]))(
      "wrapAround: past position %s, one by one and in batches",
      (start) => {
        const queue = make();
        flavour.startAt(queue, start);
        const next = random(seed());
        expect([queue.size, queue.isEmpty, queue.pop()]).toEqual([0, true, undefined]);
        let [pushed, popped] = [0, 0];
        while (popped < 1000) {
          for (let i = next(40); i > 0; i--) queue.push(pushed++);
          pushed += queue.pushMany(numbers(next(90), pushed));
          expect(queue.size).toBe(pushed - popped);
          for (let i = next(40); i > 0 && popped < pushed; i--) expect(queue.pop()).toBe(popped++);
          for (const value of queue.popMany(next(100))) expect(value).toBe(popped++);
          expect([queue.size, queue.isEmpty]).toEqual([pushed - popped, pushed === popped]);
        }
        expect(queue.close()).toBe(true);
        for (const value of queue.drain()) expect(value).toBe(popped++);
        expect([popped, queue.isFinished]).toEqual([pushed, true]);
        queue.drop();
      },
    );

    test.each(flavour.nearWraps.map((start) => [start]))(
      "wrapAround: 2 producers and 2 consumers past position %s",
      async (start) => {
        const queue = make();
        flavour.startAt(queue, start);
        const count = 2000;
        const seen = await pass(queue, { producers: 2, consumers: 2, count, batch: 1 });
        expectAllInOrder(seen, 2, [count, count]);
        queue.drop();
      },
    );

    test("outOfMemory: a push is refused, nothing is lost, and after pops it works again", () => {
      const full = spec.fresh();
      const queue = flavour.make(i32, full);
      queue.popMany(1); // Takes this thread's scratch while there is room.
      leaveFree(full, flavour.pages);
      let pushed = 0;
      const fill = () => {
        for (;;) {
          queue.push(pushed);
          pushed++;
        }
      };
      expect(fill).toThrow(OutOfMemoryError);
      expect(pushed).toBeGreaterThan(100);
      const held = inUse(full);
      expect(() => queue.push(-1)).toThrow(/no block of \d+ bytes left/);
      expect(() => queue.pushMany([-1, -2])).toThrow(OutOfMemoryError);
      expect([queue.size, inUse(full)]).toEqual([pushed, held]);

      let popped = 0;
      for (; popped < 70; popped++) expect(queue.pop()).toBe(popped);
      expect(fill).toThrow(OutOfMemoryError);
      expect(pushed - popped).toBeGreaterThan(100);

      expect(queue.popMany(70)).toEqual([...numbers(70, popped)]);
      popped += 70;
      const inBatch = queue.pushMany(numbers(1000, pushed));
      expect(inBatch).toBeGreaterThan(0);
      expect(inBatch).toBeLessThan(1000);
      pushed += inBatch;
      expect(queue.popMany(1e6)).toEqual([...numbers(pushed - popped, popped)]);
      queue.drop();
      full.drop();
    });

    test("outOfMemory: a queue that filled the heap can be emptied in batches, by a thread that never did so before", () => {
      for (const empty of [
        (queue: ConcurrentQueue<number>) => queue.popMany(10),
        (queue: ConcurrentQueue<number>) => {
          const target = new Int32Array(10);
          return [...target.subarray(0, queue.popInto(target))];
        },
      ]) {
        const full = spec.fresh();
        const queue = flavour.make(i32, full);
        leaveFree(full, flavour.pages);
        expect(() => {
          for (let i = 0; ; i++) queue.push(i);
        }).toThrow(OutOfMemoryError);
        expect(empty(queue)).toEqual([...numbers(10)]);
        queue.drop();
        full.drop();
      }
    });

    test("outOfMemory: producers that hit the end of the heap together with a consumer lose nothing", async () => {
      const full = spec.fresh();
      const queue = flavour.make(i32, full);
      leaveFree(full, flavour.pages);
      const count = 25_000;
      const token = queue.share();
      const producers = [0, 1].map((producer) => ({
        part: "produceIntoFullHeap",
        token,
        producer,
        producers: 2,
        count,
      }));
      const consumer = { part: "consume", token, total: 2 * count, counter: word(), batch: 1 };
      const answers = await inWorkers<unknown>(WORKER, [...producers, consumer]);
      expectAllInOrder([answers[2] as Int32Array], 2, [count, count]);
      queue.drop();
      full.drop();
    });

    test("isEmpty and isFull: a queue that always holds one or two is never seen empty, nor of another size", async () => {
      const queue = make();
      queue.push(0);
      const done = word();
      const seen = inWorkers<string[]>(WORKER, [{ part: "observe", token: queue.share(), done }], () => {
        for (let i = 1; i <= 200_000; i++) {
          queue.push(i);
          queue.pop();
        }
        Atomics.store(done, 0, 1);
      });
      const states = new Set((await seen).flat());
      expect(states.size).toBeGreaterThan(0);
      for (const state of states) expect(JSON.parse(state)).toMatchObject({ isEmpty: false, isFull: false });
      for (const state of states) expect([1, 2]).toContain(JSON.parse(state).size);
      queue.drop();
    });

    test("isEmpty: while a queue runs out, size and isEmpty agree, at every block's boundary", async () => {
      const queue = make();
      const total = 50_000;
      for (let i = 0; i < total; i++) queue.push(i);
      const job = { part: "observeEmptying", token: queue.share(), total };
      const faults = await inWorkers<number>(WORKER, [job, job], () => {
        for (let i = 0; i < total; i++) queue.pop();
      });
      expect(faults).toEqual([0, 0]);
      queue.drop();
    });

    test("dropDuringHandOver: handles go while blocks change, and every block comes back", async () => {
      const start = seed();
      const parties = 3;
      const tokens = Array.from({ length: 200 }, (_, round) => {
        const queue = make();
        for (let i = 55 + (round % 10); i > 0; i--) queue.push(i);
        if (round % 3 === 0) queue.popMany(50);
        const token = queue.share({ opens: parties, light: true });
        queue.drop();
        return token;
      });
      const job = { part: "handOver", heap: heap.share(), tokens, step: word(), parties };
      const taken = await inWorkers<number>(
        WORKER,
        Array.from({ length: parties }, (_, i) => ({ ...job, seed: start + i })),
      );
      expect(taken.every((count) => count > 0)).toBe(true);
    });

    test("memoryComesBack: after 10 times a million elements the heap holds what it held", () => {
      const queue = make();
      const held = heap.stats().used;
      const batch = numbers(10_000);
      const target = new Int32Array(10_000);
      let committed = 0;
      for (let million = 0; million < 10; million++) {
        for (let i = 0; i < 100; i++) {
          expect(queue.pushMany(batch)).toBe(batch.length);
          expect(queue.popInto(target)).toBe(batch.length);
        }
        expect(target).toEqual(batch);
        // The one block that the queue always has may lie elsewhere, and is as large.
        expect(heap.stats().used).toBe(held);
        committed ||= heap.stats().committed;
        expect(heap.stats().committed, "what a queue needed once is enough").toBe(committed);
      }
      queue.drop();
    });

    test("clone and open: handles of one queue, which goes with the last of them", () => {
      const queue = make();
      const clone = queue.clone();
      const opened = ConcurrentQueue.open(structuredClone(queue.share()));
      queue.push(1);
      clone.push(2);
      opened.push(3);
      expect(opened.popMany(2)).toEqual([1, 2]);
      queue.drop();
      opened.drop();
      opened.drop();
      expect(clone.pop()).toBe(3);
      clone.drop();
    });
  });
}
