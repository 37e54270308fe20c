/** What TypeScript knows about queues: the element type, from the codec to the other thread. */
import {
  type Arc,
  arc,
  bool,
  bytes,
  type Codec,
  ConcurrentQueue,
  clone,
  type FixedCodec,
  f64,
  i32,
  i64,
  type Jsonable,
  type JsonFields,
  json,
  type QueueToken,
  type Struct,
  struct,
  u32,
  u64,
  utf8,
} from "shmol";
import type { ConcurrentQueue as QueueOfRoom } from "shmol/queue";
import { describe, expectTypeOf, test } from "vitest";

declare const numbers: ConcurrentQueue<number>;
declare const flags: ConcurrentQueue<boolean>;

describe("the element type", () => {
  test("comes from the codec", () => {
    expectTypeOf(ConcurrentQueue.unbounded(i32)).toEqualTypeOf<ConcurrentQueue<number>>();
    expectTypeOf(ConcurrentQueue.unbounded(f64)).toEqualTypeOf<ConcurrentQueue<number>>();
    expectTypeOf(ConcurrentQueue.unbounded(bool)).toEqualTypeOf<ConcurrentQueue<boolean>>();
    expectTypeOf(bool).toEqualTypeOf<FixedCodec<boolean>>();
    expectTypeOf(bool).toExtend<Codec<boolean>>();
    expectTypeOf(ConcurrentQueue.unbounded(i64)).toEqualTypeOf<ConcurrentQueue<bigint>>();
    expectTypeOf(ConcurrentQueue.bounded(8, u64)).toEqualTypeOf<ConcurrentQueue<bigint>>();
    expectTypeOf(ConcurrentQueue.bounded(8, utf8)).toEqualTypeOf<ConcurrentQueue<string>>();
    expectTypeOf(ConcurrentQueue.bounded(1, bytes)).toEqualTypeOf<ConcurrentQueue<Uint8Array>>();
    expectTypeOf(ConcurrentQueue.bounded(1, arc)).toEqualTypeOf<ConcurrentQueue<Arc>>();
    // @ts-expect-error a capacity comes first
    ConcurrentQueue.bounded(i32);
    // @ts-expect-error a name is no type
    ConcurrentQueue.unbounded("i32");
  });

  test("of a struct comes from its fields, and from theirs", () => {
    const point = struct({ x: f64, y: f64 });
    const sighting = struct({ id: u32, at: point, seen: bool, when: i64 });
    interface Sighting {
      id: number;
      at: { x: number; y: number };
      seen: boolean;
      when: bigint;
    }
    expectTypeOf(point).toEqualTypeOf<FixedCodec<Struct<{ x: FixedCodec<number>; y: FixedCodec<number> }>>>();
    const queue = ConcurrentQueue.bounded(8, sighting);
    expectTypeOf(queue.pop()).toEqualTypeOf<Sighting | undefined>();
    expectTypeOf(queue.popWith(({ at }) => at.x)).toEqualTypeOf<number | undefined>();
    queue.push({ id: 1, at: { x: 0.5, y: 1 }, seen: true, when: 2n });
    const constant = { id: 1, at: { x: 0.5, y: 1 }, seen: true, when: 2n } as const;
    queue.push(constant);
    // @ts-expect-error a field is missing
    queue.push({ id: 1, at: { x: 0.5, y: 1 }, seen: true });
    // @ts-expect-error a field of a field is missing
    queue.push({ id: 1, at: { x: 0.5 }, seen: true, when: 2n });
    // @ts-expect-error a field that may be missing
    queue.push({ id: 1, at: { x: 0.5, y: 1 }, seen: true } as Sighting | Partial<Sighting>);
    // @ts-expect-error a field of another type
    queue.push({ id: 1, at: { x: 0.5, y: 1 }, seen: 1, when: 2n });
    // @ts-expect-error a number is no BigInt
    queue.push({ id: 1, at: { x: 0.5, y: 1 }, seen: true, when: 2 });
    // @ts-expect-error a field that there is not
    queue.push({ id: 1, at: { x: 0.5, y: 1 }, seen: true, when: 2n, colour: 3 });
  });

  test("a struct's fields are of fixed size, and do not change", () => {
    // @ts-expect-error strings are of any size
    struct({ name: utf8 });
    // @ts-expect-error so are bytes
    struct({ content: bytes });
    // @ts-expect-error a name is no type
    struct({ x: "f64" });
    const point = struct({ x: f64 });
    // @ts-expect-error read only
    point.byteLength = 4;
    // @ts-expect-error read only
    i32.name = "u32";
  });

  test("of a codec of one's own comes from its two functions", () => {
    const dates = {
      name: "date",
      encode: (date: Date) => new Uint8Array(new Float64Array([date.getTime()]).buffer),
      decode: (from: Uint8Array<ArrayBuffer>) => new Date(new Float64Array(from.buffer)[0] as number),
    };
    expectTypeOf(ConcurrentQueue.unbounded(dates)).toEqualTypeOf<ConcurrentQueue<Date>>();
    expectTypeOf(dates).toExtend<Codec<Date>>();
    // @ts-expect-error dates go in, strings come out
    ConcurrentQueue.unbounded({ name: "date", encode: dates.encode, decode: () => "" });
    // @ts-expect-error no name
    ConcurrentQueue.unbounded({ encode: dates.encode, decode: dates.decode });
    // @ts-expect-error a string is not bytes
    ConcurrentQueue.unbounded({ name: "date", encode: (date: Date) => date.toJSON(), decode: dates.decode });
  });

  test("of json and of clones is for the program to say", () => {
    interface Job {
      readonly id: number;
      readonly tags?: readonly string[];
    }
    const jobs = ConcurrentQueue.bounded<Job>(8, json);
    expectTypeOf(jobs).toEqualTypeOf<ConcurrentQueue<Job>>();
    expectTypeOf(jobs.pop()).toEqualTypeOf<Job | undefined>();
    expectTypeOf(ConcurrentQueue.open<Job>(jobs.share())).toEqualTypeOf<ConcurrentQueue<Job>>();
    expectTypeOf(ConcurrentQueue.unbounded<Map<string, Job>>(clone).popMany(1)).toEqualTypeOf<Map<string, Job>[]>();
    // @ts-expect-error not a job
    jobs.push({ name: "one" });
    expectTypeOf(ConcurrentQueue.unbounded(json).pop()).toEqualTypeOf<unknown>();
    expectTypeOf(ConcurrentQueue.unbounded(clone).popMany(1)).toEqualTypeOf<unknown[]>();
  });

  test("of json is one that JSON brings back as it was", () => {
    interface Tree {
      readonly name: string;
      readonly note?: string;
      at: number | null;
      children: Tree[];
      rest: Record<string, unknown>;
    }
    expectTypeOf(json<Tree>()).toEqualTypeOf<Codec<Tree>>();
    expectTypeOf(ConcurrentQueue.bounded(8, json<Tree>()).pop()).toEqualTypeOf<Tree | undefined>();
    expectTypeOf(json<string[]>()).toEqualTypeOf<Codec<string[]>>();
    expectTypeOf(json<Tree | null>()).toEqualTypeOf<Codec<Tree | null>>();
    expectTypeOf<Jsonable<Tree>>().toEqualTypeOf<JsonFields<Tree>>();
    // @ts-expect-error a Date arrives as a string
    json<{ when: Date }>();
    // @ts-expect-error nothing of a Map arrives
    json<Map<string, number>>();
    // @ts-expect-error at any depth
    json<{ a: { b: Set<number> }[] }>();
    // @ts-expect-error functions are left out
    json<{ f(): void }>();
    // @ts-expect-error JSON refuses them
    json<{ b: bigint }>();
    // @ts-expect-error null arrives
    json<(string | undefined)[]>();
    expectTypeOf(json<bigint>()).toEqualTypeOf<Codec<never>>();
  });

  test("of the empty struct is an object without fields", () => {
    expectTypeOf(struct({})).toEqualTypeOf<FixedCodec<Struct<Record<never, never>>>>();
    expectTypeOf(struct.compiles).toEqualTypeOf<boolean>();
  });

  test("is what goes in and what comes out", () => {
    expectTypeOf(flags.push).parameter(0).toEqualTypeOf<boolean>();
    expectTypeOf(flags.pop()).toEqualTypeOf<boolean | undefined>();
    expectTypeOf(flags.pushMany).parameter(0).toEqualTypeOf<ArrayLike<boolean>>();
    expectTypeOf(flags.popMany(1)).toEqualTypeOf<boolean[]>();
    expectTypeOf(flags.drain()).toExtend<IterableIterator<boolean>>();
    expectTypeOf(flags.push(true)).toEqualTypeOf<boolean>();
    expectTypeOf(flags.forcePush).parameter(0).toEqualTypeOf<boolean>();
    expectTypeOf(flags.forcePush(true)).toEqualTypeOf<boolean | undefined>();
    expectTypeOf(flags.popWith((flag) => [flag])).toEqualTypeOf<boolean[] | undefined>();
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
