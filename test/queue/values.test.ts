import fc from "fast-check";
import { bool, type Codec, ConcurrentQueue, DroppedError, f32, f64, Heap, i32, TypeMismatchError, u32 } from "shmol";
import { afterAll, describe, expect, test } from "vitest";
import { seed } from "../seed.js";

const heap = Heap.create();
afterAll(() => heap.drop());

interface Type<T> {
  readonly type: Codec<T>;
  /** Values at the type's edges. */
  readonly edges: readonly T[];
  readonly any: fc.Arbitrary<T>;
  /** Typed arrays that take every value. */
  readonly targets: readonly (new (
    length: number,
  ) => { readonly length: number; [i: number]: number })[];
}

const types: readonly Type<number | boolean>[] = [
  { type: i32, edges: [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)], any: fc.integer(), targets: [Int32Array, Float64Array] },
  {
    type: u32,
    edges: [0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1],
    any: fc.nat(2 ** 31 - 1).map((n) => n * 2 + 1),
    targets: [Uint32Array, Float64Array],
  },
  {
    type: f32,
    edges: [0, -0, Number.NaN, Infinity, -Infinity, 2 ** -149, Math.fround(0.1), Math.fround(3.4e38)],
    any: fc.float(),
    targets: [Float32Array, Float64Array],
  },
  {
    type: f64,
    edges: [0, -0, Number.NaN, Infinity, -Infinity, Number.MIN_VALUE, Number.MAX_VALUE, 2 ** 53 + 2, 0.1],
    any: fc.double(),
    targets: [Float64Array],
  },
  { type: bool, edges: [true, false], any: fc.boolean(), targets: [Uint8Array, Uint8ClampedArray, Int8Array] },
] as readonly Type<number | boolean>[];

describe.each(types.map((each) => [each.type.name, each] as const))(
  "values of type %s",
  (_, { type, edges, any, targets }) => {
    const make = () => ConcurrentQueue.unbounded(type, { heap });

    test("come out as they went in, one by one", () => {
      const queue = make();
      for (const value of edges) {
        queue.push(value);
        expect(Object.is(queue.pop(), value)).toBe(true);
        expect(queue.pop(), "nothing is left").toBeUndefined();
      }
      queue.drop();
    });

    test("come out as they went in, however calls are mixed", () => {
      const queue = make();
      const property = fc.property(fc.array(any, { maxLength: 300 }), fc.nat(300), (values, cut) => {
        expect(queue.pushMany(values.slice(0, cut))).toBe(Math.min(cut, values.length));
        for (const value of values.slice(cut)) queue.push(value);
        const half = queue.popMany(values.length >> 1);
        expect([...half, ...queue.drain()]).toEqual(values);
      });
      fc.assert(property, { seed: seed(), numRuns: 50 });
      queue.drop();
    });

    test.each(targets.map((target) => [target.name, target] as const))("popInto fills %s", (_name, Target) => {
      const queue = make();
      queue.pushMany(edges);
      const target = new Target(edges.length + 1);
      target[edges.length] = 1;
      expect(queue.popInto(target as unknown as Int32Array)).toBe(edges.length);
      expect(Array.from(target as ArrayLike<number>).slice(0, -1)).toEqual(edges.map(Number));
      expect(target[edges.length], "what lies behind the last value is not touched").toBe(1);
      queue.drop();
    });

    test("the type travels in the token", () => {
      const queue = make();
      const other = ConcurrentQueue.open(structuredClone(queue.share()));
      queue.pushMany(edges);
      expect([...other.drain()]).toEqual([...edges]);
      for (const handle of [queue, other]) handle.drop();
    });
  },
);

test("f32 rounds to what 32 bits hold", () => {
  const queue = ConcurrentQueue.unbounded(f32, { heap });
  queue.push(0.1);
  queue.pushMany([0.1]);
  expect(queue.popMany(2)).toEqual([Math.fround(0.1), Math.fround(0.1)]);
  queue.drop();
});

describe("pushMany", () => {
  const make = () => ConcurrentQueue.unbounded(i32, { heap });

  test("takes arrays, typed arrays and whatever else has a length and indices", () => {
    const queue = make();
    expect(queue.pushMany([1, 2])).toBe(2);
    expect(queue.pushMany(Int32Array.of(3, 4))).toBe(2);
    expect(queue.pushMany(Uint8Array.of(5))).toBe(1);
    expect(queue.pushMany({ length: 2, 0: 6, 1: 7 })).toBe(2);
    expect(queue.pushMany([])).toBe(0);
    expect(queue.popMany(10)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    queue.drop();
  });

  test.each([1, 62, 63, 64, 126, 1023, 1024, 1025, 5000])(
    "takes %i values, more than a block or the scratch",
    (length) => {
      const queue = make();
      const values = Array.from({ length }, (_, i) => i);
      expect(queue.pushMany(values)).toBe(length);
      expect(queue.size).toBe(length);
      expect(queue.popMany(length + 1)).toEqual(values);
      queue.drop();
    },
  );

  test.each([0, 1, 62, 63, 500, 1024, 2500])("stops at a bad value: %i values before it went in", (at) => {
    const queue = make();
    const values = Array.from({ length: 3000 }, (_, i) => (i === at ? 0.5 : i));
    if (at === 0) expect(() => queue.pushMany(values)).toThrow(TypeMismatchError);
    else expect(queue.pushMany(values)).toBe(at);
    expect(queue.size).toBe(at);
    // The rest then says why.
    expect(() => queue.pushMany(values.slice(at))).toThrow("i32 value is not an integer: 0.5");
    expect(queue.popMany(5000)).toEqual(values.slice(0, at));
    queue.drop();
  });

  test("answers what went in when the queue is closed on the way", () => {
    const queue = make();
    const values = new Proxy(
      Array.from({ length: 3000 }, (_, i) => i),
      {
        get(target, key) {
          // The scratch holds 1024: the first such run is in the queue, the second is being read.
          if (key === "1500") queue.close();
          return Reflect.get(target, key);
        },
      },
    );
    expect(queue.pushMany(values)).toBe(1024);
    expect(queue.popMany(5000)).toHaveLength(1024);
    expect(queue.isFinished).toBe(true);
    queue.drop();
  });

  test("notices when a value that it reads drops the queue", () => {
    const queue = make();
    const values = {
      length: 2,
      0: 1,
      get 1() {
        queue.drop();
        return 2;
      },
    };
    expect(() => queue.pushMany(values)).toThrow(DroppedError);
  });

  test("is not disturbed by a value that uses another queue when it is read", () => {
    const queue = make();
    const other = make();
    const values = {
      length: 4,
      0: 1,
      1: 2,
      get 2() {
        other.pushMany([-1, -2, -3]);
        other.popMany(3);
        return 3;
      },
      3: 4,
    };
    expect(queue.pushMany(values)).toBe(4);
    expect(queue.popMany(4)).toEqual([1, 2, 3, 4]);
    for (const handle of [queue, other]) handle.drop();
  });
});

describe("popMany and popInto", () => {
  test("take no more than they were asked for, and nothing from an empty queue", () => {
    const queue = ConcurrentQueue.unbounded(i32, { heap });
    expect(queue.popMany(5)).toEqual([]);
    expect(queue.popInto(new Int32Array(5))).toBe(0);
    queue.pushMany([1, 2, 3, 4, 5, 6]);
    expect(queue.popMany(0)).toEqual([]);
    expect(queue.popInto(new Int32Array(0))).toBe(0);
    expect(queue.popMany(2)).toEqual([1, 2]);
    const target = new Int32Array(3);
    expect(queue.popInto(target)).toBe(3);
    expect([...target]).toEqual([3, 4, 5]);
    expect(queue.popMany(2 ** 32 - 1)).toEqual([6]);
    queue.drop();
  });

  test("popInto fills a part of an array, and an array in shared memory", () => {
    const queue = ConcurrentQueue.unbounded(i32, { heap });
    queue.pushMany([1, 2, 3]);
    const whole = new Int32Array(new SharedArrayBuffer(16));
    expect(queue.popInto(whole.subarray(1, 3))).toBe(2);
    expect([...whole]).toEqual([0, 1, 2, 0]);
    expect(queue.size).toBe(1);
    queue.drop();
  });
});

describe("batches large enough to be copied as a whole", () => {
  const LENGTH = 2500;
  const fill = <A extends Int32Array | Uint32Array | Float32Array | Float64Array>(
    array: A,
    value: (i: number) => number,
  ) => array.map((_, i) => value(i)) as A;
  const integers = (i: number) => [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), i, -i][i % 7] as number;
  const naturals = (i: number) => [0, 1, 2 ** 31, 2 ** 32 - 1, i][i % 5] as number;
  const floats = (i: number) => [0, -0, Number.NaN, Infinity, -Infinity, 0.1, 2 ** -1074, 1.5 * i][i % 8] as number;

  test.each([
    ["i32", i32, fill(new Int32Array(LENGTH), integers), Int32Array],
    ["i32", i32, fill(new Int32Array(LENGTH), integers), Float64Array],
    ["u32", u32, fill(new Uint32Array(LENGTH), naturals), Uint32Array],
    ["u32", u32, fill(new Uint32Array(LENGTH), naturals), Float64Array],
    ["f32", f32, fill(new Float32Array(LENGTH), floats), Float32Array],
    ["f32", f32, fill(new Float32Array(LENGTH), floats), Float64Array],
    ["f64", f64, fill(new Float64Array(LENGTH), floats), Float64Array],
  ] as const)("%s come out as they went in", (_name, type, values, Target) => {
    for (const queue of [ConcurrentQueue.unbounded(type, { heap }), ConcurrentQueue.bounded(LENGTH, type, { heap })]) {
      expect(queue.pushMany(values)).toBe(LENGTH);
      const target = new Target(LENGTH + 1).fill(7);
      expect(queue.popInto(target.subarray(0, 2000))).toBe(2000);
      expect(queue.popInto(target.subarray(2000))).toBe(500);
      expect([...target]).toEqual([...values, 7]);
      queue.drop();
    }
  });

  test("are looked at one by one when they say that they are longer than they are", () => {
    const queue = ConcurrentQueue.unbounded(i32, { heap });
    const liar = Object.defineProperty(Int32Array.of(1, 2, 3), "length", { value: 100 });
    expect(queue.pushMany(liar)).toBe(3);
    expect(queue.popMany(100)).toEqual([1, 2, 3]);
    queue.drop();
  });
});
