/** What TypeScript knows about queues: the element type, from the codec to the other thread. */
import { bool, type Codec, ConcurrentQueue, f64, i32, type QueueToken } from "shmol";
import type { ConcurrentQueue as QueueOfRoom } from "shmol/queue";
import { describe, expectTypeOf, test } from "vitest";

declare const numbers: ConcurrentQueue<number>;
declare const flags: ConcurrentQueue<boolean>;

describe("the element type", () => {
  test("comes from the codec", () => {
    expectTypeOf(ConcurrentQueue.unbounded(i32)).toEqualTypeOf<ConcurrentQueue<number>>();
    expectTypeOf(ConcurrentQueue.unbounded(f64)).toEqualTypeOf<ConcurrentQueue<number>>();
    expectTypeOf(ConcurrentQueue.unbounded(bool)).toEqualTypeOf<ConcurrentQueue<boolean>>();
    expectTypeOf(bool).toEqualTypeOf<Codec<boolean>>();
  });

  test("is what goes in and what comes out", () => {
    expectTypeOf(flags.push).parameter(0).toEqualTypeOf<boolean>();
    expectTypeOf(flags.pop()).toEqualTypeOf<boolean | undefined>();
    expectTypeOf(flags.pushMany).parameter(0).toEqualTypeOf<ArrayLike<boolean>>();
    expectTypeOf(flags.popMany(1)).toEqualTypeOf<boolean[]>();
    expectTypeOf(flags.drain()).toExtend<IterableIterator<boolean>>();
    expectTypeOf(flags.clone()).toEqualTypeOf<ConcurrentQueue<boolean>>();
    numbers.pushMany(new Float64Array(2));
    // @ts-expect-error not a number
    numbers.push("1");
    // @ts-expect-error not a boolean
    flags.push(1);
    // @ts-expect-error undefined means empty
    numbers.push(undefined);
  });

  test("travels in the token", () => {
    expectTypeOf(flags.share()).toEqualTypeOf<QueueToken<boolean>>();
    expectTypeOf(ConcurrentQueue.open(flags.share())).toEqualTypeOf<ConcurrentQueue<boolean>>();
    expectTypeOf(ConcurrentQueue.open(numbers.share(), i32)).toEqualTypeOf<ConcurrentQueue<number>>();
    // @ts-expect-error a queue of booleans is not one of numbers
    const wrong: ConcurrentQueue<number> = ConcurrentQueue.open(flags.share());
    void wrong;
  });
});

test("a queue is one class, whichever door it comes through", () => {
  expectTypeOf<QueueOfRoom<number>>().toEqualTypeOf<ConcurrentQueue<number>>();
});

test("a queue is not iterable by accident, not thenable, and disposable", () => {
  expectTypeOf(numbers).not.toExtend<Iterable<number>>();
  expectTypeOf(numbers).not.toHaveProperty("then");
  expectTypeOf(numbers).toExtend<Disposable>();
});
