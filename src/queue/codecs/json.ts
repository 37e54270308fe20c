/** JSON: a string in a block, as `utf8` has it. */
import { nameAs } from "../../heap/handle.js";
import { describe } from "../../heap/token.js";
import { type Codec, type ElementType, refusedAt, stepTo } from "../codec.js";
import { PayloadType, type Room } from "../payload.js";
import { getText, ofUtf8, putText, utf8Of } from "./text.js";

/**
 * `T`, if JSON brings every value of it back as it was, else something that `T` is not assignable to: see {@link json}. Of
 * `unknown` it can only be told when a value is pushed.
 *
 * @example
 * ```ts
 * import type { Jsonable } from "shmol";
 *
 * interface Job {
 *   readonly id: number;
 *   readonly note?: string;
 * }
 * const job: Jsonable<Job> = { id: 1 };
 * // @ts-expect-error a Date would arrive as a string
 * const date: Jsonable<Date> = new Date();
 * console.log(job.id); // 1
 * ```
 */
export type Jsonable<T> = unknown extends T
  ? T
  : T extends string | number | boolean | null
    ? T
    : T extends undefined | bigint | symbol | ((...args: never) => unknown)
      ? never
      : JsonFields<T>;

/** A type whose fields or elements are all {@link Jsonable}. A field may be undefined, an element may not. */
export type JsonFields<T> = {
  [K in keyof T]: T extends readonly unknown[]
    ? Jsonable<T[K]>
    : Jsonable<Exclude<T[K], undefined>> | Extract<T[K], undefined>;
};

/** The codec {@link json}: as it is, or called, for values of one type. */
export interface JsonCodec {
  /** The same codec, for values of type `T`; the type must be one that JSON brings back as it was. */
  // Of `Jsonable<T>` itself TypeScript says that it is a circle.
  <T extends JsonFields<T>>(): Codec<T extends undefined | bigint | symbol | ((...args: never) => unknown) ? never : T>;
  /** "json". */
  readonly name: string;
  /** A value's bytes. */
  encode(value: unknown): Uint8Array;
  /** The value of such bytes. */
  decode<T = unknown>(bytes: Uint8Array<ArrayBuffer>): T;
}

class JsonType extends PayloadType<unknown> {
  constructor() {
    super("json");
    Object.freeze(this);
  }

  encode(value: unknown): Uint8Array {
    return utf8Of(stringify(value));
  }

  decode(bytes: Uint8Array<ArrayBuffer>): unknown {
    return JSON.parse(ofUtf8(bytes));
  }

  override put(room: Room, value: unknown, cell: number): number {
    return putText(room, stringify(value, room.inside.checked !== undefined), cell);
  }

  override get(room: Room, block: number): unknown {
    return JSON.parse(getText(room, block));
  }
}

/**
 * What `JSON.stringify` makes of a value.
 *
 * @param checked whether what JSON would turn into something else is refused.
 * @param path leads to the value from the one that was handed in.
 */
export function stringify(value: unknown, checked = false, path = ""): string {
  const lost = checked ? lossIn(value, path, []) : undefined;
  if (lost !== undefined) throw refusedAt("json", lost.path, lost.what);
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    // A BigInt, or a cycle; what a getter or a toJSON throws is its own affair.
    const loss = cause instanceof TypeError ? lossIn(value, path, [], true) : undefined;
    throw loss === undefined ? cause : refusedAt("json", loss.path, loss.what, cause);
  }
  if (text === undefined) throw refusedAt("json", path, `is ${describe(value)}, ${LEFT_OUT}`);
  return text;
}

const LEFT_OUT = "which JSON leaves out";

/** What would be something else on the other side. */
interface Loss {
  readonly path: string;
  readonly what: string;
}

/** An object on the way to the one that is looked at. */
interface Ancestor {
  readonly value: object;
  readonly path: string;
}

/**
 * The first part of a value that JSON would turn into something else, or, if `fatal`, that it refuses. A field that is undefined
 * is none: it is left out, and reads as undefined again.
 */
function lossIn(value: unknown, path: string, ancestors: readonly Ancestor[], fatal = false): Loss | undefined {
  if (typeof value === "bigint") return { path, what: `is a BigInt, for which JSON has no form: ${describe(value)}` };
  if (typeof value === "object" && value !== null) return lossInObject(value, path, ancestors, fatal);
  if (fatal || typeof value === "string" || typeof value === "boolean" || value === null) return undefined;
  if (typeof value !== "number") return { path, what: `is ${describe(value)}, ${LEFT_OUT}` };
  return Number.isFinite(value) ? undefined : { path, what: `is ${value}, for which JSON has no form` };
}

function lossInObject(value: object, path: string, ancestors: readonly Ancestor[], fatal: boolean): Loss | undefined {
  const above = ancestors.find((each) => each.value === value);
  if (above !== undefined) {
    return {
      path,
      what: `is ${above.path === "" ? "the value itself" : `what stands at ${above.path}`}: JSON has no cycles`,
    };
  }
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (!fatal && tag !== "Object" && !Array.isArray(value)) {
    return { path, what: `is of class ${tag}, for which JSON has no form: use clone` };
  }
  const way = [...ancestors, { value, path }];
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === "function") return lossIn(toJSON.call(value, ""), path, way, fatal);
  for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
    const item = (value as Record<PropertyKey, unknown>)[key];
    if (item === undefined && typeof key === "string") continue;
    const loss = lossIn(item, stepTo(path, key), way, fatal);
    if (loss !== undefined) return loss;
  }
  return undefined;
}

/** The type behind {@link json}. */
export const jsonType: ElementType<unknown> = new JsonType();

/**
 * What `JSON.stringify` writes. Its values are `unknown` to TypeScript; `json<Job>()` is the same codec for values of type
 * `Job`, and compiles only if JSON brings these back as they were.
 *
 * A field that is undefined is left out, as JSON does. A BigInt and a cycle are refused. Everything else that JSON leaves out or
 * turns into something else is refused in a checked heap, with its path, and comes out in others as JSON has it: a `Date`, a
 * `Map`, a `Set`, bytes and objects of other built-in classes; a function or a symbol; undefined in an array; NaN and
 * infinities. An object with a `toJSON` of its own is what that returns. An instance of a class arrives as a plain object.
 *
 * @example
 * ```js
 * import { ConcurrentQueue, json } from "shmol";
 *
 * const queue = ConcurrentQueue.unbounded(json);
 * queue.push({ id: 1, tags: ["a", "b"], not: undefined });
 * console.log(JSON.stringify(queue.pop())); // {"id":1,"tags":["a","b"]}
 * ```
 */
export const json: JsonCodec = Object.freeze(callable()) as unknown as JsonCodec;

/** What can be called, and is called a codec by errors. */
function callable(): object {
  const codec = Object.defineProperties(() => jsonType, {
    name: { value: jsonType.name, enumerable: true },
    encode: { value: (value: unknown) => jsonType.encode(value), enumerable: true },
    decode: { value: (bytes: Uint8Array<ArrayBuffer>) => jsonType.decode(bytes), enumerable: true },
  });
  nameAs(codec, "codec");
  return codec;
}
