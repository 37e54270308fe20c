import { createSecretKey } from "node:crypto";
import { BlockList } from "node:net";
import {
  Arc,
  arc as arcs,
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
  type QueueToken,
  struct,
  u32,
  u64,
  utf8,
} from "shmol";
import { afterAll, describe, expect, test } from "vitest";
import { expectRefusal, type Misuse, refusals, wrong } from "../refusal.js";

const heap = Heap.create();
const queue = ConcurrentQueue.unbounded(i32, { heap });
queue.pushMany([1, 2, 3]);
const texts = ConcurrentQueue.unbounded(utf8, { heap });
texts.push("one");
const bigs = ConcurrentQueue.unbounded(i64, { heap });
bigs.push(1n);
afterAll(() => {
  queue.drop();
  texts.drop();
  bigs.drop();
  heap.drop();
});

const table = (title: string, rows: readonly Misuse[]) =>
  refusals(title, rows, heap, () => [queue.size, queue.isClosed, texts.size, bigs.size]);

table("making a queue refuses", [
  {
    what: "no type",
    act: () => ConcurrentQueue.unbounded(wrong(undefined), { heap }),
    error: "TypeMismatchError",
    says: "undefined",
  },
  {
    what: "null for a type",
    act: () => ConcurrentQueue.unbounded(wrong(null), { heap }),
    error: "TypeMismatchError",
    says: "null",
  },
  {
    what: "a type's name",
    act: () => ConcurrentQueue.unbounded(wrong("i32"), { heap }),
    error: "TypeMismatchError",
    says: '"i32"',
  },
  {
    what: "a look-alike of a type",
    act: () => ConcurrentQueue.unbounded(wrong({ ...i32 }), { heap }),
    error: "TypeMismatchError",
    says: "an object",
  },
  {
    what: "a heap's token",
    act: () => ConcurrentQueue.unbounded(i32, { heap: wrong(heap.share()) }),
    error: "TypeMismatchError",
    says: 'a token of kind "heap"',
  },
  {
    what: "null for a heap",
    act: () => ConcurrentQueue.unbounded(i32, { heap: wrong(null) }),
    error: "TypeMismatchError",
    says: "null",
  },
]);

const ring = (capacity: unknown) => () => ConcurrentQueue.bounded(wrong(capacity), i32, { heap });
const notACapacity = (capacity: unknown, shown: string): Misuse => ({
  what: `a capacity of ${shown}`,
  act: ring(capacity),
  error: "TypeMismatchError",
  says: `capacity must be a positive integer: ${shown}`,
});
const tooLarge = (capacity: number, bytesOfRing: number): Misuse => ({
  what: `a capacity of ${capacity}`,
  act: ring(capacity),
  error: "TypeMismatchError",
  says: `capacity ${capacity} does not fit: a ring of more than ${bytesOfRing} bytes, in a heap of ${heap.capacity}`,
});
/** Bytes that a ring takes: eight for a slot, two cells for each group of 64. */
const ringSize = (capacity: number) => capacity * 8 + Math.ceil(capacity / 64) * 256;

table("making a bounded queue refuses", [
  notACapacity(0, "0"),
  notACapacity(-0, "-0"),
  notACapacity(-1, "-1"),
  notACapacity(1.5, "1.5"),
  notACapacity(Number.NaN, "NaN"),
  notACapacity(Number.POSITIVE_INFINITY, "Infinity"),
  notACapacity("8", '"8"'),
  notACapacity(8n, "8n"),
  notACapacity([8], "an array"),
  notACapacity({ valueOf: () => 8 }, "an object"),
  notACapacity(null, "null"),
  notACapacity(undefined, "undefined"),
  // More than the heap has, more than any heap could have, and numbers whose size wraps at 32 bits.
  tooLarge(heap.capacity / 8, ringSize(heap.capacity / 8)),
  tooLarge(2 ** 29 - 1, ringSize(2 ** 29 - 1)),
  ...[2 ** 29, 2 ** 29 + 8, 2 ** 32, 2 ** 32 + 1, 2 ** 53].map((capacity) => tooLarge(capacity, ringSize(2 ** 29 - 1))),
  {
    what: "a capacity that the heap's free pages do not hold",
    act: () => {
      const used = Heap.create({ capacity: 16 * 65536 });
      used.alloc(8 * 65536);
      const before = used.stats().used;
      try {
        ConcurrentQueue.bounded(70_000, i32, { heap: used });
      } finally {
        expect(used.stats().used).toBe(before);
        used.drop();
      }
    },
    error: "OutOfMemoryError",
    says: `no block of ${ringSize(70_000)} bytes left`,
  },
  {
    what: "a type where the capacity belongs",
    act: () => ConcurrentQueue.bounded(wrong(i32), wrong(8)),
    error: "TypeMismatchError",
    says: "capacity must be a positive integer: a codec",
  },
  {
    what: "no type",
    act: () => ConcurrentQueue.bounded(8, wrong(undefined), { heap }),
    error: "TypeMismatchError",
    says: "not an element type: undefined",
  },
]);

const encode = () => new Uint8Array(1);
const decode = () => 1;
const own = (codec: unknown, says: string, what: string): Misuse => ({
  what,
  act: () => ConcurrentQueue.unbounded(wrong(codec), { heap }),
  error: "TypeMismatchError",
  says,
});
const needsName = "a codec of your own needs a name that no built-in type has";

table("a codec of one's own is refused", [
  own({ encode, decode }, "not an element type: an object", "without a name"),
  own({ name: 5, encode, decode }, "not an element type: an object", "with a number for a name"),
  own({ name: "mine", decode }, "not an element type: an object", "without encode"),
  own({ name: "mine", encode }, "not an element type: an object", "without decode"),
  own({ name: "mine", encode, decode: 5 }, "not an element type: an object", "whose decode is no function"),
  own(() => 5, "not an element type: a function", "that is a function"),
  own({ name: "", encode, decode }, `${needsName}: ""`, "with an empty name"),
  ...["i32", "u32", "f32", "f64", "bool", "i64", "u64", "bytes", "utf8", "json", "clone", "arc"].map((name) =>
    own({ name, encode, decode }, `${needsName}: "${name}"`, `with the name of the built-in ${name}`),
  ),
  own({ name: 'struct{"x":"f64"}', encode, decode }, needsName, "with the name of a struct"),
  own({ name: "struct{", encode, decode }, needsName, "with what every struct's name begins with"),
]);

const made = (fields: unknown, says: string, what: string): Misuse => ({
  what,
  act: () => struct(wrong(fields)),
  error: "TypeMismatchError",
  says,
});

table("making a struct refuses", [
  made(undefined, "a struct is made of its fields, and a list is an array() or a tuple(): undefined", "nothing"),
  made(null, "null", "null"),
  made("x", '"x"', "a string"),
  made({ x: "f64" }, '"x" is "f64"', "a type's name"),
  made({ x: f64, s: clone }, '"s" is clone', "what has no place in a record"),
  made({ x: undefined }, '"x" is undefined', "no type"),
  made({ x: { name: "mine", byteLength: 4, encode, decode } }, '"x" is an object', "a codec of one's own"),
  made([utf8], "a struct is made of its fields, and a list is an array() or a tuple(): an array", "an array of types"),
]);

/** `some`: two values of the type, for a queue that is to be full of them. */
function pushing<T>(type: Codec<T>, some: readonly [T, T], values: readonly [unknown, string][]): void {
  const typed = ConcurrentQueue.unbounded(type, { heap });
  const full = ConcurrentQueue.bounded(2, type, { heap });
  for (const value of some) full.push(value);
  afterAll(() => {
    typed.drop();
    full.drop();
  });
  table(
    `a queue of ${type.name} refuses`,
    values.flatMap(([value, says]) => [
      {
        what: `push(${describeValue(value)})`,
        act: () => typed.push(wrong(value)),
        error: "TypeMismatchError",
        says,
      } as const,
      {
        what: `pushMany([${describeValue(value)}])`,
        act: () => typed.pushMany([wrong(value)]),
        error: "TypeMismatchError",
        says,
      } as const,
      {
        what: `forcePush(${describeValue(value)}), though there is room and though there is none`,
        act: () => {
          expectRefusal(heap, { act: () => typed.forcePush(wrong(value)), error: "TypeMismatchError", says });
          full.forcePush(wrong(value));
        },
        error: "TypeMismatchError",
        says,
      } as const,
    ]),
  );
  test(`and a queue of ${type.name} is then still empty, or still full`, () => {
    expect([typed.isEmpty, full.size]).toEqual([true, 2]);
    if (type.name !== "arc") expect(full.popMany(3)).toEqual(some);
  });
}

const describeValue = (value: unknown) =>
  typeof value === "bigint"
    ? `${value}n`
    : typeof value === "string"
      ? `"${value}"`
      : typeof value === "object"
        ? "an object"
        : String(value);
const others: [unknown, string][] = [
  [undefined, "undefined"],
  [null, "null"],
  ["1", '"1"'],
  [1n, "1n"],
  [Symbol("s"), "Symbol(s)"],
  [{ valueOf: () => 1 }, "an object"],
];

pushing(
  i32,
  [1, 2],
  [
    [2 ** 31, "i32 value out of range: 2147483648"],
    [-(2 ** 31) - 1, "-2147483649"],
    [0.5, "i32 value is not an integer: 0.5"],
    [Number.NaN, "i32 value is not an integer: NaN"],
    [true, "true"],
    ...others,
  ],
);
pushing(
  u32,
  [1, 2],
  [
    [2 ** 32, "u32 value out of range: 4294967296"],
    [-1, "-1"],
    [1.5, "1.5"],
    [Infinity, "Infinity"],
    [false, "false"],
    ...others,
  ],
);
pushing(f32, [1, 2], [[true, "true"], ...others]);
pushing(f64, [1, 2], [[true, "true"], ...others]);
pushing(bool, [true, false], [[0, "0"], [1, "1"], ...others]);

/** A view, or a DataView, whose memory went elsewhere. */
function transferred<V extends ArrayBufferView>(view: V): V {
  structuredClone(view.buffer, { transfer: [view.buffer as ArrayBuffer] });
  return view;
}

const cycle: Record<string, unknown> = {};
cycle.self = cycle;
const noBigInts = others.filter(([value]) => typeof value !== "bigint");

pushing(
  i64,
  [1n, -1n],
  [
    [2n ** 63n, "i64 value out of range: 9223372036854775808n"],
    [-(2n ** 63n) - 1n, "i64 value out of range: -9223372036854775809n"],
    [1, "i64 value is of another type: 1"],
    ...noBigInts,
  ],
);
pushing(
  u64,
  [1n, 2n],
  [
    [2n ** 64n, "u64 value out of range: 18446744073709551616n"],
    [-1n, "u64 value out of range: -1n"],
    [1, "u64 value is of another type: 1"],
    ...noBigInts,
  ],
);
pushing(
  bytes,
  [Uint8Array.of(1), Uint8Array.of()],
  [
    ["text", 'bytes value is of another type: "text"'],
    [[1, 2], "an array"],
    [new Uint16Array(2), "bytes value is of another type: a Uint16Array; for its bytes pass new Uint8Array("],
    [
      transferred(new Uint8Array(4)),
      "bytes value is a Uint8Array without memory: its buffer was transferred, or made smaller",
    ],
    [transferred(new DataView(new ArrayBuffer(4))), "bytes value is a DataView without memory"],
    [transferred(new Uint8Array(4)).buffer, "bytes value is an ArrayBuffer without memory"],
    [Object.create(Uint8Array.prototype), "an object"],
    [new Proxy(Uint8Array.of(1), {}), "an object"],
    ...others,
  ],
);
pushing(
  utf8,
  ["", "text"],
  [
    [5, "utf8 value is of another type: 5"],
    [new String("text"), "a String"],
    ...others.filter(([value]) => typeof value !== "string"),
  ],
);
pushing<unknown>(
  json,
  [null, { x: 1 }],
  [
    [undefined, "json value is undefined, which JSON leaves out"],
    [() => 5, "json value is a function, which JSON leaves out"],
    [Symbol("s"), "Symbol(s)"],
    [1n, "json value is a BigInt, for which JSON has no form: 1n"],
    [{ deep: [1n] }, "json value at deep[0] is a BigInt, for which JSON has no form: 1n"],
    [cycle, "json value at self is the value itself: JSON has no cycles"],
    [{ a: { "b c": cycle } }, 'json value at a["b c"].self is what stands at a["b c"]: JSON has no cycles'],
    [{ toJSON: () => undefined }, "json value is"],
  ],
);
pushing<unknown>(
  clone,
  [null, new Map([[1, 2n]])],
  [
    [undefined, "clone value is of another type: undefined"],
    [() => 5, "clone value cannot be cloned: a function"],
    [{ deep: [() => 5] }, "clone value cannot be cloned: an object"],
    [Symbol("s"), "clone value cannot be cloned: Symbol(s)"],
    [new SharedArrayBuffer(8), "clone value cannot be cloned: a SharedArrayBuffer"],
    [new WeakMap(), "clone value cannot be cloned: a WeakMap"],
    [Promise.resolve(), "clone value cannot be cloned: a Promise that was not awaited"],
    [queue, "clone value cannot be cloned: a ConcurrentQueue"],
    [new Blob(["x"]), "clone value is a Blob, which cannot be cloned into shared memory: send what it is made of"],
    [{ a: [new Map([[1, new URL("http://localhost")]])] }, "clone value at a[0]<value 0> is a URL, which"],
    [new Set([new DOMException("no", "AbortError")]), "clone value at <0> is a DOMException, which"],
    [[new BlockList()], "clone value at [0] is a BlockList, which"],
    [createSecretKey(Buffer.alloc(8)), "KeyObject, which"],
    [new AbortController().signal, "clone value is an AbortSignal, which"],
    [transferred(new Uint8Array(4)), "clone value is a Uint8Array without memory"],
    [Proxy.revocable({}, {}).proxy, "clone value cannot be cloned: an object"],
  ],
);
pushing(
  arcs,
  [Arc.create(8, { heap }), Arc.create(8, { heap })],
  [[Uint8Array.of(1), "arc value is of another type: a Uint8Array"], [5, "arc value is of another type: 5"], ...others],
);
const point = struct({ x: f64, at: struct({ id: u32, ok: bool }), when: i64 });
const good = { x: 1, at: { id: 2, ok: true }, when: 3n };
pushing(
  point,
  [good, good],
  [
    [5, "value is of another type: 5"],
    [undefined, "undefined"],
    [null, "null"],
    [{}, "x is missing: the struct's field of type f64"],
    [{ ...good, x: "1" }, 'x is no f64: a string: "1"'],
    [{ ...good, at: undefined }, "at is missing: the struct's field of type struct"],
    [{ ...good, at: 5 }, "at is no struct: a number: 5"],
    [{ ...good, at: { id: 2 } }, "at.ok is missing: the struct's field of type bool"],
    [{ ...good, at: { id: -1, ok: true } }, "at.id is no u32: a number out of range: -1"],
    [{ ...good, at: { id: 1.5, ok: true } }, "at.id is no u32: a number that is not an integer: 1.5"],
    [{ ...good, at: { id: 2, ok: 1 } }, "at.ok is no bool: a number: 1"],
    [{ ...good, when: 3 }, "when is no i64: a number: 3"],
    [{ ...good, when: 2n ** 63n }, "when is no i64: a bigint out of range: 9223372036854775808n"],
  ],
);
const liar = {
  name: "liar",
  encode: (answer: unknown) => answer as Uint8Array,
  decode: (from: Uint8Array) => from as unknown,
};
pushing<unknown>(
  liar,
  [Uint8Array.of(1), Uint8Array.of(2)],
  [
    [undefined, "liar value is of another type: undefined"],
    [null, "encoded liar value is of another type: null"],
    ["bytes", 'encoded liar value is of another type: "bytes"'],
    [[1, 2], "encoded liar value is of another type: an array"],
    [new ArrayBuffer(4), "encoded liar value is of another type: an ArrayBuffer"],
  ],
);

table("batches refuse", [
  {
    what: "pushMany(nothing)",
    act: () => queue.pushMany(wrong(undefined)),
    error: "TypeMismatchError",
    says: "undefined",
  },
  { what: "pushMany(a number)", act: () => queue.pushMany(wrong(5)), error: "TypeMismatchError", says: "5" },
  { what: "pushMany(a string)", act: () => queue.pushMany(wrong("12")), error: "TypeMismatchError", says: '"12"' },
  {
    what: "pushMany(a set)",
    act: () => queue.pushMany(wrong(new Set([1]))),
    error: "TypeMismatchError",
    says: "a Set",
  },
  {
    what: "popWith(nothing)",
    act: () => queue.popWith(wrong(undefined)),
    error: "TypeMismatchError",
    says: "undefined",
  },
  { what: "popWith(an object)", act: () => queue.popWith(wrong({})), error: "TypeMismatchError", says: "an object" },
  {
    what: "popInto where values are no numbers",
    act: () => texts.popInto(new Uint8Array(4)),
    error: "TypeMismatchError",
    says: "values of type utf8 go into no typed array, not Uint8Array",
  },
  {
    what: "popInto(numbers) where values are BigInts",
    act: () => bigs.popInto(new Float64Array(4)),
    error: "TypeMismatchError",
    says: "values of type i64 go into BigInt64Array, not Float64Array",
  },
  {
    what: "popInto(unsigned BigInts) where they have a sign",
    act: () => bigs.popInto(new BigUint64Array(4)),
    error: "TypeMismatchError",
    says: "values of type i64 go into BigInt64Array, not BigUint64Array",
  },
  { what: "popMany(-1)", act: () => queue.popMany(-1), error: "TypeMismatchError", says: "-1" },
  { what: "popMany(1.5)", act: () => queue.popMany(1.5), error: "TypeMismatchError", says: "1.5" },
  { what: "popMany(2^32)", act: () => queue.popMany(2 ** 32), error: "TypeMismatchError", says: "4294967296" },
  { what: "popMany(NaN)", act: () => queue.popMany(Number.NaN), error: "TypeMismatchError", says: "NaN" },
  { what: "popMany(a string)", act: () => queue.popMany(wrong("1")), error: "TypeMismatchError", says: '"1"' },
  { what: "popInto(an array)", act: () => queue.popInto(wrong([])), error: "TypeMismatchError", says: "an array" },
  {
    what: "popInto(nothing)",
    act: () => queue.popInto(wrong(undefined)),
    error: "TypeMismatchError",
    says: "undefined",
  },
  {
    what: "popInto(a narrower array)",
    act: () => queue.popInto(new Int16Array(2)),
    error: "TypeMismatchError",
    says: "Int16Array",
  },
  {
    what: "popInto(an unsigned array)",
    act: () => queue.popInto(new Uint32Array(2)),
    error: "TypeMismatchError",
    says: "Uint32Array",
  },
  {
    what: "popInto(a DataView)",
    act: () => queue.popInto(wrong(new DataView(new ArrayBuffer(8)))),
    error: "TypeMismatchError",
    says: "DataView",
  },
]);

table("sharing refuses", [
  { what: "no opens", act: () => queue.share({ opens: 0 }), error: "TypeMismatchError", says: "0" },
  { what: "half an open", act: () => queue.share({ opens: 0.5 }), error: "TypeMismatchError", says: "0.5" },
  { what: "2^31 opens", act: () => queue.share({ opens: 2 ** 31 }), error: "TypeMismatchError", says: "2147483648" },
  {
    what: "as many opens as leave no count for this handle",
    act: () => queue.share({ opens: 2 ** 31 - 1 }),
    error: "OutOfMemoryError",
    says: "2147483647",
  },
]);

const token = queue.share();
const arc = Arc.create(8, { heap });
afterAll(() => arc.drop());
const gone = ConcurrentQueue.unbounded(i32, { heap });
const stale = gone.share();
gone.drop();
const open = (value: unknown, type?: unknown) => () => ConcurrentQueue.open(value as QueueToken<number>, wrong(type));

table("opening refuses", [
  { what: "nothing", act: open(undefined), error: "TokenError", says: "undefined" },
  { what: "null", act: open(null), error: "TokenError", says: "null" },
  { what: "a number", act: open(5), error: "TokenError", says: "5" },
  { what: "an empty object", act: open({}), error: "TokenError", says: "an object" },
  {
    what: "an Arc's token",
    act: open(arc.share()),
    error: "TokenError",
    says: 'token is of kind "arc", expected "queue"',
  },
  {
    what: "a heap's token",
    act: open(heap.share()),
    error: "TokenError",
    says: 'token is of kind "heap", expected "queue"',
  },
  { what: "a token of a dropped queue", act: open(stale), error: "TokenError", says: String(stale.generation) },
  {
    what: "a token of another generation",
    act: open({ ...token, generation: token.generation + 1 }),
    error: "TokenError",
    says: String(token.generation + 1),
  },
  {
    what: "a token with a foreign control block",
    act: open({ ...token, control: token.control + 8 }),
    error: "TokenError",
    says: String(token.control + 8),
  },
  {
    what: "a token with an Arc's control block",
    act: open({ ...token, control: arc.share().control, generation: arc.share().generation }),
    error: "TokenError",
    says: String(arc.share().control),
  },
  {
    what: "a token whose control block is no number",
    act: open({ ...token, control: "9" }),
    error: "TokenError",
    says: '"9"',
  },
  {
    what: "a token whose generation is negative",
    act: open({ ...token, generation: -1 }),
    error: "TokenError",
    says: "-1",
  },
  {
    what: "a token with a ticket that is no ticket",
    act: open({ ...token, ticket: { control: token.control, generation: token.generation } }),
    error: "TokenError",
    says: String(token.control),
  },
  { what: "a token with a null ticket", act: open({ ...token, ticket: null }), error: "TokenError", says: "null" },
  { what: "a token of an unknown type", act: open({ ...token, type: "i128" }), error: "TokenError", says: '"i128"' },
  { what: "a token whose type was changed", act: open({ ...token, type: "u32" }), error: "TokenError", says: '"u32"' },
  { what: "another type than the queue's", act: open(token, u32), error: "TokenError", says: '"u32"' },
  {
    what: "a look-alike of the queue's type",
    act: open(token, { name: "i32" }),
    error: "TypeMismatchError",
    says: "an object",
  },
  { what: "null for a type", act: open(token, null), error: "TypeMismatchError", says: "null" },
  {
    what: "a light token of a heap that is not open here",
    act: open({ ...token, heap: "0123456789abcdef", memory: undefined }),
    error: "TokenError",
    says: "0123456789abcdef",
  },
]);

describe("opening with a ticket", () => {
  test.each([
    ["of an unknown type", { type: "i128" }],
    ["of another kind", { shmol: "arc" }],
    ["of another generation", { generation: token.generation + 1 }],
    ["of another control block", { control: arc.share().control }],
  ])("%s takes none of its opens", (_, change) => {
    const shared = ConcurrentQueue.unbounded(i32, { heap });
    const ticketed = shared.share({ opens: 1 });
    expectRefusal(heap, { act: open({ ...ticketed, ...change }), error: "TokenError", says: "" });
    const opened = ConcurrentQueue.open(ticketed);
    shared.push(4);
    expect(opened.pop()).toBe(4);
    for (const handle of [opened, shared]) handle.drop();
  });
});

describe("a closed queue", () => {
  test("refuses values, and looks at them first", () => {
    const closed = ConcurrentQueue.unbounded(i32, { heap });
    closed.close();
    expectRefusal(heap, { act: () => closed.push(1), error: "ClosedError", says: "closed" });
    expectRefusal(heap, { act: () => closed.pushMany([1, 2]), error: "ClosedError", says: "closed" });
    expectRefusal(heap, { act: () => closed.push(0.5), error: "TypeMismatchError", says: "0.5" });
    expect(() => closed.push(1)).toThrow(ClosedError);
    closed.drop();
  });
});

describe("a dropped queue refuses", () => {
  const dropped = ConcurrentQueue.unbounded(i32, { heap });
  dropped.drop();
  /** What is for those who only look. */
  type Shown = "size" | "capacity" | "toJSON";
  const uses: Record<Exclude<keyof ConcurrentQueue<number>, "drop" | typeof Symbol.dispose | Shown>, () => unknown> = {
    push: () => dropped.push(1),
    forcePush: () => dropped.forcePush(1),
    popWith: () => dropped.popWith(() => 1),
    pop: () => dropped.pop(),
    pushMany: () => dropped.pushMany([1]),
    popMany: () => dropped.popMany(1),
    popInto: () => dropped.popInto(new Int32Array(1)),
    drain: () => [...dropped.drain()],
    isEmpty: () => dropped.isEmpty,
    isFull: () => dropped.isFull,
    isClosed: () => dropped.isClosed,
    isFinished: () => dropped.isFinished,
    heap: () => dropped.heap,
    close: () => dropped.close(),
    clone: () => dropped.clone(),
    share: () => dropped.share(),
  };
  test.each(Object.entries(uses))("%s", (_, act) => {
    expectRefusal(heap, { act, error: "DroppedError", says: "this queue was dropped" });
  });

  test("no counter: there is nothing to count", () => {
    expect([dropped.size, dropped.capacity]).toEqual([0, 0]);
  });

  test("nothing when it is dropped again", () => {
    expect(() => dropped.drop()).not.toThrow();
    expect(() => dropped[Symbol.dispose]()).not.toThrow();
  });
});

test("a queue refuses to be cloned by structured cloning", () => {
  expect(() => structuredClone(queue)).toThrow(
    expect.objectContaining({ name: "DataCloneError", message: expect.stringContaining("share()") }),
  );
});
