/**
 * Every scenario of a queue, for one flavour of it on one kind of heap. Their names are those of the originals
 * (docs/parity.md#queues). A flavour joins by describing itself in a `Flavour`. SHMOL_FULL=1 makes all 100 runs of `drops`
 * long ones, and gives narrow rings and single slots the same 100,000 values as the other flavours.
 */
import {
  bytes,
  ClosedError,
  type Codec,
  ConcurrentQueue,
  type Heap,
  i32,
  OutOfMemoryError,
  TypeMismatchError,
  utf8,
} from "shmol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { BLOCKS } from "../../dist/heap/kernel/numbers.js";
import { count } from "../counts.js";
import { type HeapSpec, inUse, leaveFree } from "../heaps.js";
import { random } from "../random.mjs";
import { seed } from "../seed.js";
import { testWhere } from "../testWhere.js";
import { Crew, type Job, until } from "../workers.js";

export interface Flavour {
  readonly name: string;
  /** What `capacity` answers for a queue that `make` made. */
  readonly capacity: number;
  make<T>(type: Codec<T>, heap: Heap): ConcurrentQueue<T>;
  /** Makes an empty queue whose history is `start` positions long; `content` says what its slots hold, numbers unless told. */
  startAt(queue: ConcurrentQueue<number>, start: bigint, content?: number): void;
  /** Histories whose next few hundred positions pass some limit: of 32 bits, of exact doubles, of a lap. */
  readonly nearWraps: readonly bigint[];
  /**
   * Free pages that let a fresh heap hold one queue and a few hundred elements. Left out by queues that take all that they
   * need when they are made.
   */
  readonly pages?: number;
}

const PAGE = 65536;

const WORKER = new URL("./worker.mjs", import.meta.url);

/** What each producer of the originals' tests pushes. */
export const ALL = count({ all: 25_000, usually: 25_000, brief: 5_000 });
/** As much as says that the queue works on one more heap, where the same scenario has had all elsewhere. */
export const SOME = count({ all: 5_000, usually: 5_000, brief: 2_000 });

/** `each`: items of each producer. */
export function queueSuite(flavour: Flavour, spec: HeapSpec, each: number): void {
  describe(`the ${flavour.name} queue on ${spec.name}`, { timeout: 90_000 }, () => {
    const crew = new Crew(WORKER);
    let heap: Heap;
    let before: ReturnType<typeof inUse>;

    beforeAll(() => {
      heap = spec.home();
    });
    beforeEach(() => {
      before = inUse(heap);
    });
    // Whatever a scenario is about: the queue's blocks are back, each thread has one scratch at most,
    afterEach(() => {
      expect(inUse(heap)).toEqual(before);
      expect(heap.stats().scratch).toBeLessThanOrEqual(1 + crew.size);
    });
    // and workers that ended keep none.
    afterAll(async () => {
      await crew.dismiss();
      expect(heap.stats().scratch).toBeLessThanOrEqual(1);
    });

    const { capacity } = flavour;
    const isBounded = capacity !== Number.POSITIVE_INFINITY;
    // Scenarios that not every flavour has.
    const forBounded = testWhere(isBounded);
    const forUnbounded = testWhere(!isBounded);
    /** A hand-over for every few values takes its time where threads are more than cores. */
    const oneByOne = count({ all: each, usually: capacity < 64 ? each / 10 : each });
    const inOrder = 4 * oneByOne;

    const make = (): ConcurrentQueue<number> => flavour.make(i32, heap);
    /** As many of `wanted` as have room. */
    const room = (wanted: number) => Math.min(wanted, capacity);
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
      const answers = await crew.play<unknown>(jobs, meanwhile);
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

    forBounded("zeroCapacity", () => {
      expect(() => ConcurrentQueue.bounded(0, i32, { heap })).toThrow(TypeMismatchError);
      expect(() => ConcurrentQueue.bounded(0, i32, { heap })).toThrow("capacity must be a positive integer: 0");
    });

    test("lenEmptyFull", () => {
      const queue = make();
      const state = () => [queue.size, queue.isEmpty, queue.isFull];
      const held = room(200);
      expect(state()).toEqual([0, true, false]);
      for (let size = 1; size <= held; size++) {
        expect(queue.push(size)).toBe(true);
        expect(state()).toEqual([size, false, size === capacity]);
      }
      if (held === capacity)
        expect([queue.push(0), queue.pushMany([0]), ...state()]).toEqual([false, 0, held, false, true]);
      for (let size = held - 1; size >= 0; size--) {
        expect(queue.pop()).toBe(held - size);
        expect(state()).toEqual([size, size === 0, false]);
      }
      queue.drop();
    });

    test("len: exact after every step, and a queue of size 0 is an empty one", () => {
      const queue = make();
      const filled = room(1000);
      const rounds = count({ all: 100, usually: 100, brief: 20 });
      for (let round = 0; round < rounds; round++) {
        const steps = round < 3 ? filled : Math.ceil(filled / 10);
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

    forBounded("len: a full queue takes nothing more, in whatever way it is offered, until something is taken", () => {
      const queue = make();
      expect(queue.pushMany(numbers(capacity + 50))).toBe(capacity);
      for (let round = 0; round < 3 * capacity; round++) {
        expect([queue.push(-1), queue.pushMany([-1, -2]), queue.size, queue.isFull]).toEqual([
          false,
          0,
          capacity,
          true,
        ]);
        expect(queue.pop()).toBe(round);
        expect([queue.size, queue.isFull]).toEqual([capacity - 1, false]);
        expect(queue.pushMany([round + capacity, -1])).toBe(1);
      }
      expect(queue.popMany(2 * capacity)).toEqual([...numbers(capacity, 3 * capacity)]);
      queue.drop();
    });

    test(`len: while one thread pushes ${oneByOne} and another pops them in order, never more than there can be`, async () => {
      const queue = make();
      const count = oneByOne;
      const sizes: number[] = [];
      const [seen] = await pass(queue, { producers: 1, consumers: 1, count, batch: 1 }, () => {
        for (let i = 0; i < 10_000; i++) sizes.push(queue.size);
      });
      expect(seen).toEqual(numbers(count));
      expect(Math.min(...sizes)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(room(count));
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

    test("forcePush: displaces the oldest when there is no room, and only then", () => {
      const queue = make();
      const held = room(100);
      for (let i = 0; i < held; i++) expect(queue.forcePush(i)).toBeUndefined();
      for (let i = 0; i < 3 * held; i++) {
        expect(queue.forcePush(held + i)).toBe(isBounded && held === capacity ? i : undefined);
        expect(queue.size).toBe(held === capacity ? capacity : held + i + 1);
      }
      const first = held === capacity ? 3 * held : 0;
      expect(queue.pop()).toBe(first);
      if (isBounded) expect(queue.forcePush(-1), "there is room again").toBeUndefined();
      else queue.push(-1);
      expect([...queue.drain()]).toEqual([...numbers(4 * held - first - 1, first + 1), -1]);
      queue.drop();
    });

    test("forcePush: a closed queue lets nothing in and gives nothing out for it", () => {
      const queue = make();
      queue.pushMany(numbers(room(100)));
      queue.close();
      expect(() => queue.forcePush(-1)).toThrow(ClosedError);
      expect(queue.popMany(1000)).toEqual([...numbers(room(100))]);
      expect(() => queue.forcePush(-1)).toThrow(ClosedError);
      expect([queue.isFinished, queue.size]).toEqual([true, 0]);
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

    test.each([1, 7, 256])(`spsc: ${inOrder} in order, in batches of %i`, async (batch) => {
      const queue = make();
      const [seen] = await pass(queue, { producers: 1, consumers: 1, count: inOrder, batch });
      expect(seen).toEqual(numbers(inOrder));
      expect(queue.isEmpty).toBe(true);
      queue.drop();
    });

    test.each([1, 16])(
      `mpmc: 4 producers of ${each}, 4 consumers, every value exactly 4 times, in batches of %i`,
      async (batch) => {
        const queue = make();
        const count = each;
        const seen = await pass(queue, { producers: 4, consumers: 4, count, batch });
        expectAllInOrder(seen, 4, [count, count, count, count]);
        queue.drop();
      },
    );

    test("linearizable: a pop right after a push on the same thread never fails, whoever else does the same", async () => {
      const queue = make();
      const rounds = each;
      // With as many threads as slots, or more, a push may find no room, and a forced one displaces what another thread put in.
      const jobs = ["pushThenPop", "pushThenPop", "forcePushThenPop", "forcePushThenPop"].map((part, i) => ({
        part,
        token: queue.share(),
        rounds,
        producer: i + 1,
      }));
      const sums = await crew.play<number>(jobs);
      expect(sums.reduce((sum, part) => sum + part, 0)).toBe(rounds * (1 + 2 + 3 + 4));
      expect(queue.isEmpty).toBe(true);
      queue.drop();
    });

    /** Producers that push by force and consumers: what was displaced and what was popped is everything, once. */
    async function ringBuffer(producers: number, consumers: number, count: number): Promise<void> {
      const queue = make();
      const token = queue.share();
      const counter = word();
      const total = producers * count;
      const jobs: Job[] = [];
      for (let producer = 0; producer < producers; producer++) {
        jobs.push({ part: "forceAll", token, producer, producers, count, counter });
      }
      for (let i = 0; i < consumers; i++) jobs.push({ part: "consume", token, total, counter, batch: 1 });
      const seen = await crew.play<Int32Array>(jobs);
      expectAllInOrder(seen, producers, new Array(producers).fill(count));
      if (!isBounded) for (const displaced of seen.slice(0, producers)) expect(displaced).toHaveLength(0);
      expect(queue.isEmpty).toBe(true);
      queue.drop();
    }

    test(`spscRingBuffer: ${4 * each} forced pushes against pops, every value exactly once`, () =>
      ringBuffer(1, 1, 4 * each));

    test(`mpmcRingBuffer: 4 producers of ${each} by force, 4 consumers, every value exactly 4 times`, () =>
      ringBuffer(4, 4, each));

    test("drops: 100 runs of up to 10,000 random steps free every payload exactly once", () => {
      const next = random(seed());
      const longRuns = count({ all: 100, usually: 5, brief: 1 });
      // Payloads take a small block each, since they are too long for a slot; no other block of such a size comes or goes.
      const textOf = (n: number) => `payload ${n}`;
      const payloads = () => heap.stats().classes.reduce((sum, { size, blocks }) => sum + (size <= 64 ? blocks : 0), 0);
      for (let run = 0; run < 100; run++) {
        const queue = flavour.make(utf8, heap);
        const without = payloads();
        const handles = [queue];
        let [pushed, popped] = [0, 0];
        const texts = (count: number) => Array.from({ length: count }, (_, i) => textOf(pushed + i));
        const expectNext = (values: readonly (string | undefined)[]) => {
          for (const value of values)
            if (value !== undefined && value !== textOf(popped++)) expect(value).toBe(textOf(popped - 1));
        };
        for (let step = next(run < longRuns ? 10_000 : 500); step > 0; step--) {
          const handle = handles[next(handles.length)] as ConcurrentQueue<string>;
          switch (next(9)) {
            case 0:
            case 1:
              if (handle.push(textOf(pushed))) pushed++;
              break;
            case 2:
              pushed += handle.pushMany(texts(next(150)));
              break;
            case 3:
              expectNext([handle.forcePush(textOf(pushed++))]);
              break;
            case 4:
            case 5:
              expectNext([handle.pop()]);
              break;
            case 6:
              expectNext(handle.popMany(next(200)));
              break;
            case 7:
              expectNext([handle.popWith((value) => value)]);
              break;
            default:
              if (handles.length < 5) handles.push(handle.clone());
              else handles.splice(next(5), 1)[0]?.drop();
          }
        }
        const [last] = handles as [ConcurrentQueue<string>];
        expect(last.size).toBe(pushed - popped);
        expect(payloads() - without).toBe(pushed - popped);
        if (next(4) === 0) last.close();
        for (const handle of handles) handle.drop();
        expect(inUse(heap)).toEqual(before);
      }
    });

    test("drain: takes all there is, once, and waits for nothing", () => {
      const queue = make();
      expect([...queue.drain()]).toEqual([]);
      queue.pushMany(numbers(room(100)));
      expect([...queue.drain()]).toEqual([...numbers(room(100))]);
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
      const held = room(10);
      queue.pushMany(numbers(held));
      const last = held >> 1;
      for (const value of queue.drain()) if (value === last) break;
      expect(queue.popMany(100)).toEqual([...numbers(held - last - 1, last + 1)]);
      queue.drop();
    });

    test("drain: of a queue that others fill, two threads get every value once", async () => {
      const queue = make();
      const token = queue.share();
      const count = each;
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
      const answers = await crew.play<unknown>([...producers, ...drainers], async () => {
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
        const answers = await crew.play<unknown>([...producers, consumer], async () => {
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

    test("closeRaces: what was pushed by force before the close comes out or was displaced", async () => {
      const next = random(seed());
      for (let round = 0; round < 3; round++) {
        const queue = make();
        const token = queue.share();
        const producers = [0, 1].map((producer) => ({ part: "forceUntilClosed", token, producer, producers: 2 }));
        const consumer = { part: "popUntilFinished", token, batch: 1 };
        let closed: boolean[] = [];
        const answers = await crew.play<unknown>([...producers, consumer], async () => {
          await new Promise((resolve) => setTimeout(resolve, 1 + next(10)));
          closed = [queue.close(), queue.close()];
        });
        const forced = answers.slice(0, 2) as { pushed: number; displaced: Int32Array; refusal: string }[];
        for (const { refusal } of forced) expect(refusal).toBe("ERR_SHMOL_CLOSED");
        expect([...closed, queue.isClosed, queue.isFinished]).toEqual([true, false, true, true]);
        const out = [...forced.map(({ displaced }) => displaced), answers[2] as Int32Array];
        expectAllInOrder(
          out,
          2,
          forced.map(({ pushed }) => pushed),
        );
        queue.drop();
      }
    });

    test("closeRaces: of four threads that close at once, one is told that it did", async () => {
      const queue = make();
      const job = { part: "close", token: queue.share(), step: word(), parties: 4 };
      const answers = await crew.play<boolean>([job, job, job, job]);
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
          for (let i = next(40); i > 0; i--) if (queue.push(pushed)) pushed++;
          pushed += queue.pushMany(numbers(next(90), pushed));
          expect(queue.size).toBe(pushed - popped);
          expect(queue.isFull).toBe(pushed - popped === capacity);
          for (let i = next(5); i > 0; i--) {
            const oldest = pushed - popped === capacity ? popped++ : undefined;
            expect(queue.forcePush(pushed++)).toBe(oldest);
          }
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

    test("wrapAround: what is left in a queue past its wrap is freed with it", () => {
      for (const start of flavour.nearWraps) {
        const queue = flavour.make(utf8, heap) as unknown as ConcurrentQueue<number>;
        const texts = queue as unknown as ConcurrentQueue<string>;
        flavour.startAt(queue, start, BLOCKS);
        for (let i = 0; i < 250; i++) {
          texts.push(String(i));
          if (texts.size > 2) texts.pop();
        }
        texts.drop();
        expect(inUse(heap)).toEqual(before);
      }
    });

    test("outOfMemory: a payload for which there is no room is refused, nothing is lost or displaced, and after a pop it goes", () => {
      const full = spec.fresh();
      const queue = flavour.make(bytes, full);
      queue.popMany(1); // Takes this thread's scratch while there is room.
      // Each takes two pages. Of a queue with few slots, all are used.
      const value = (i: number) => new Uint8Array(2 * PAGE - 8).fill(i);
      const held = room(5);
      leaveFree(full, 2 * held + 1);
      for (let i = 0; i < held; i++) expect(queue.push(value(i))).toBe(true);
      const inside = inUse(full);
      for (const push of [
        () => queue.push(value(9)),
        () => queue.forcePush(value(9)),
        () => queue.pushMany([value(9), value(10)]),
      ]) {
        expect(push).toThrow(OutOfMemoryError);
        expect(push).toThrow(`no block of ${2 * PAGE} bytes left`);
      }
      expect([queue.size, inUse(full)]).toEqual([held, inside]);
      expect(queue.pop()?.every((byte) => byte === 0)).toBe(true);
      expect(queue.pushMany([value(held), value(9)]), "as many as there is memory for").toBe(1);
      for (let i = 1; i <= held; i++) expect(queue.pop()?.every((byte) => byte === i)).toBe(true);
      expect(queue.pop()).toBeUndefined();
      queue.drop();
      full.drop();
    });

    forBounded("outOfMemory: a queue for which there is no room is refused, and nothing was taken", () => {
      const full = spec.fresh();
      // The very first queue would take pages for its control block and cells.
      flavour.make(i32, full).drop();
      leaveFree(full, 0);
      const held = inUse(full);
      expect(() => {
        for (;;) flavour.make(i32, full);
      }).toThrow(OutOfMemoryError);
      const many = inUse(full);
      expect(() => flavour.make(i32, full)).toThrow(/no block of \d+ bytes left/);
      expect(inUse(full)).toEqual(many);
      expect(many.used).toBeGreaterThan(held.used);
      full.drop();
    });

    forBounded("outOfMemory: a queue that was made needs nothing more of its heap", () => {
      const full = spec.fresh();
      const queue = flavour.make(i32, full);
      leaveFree(full, 0);
      for (let size = 32768; size >= 16; size /= 2) {
        expect(() => {
          for (;;) full.alloc(size);
        }).toThrow(OutOfMemoryError);
      }
      const held = inUse(full);
      for (let round = 0; round < 3; round++) {
        // Without scratch, too: there is no room for that either.
        expect(queue.pushMany(numbers(capacity + 1))).toBe(capacity);
        expect(queue.popMany(capacity + 1)).toEqual([...numbers(capacity)]);
      }
      expect(inUse(full)).toEqual(held);
      queue.drop();
      full.drop();
    });

    forUnbounded("outOfMemory: a push is refused, nothing is lost, and after pops it works again", () => {
      const full = spec.fresh();
      const queue = flavour.make(i32, full);
      queue.popMany(1); // Takes this thread's scratch while there is room.
      leaveFree(full, flavour.pages as number);
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

    forUnbounded(
      "outOfMemory: a queue that filled the heap can be emptied in batches, by a thread that never did so before",
      () => {
        for (const empty of [
          (queue: ConcurrentQueue<number>) => queue.popMany(10),
          (queue: ConcurrentQueue<number>) => {
            const target = new Int32Array(10);
            return [...target.subarray(0, queue.popInto(target))];
          },
        ]) {
          const full = spec.fresh();
          const queue = flavour.make(i32, full);
          leaveFree(full, flavour.pages as number);
          expect(() => {
            for (let i = 0; ; i++) queue.push(i);
          }).toThrow(OutOfMemoryError);
          expect(empty(queue)).toEqual([...numbers(10)]);
          queue.drop();
          full.drop();
        }
      },
    );

    forUnbounded(
      "outOfMemory: producers that hit the end of the heap together with a consumer lose nothing",
      async () => {
        const full = spec.fresh();
        const queue = flavour.make(i32, full);
        leaveFree(full, flavour.pages as number);
        const count = each;
        const token = queue.share();
        const producers = [0, 1].map((producer) => ({
          part: "produceIntoFullHeap",
          token,
          producer,
          producers: 2,
          count,
        }));
        const consumer = { part: "consume", token, total: 2 * count, counter: word(), batch: 1 };
        const answers = await crew.play<unknown>([...producers, consumer]);
        expectAllInOrder([answers[2] as Int32Array], 2, [count, count]);
        queue.drop();
        full.drop();
      },
    );

    testWhere(capacity >= 3)(
      "isEmpty and isFull: a queue that always holds one or two is never seen empty, nor of another size",
      async () => {
        const queue = make();
        queue.push(0);
        const states = await observed(queue, () => {
          for (let i = 1; i <= 200_000; i++) {
            queue.push(i);
            queue.pop();
          }
        });
        for (const state of states) expect(state).toMatchObject({ isEmpty: false, isFull: false });
        for (const { size } of states) expect([1, 2]).toContain(size);
        queue.drop();
      },
    );

    forBounded("isEmpty and isFull: a queue that is kept full by force is never seen otherwise", async () => {
      const queue = make();
      queue.pushMany(numbers(capacity));
      const states = await observed(queue, () => {
        for (let i = 0; i < 200_000; i++) if (queue.forcePush(capacity + i) !== i) expect.fail(`not ${i} displaced`);
      });
      expect(states).toEqual([{ isEmpty: false, isFull: true, size: capacity }]);
      queue.drop();
    });

    /** Every state that another thread saw while `act` ran here. */
    async function observed(
      queue: ConcurrentQueue<number>,
      act: () => void,
    ): Promise<{ isEmpty: boolean; isFull: boolean; size: number }[]> {
      const done = word();
      const seen = await crew.play<string[]>([{ part: "observe", token: queue.share(), done }], () => {
        act();
        Atomics.store(done, 0, 1);
      });
      const states = [...new Set(seen.flat())].map((state) => JSON.parse(state));
      expect(states.length).toBeGreaterThan(0);
      return states;
    }

    forBounded("isFull: with one producer, a queue that is not full takes the next push", async () => {
      const queue = make();
      const total = inOrder;
      const jobs = [
        { part: "pushWhenNotFull", token: queue.share(), total },
        { part: "consume", token: queue.share(), total, counter: word(), batch: 1 },
      ];
      const [refused, seen] = await crew.play<unknown>(jobs);
      expect(refused).toBe(0);
      expect(seen).toEqual(numbers(total));
      queue.drop();
    });

    test("isEmpty: while a queue runs out, size and isEmpty agree, at every block's boundary", async () => {
      const total = room(50_000);
      const queues = Array.from({ length: isBounded ? 200 : 1 }, () => {
        const queue = make();
        for (let i = 0; i < total; i++) queue.push(i);
        return queue;
      });
      const tokens = queues.map((queue) => queue.share({ light: true }));
      const job = { part: "observeEmptying", heap: heap.share(), tokens, total };
      const faults = await crew.play<number>([job, job], () => {
        for (const queue of queues) for (let i = 0; i < total; i++) queue.pop();
      });
      expect(faults).toEqual([0, 0]);
      for (const queue of queues) queue.drop();
    });

    test.each(["i32", "utf8"])(
      "dropDuringHandOver: handles of a queue of %s go while others push and pop, and every block comes back",
      async (type) => {
        const start = seed();
        const parties = 3;
        const tokens = Array.from({ length: 200 }, (_, round) => {
          const queue = (type === "i32" ? make() : flavour.make(utf8, heap)) as ConcurrentQueue<unknown>;
          // Blocks change at 63, groups at 64, laps at the capacity.
          const held = Math.min(55 + (round % 10), Math.max(1, capacity - (round % 3)));
          for (let i = held; i > 0; i--) queue.push(type === "i32" ? i : String(i));
          if (round % 3 === 0) queue.popMany(50);
          const token = queue.share({ opens: parties, light: true });
          queue.drop();
          return token;
        });
        const job = { part: "handOver", heap: heap.share(), tokens, step: word(), parties, type };
        const taken = await crew.play<number>(Array.from({ length: parties }, (_, i) => ({ ...job, seed: start + i })));
        expect(taken.every((count) => count > 0)).toBe(true);
      },
    );

    const tenTimes = count({ all: 10, usually: 10, brief: 2 });
    test(`memoryComesBack: after ${tenTimes} times a hundred fillings of up to 10,000 elements the heap holds what it held`, () => {
      const queue = make();
      const held = heap.stats().used;
      const batch = numbers(room(10_000));
      const target = new Int32Array(batch.length);
      let committed = 0;
      for (let round = 0; round < tenTimes; round++) {
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
      expect(opened.pop()).toBe(1);
      clone.push(2);
      expect(queue.pop()).toBe(2);
      opened.push(3);
      expect([queue, clone, opened].map((handle) => handle.capacity)).toEqual([capacity, capacity, capacity]);
      queue.drop();
      opened.drop();
      opened.drop();
      expect(clone.pop()).toBe(3);
      clone.drop();
    });
  });
}
