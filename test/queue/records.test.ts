/**
 * Records of any type that can be declared: each value of it survives, whichever way it goes, and whatever is no value of it is
 * refused with the path to what is wrong. Types and values are random. Code made for a type and the loop over its parts must do the
 * same, to the last byte and the last word of an error.
 */
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import {
  array,
  bool,
  bytes,
  type Codec,
  ConcurrentQueue,
  CorruptionError,
  date,
  enumeration,
  f32,
  f64,
  Heap,
  i32,
  i64,
  json,
  lazy,
  literal,
  map,
  nullable,
  optional,
  struct,
  TypeMismatchError,
  tuple,
  u32,
  u64,
  union,
  utf8,
} from "shmol";
import { afterAll, describe, expect, test } from "vitest";
import { count } from "../counts.js";
import { inUse } from "../heaps.js";
import { seed } from "../seed.js";

/** Runs of a property. */
const runs = (usually: number) => count({ all: 10 * usually, usually, brief: usually / 5 });

const heap = Heap.create();
afterAll(() => heap.drop());

/** A declaration, and values that are of the type, and that are not. */
interface Kind {
  /** Declares the type anew. */
  declare(): Codec<unknown>;
  readonly good: fc.Arbitrary<unknown>;
  /** Such values, and the steps to what is wrong in them. */
  readonly bad: fc.Arbitrary<{ readonly value: unknown; readonly path: string }>;
}

const stepTo = (key: string) =>
  /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;

function leaf(type: Codec<unknown>, good: fc.Arbitrary<unknown>, ...bad: unknown[]): Kind {
  return {
    declare: () => type,
    good,
    bad: fc.constantFrom(...bad).map((value) => ({ value, path: "" })),
  };
}

const integer = (bits: bigint, signed: boolean) =>
  signed
    ? fc.bigInt({ min: -(2n ** (bits - 1n)), max: 2n ** (bits - 1n) - 1n })
    : fc.bigInt({ min: 0n, max: 2n ** bits - 1n });
const texts = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 30 }) },
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.array(fc.nat(0xffff), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
  fc.string({ minLength: 20, maxLength: 400 }),
  fc.constantFrom(
    "",
    "\ud800",
    "é".repeat(15),
    "é".repeat(17),
    "é".repeat(1000),
    `${"a".repeat(5000)}ä`,
    `${"a".repeat(100)}€`,
  ),
);
const keys = fc.oneof(
  fc.string({ minLength: 1, maxLength: 8 }),
  fc.constantFrom("__proto__", "constructor", "a b", "7", "\u2028", "id"),
);

const leaves: readonly Kind[] = [
  leaf(i32, fc.integer(), 0.5, 2 ** 31, "1", null, 1n),
  leaf(
    u32,
    fc.nat(2 ** 31 - 1).map((n) => 2 * n + 1),
    -1,
    2 ** 32,
    Number.NaN,
    {},
  ),
  leaf(f32, fc.float(), "1", 1n, null),
  leaf(f64, fc.double(), "1", true, []),
  leaf(bool, fc.boolean(), 0, "true", null),
  leaf(i64, integer(64n, true), 1, 2n ** 63n),
  leaf(u64, integer(64n, false), 1, -1n),
  leaf(utf8, texts, 7, null, new String("x"), ["a"]),
  leaf(bytes, fc.uint8Array({ maxLength: 50 }), "x", [1], new Uint16Array(2)),
  leaf(
    json,
    fc.json({ maxDepth: 2 }).map((text) => JSON.parse(text)),
    1n,
    () => {},
  ),
  leaf(date, fc.date({ noInvalidDate: true }), 0, "2020-01-01", { getTime: () => 0 }),
  leaf(literal("only"), fc.constant("only"), "other", 1, null),
  leaf(enumeration("get", 5, true, null), fc.constantFrom("get", 5, true, null), "5", false, 6),
  leaf(
    enumeration(...Array.from({ length: 300 }, (_, i) => `e${i}`)),
    fc.nat(299).map((i) => `e${i}`),
    "e300",
    3,
  ),
];

/** A kind of records with these fields. */
function structOf(fields: readonly (readonly [key: string, kind: Kind, isOptional: boolean])[]): Kind {
  const entries = fields.map(([key, { good }, isOptional]) => {
    return isOptional
      ? fc.oneof(
          fc.constant([]),
          good.map((value) => [[key, value]]),
        )
      : good.map((value) => [[key, value]]);
  });
  const good = fc.tuple(...entries).map((parts) => Object.fromEntries(parts.flat() as [string, unknown][]));
  const whole = fc.constantFrom(5, "x", null).map((value) => ({ value, path: "" }));
  const broken = fields.map(([key, { bad }, isOptional]) => {
    const absent = fc.constant({ value: undefined, path: "" });
    const part = isOptional ? bad : fc.oneof({ weight: 4, arbitrary: bad }, absent);
    return fc.tuple(good, part).map(([record, { value, path }]) => {
      return { value: Object.fromEntries([...Object.entries(record), [key, value]]), path: `${stepTo(key)}${path}` };
    });
  });
  return {
    declare: () => {
      const parts = fields.map(([key, kind, isOptional]) => [
        key,
        isOptional ? optional(kind.declare()) : kind.declare(),
      ]);
      return struct(Object.fromEntries(parts)) as Codec<unknown>;
    },
    good,
    bad: fc.oneof(whole, ...broken),
  };
}

function listOf(declare: (item: Codec<unknown>) => Codec<unknown>, item: Kind): Kind {
  const good = fc.array(item.good, { maxLength: 5 });
  const broken = fc.tuple(good, fc.nat(5), item.bad).map(([list, at, { value, path }]) => {
    const i = Math.min(at, list.length);
    return { value: list.toSpliced(i, 1, value), path: `[${i}]${path}` };
  });
  return {
    declare: () => declare(item.declare()),
    good,
    bad: fc.oneof(
      fc.constantFrom(5, { length: 0 }, null).map((value) => ({ value, path: "" })),
      broken,
    ),
  };
}

function mapOf(item: Kind): Kind {
  const good = fc.dictionary(keys, item.good, { maxKeys: 5, noNullPrototype: true });
  const broken = fc.tuple(good, keys, item.bad).map(([values, key, { value, path }]) => {
    return { value: Object.fromEntries([...Object.entries(values), [key, value]]), path: `${stepTo(key)}${path}` };
  });
  return {
    declare: () => map(item.declare()),
    good,
    bad: fc.oneof(
      fc.constantFrom(5, [], new Map(), new Date(), null).map((value) => ({ value, path: "" })),
      broken,
    ),
  };
}

function tupleOf(items: readonly Kind[]): Kind {
  const good = fc.tuple(...items.map((item) => item.good)) as fc.Arbitrary<unknown[]>;
  const broken = items.map(({ bad }, i) =>
    fc.tuple(good, bad).map(([list, { value, path }]) => ({ value: list.with(i, value), path: `[${i}]${path}` })),
  );
  const whole = fc.constantFrom(5, null, Array(items.length + 1).fill(0)).map((value) => ({ value, path: "" }));
  return { declare: () => tuple(...items.map((item) => item.declare())), good, bad: fc.oneof(whole, ...broken) };
}

function nullableOf({ declare, good, bad }: Kind): Kind {
  return {
    declare: () => nullable(declare()),
    good: fc.option(good),
    bad: bad.filter(({ value }) => value !== null),
  };
}

const TAGS = ["one", 2, false, null] as const;

function unionOf(members: readonly (readonly (readonly [key: string, kind: Kind, isOptional: boolean])[])[]): Kind {
  const kinds = members.map((fields, i) => {
    const tag = TAGS[i] as string;
    const own = fields.filter(([key]) => key !== "is");
    return structOf([["is", leaf(literal(tag), fc.constant(tag), "nothing", undefined), false], ...own]);
  });
  return {
    declare: () => union("is" as never, ...kinds.map((kind) => kind.declare() as Codec<object>)) as Codec<unknown>,
    good: fc.oneof(...kinds.map(({ good }) => good)),
    bad: fc.oneof(...kinds.map(({ bad }) => bad)),
  };
}

const fieldsOf = (kind: fc.Arbitrary<Kind>) =>
  fc.uniqueArray(fc.tuple(keys, kind, fc.boolean()), { selector: ([key]) => key, maxLength: 10, size: "small" });

const { kind: kinds } = fc.letrec<{ kind: Kind }>((tie) => {
  const inner = tie("kind");
  return {
    kind: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constantFrom(...leaves),
      { weight: 3, arbitrary: fieldsOf(inner).map(structOf) },
      inner.map((item) => listOf(array, item)),
      inner.map(mapOf),
      fc.array(inner, { maxLength: 4 }).map(tupleOf),
      inner.map(nullableOf),
      fc.array(fieldsOf(inner), { minLength: 1, maxLength: 4 }).map(unionOf),
    ),
  };
});

/** Records at the top, since nothing else has two ways. */
const records = fc.oneof(
  { weight: 3, arbitrary: fieldsOf(kinds).map(structOf) },
  kinds.map((item) => listOf(array, item)),
  kinds.map(mapOf),
  fc.array(fieldsOf(kinds), { minLength: 1, maxLength: 4 }).map(unionOf),
);

interface Node {
  readonly value: number;
  readonly next?: Node;
  readonly children: readonly Node[];
}
const declareNode = () => {
  const node: Codec<Node> = struct({
    value: i32,
    next: optional(lazy(() => node)),
    children: array(lazy(() => node)),
  }) as Codec<Node>;
  return node as Codec<unknown>;
};
const { node: nodes } = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    fc.integer().map((value) => ({ value, children: [] })),
    fc.record(
      { value: fc.integer(), next: tie("node"), children: fc.array(tie("node"), { maxLength: 3 }) },
      { requiredKeys: ["value", "children"], noNullPrototype: true },
    ),
  ),
}));

/** A type in both ways. */
function bothWays(kind: Pick<Kind, "declare">): readonly [quick: Codec<unknown>, slow: Codec<unknown>] {
  const quick = kind.declare();
  struct.compiles = false;
  try {
    return [quick, kind.declare()];
  } finally {
    struct.compiles = true;
  }
}

/** What is thrown, or returned. */
function outcome(act: () => unknown): unknown {
  try {
    return { returned: act() };
  } catch (error) {
    return { thrown: (error as Error).name, message: (error as Error).message };
  }
}

/** What `popWith` shows, as `pop` would return it. */
function whole(shown: unknown): unknown {
  if (typeof shown !== "object" || shown === null || !("toJSON" in shown) || shown instanceof Date) return shown;
  const fields = Object.entries((shown as { toJSON(): object }).toJSON());
  return Object.fromEntries(fields.flatMap(([key, value]) => (value === undefined ? [] : [[key, whole(value)]])));
}

const withValues = <V>(kind: fc.Arbitrary<Kind>, values: (kind: Kind) => fc.Arbitrary<V>) =>
  kind
    .map((one) => ({ ...one, [fc.toStringMethod]: () => one.declare().name }))
    .chain((one) => fc.tuple(fc.constant(one), fc.array(values(one), { minLength: 1, maxLength: 3 })));

/** Also in what is absent, in the order of keys, and in which zero it is. */
function expectSame(found: unknown, value: unknown): void {
  const same =
    isDeepStrictEqual(found, value) && isDeepStrictEqual(Object.keys(Object(found)), Object.keys(Object(value)));
  if (!same) expect(found).toBe(value);
}

describe("records of any type", () => {
  test("survive, whichever way they are written and read", () => {
    const property = fc.property(
      withValues(records, ({ good }) => good),
      ([kind, values]) => {
        const ways = bothWays(kind);
        const held = inUse(heap);
        for (const value of values) {
          const [quick, slow] = ways.map((type) => type.encode(value) as Uint8Array<ArrayBuffer>);
          expect(quick).toEqual(slow);
          for (const type of ways) expectSame(type.decode(quick as Uint8Array<ArrayBuffer>), value);
        }
        for (const type of ways) {
          const queue = ConcurrentQueue.unbounded(type, { heap });
          const other = ConcurrentQueue.open(structuredClone(queue.share()));
          expect(queue.pushMany(values)).toBe(values.length);
          for (const value of values) queue.push(value);
          for (const value of values) expectSame(other.pop(), value);
          for (const value of values) expectSame(other.popWith(whole), value);
          for (const handle of [queue, other]) handle.drop();
        }
        expect(inUse(heap)).toEqual(held);
      },
    );
    fc.assert(property, { seed: seed(), numRuns: runs(60) });
  });

  test("are refused with the path to what is wrong, and nothing changes", () => {
    const property = fc.property(
      withValues(records, ({ bad }) => bad),
      ([kind, values]) => {
        const ways = bothWays(kind);
        const queues = ways.map((type) => ConcurrentQueue.unbounded(type, { heap }));
        const held = inUse(heap);
        for (const { value, path } of values) {
          const [quick, slow] = queues.map((queue) => outcome(() => queue.push(value))) as {
            thrown?: string;
            message: string;
          }[];
          expect(quick).toEqual(slow);
          expect(quick).toMatchObject({ thrown: "TypeMismatchError" });
          const where = path.replace(/^\./, "");
          expect(` ${quick?.message} `).toContain(where === "" ? " value " : ` ${where} `);
        }
        expect(inUse(heap)).toEqual(held);
        expect(queues.map((queue) => queue.pop())).toEqual([undefined, undefined]);
        for (const queue of queues) queue.drop();
      },
    );
    fc.assert(property, { seed: seed(), numRuns: runs(60) });
  });

  test("whose bytes somebody has changed are read as others, or not at all, in both ways", () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)), {
      minLength: 1,
      maxLength: 4,
    });
    const property = fc.property(
      withValues(records, ({ good }) => fc.tuple(good, changes)),
      ([kind, values]) => {
        const ways = bothWays(kind);
        for (const [value, spots] of values) {
          const encoded = ways[0].encode(value) as Uint8Array<ArrayBuffer>;
          for (const [at, byte] of spots) encoded[at % Math.max(1, encoded.length)] = byte;
          const [quick, slow] = ways.map((type) => outcome(() => type.decode(encoded))) as { thrown?: string }[];
          expect(quick).toEqual(slow);
          expect(quick?.thrown ?? "CorruptionError").toBe("CorruptionError");
        }
      },
    );
    fc.assert(property, { seed: seed(), numRuns: runs(100) });
  });

  test("may be recursive", () => {
    const property = fc.property(nodes, (value) => {
      const [quick, slow] = bothWays({ declare: declareNode });
      const encoded = quick.encode(value) as Uint8Array<ArrayBuffer>;
      expectSame(slow.encode(value), encoded);
      for (const type of [quick, slow]) expectSame(type.decode(encoded), value);
      const queue = ConcurrentQueue.unbounded(quick, { heap });
      const other = ConcurrentQueue.open(structuredClone(queue.share()));
      queue.push(value);
      queue.push(value);
      expectSame(other.pop(), value);
      expectSame(other.popWith(whole), value);
      for (const handle of [queue, other]) handle.drop();
    });
    fc.assert(property, { seed: seed(), numRuns: runs(50) });
  });
});

/** Both ways of one type, by name. */
const both = (declare: () => Codec<unknown>) => {
  const [quick, slow] = bothWays({ declare });
  return [
    ["code made for it", quick],
    ["a loop", slow],
  ] as const;
};

const user = () =>
  struct({
    id: u32,
    name: utf8,
    tags: array(utf8),
    at: optional(struct({ x: f64, y: nullable(f64) })),
  }) as Codec<unknown>;
const ada = { id: 7, name: "Ada", tags: ["a", "bc"], at: { x: 0.5, y: null } };

describe.each(both(user))("code of users that runs while a record is written by %s", (_, type) => {
  const queue = ConcurrentQueue.unbounded(type, { heap });
  afterAll(() => queue.drop());

  test("may write another one", () => {
    const outer = {
      ...ada,
      get tags() {
        queue.push({ ...ada, name: "inner", tags: ["x".repeat(20)] });
        return ada.tags;
      },
    };
    queue.push(ada);
    queue.push(outer);
    expect(queue.pop()).toEqual(ada);
    expect([queue.pop(), queue.pop()]).toEqual([{ ...ada, name: "inner", tags: ["x".repeat(20)] }, ada]);
  });

  test("is called once for each field, and what it throws leaves nothing", () => {
    const held = inUse(heap);
    const reads: PropertyKey[] = [];
    const watched = new Proxy(ada, {
      get(target, key) {
        reads.push(key);
        return Reflect.get(target, key);
      },
    });
    queue.push(watched);
    expect(reads).toEqual(["id", "name", "tags", "at"]);
    expect(queue.pop()).toEqual(ada);
    const trap = {
      get at() {
        throw new RangeError("no place");
      },
    };
    for (const push of [() => queue.push({ ...ada, __proto__: trap, at: undefined }), () => queue.push(ada)]) push();
    queue.popMany(2);
    const bad = Object.defineProperties({ ...ada }, Object.getOwnPropertyDescriptors(trap));
    expect(() => queue.push(bad)).toThrow(new RangeError("no place"));
    expect(queue.pushMany([ada, bad])).toBe(1);
    expect(queue.pop()).toEqual(ada);
    expect(inUse(heap)).toEqual(held);
  });

  test("may say something else each time: what was read first counts", () => {
    let asked = 0;
    const fickle = {
      ...ada,
      get id() {
        return asked++ === 0 ? 1 : "one";
      },
    };
    queue.push(fickle);
    expect(queue.pop()).toEqual({ ...ada, id: 1 });
    // A reason is looked for once more.
    asked = -1;
    const never = {
      ...ada,
      get id() {
        return asked++ < 0 ? "one" : 1;
      },
    };
    expect(() => queue.push(never)).toThrow(TypeMismatchError);
    expect(queue.pop()).toBeUndefined();
  });
});

describe("a record's error", () => {
  const record = struct({
    tags: array(utf8),
    at: tuple(f64, f64),
    counts: map(u32),
    blob: optional(bytes),
    extra: optional(json),
    method: enumeration("get", "post"),
    body: optional(union("kind", struct({ kind: literal("text"), text: utf8 }), struct({ kind: literal(2), n: i32 }))),
    when: optional(date),
  });
  const good = { tags: ["a"], at: [1, 2], counts: {}, method: "get" };
  const rows: [unknown, string][] = [
    [{ ...good, tags: ["a", "b", 7] }, "tags[2] is no utf8: a number: 7"],
    [{ ...good, tags: [undefined] }, "tags[0] is no utf8: undefined"],
    [{ ...good, tags: "a" }, 'tags is no array: a string: "a"'],
    [{ ...good, tags: undefined }, "tags is missing: the struct's field of type array"],
    [{ ...good, at: [1] }, "at is no tuple of 2: an array of 1"],
    [{ ...good, at: [1, "2"] }, 'at[1] is no f64: a string: "2"'],
    [{ ...good, counts: { "a b": -1 } }, 'counts["a b"] is no u32: a number out of range: -1'],
    [{ ...good, counts: new Map() }, "counts is no map: a Map"],
    [{ ...good, blob: "x" }, 'blob is no bytes: a string: "x"'],
    [{ ...good, blob: new Uint16Array(1) }, "bytes value at blob is of another type: a Uint16Array; for its bytes"],
    [{ ...good, extra: { n: [1n] } }, "json value at extra.n[0] is a BigInt, for which JSON has no form: 1n"],
    [{ ...good, method: "put" }, 'method is no "get" or "post": a string: "put"'],
    [{ ...good, body: { kind: "image" } }, 'body.kind is no "text" or 2: a string: "image"'],
    [{ ...good, body: {} }, 'body.kind is missing: the struct\'s field of type "text" or 2'],
    [{ ...good, body: { kind: 2, n: 0.5 } }, "body.n is no i32: a number that is not an integer: 0.5"],
    [{ ...good, body: null }, "body is no union: null"],
    [{ ...good, when: 5 }, "when is no date: a number: 5"],
    [5, "value is of another type: 5"],
  ];
  test.each(rows.map(([value, says]) => [says, value] as const))("says where it is, and why: %s", (says, value) => {
    const queue = ConcurrentQueue.unbounded(record as Codec<unknown>, { heap });
    const held = inUse(heap);
    expect(() => queue.push(value)).toThrow(says);
    expect(() => queue.push(value)).toThrow(TypeMismatchError);
    expect(inUse(heap)).toEqual(held);
    queue.drop();
  });

  test("says at the declaration what cannot be a part", () => {
    const declared = (act: () => unknown) => expect(act);
    declared(() => array(optional(utf8) as never)).toThrow(
      "an array's element is an optional field. Records consist of",
    );
    declared(() => struct({ x: "f64" as never })).toThrow('a struct\'s field "x" is "f64". Records consist of');
    declared(() => union("kind" as never, f64 as never)).toThrow("a union's members are structs: member 0 is f64");
    declared(() => union("kind" as never, struct({ n: i32 }))).toThrow('an enumeration at "kind": member 0 has none');
    const one = struct({ kind: literal("one") });
    declared(() => union("kind", one, one)).toThrow('members 0 and 1 of a union both have "one" at "kind"');
    declared(() => union("kind")).toThrow("a union has one member at least");
    declared(() => enumeration()).toThrow("an enumeration has one value at least");
    declared(() => enumeration("a", "a")).toThrow('an enumeration has each value once: "a"');
    declared(() => literal(Number.NaN)).toThrow("a literal is a string, a finite number, true, false or null: NaN");
    declared(() => lazy(5 as never)).toThrow("lazy takes a function: 5");
  });
});

describe("what stands in a block", () => {
  const small = Heap.create({ capacity: 2 ** 20 });
  afterAll(() => small.drop());
  const MARK = 0xfeed1234;

  /** Pushes a value that begins with the mark, and writes a word into its block, so many bytes from the start of the record. */
  const damage = (type: Codec<unknown>, value: unknown, at: number, word: number) => {
    const queue = ConcurrentQueue.unbounded(type, { heap: small });
    queue.push(value);
    const memory = new Uint32Array(small.buffer);
    const start = memory.indexOf(MARK);
    expect(memory.indexOf(MARK, start + 1), "it lies nowhere else").toBe(-1);
    memory[start + at / 4] = word;
    return queue;
  };
  const marked = { id: MARK, name: "Ada", tags: ["a"] };

  test.each(both(user))("is no record if it leads out of the block, for %s", (_, type) => {
    const held = inUse(small);
    // The name's offset, its length, the number of tags.
    for (const [at, word] of [
      [4, 5000],
      [4, 0xffffffff],
      [8, 5000 << 1],
      [8, 0xffffffff],
      [16, 0x0fffffff],
      [16, 0xffffffff],
    ] as const) {
      const queue = damage(type, marked, at, word);
      expect(() => queue.pop()).toThrow(CorruptionError);
      const other = damage(type, marked, at, word);
      expect(() => other.popWith((shown) => [(shown as { name: string }).name, (shown as typeof ada).tags])).toThrow(
        CorruptionError,
      );
      for (const handle of [queue, other]) handle.drop();
    }
    expect(inUse(small)).toEqual(held);
  });

  test.each(both(declareNode))("is no record if it leads back, for %s", (_, type) => {
    const tree = {
      value: MARK | 0,
      children: [
        { value: 1, children: [{ value: 2, children: [] }] },
        { value: 3, children: [{ value: 4, children: [] }] },
      ],
    };
    const length = type.encode(tree).length;
    // Every word leads to the first children again: of some a tree of endless size.
    for (let at = 4; at < length; at += 4) {
      const queue = damage(type, tree, at, 20);
      try {
        queue.pop();
      } catch (error) {
        expect(error).toBeInstanceOf(CorruptionError);
      }
      queue.drop();
    }
  });
});
