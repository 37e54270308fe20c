import { Arc, bool, ClosedError, type Codec, ConcurrentQueue, f32, f64, Heap, i32, type QueueToken, u32 } from "shmol";
import { afterAll, describe, expect, test } from "vitest";
import { expectRefusal, type Misuse, refusals, wrong } from "../refusal.js";

const heap = Heap.create();
const queue = ConcurrentQueue.unbounded(i32, { heap });
queue.pushMany([1, 2, 3]);
afterAll(() => {
  queue.drop();
  heap.drop();
});

const table = (title: string, rows: readonly Misuse[]) =>
  refusals(title, rows, heap, () => [queue.size, queue.isClosed]);

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
    says: "an object",
  },
  {
    what: "null for a heap",
    act: () => ConcurrentQueue.unbounded(i32, { heap: wrong(null) }),
    error: "TypeMismatchError",
    says: "null",
  },
]);

function pushing<T>(type: Codec<T>, values: readonly [unknown, string][]): void {
  const typed = ConcurrentQueue.unbounded(type, { heap });
  afterAll(() => typed.drop());
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
    ]),
  );
  test(`and a queue of ${type.name} is then still empty`, () => expect(typed.isEmpty).toBe(true));
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

pushing(i32, [
  [2 ** 31, "i32 value out of range: 2147483648"],
  [-(2 ** 31) - 1, "-2147483649"],
  [0.5, "0.5"],
  [Number.NaN, "NaN"],
  [true, "true"],
  ...others,
]);
pushing(u32, [
  [2 ** 32, "u32 value out of range: 4294967296"],
  [-1, "-1"],
  [1.5, "1.5"],
  [Infinity, "Infinity"],
  [false, "false"],
  ...others,
]);
pushing(f32, [[true, "true"], ...others]);
pushing(f64, [[true, "true"], ...others]);
pushing(bool, [[0, "0"], [1, "1"], ...others]);

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
    says: "an object",
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
  const uses: Record<Exclude<keyof ConcurrentQueue<number>, "drop" | typeof Symbol.dispose>, () => unknown> = {
    push: () => dropped.push(1),
    pop: () => dropped.pop(),
    pushMany: () => dropped.pushMany([1]),
    popMany: () => dropped.popMany(1),
    popInto: () => dropped.popInto(new Int32Array(1)),
    drain: () => [...dropped.drain()],
    size: () => dropped.size,
    capacity: () => dropped.capacity,
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
