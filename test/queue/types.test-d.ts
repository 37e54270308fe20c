/** What TypeScript knows about queues: the element type, from the codec to the other thread. */
import {
  type Arc,
  arc,
  array,
  bool,
  bytes,
  type Codec,
  type CodecOf,
  ConcurrentQueue,
  clone,
  date,
  enumeration,
  type FixedCodec,
  f64,
  fromJsonSchema,
  i32,
  i64,
  type Jsonable,
  type JsonFields,
  json,
  lazy,
  literal,
  map,
  nullable,
  type Optional,
  optional,
  type QueueToken,
  type Struct,
  struct,
  tuple,
  u32,
  u64,
  union,
  utf8,
  type ValueOf,
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

  test("of a record is what a person would write", () => {
    interface Job {
      id: number;
      name: string;
      tags: string[];
      at: [number, number];
      body: Uint8Array;
      method: "get" | "post" | 7;
      when: Date;
      limit: number | null;
      counts: Record<string, number>;
      extra: unknown;
      more: { deep?: boolean };
      note?: string;
      size?: number | null;
    }
    const job = struct({
      id: u32,
      name: utf8,
      tags: array(utf8),
      at: tuple(f64, f64),
      body: bytes,
      method: enumeration("get", "post", 7),
      when: date,
      limit: nullable(f64),
      counts: map(u32),
      extra: json,
      more: struct({ deep: optional(bool) }),
      note: optional(utf8),
      size: optional(nullable(f64)),
    });
    const queue = ConcurrentQueue.bounded(8, job);
    expectTypeOf(queue.pop()).toEqualTypeOf<Job | undefined>();
    expectTypeOf<ValueOf<typeof job>>().toEqualTypeOf<Job>();
    // One's own, with what one does not change.
    interface Plan {
      readonly id: number;
      readonly tags: readonly string[];
      readonly note?: string;
    }
    const plan: Codec<Plan> = struct({ id: u32, tags: array(utf8), note: optional(utf8) });
    ConcurrentQueue.unbounded(plan).push({ id: 1, tags: ["a"] as const });
    const plans = ConcurrentQueue.unbounded(struct({ id: u32, tags: array(utf8), note: optional(utf8) }));
    plans.push({ id: 1, tags: [] });
    plans.push({ id: 1, tags: [], note: "x" });
    // @ts-expect-error a field of another type
    plans.push({ id: 1, tags: [1] });
    // @ts-expect-error only what is optional may be absent
    plans.push({ id: 1, note: "x" });
    // @ts-expect-error a field that there is not
    plans.push({ id: 1, tags: [], nott: "x" });
    // @ts-expect-error absent is not null
    plans.push({ id: 1, tags: [], note: null });
  });

  test("of a union tells its members apart", () => {
    const shape = union(
      "kind",
      struct({ kind: literal("circle"), radius: f64 }),
      struct({ kind: literal("box"), width: f64, height: optional(f64) }),
    );
    type Shape = { kind: "circle"; radius: number } | { kind: "box"; width: number; height?: number };
    expectTypeOf(shape).toEqualTypeOf<Codec<Shape>>();
    const popped = ConcurrentQueue.unbounded(shape).pop();
    if (popped?.kind === "circle") expectTypeOf(popped.radius).toEqualTypeOf<number>();
    ConcurrentQueue.unbounded(shape).push({ kind: "box", width: 1 });
    // @ts-expect-error of no member
    ConcurrentQueue.unbounded(shape).push({ kind: "line", width: 1 });
    // @ts-expect-error not all of them have it
    union("radius", struct({ kind: literal("circle"), radius: f64 }), struct({ kind: literal("box") }));
    // @ts-expect-error a number is no record
    union("kind", f64);
  });

  test("of a recursive record is one that was declared", () => {
    interface Tree {
      name: string;
      left?: Tree;
      children: Tree[];
    }
    const tree: Codec<Tree> = struct({
      name: utf8,
      left: optional(lazy(() => tree)),
      children: array(lazy(() => tree)),
    });
    expectTypeOf(ConcurrentQueue.unbounded(tree).pop()).toEqualTypeOf<Tree | undefined>();
    // @ts-expect-error a type, and not what returns it
    lazy(tree);
  });

  test("of a record is of fixed size if all that it consists of is", () => {
    const fixed = struct({
      at: tuple(f64, f64),
      ok: nullable(bool),
      way: enumeration("in", "out"),
      when: optional(date),
    });
    expectTypeOf(fixed.byteLength).toEqualTypeOf<number>();
    expectTypeOf(nullable(f64)).toEqualTypeOf<FixedCodec<number | null>>();
    expectTypeOf(tuple(f64, bool)).toEqualTypeOf<FixedCodec<[number, boolean]>>();
    expectTypeOf(tuple(f64, utf8)).toEqualTypeOf<Codec<[number, string]>>();
    expectTypeOf(array(f64)).toEqualTypeOf<Codec<number[]>>();
    expectTypeOf(map(nullable(utf8))).toEqualTypeOf<Codec<Record<string, string | null>>>();
    expectTypeOf(literal("a")).toEqualTypeOf<FixedCodec<"a">>();
    expectTypeOf(date).toEqualTypeOf<FixedCodec<Date>>();
    expectTypeOf(optional(utf8)).toEqualTypeOf<Optional<Codec<string>>>();
    expectTypeOf<CodecOf<string, typeof utf8>>().toEqualTypeOf<Codec<string>>();
    // @ts-expect-error its strings are of any size
    struct({ name: utf8 }).byteLength;
    // @ts-expect-error nothing is absent but a field
    array(optional(utf8));
    // @ts-expect-error nor is a queue's element
    ConcurrentQueue.unbounded(optional(utf8));
    // @ts-expect-error a name is no type
    struct({ x: "f64" });
    // @ts-expect-error an object is no literal
    literal({});
    // @ts-expect-error read only
    fixed.byteLength = 4;
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

  test("of a JSON Schema is what its user says, or unknown", () => {
    expectTypeOf(fromJsonSchema({ type: "string" })).toEqualTypeOf<Codec<unknown>>();
    expectTypeOf(fromJsonSchema<string>({ type: "string" })).toEqualTypeOf<Codec<string>>();
    // @ts-expect-error a schema is an object
    fromJsonSchema("string");
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
