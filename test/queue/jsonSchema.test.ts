/** Types of records from JSON Schemas: TypeBox's and zod's as they come, and what no type of records says. */
import { Type } from "@sinclair/typebox";
import {
  array,
  bool,
  ConcurrentQueue,
  enumeration,
  f64,
  fromJsonSchema,
  Heap,
  i32,
  json,
  literal,
  map,
  nullable,
  optional,
  struct,
  TypeMismatchError,
  tuple,
  u32,
  union,
  utf8,
} from "shmol";
import { afterAll, describe, expect, test } from "vitest";
import * as z from "zod/v4";

const heap = Heap.create();
afterAll(() => heap.drop());

const circle = struct({ kind: literal("circle"), r: f64 });
const box = struct({ kind: enumeration("box", "square"), w: f64, h: optional(f64) });

describe("a schema becomes the type that says the same", () => {
  const INT32 = { minimum: -(2 ** 31), maximum: 2 ** 31 - 1 };
  const rows: [string, object, { readonly name: string }][] = [
    [
      "an object of TypeBox",
      Type.Object({
        id: Type.Integer({ minimum: 0, maximum: 2 ** 32 - 1 }),
        name: Type.String({ title: "Name", default: "" }),
        tags: Type.Array(Type.String()),
        home: Type.Optional(Type.Object({ x: Type.Number(), y: Type.Number() })),
        ok: Type.Boolean(),
      }),
      struct({
        id: u32,
        name: utf8,
        tags: array(utf8),
        home: optional(struct({ x: f64, y: f64 })),
        ok: bool,
      }),
    ],
    [
      "others of TypeBox",
      Type.Object({
        level: Type.Union([Type.Literal("info"), Type.Literal("warn"), Type.Literal(3)]),
        only: Type.Literal("one"),
        pair: Type.Tuple([Type.String(), Type.Number()]),
        counts: Type.Record(Type.String(), Type.Integer(INT32)),
        maybe: Type.Union([Type.String(), Type.Null()]),
        any: Type.Unknown(),
        none: Type.Null(),
      }),
      struct({
        level: enumeration("info", "warn", 3),
        only: literal("one"),
        pair: tuple(utf8, f64),
        counts: map(i32),
        maybe: nullable(utf8),
        any: json,
        none: literal(null),
      }),
    ],
    [
      "a union of TypeBox",
      Type.Union([
        Type.Object({ kind: Type.Literal("circle"), r: Type.Number() }),
        Type.Object({
          kind: Type.Union([Type.Literal("box"), Type.Literal("square")]),
          w: Type.Number(),
          h: Type.Optional(Type.Number()),
        }),
      ]),
      union("kind", circle, box),
    ],
    [
      "an object of zod",
      z.toJSONSchema(
        z.object({
          id: z.uint32(),
          delta: z.int32(),
          name: z.string().describe("a name"),
          tags: z.array(z.string()),
          note: z.string().optional(),
          limit: z.number().nullable(),
          level: z.enum(["info", "warn"]),
          pair: z.tuple([z.string(), z.boolean()]),
          counts: z.record(z.string(), z.number()),
          any: z.unknown(),
        }),
      ),
      struct({
        id: u32,
        delta: i32,
        name: utf8,
        tags: array(utf8),
        note: optional(utf8),
        limit: nullable(f64),
        level: enumeration("info", "warn"),
        pair: tuple(utf8, bool),
        counts: map(f64),
        any: json,
      }),
    ],
    [
      "a union of zod, or null",
      z.toJSONSchema(
        z.nullable(
          z.discriminatedUnion("kind", [
            z.object({ kind: z.literal("circle"), r: z.number() }),
            z.object({ kind: z.enum(["box", "square"]), w: z.number(), h: z.number().optional() }),
          ]),
        ),
      ),
      nullable(union("kind", circle, box)),
    ],
    ["one by hand", { type: ["string", "null"], $comment: "may be absent" }, nullable(utf8)],
    ["a list of items", { type: "array", items: [{ type: "string" }], additionalItems: false }, tuple(utf8)],
    [
      "a key like a pointer, and one that is in $defs",
      { type: "object", properties: { "a/b~": { $ref: "#/$defs/x~1y" } }, $defs: { "x/y": { type: "boolean" } } },
      struct({ "a/b~": optional(bool) }),
    ],
  ];
  test.each(rows)("%s", (_, schema, type) => {
    expect(fromJsonSchema(schema).name).toBe(type.name);
  });

  test("recursive ones, of TypeBox and of zod", () => {
    const Node = z.object({
      value: z.number(),
      get children() {
        return z.array(Node);
      },
    });
    const tree = { value: 1, children: [{ value: 2, children: [] }] };
    for (const schema of [
      Type.Recursive((This) => Type.Object({ value: Type.Number(), children: Type.Array(This) })),
      z.toJSONSchema(Node),
    ]) {
      const queue = ConcurrentQueue.unbounded(fromJsonSchema(schema), { heap });
      const other = ConcurrentQueue.open(structuredClone(queue.share()));
      queue.push(tree);
      expect(other.pop()).toEqual(tree);
      expect(() => queue.push({ value: 1, children: [{ value: "2", children: [] }] })).toThrow(
        "children[0].value is no f64",
      );
      for (const handle of [queue, other]) handle.drop();
    }
  });
});

describe("a schema that says more is refused, with the place and the keyword", () => {
  const at = (schema: object) => ({ type: "object", properties: { a: { type: "array", items: schema } } });
  const where = "#/properties/a/items";
  const rows: [string, object][] = [
    [`${where}: "minLength" says what no type of records says: 3`, at({ type: "string", minLength: 3 })],
    [`${where}: "pattern" says`, at(z.toJSONSchema(z.string().regex(/x/)))],
    [`${where}: "format" says`, at(Type.String({ format: "date-time" }))],
    [`${where}: "minimum" says what no type of records says: 0`, at({ type: "number", minimum: 0 })],
    [`${where}: "integer" needs the minimum and the maximum of i32 or of u32`, at(Type.Integer())],
    [`${where}: "uniqueItems" says`, at({ type: "array", items: { type: "string" }, uniqueItems: true })],
    [`${where}: "type" says what no type of records says: ["string","number"]`, at({ type: ["string", "number"] })],
    [`${where}: "type" says what no type of records says: undefined`, at({ minimum: 5 })],
    [`${where}: "additionalProperties" says`, at({ type: "string", additionalProperties: false })],
    [`${where}: "properties" says`, at({ type: "object", properties: { x: {} }, additionalProperties: {} })],
    [`${where}: "patternProperties" says`, at({ type: "object", patternProperties: { "^x": {} } })],
    [`${where}: "required" says what no type of records says: "x"`, at({ type: "object", required: ["x"] })],
    [`${where}: "$ref" says what no type of records says: "#/$defs/none"`, at({ $ref: "#/$defs/none" })],
    [`${where}: "const" says what no type of records says: {"x":1}`, at({ const: { x: 1 } })],
    [`${where}: "allOf" says`, at({ type: "string", allOf: [] })],
    [`${where}: "not" says`, at({ type: "string", not: {} })],
    [`${where}/anyOf: records are told apart by a property`, at(Type.Union([Type.String(), Type.Number()]))],
    [
      `${where} is no schema that a value has: false`,
      { type: "object", properties: { a: { type: "array", items: false } } },
    ],
    ["not a JSON Schema: 5", 5 as never],
  ];
  test.each(rows)("%s", (says, schema) => {
    expect(() => fromJsonSchema(schema)).toThrow(says);
    expect(() => fromJsonSchema(schema)).toThrow(TypeMismatchError);
  });
});
