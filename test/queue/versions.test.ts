/** Two versions of a record type: who can open what, and what the newer one makes of the older one's records. */
import fc from "fast-check";
import {
  array,
  type Codec,
  ConcurrentQueue,
  channel,
  enumeration,
  f64,
  Heap,
  i32,
  json,
  lazy,
  literal,
  map,
  nullable,
  optional,
  SharedEvent,
  struct,
  TokenError,
  TypeMismatchError,
  tuple,
  u32,
  union,
  utf8,
} from "shmol";
import { afterAll, describe, expect, test } from "vitest";
import { inUse } from "../heaps.js";
import { seed } from "../seed.js";
import { Crew } from "../workers.js";

const heap = Heap.create();
afterAll(() => heap.drop());

type Any = Codec<unknown>;

/** A queue of the one type, and what opening its token with the other one comes to. */
function opened(theirs: Any, ours: Any) {
  const queue = ConcurrentQueue.unbounded(theirs, { heap });
  try {
    return { queue, other: ConcurrentQueue.open(structuredClone(queue.share()), ours) };
  } catch (error) {
    queue.drop();
    throw error;
  }
}

describe("a token of records is opened with another type", () => {
  const point = { x: f64, y: f64 };
  const node: Any = struct({ value: i32, next: optional(lazy(() => node)) });
  const longer: Any = struct({ value: f64, next: optional(lazy(() => longer)) });
  const circle = struct({ kind: literal("circle"), r: f64 });
  const rows: [string, Any, Any][] = [
    ["id is u32, not f64", struct({ id: u32, name: utf8 }), struct({ id: f64, name: json })],
    ["name is missing in the one passed", struct({ id: u32, name: utf8, at: f64 }), struct({ id: u32, at: f64 })],
    ["name is only in the one passed, and not optional", struct({ id: u32 }), struct({ id: u32, name: utf8 })],
    ["y has another place in the one passed", struct(point), struct({ y: f64, x: f64 })],
    ["id is u32, not nullable u32", struct({ id: u32 }), struct({ id: nullable(u32) })],
    ["id is optional u32, not u32", struct({ id: optional(u32) }), struct({ id: u32 })],
    ["id is u32, not optional u32", struct({ id: u32 }), struct({ id: optional(u32) })],
    ["at.y is missing in the one passed", struct({ at: struct(point) }), struct({ at: struct({ x: f64 }) })],
    [
      "points[].y is f64, not i32",
      struct({ points: array(struct(point)) }),
      struct({ points: array(struct({ x: f64, y: i32 })) }),
    ],
    ['["a b"][] is u32, not f64', struct({ "a b": map(u32) }), struct({ "a b": map(f64) })],
    ["at is tuple of 2, not tuple of 3", struct({ at: tuple(f64, f64) }), struct({ at: tuple(f64, f64, f64) })],
    ["at[1] is f64, not i32", struct({ at: tuple(f64, f64) }), struct({ at: tuple(f64, i32) })],
    [
      'how is "a" or "b", not "b" or "a"',
      struct({ how: enumeration("a", "b") }),
      struct({ how: enumeration("b", "a") }),
    ],
    [
      'each is union by "kind" of 1, not union by "kind" of 2',
      union("kind", circle),
      union("kind", circle, struct({ kind: literal("dot") })),
    ],
    ["r is f64, not i32", union("kind", circle), union("kind", struct({ kind: literal("circle"), r: i32 }))],
    ["value is i32, not f64", node, longer],
    ["each is struct, not array", struct({}), array(u32)],
    ["each is array, not nullable array", array(u32), nullable(array(u32))],
  ];
  test.each(rows)("which is refused, and what differs first is named: %s", (says, theirs, ours) => {
    const held = inUse(heap);
    expect(() => opened(theirs, ours)).toThrow(
      new TokenError(`the queue's elements are of another type than the one passed: ${says}`),
    );
    expect(inUse(heap)).toEqual(held);
  });

  test("of another kind, which is named", () => {
    expect(() => opened(struct({ id: u32 }), json)).toThrow(
      'the queue\'s elements are of type "struct{\\"id\\":\\"u32\\"}", not "json"',
    );
    expect(() => opened(json, struct({ id: u32 }))).toThrow('the queue\'s elements are of type "json", not "struct{');
  });

  test("and its name is another one's than the queue's", () => {
    const queue = ConcurrentQueue.unbounded(struct({ id: u32 }), { heap });
    const token = { ...queue.share(), type: struct({ id: f64 }).name };
    expect(() => ConcurrentQueue.open(token, struct({ id: f64, more: optional(u32) }) as Any)).toThrow(
      "which they are not",
    );
    queue.drop();
  });
});

/** Declares a type; `isNew`: the later version of it. */
type Declare = (isNew: boolean) => Any;
const added = { b0: optional(utf8), toString: optional(u32), z: optional(array(f64)) };

/** Types of which a later version has more optional fields, wherever there are structs, and values of the older one. */
interface Kind {
  readonly declare: Declare;
  readonly values: fc.Arbitrary<unknown>;
}
const leaves: readonly Kind[] = [
  { declare: () => i32 as Any, values: fc.integer() },
  { declare: () => utf8 as Any, values: fc.string({ maxLength: 20 }) },
  { declare: () => enumeration("a", "b") as Any, values: fc.constantFrom("a", "b") },
];
type Field = readonly [kind: Kind, isOptional: boolean];

function structOf(fields: readonly Field[], tag?: string): Kind {
  const all: readonly Field[] =
    tag === undefined ? fields : [[{ declare: () => literal(tag) as Any, values: fc.constant(tag) }, false], ...fields];
  const keys: string[] = all.map((_, i) => (i === 0 && tag !== undefined ? "is" : `a${i}`));
  const record = Object.fromEntries(all.map(([{ values }], i) => [keys[i], values]));
  const required = keys.filter((_, i) => all[i]?.[1] === false);
  return {
    declare: (isNew) => {
      const own = all.map(([kind, isOptional], i) => {
        const type = kind.declare(isNew);
        return [keys[i], isOptional ? optional(type) : type] as const;
      });
      const more = isNew ? Object.entries(added) : [];
      // New fields may stand anywhere.
      return struct(
        Object.fromEntries([...own.slice(0, 1), ...more.slice(0, 1), ...own.slice(1), ...more.slice(1)]),
      ) as Any;
    },
    values: fc.record(record, { requiredKeys: required, noNullPrototype: true } as object),
  };
}

const { kind: kinds } = fc.letrec<{ kind: Kind }>((tie) => {
  const inner = tie("kind");
  const fields = fc.array(fc.tuple(inner, fc.boolean()), { maxLength: 4 });
  return {
    kind: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constantFrom(...leaves),
      { weight: 3, arbitrary: fields.map((all) => structOf(all)) },
      inner.map(({ declare, values }) => ({
        declare: (isNew: boolean) => array(declare(isNew)) as Any,
        values: fc.array(values, { maxLength: 4 }),
      })),
      inner.map(({ declare, values }) => ({
        declare: (isNew: boolean) => nullable(declare(isNew)) as Any,
        values: fc.option(values),
      })),
      fc.tuple(inner, inner).map(([one, two]) => ({
        declare: (isNew: boolean) => tuple(one.declare(isNew), map(two.declare(isNew))) as Any,
        values: fc.tuple(
          one.values,
          fc.dictionary(fc.string({ maxLength: 5 }), two.values, { noNullPrototype: true, maxKeys: 3 }),
        ),
      })),
      fc.tuple(fields, fields).map(([one, two]) => {
        const members = [structOf(one, "one"), structOf(two, "two")];
        return {
          declare: (isNew: boolean) =>
            union("is" as never, ...members.map(({ declare }) => declare(isNew) as Codec<object>)) as Any,
          values: fc.oneof(...members.map(({ values }) => values)),
        };
      }),
    ),
  };
});

describe.each([true, false])("a later version that only adds optional fields (code made for it: %s)", (compiles) => {
  test("reads and writes what the older one does", () => {
    const cases = kinds.chain((kind) =>
      fc.tuple(
        fc.constant({ ...kind, [fc.toStringMethod]: () => kind.declare(false).name }),
        fc.array(kind.values, { minLength: 1, maxLength: 3 }),
      ),
    );
    const property = fc.property(cases, ([kind, values]) => {
      const held = inUse(heap);
      struct.compiles = compiles;
      const { queue, other } = opened(kind.declare(false), kind.declare(true));
      struct.compiles = true;
      expect(queue.pushMany(values)).toBe(values.length);
      expect(other.popMany(values.length)).toEqual(values);
      expect(other.pushMany(values)).toBe(values.length);
      expect(queue.popMany(values.length)).toEqual(values);
      expect(other.share().type).toBe(queue.share().type);
      for (const handle of [queue, other]) handle.drop();
      expect(inUse(heap)).toEqual(held);
    });
    fc.assert(property, { seed: seed(), numRuns: 60 });
  });

  test("also recursive ones", () => {
    struct.compiles = compiles;
    const old: Any = struct({ value: i32, children: array(lazy(() => old)) });
    const later: Any = struct({ value: i32, color: optional(utf8), children: array(lazy(() => later)) });
    const tree = { value: 1, children: [{ value: 2, children: [{ value: 3, children: [] }] }] };
    const { queue, other } = opened(old, later);
    struct.compiles = true;
    queue.push(tree);
    expect(other.pop()).toEqual(tree);
    other.push(tree);
    expect(queue.popWith((shown) => (shown as typeof tree).children)).toEqual(tree.children);
    for (const handle of [queue, other]) handle.drop();
  });

  test("writes none of the new fields, and says so", () => {
    struct.compiles = compiles;
    const later = struct({ id: u32, at: struct({ x: f64, y: optional(f64) }), note: optional(utf8) });
    const { queue, other } = opened(struct({ id: u32, at: struct({ x: f64 }) }), later as Any);
    struct.compiles = true;
    const held = inUse(heap);
    const says = "is not in the older version of the type by which these records are written";
    expect(() => other.push({ id: 1, at: { x: 1 }, note: "new" })).toThrow(new TypeMismatchError(`note ${says}`));
    expect(() => other.push({ id: 1, at: { x: 1, y: 0 } })).toThrow(new TypeMismatchError(`at.y ${says}`));
    expect(inUse(heap)).toEqual(held);
    other.push({ id: 1, at: { x: 1, y: undefined }, note: undefined });
    expect(other.popWith((shown) => (shown as { note?: string }).note)).toBeUndefined();
    for (const handle of [queue, other]) handle.drop();
  });
});

describe("two threads with two versions", () => {
  const crew = new Crew(new URL("versions.worker.mjs", import.meta.url));
  afterAll(() => crew.dismiss());
  const job = struct({ id: u32, tags: array(utf8) });
  const values = Array.from({ length: 500 }, (_, id) => ({ id, tags: id % 3 === 0 ? [] : ["a", `b${id}`] }));

  test("the newer one takes what the older one sends, and sends what that one takes", async () => {
    const { sender, receiver } = channel(job, { heap, capacity: 8 });
    const back = ConcurrentQueue.unbounded(job, { heap });
    const sending = async () => {
      for (const value of values) await sender.send(value, { timeoutMs: 20_000 });
      sender.close();
    };
    const [answer] = await crew.play<number>(
      [{ part: "newer", receiver: receiver.share(), back: back.share() }],
      sending,
    );
    expect(answer).toBe(values.length);
    expect(back.drain().next().value).toEqual(values[0]);
    expect([...back.drain()]).toEqual(values.slice(1));
    for (const handle of [sender, receiver, back]) handle.drop();
  });

  test("the older one is told that it is", async () => {
    const later = struct({ id: u32, tags: array(utf8), due: optional(f64) });
    const queue = ConcurrentQueue.unbounded(later, { heap });
    const event = SharedEvent.create({ heap, tag: later as never });
    const { receiver } = channel(later, { heap });
    const jobs = [{ part: "older", queue: queue.share(), event: event.share(), receiver: receiver.share() }];
    const [messages] = await crew.play<string[]>(jobs);
    const says = (what: string) => `${what} are of another type than the one passed: due is missing in the one passed`;
    expect(messages).toEqual(["the queue's elements", "the event's tags", "the channel's messages"].map(says));
    for (const handle of [queue, event, receiver]) handle.drop();
  });
});
