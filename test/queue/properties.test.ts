/**
 * Queues against a plain array: random calls with random values of every type, on every flavour. After each call both say the
 * same, and in the end the heap holds what it held before.
 */
import fc from "fast-check";
import {
  bool,
  bytes,
  ClosedError,
  type Codec,
  ConcurrentQueue,
  clone,
  f32,
  f64,
  Heap,
  i32,
  i64,
  json,
  struct,
  u32,
  u64,
  utf8,
} from "shmol";
import { afterAll, describe, expect, test } from "vitest";
import { count } from "../counts.js";
import { inUse } from "../heaps.js";
import { seed } from "../seed.js";

const heap = Heap.create();
afterAll(() => heap.drop());

interface Typed {
  readonly type: Codec<unknown>;
  readonly values: fc.Arbitrary<unknown>;
  /** What popInto fills, if it can. */
  readonly target?: new (
    length: number,
  ) => Int32Array | Float64Array | BigInt64Array | BigUint64Array | Uint8Array;
}

const doubles = fc.oneof(fc.double(), fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, 2 ** -1074));
/** NaNs of every kind: as a number each is NaN, but the slot has their bits. */
const nans = fc.bigInt({ min: 1n, max: 2n ** 51n - 1n }).map((payload) => {
  return new Float64Array(BigUint64Array.of(0x7ff8000000000000n | payload).buffer)[0] as number;
});
const strings = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  // Any UTF-16 at all, lone surrogates included.
  fc.array(fc.nat(0xffff), { maxLength: 200 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom("", "\ud800", "\udc00\ud800", "\ufeff", "\0", "🥐".repeat(100), `${"ä".repeat(50_000)}\ud83e`),
);
const blobs = fc.oneof(
  { weight: 20, arbitrary: fc.uint8Array({ maxLength: 300 }) },
  { weight: 2, arbitrary: fc.constant(new Uint8Array(0)) },
  { weight: 1, arbitrary: fc.nat(255).map((fill) => new Uint8Array(1024 * 1024).fill(fill)) },
);
const ofBits = (bits: number, signed: boolean) =>
  fc.bigInt(
    signed
      ? { min: -(2n ** BigInt(bits - 1)), max: 2n ** BigInt(bits - 1) - 1n }
      : { min: 0n, max: 2n ** BigInt(bits) - 1n },
  );

/** What structured cloning has to keep, and JSON would lose. */
const clonable = fc.oneof(
  fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withSparseArray: true,
    withUnicodeString: true,
    maxDepth: 3,
  }),
  strings,
  fc.string().map((message) => new RangeError(message)),
  fc.uint8Array({ minLength: 8, maxLength: 64 }).map((whole) => ({ whole, part: whole.subarray(3), again: [whole] })),
  fc.dictionary(fc.string(), fc.anything({ maxDepth: 1 })).map((entries) => {
    const cycle: Record<string, unknown> = { entries };
    cycle.self = cycle;
    cycle.map = new Map([[cycle, new Set([cycle])]]);
    return cycle;
  }),
);

const messages: Codec<unknown> = {
  name: "messages",
  encode: (value) => new TextEncoder().encode(JSON.stringify([value])),
  decode: (from) => JSON.parse(new TextDecoder().decode(from))[0],
};

const types: readonly Typed[] = [
  { type: i32, values: fc.integer(), target: Int32Array },
  { type: u32, values: fc.nat(2 ** 31 - 1).map((n) => n * 2 + 1), target: Float64Array },
  { type: f32, values: fc.oneof(fc.float(), nans, fc.constant(-0)), target: Float64Array },
  { type: f64, values: fc.oneof(doubles, nans), target: Float64Array },
  { type: bool, values: fc.boolean() },
  { type: i64, values: ofBits(64, true), target: BigInt64Array },
  { type: u64, values: ofBits(64, false), target: BigUint64Array },
  { type: bytes, values: blobs },
  { type: utf8, values: strings },
  {
    type: json,
    values: fc.oneof(
      fc.json().map((text) => JSON.parse(text)),
      strings,
    ),
  },
  { type: clone, values: clonable.filter((value) => value !== undefined && isClonable(value)) },
  {
    type: struct({ id: u32, at: struct({ x: f64, near: bool }), small: f32, big: u64 }),
    values: fc.record(
      {
        id: fc.nat(2 ** 31 - 1).map((n) => n * 2),
        at: fc.record({ x: doubles, near: fc.boolean() }, { noNullPrototype: true }),
        small: fc.float(),
        big: ofBits(64, false),
      },
      { noNullPrototype: true },
    ),
  },
  { type: messages, values: fc.json().map((text) => JSON.parse(text)) },
] as readonly Typed[];

/** fast-check makes things up that structured cloning does not take, such as functions as keys' values. */
function isClonable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

/** What comes out for a value: its clone by the host's own means, which the queue must agree with, or itself. */
const cameThrough = (type: Codec<unknown>, value: unknown) =>
  seen(type === (clone as unknown) ? structuredClone(value) : value);

/** A value as it is compared: bytes as text, since a megabyte of them would be compared one by one. */
function seen(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value;
}

type Call =
  | { readonly call: "push" | "forcePush"; readonly value: unknown }
  | { readonly call: "pushMany"; readonly values: readonly unknown[] }
  | { readonly call: "pop" | "popWith" | "close" | "drainOne" | "clone" }
  | { readonly call: "popMany" | "popInto"; readonly max: number };

function callsWith({ values }: Typed): fc.Arbitrary<Call[]> {
  const call = fc.oneof(
    {
      weight: 25,
      arbitrary: fc.record({ call: fc.constantFrom("push" as const, "forcePush" as const), value: values }),
    },
    {
      weight: 10,
      arbitrary: fc.record({ call: fc.constant("pushMany" as const), values: fc.array(values, { maxLength: 12 }) }),
    },
    {
      weight: 20,
      arbitrary: fc.record({
        call: fc.constantFrom("pop" as const, "popWith" as const, "drainOne" as const, "clone" as const),
      }),
    },
    {
      weight: 10,
      arbitrary: fc.record({ call: fc.constantFrom("popMany" as const, "popInto" as const), max: fc.nat(12) }),
    },
    // Rarely: nothing goes in any more after it.
    { weight: 1, arbitrary: fc.record({ call: fc.constant("close" as const) }) },
  );
  return fc.array(call, { maxLength: 60, size: "max" });
}

/** The model: an array with room for so many, which may be closed. */
class Model {
  readonly #type: Codec<unknown>;
  readonly #room: number;
  readonly items: unknown[] = [];
  closed = false;

  constructor(type: Codec<unknown>, room: number) {
    this.#type = type;
    this.#room = room;
  }

  get isFull(): boolean {
    return this.items.length === this.#room;
  }

  push(value: unknown): boolean {
    if (this.isFull) return false;
    this.items.push(cameThrough(this.#type, value));
    return true;
  }
}

/** Plays one call on both, and compares. */
function play(queue: ConcurrentQueue<unknown>, model: Model, step: Call, target: Typed["target"]): void {
  switch (step.call) {
    case "push":
      if (model.closed) expect(() => queue.push(step.value)).toThrow(ClosedError);
      else expect(queue.push(step.value)).toBe(model.push(step.value));
      break;
    case "forcePush": {
      if (model.closed) {
        expect(() => queue.forcePush(step.value)).toThrow(ClosedError);
        break;
      }
      const oldest = model.isFull ? model.items.shift() : undefined;
      model.push(step.value);
      expect(seen(queue.forcePush(step.value))).toStrictEqual(oldest);
      break;
    }
    case "pushMany": {
      if (model.closed && step.values.length > 0) {
        expect(() => queue.pushMany(step.values)).toThrow(ClosedError);
        break;
      }
      const went = step.values.findIndex((value) => !model.push(value));
      expect(queue.pushMany(step.values)).toBe(went === -1 ? step.values.length : went);
      break;
    }
    case "pop":
      expect(seen(queue.pop())).toStrictEqual(model.items.shift());
      break;
    case "drainOne":
      expect(seen(queue.drain().next().value)).toStrictEqual(model.items.shift());
      break;
    case "popWith": {
      const oldest = model.items.shift();
      let looked = false;
      queue.popWith((value) => {
        looked = true;
        expect(shownAs(seen(value), oldest)).toStrictEqual(oldest);
      });
      expect(looked).toBe(oldest !== undefined);
      break;
    }
    case "popMany":
      expect(queue.popMany(step.max).map(seen)).toStrictEqual(model.items.splice(0, step.max));
      break;
    case "popInto": {
      if (target === undefined) break;
      const into = new target(step.max);
      const popped = queue.popInto(into);
      expect([...into.subarray(0, popped)]).toStrictEqual(model.items.splice(0, step.max));
      break;
    }
    case "clone":
      queue.clone().drop();
      break;
    default:
      expect(queue.close()).toBe(!model.closed);
      model.closed = true;
  }
  const { length } = model.items;
  expect([queue.size, queue.isEmpty, queue.isFull, queue.isClosed, queue.isFinished]).toStrictEqual([
    length,
    length === 0,
    model.isFull,
    model.closed,
    model.closed && length === 0,
  ]);
}

/** A lent struct has its fields as getters: a plain object of them. */
function shownAs(value: unknown, like: unknown): unknown {
  if (typeof like !== "object" || like === null || !("at" in like && "small" in like)) return value;
  const { id, at, small, big } = value as Record<string, unknown>;
  const { x, near } = at as Record<string, unknown>;
  return { id, at: { x, near }, small, big };
}

const flavours: readonly [string, number][] = [
  ["unbounded", Number.POSITIVE_INFINITY],
  ["single", 1],
  ["bounded(3)", 3],
  ["bounded(70)", 70],
];

describe.each(types.map((each) => [each.type.name, each] as const))("a queue of %s is an array", (_, typed) => {
  test.each(flavours)("%s", (_name, room) => {
    const { type, target } = typed;
    const property = fc.property(callsWith(typed), (steps) => {
      const before = inUse(heap);
      const queue =
        room === Number.POSITIVE_INFINITY
          ? ConcurrentQueue.unbounded(type, { heap })
          : ConcurrentQueue.bounded(room, type, { heap });
      try {
        const model = new Model(type, room);
        for (const step of steps) play(queue, model, step, target);
      } finally {
        queue.drop();
      }
      expect(inUse(heap)).toStrictEqual(before);
    });
    fc.assert(property, { seed: seed(), numRuns: count({ all: 1000, usually: 40, brief: 15 }) });
  });
});
