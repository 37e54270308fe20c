/** Records: objects with fields, and what these consist of. Here users declare their types; what follows from that is beside it. */
import { TypeMismatchError } from "../../../heap/errors.js";
import { nameAs } from "../../../heap/handle.js";
import { describe } from "../../../heap/token.js";
import type { Codec, FixedCodec } from "../../codec.js";
import { type Records, useRecords } from "../../elements.js";
import { KEY, partNamed } from "./name.js";
import { boxOf, choiceOf, lazyOf, type Part, partOf, type Shape, structOf, unionOf } from "./shape.js";
import { partFor, RecordType } from "./type.js";
import { olderVersion } from "./version.js";

/** A field that may be absent; see {@link optional}. */
export interface Optional<C extends Codec<unknown> = Codec<unknown>> {
  /** The type of the field where it is not. */
  readonly optional: C;
}

/** A record's fields by name; see {@link struct}. */
export interface Fields {
  readonly [name: string]: Codec<unknown> | Optional;
}

/** What a value of a type is to TypeScript; see {@link struct}. */
export type ValueOf<C> = C extends Codec<infer T> ? T : never;

/** The record that such fields make; see {@link struct}. */
export type Struct<F extends Fields> = [Extract<F[keyof F], Optional>] extends [never]
  ? { -readonly [K in keyof F]: ValueOf<F[K]> }
  : { -readonly [K in keyof F as F[K] extends Optional ? never : K]: ValueOf<F[K]> } & {
        -readonly [K in keyof F as F[K] extends Optional ? K : never]?: F[K] extends Optional<infer C>
          ? ValueOf<C>
          : never;
      } extends infer Whole
    ? { [K in keyof Whole]: Whole[K] }
    : never;

/** A codec for `T`: of fixed size if all that it consists of is. See {@link struct}. */
export type CodecOf<T, Parts> = [Parts] extends [FixedCodec<unknown> | Optional<FixedCodec<unknown>>]
  ? FixedCodec<T>
  : Codec<T>;

class OptionalField<C extends Codec<unknown>> implements Optional<C> {
  readonly optional: C;
  readonly part: Part;

  constructor(type: C) {
    this.optional = type;
    this.part = { ...partFor(type, "an optional field"), isOptional: true };
    Object.freeze(this);
  }

  static {
    nameAs(OptionalField.prototype, "optional field");
  }
}

const typeOfPart = (part: Part) => new RecordType<unknown>(part, struct.compiles);

const records: Records = {
  named(name) {
    const part = partNamed(name);
    return part === undefined ? undefined : typeOfPart(part);
  },
  older(theirs, ours) {
    if (!(theirs instanceof RecordType && ours instanceof RecordType)) return undefined;
    const part = olderVersion(theirs.part, ours.part);
    return typeof part === "string" ? part : typeOfPart(part);
  },
};

/** The type of such values. What it consists of was looked at. */
function typeOf<C>(shape: Shape, isNullable = false): C {
  // Not where this file is loaded: a bundler would have to keep all of it.
  useRecords(records);
  return typeOfPart(partOf(shape, isNullable)) as C;
}

/**
 * Records: objects with these fields. Each is a number (`i32`, `u32`, `f32`, `f64`, `i64`, `u64`), {@link bool}, {@link utf8},
 * {@link bytes}, {@link json} or {@link date}; another struct, {@link array}, {@link tuple} or {@link map}; a {@link literal} or an
 * {@link enumeration}, a {@link union} of structs, or what {@link nullable} and {@link lazy} make of all these; and each may be
 * {@link optional}. They are nested as you like.
 *
 * Properties that are not among the fields stay behind. What arrives is an object of its own, with the fields in this order. What is
 * no such record is refused with the path to what is wrong: `tags[2] is no utf8: a number: 7`.
 *
 * The whole type stands in the token, so a thread that opens it needs nothing but the token. `popWith` shows the record where it
 * lies: numbers are read there, and strings and lists decoded, when they are asked for.
 *
 * `struct({})` is the type of the empty record, for messages that say nothing but that they came.
 *
 * Records are written and read by code that is made for them, where the host allows that. A page whose security policy does not
 * allow it reports the one attempt; `struct.compiles = false`, before the first struct, keeps the library from trying on this thread.
 *
 * @throws {TypeMismatchError} a field is of another type.
 *
 * @example
 * ```js
 * import { array, ConcurrentQueue, f64, optional, struct, u32, utf8 } from "shmol";
 *
 * const user = struct({
 *   id: u32,
 *   name: utf8,
 *   tags: array(utf8),
 *   home: struct({ x: f64, y: f64 }),
 *   note: optional(utf8),
 * });
 * const queue = ConcurrentQueue.unbounded(user);
 * queue.push({ id: 7, name: "Ada", tags: ["a", "b"], home: { x: 0.5, y: 1 } });
 * queue.push({ id: 8, name: "Bea", tags: [], home: { x: 0, y: 2 }, note: "new" });
 * console.log(queue.pop().tags.length, queue.popWith(({ home }) => home.y)); // 2 2
 * ```
 */
export function struct<F extends Fields>(fields: F): CodecOf<Struct<F>, F[keyof F]> {
  if (typeof fields !== "object" || fields === null || Array.isArray(fields)) {
    throw new TypeMismatchError(
      `a struct is made of its fields, and a list is an array() or a tuple(): ${describe(fields)}`,
    );
  }
  const parts = Object.entries(fields).map(([key, type]) => {
    const part = type instanceof OptionalField ? type.part : partFor(type, `a struct's field ${JSON.stringify(key)}`);
    return [key, part] as const;
  });
  return typeOf(structOf(parts));
}
/** Whether records whose types are made from now on may be read and written by code made from text (`new Function`). */
struct.compiles = true;

/**
 * A {@link struct}'s field that may be absent. A record without it has no such property; one that is undefined is absent.
 *
 * @example
 * ```js
 * import { ConcurrentQueue, optional, struct, u32, utf8 } from "shmol";
 *
 * const queue = ConcurrentQueue.unbounded(struct({ id: u32, note: optional(utf8) }));
 * queue.push({ id: 1 });
 * console.log("note" in queue.pop()); // false
 * ```
 */
export function optional<C extends Codec<unknown>>(type: C): Optional<C> {
  return new OptionalField(type);
}

/**
 * Values of a type, or null.
 *
 * @example
 * ```js
 * import { ConcurrentQueue, f64, nullable, struct } from "shmol";
 *
 * const queue = ConcurrentQueue.unbounded(struct({ limit: nullable(f64) }));
 * queue.push({ limit: null });
 * console.log(queue.pop().limit); // null
 * ```
 */
export function nullable<C extends Codec<unknown>>(type: C): CodecOf<ValueOf<C> | null, C> {
  return typeOf(partFor(type, "what may be null").shape, true);
}

/**
 * Arrays of any length, whose elements are all of one type.
 *
 * @example
 * ```js
 * import { array, ConcurrentQueue, f64, struct } from "shmol";
 *
 * const path = array(struct({ x: f64, y: f64 }));
 * const queue = ConcurrentQueue.unbounded(path);
 * queue.push([{ x: 0, y: 0 }, { x: 3, y: 4 }]);
 * console.log(queue.pop()[1].y); // 4
 * ```
 */
export function array<C extends Codec<unknown>>(type: C): Codec<ValueOf<C>[]> {
  return typeOf({ kind: "array", box: boxOf([partFor(type, "an array's element")]) });
}

/**
 * Arrays with one element of each of these types, in this order.
 *
 * @example
 * ```js
 * import { ConcurrentQueue, f64, tuple, utf8 } from "shmol";
 *
 * const queue = ConcurrentQueue.unbounded(tuple(utf8, f64));
 * queue.push(["width", 0.5]);
 * const [name, value] = queue.pop();
 * console.log(name, value); // width 0.5
 * ```
 */
export function tuple<const C extends readonly Codec<unknown>[]>(
  ...types: C
): CodecOf<{ -readonly [K in keyof C]: ValueOf<C[K]> }, C[number]> {
  return typeOf({ kind: "tuple", box: boxOf(types.map((type) => partFor(type, "a tuple's element"))) });
}

/**
 * Plain objects with any keys, whose values are all of one type. A `Map` is refused: `Object.fromEntries(it)` is such an object.
 *
 * @example
 * ```js
 * import { ConcurrentQueue, map, u32 } from "shmol";
 *
 * const queue = ConcurrentQueue.unbounded(map(u32));
 * queue.push({ apples: 3, pears: 5 });
 * console.log(queue.pop().pears); // 5
 * ```
 */
export function map<C extends Codec<unknown>>(type: C): Codec<Record<string, ValueOf<C>>> {
  return typeOf({ kind: "map", box: boxOf([KEY, partFor(type, "a map's value")]) });
}

/**
 * One value: a string, a finite number, true, false or null. It takes no memory. What tells the members of a {@link union} apart.
 *
 * @throws {TypeMismatchError} it is another value.
 */
export function literal<const V extends string | number | boolean | null>(value: V): FixedCodec<V> {
  return typeOf(choiceOf([value]));
}

/**
 * One of several values: strings, finite numbers, true, false or null. A number in memory.
 *
 * @throws {TypeMismatchError} it is another value, or there twice.
 *
 * @example
 * ```js
 * import { ConcurrentQueue, enumeration, struct, utf8 } from "shmol";
 *
 * const queue = ConcurrentQueue.unbounded(struct({ method: enumeration("get", "post"), path: utf8 }));
 * queue.push({ method: "post", path: "/cart" });
 * try {
 *   queue.push({ method: "put", path: "/cart" });
 * } catch (error) {
 *   console.log(error.message); // method is no "get" or "post": a string: "put"
 * }
 * ```
 */
export function enumeration<const V extends readonly (string | number | boolean | null)[]>(
  ...values: V
): FixedCodec<V[number]> {
  return typeOf(choiceOf(values));
}

/**
 * Records of one of several types, which the field `key` tells apart: in each it is a {@link literal} or an {@link enumeration}, with
 * values of its own.
 *
 * @throws {TypeMismatchError} a member is no struct, or is not told from the others.
 *
 * @example
 * ```js
 * import { ConcurrentQueue, f64, literal, struct, union } from "shmol";
 *
 * const shape = union(
 *   "kind",
 *   struct({ kind: literal("circle"), radius: f64 }),
 *   struct({ kind: literal("box"), width: f64, height: f64 }),
 * );
 * const queue = ConcurrentQueue.unbounded(shape);
 * queue.push({ kind: "box", width: 2, height: 3 });
 * const popped = queue.pop();
 * console.log(popped.kind === "box" && popped.width * popped.height); // 6
 * ```
 */
export function union<const M extends readonly Codec<object>[]>(
  key: string & keyof ValueOf<M[number]>,
  ...members: M
): Codec<ValueOf<M[number]>> {
  if (typeof key !== "string") throw new TypeMismatchError(`a union's key is a string: ${describe(key)}`);
  const parts = members.map((member) => partFor(member, "a union's member"));
  return typeOf(unionOf(key, parts));
}

/**
 * A type that is declared later, or is just being declared: for lists and trees. In TypeScript, say what the values are.
 *
 * @example
 * ```ts
 * import { array, type Codec, ConcurrentQueue, lazy, struct, utf8 } from "shmol";
 *
 * interface Folder {
 *   name: string;
 *   folders: Folder[];
 * }
 * const folder: Codec<Folder> = struct({ name: utf8, folders: array(lazy(() => folder)) });
 * const queue = ConcurrentQueue.unbounded(folder);
 * queue.push({ name: "home", folders: [{ name: "docs", folders: [] }] });
 * console.log(queue.pop()?.folders[0]?.name); // docs
 * ```
 */
export function lazy<T>(type: () => Codec<T>): Codec<T> {
  if (typeof type !== "function") throw new TypeMismatchError(`lazy takes a function: ${describe(type)}`);
  return typeOf(lazyOf(() => partFor(type(), "what a lazy type stands for")));
}

/**
 * `Date`s, to the millisecond; invalid ones as well.
 *
 * @example
 * ```js
 * import { ConcurrentQueue, date, struct, utf8 } from "shmol";
 *
 * const queue = ConcurrentQueue.unbounded(struct({ at: date, what: utf8 }));
 * queue.push({ at: new Date(0), what: "began" });
 * console.log(queue.pop().at.toISOString()); // 1970-01-01T00:00:00.000Z
 * ```
 */
export const date: FixedCodec<Date> = typeOf({ kind: "date" });
