/** Record types from JSON Schemas. A schema is taken only if a record type says exactly the same. */
import { TypeMismatchError } from "../../../heap/errors.js";
import { describe } from "../../../heap/token.js";
import type { Codec } from "../../codec.js";
import { json } from "../json.js";
import { bool, f64, i32, u32 } from "../numbers.js";
import { utf8 } from "../text.js";
import {
  array,
  enumeration,
  type Fields,
  lazy,
  literal,
  map,
  nullable,
  optional,
  struct,
  tuple,
  union,
} from "./struct.js";

type Any = Codec<unknown>;
type Schema = Readonly<Record<string, unknown>>;
/** The keywords of a schema that were not looked at yet. */
type Rest = Map<string, unknown>;

/** Keywords that say nothing about values. */
const ANNOTATIONS = new Set(
  "$schema $id $comment $defs definitions title description default examples deprecated readOnly writeOnly".split(" "),
);
/** Patterns of TypeBox and of others that every key has. */
const ANY_KEY = ["^(.*)$", "^.*$", ".*", ""];

/**
 * The record type of a JSON Schema, such as TypeBox makes, and `z.toJSONSchema()` of zod.
 *
 *   object with properties         struct; those that are not `required` are optional
 *   object with additionalProperties, or patternProperties of any key     map
 *   array with items; with prefixItems, or a list of items                array; tuple
 *   string, number, boolean, null                                         utf8, f64, bool, literal(null)
 *   integer from -2^31 to 2^31 - 1; from 0 to 2^32 - 1                    i32; u32
 *   const; enum                                                           literal; enumeration
 *   anyOf or oneOf: of constants; of one type and null; of objects        enumeration; nullable; union
 *   $ref to "#", into `$defs`, or to an `$id`                             the same type, also inside of itself
 *   {}, true                                                              json
 *
 * Annotations such as `title` and `default` are ignored. Every other keyword is refused, because no type would see to it: `minLength`,
 * for example. As with any struct, properties beyond the declared ones stay behind.
 *
 * @throws {TypeMismatchError} the schema says something that no type of records says; where, and in which keyword.
 *
 * @example
 * ```js
 * import { ConcurrentQueue, fromJsonSchema } from "shmol";
 *
 * const user = fromJsonSchema({
 *   type: "object",
 *   properties: { name: { type: "string" }, tags: { type: "array", items: { type: "string" } } },
 *   required: ["name"],
 * });
 * const queue = ConcurrentQueue.unbounded(user);
 * queue.push({ name: "Ada" });
 * console.log(queue.pop().name); // Ada
 * ```
 */
export function fromJsonSchema<T = unknown>(schema: object): Codec<T> {
  if (typeof schema !== "object" || schema === null)
    throw new TypeMismatchError(`not a JSON Schema: ${describe(schema)}`);
  return new Reading(schema as Schema).type(schema, "#") as Codec<T>;
}

class Reading {
  readonly #root: Schema;
  /** The types of schemas that were referred to; null: not made yet. */
  readonly #types = new Map<unknown, Any | null>();
  readonly #ids = new Map<unknown, unknown>();

  constructor(root: Schema) {
    this.#root = root;
    this.#findIds(root);
  }

  #findIds(schema: unknown): void {
    if (typeof schema !== "object" || schema === null) return;
    const { $id } = schema as Schema;
    if (typeof $id === "string") this.#ids.set($id, schema);
    for (const part of Object.values(schema)) this.#findIds(part);
  }

  /** The type of the schema at `path`, a JSON pointer. */
  type(schema: unknown, path: string): Any {
    const known = this.#types.get(schema);
    // Around here: it is there when the first value comes.
    if (known === null) return lazy(() => this.#types.get(schema) as Any);
    if (known !== undefined) return known;
    if (typeof schema === "object") this.#types.set(schema, null);
    const type = this.#make(schema, path);
    if (typeof schema === "object") this.#types.set(schema, type);
    return type;
  }

  #make(schema: unknown, path: string): Any {
    if (schema === true) return json;
    if (typeof schema !== "object" || schema === null || Array.isArray(schema)) {
      throw new TypeMismatchError(`${path} is no schema that a value has: ${describe(schema)}`);
    }
    const rest: Rest = new Map(Object.entries(schema).filter(([key]) => !ANNOTATIONS.has(key)));
    const type = this.#read(rest, path);
    for (const [key, value] of rest) refuse(path, key, value);
    return type;
  }

  /** The type that the keywords say; those that it sees to are taken out. */
  #read(rest: Rest, path: string): Any {
    if (rest.size === 0) return json;
    if (rest.has("$ref")) return this.#referred(taken(rest, "$ref"), path);
    for (const key of ["anyOf", "oneOf"]) if (rest.has(key)) return this.#anyOf(taken(rest, key), `${path}/${key}`);
    if (rest.has("const") || rest.has("enum")) {
      const key = rest.has("enum") ? "enum" : "const";
      const value = taken(rest, key);
      const values = [value].flat();
      if (values.some((one) => typeof one === "object" && one !== null)) refuse(path, key, value);
      rest.delete("type");
      return key === "enum" ? enumeration(...(values as [])) : literal(value as null);
    }
    const type = taken(rest, "type");
    if (!Array.isArray(type)) return this.#typed(type, rest, path);
    const others = type.filter((one) => one !== "null");
    if (others.length !== 1) refuse(path, "type", type);
    const inner = this.#typed(others[0], rest, path);
    return others.length < type.length ? nullable(inner) : inner;
  }

  #typed(type: unknown, rest: Rest, path: string): Any {
    switch (type) {
      case "string":
        return utf8 as Any;
      case "number":
        return f64 as Any;
      case "boolean":
        return bool as Any;
      case "null":
        return literal(null);
      case "integer":
        return integerOf(rest, path);
      case "array":
        return this.#array(rest, path);
      case "object":
        return this.#object(rest, path);
      default:
        return refuse(path, "type", type);
    }
  }

  #array(rest: Rest, path: string): Any {
    const items = taken(rest, "items");
    const key = Array.isArray(items) ? "items" : "prefixItems";
    const parts = Array.isArray(items) ? items : taken(rest, "prefixItems");
    if (parts === undefined) return items === undefined ? array(json) : array(this.type(items, `${path}/items`));
    if (!Array.isArray(parts)) return refuse(path, key, parts);
    if (key === "prefixItems" && items !== undefined && items !== false) refuse(path, "items", items);
    // That there are so many.
    for (const [bound, value] of [
      ["minItems", parts.length],
      ["maxItems", parts.length],
      ["additionalItems", false],
    ] as const) {
      if (rest.get(bound) === value) rest.delete(bound);
    }
    return tuple(...parts.map((part, i) => this.type(part, `${path}/${key}/${i}`)));
  }

  #object(rest: Rest, path: string): Any {
    const values = this.#valuesOf(rest, path);
    const properties = taken(rest, "properties") ?? {};
    const required = taken(rest, "required") ?? [];
    if (values !== undefined) {
      if (Object.keys(properties).length > 0) refuse(path, "properties", properties);
      if ((required as unknown[]).length > 0) refuse(path, "required", required);
      return map(values);
    }
    const unknown = (required as string[]).find((key) => !Object.hasOwn(properties, key));
    if (unknown !== undefined) refuse(path, "required", unknown);
    const fields = Object.entries(properties).map(([key, schema]) => {
      const type = this.type(schema, `${path}/properties/${escaped(key)}`);
      return [key, (required as string[]).includes(key) ? type : optional(type)] as const;
    });
    return struct(Object.fromEntries(fields) as Fields) as Any;
  }

  /** What all values of an object are that may have any key; undefined: it has certain ones. */
  #valuesOf(rest: Rest, path: string): Any | undefined {
    const names = rest.get("propertyNames") as Schema | undefined;
    if (names !== undefined && Object.keys(names).length === 1 && names.type === "string") rest.delete("propertyNames");
    const patterns = rest.get("patternProperties") as Schema | undefined;
    const [pattern, ...more] = Object.keys(patterns ?? {});
    if (pattern !== undefined && more.length === 0 && ANY_KEY.includes(pattern)) {
      rest.delete("patternProperties");
      return this.type(patterns?.[pattern], `${path}/patternProperties/${escaped(pattern)}`);
    }
    const values = taken(rest, "additionalProperties");
    if (values === undefined || values === false) return undefined;
    return this.type(values, `${path}/additionalProperties`);
  }

  #anyOf(schemas: unknown, path: string): Any {
    if (!Array.isArray(schemas) || schemas.length === 0)
      throw new TypeMismatchError(`${path} has no schemas: ${describe(schemas)}`);
    const constants = schemas.map(constantsIn);
    if (constants.every((values) => values !== undefined)) return enumeration(...(constants.flat() as []));
    const others = schemas.map((schema, i) => [schema, i] as const).filter(([schema]) => !isNull(schema));
    const types = others.map(([schema, i]) => this.type(schema, `${path}/${i}`));
    const [only] = types;
    const type =
      only !== undefined && types.length === 1
        ? only
        : unionIn(
            others.map(([schema]) => this.#target(schema)),
            types,
            path,
          );
    return others.length < schemas.length ? nullable(type) : type;
  }

  #referred(ref: unknown, path: string): Any {
    return this.type(this.#find(ref, path), typeof ref === "string" && ref.startsWith("#") ? ref : path);
  }

  /** The schema that one refers to, or itself. */
  #target(schema: unknown): unknown {
    const ref = (schema as Schema).$ref;
    return ref === undefined ? schema : this.#find(ref, "#");
  }

  #find(ref: unknown, path: string): unknown {
    let found: unknown = this.#ids.get(ref);
    if (found === undefined && typeof ref === "string" && ref.startsWith("#")) {
      found = this.#root;
      for (const step of ref.split("/").slice(1)) {
        const key = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
        found = (Object(found) as Schema)[key];
      }
    }
    return found ?? refuse(path, "$ref", ref);
  }
}

function taken(rest: Rest, key: string): unknown {
  const value = rest.get(key);
  rest.delete(key);
  return value;
}

function refuse(path: string, key: string, value: unknown): never {
  const what = typeof value === "object" ? JSON.stringify(value) : describe(value);
  throw new TypeMismatchError(`${path}: ${JSON.stringify(key)} says what no type of records says: ${what}`);
}

function integerOf(rest: Rest, path: string): Any {
  const [least, most] = [taken(rest, "minimum"), taken(rest, "maximum")];
  if (least === -(2 ** 31) && most === 2 ** 31 - 1) return i32 as Any;
  if (least === 0 && most === 2 ** 32 - 1) return u32 as Any;
  throw new TypeMismatchError(
    `${path}: "integer" needs the minimum and the maximum of i32 or of u32 (z.int32() and z.uint32() of zod); or take "number"`,
  );
}

/** The values of a schema that has certain ones only. */
function constantsIn(schema: unknown): readonly unknown[] | undefined {
  const { const: value, enum: values, anyOf } = Object(schema) as Schema;
  if (value !== undefined) return [value];
  if (Array.isArray(anyOf)) {
    const parts = anyOf.map(constantsIn);
    return parts.includes(undefined) ? undefined : parts.flat();
  }
  if (Array.isArray(values)) return values;
  return isNull(schema) ? [null] : undefined;
}

function isNull(schema: unknown): boolean {
  return (Object(schema) as Schema).type === "null";
}

/** A union by the first property that has constants in all members. */
function unionIn(schemas: readonly unknown[], types: readonly Any[], path: string): Any {
  const propertiesOf = (schema: unknown) => Object((Object(schema) as Schema).properties) as Schema;
  const key = Object.keys(propertiesOf(schemas[0])).find((each) => {
    const values = schemas.map((schema) => constantsIn(propertiesOf(schema)[each]));
    return values.every((some) => some !== undefined) && new Set(values.flat()).size === values.flat().length;
  });
  if (key === undefined) {
    throw new TypeMismatchError(
      `${path}: records are told apart by a property with constants of its own in each, and there is none`,
    );
  }
  return union(key as never, ...(types as Codec<object>[])) as Any;
}

/** A key as a step of a JSON pointer. */
function escaped(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
