/** From what users hand in, a codec or a token's name for one, to the type that a queue works with. */
import type { TypedArray } from "../arc/arc.js";
import { Count } from "../arc/counted.js";
import { TokenError, TypeMismatchError } from "../heap/errors.js";
import { brandOf } from "../heap/handle.js";
import type { Kernel } from "../heap/instance.js";
import { describe, type ObjectToken, type TokenKind } from "../heap/token.js";
import { type Codec, ElementType, tagOf } from "./codec.js";
import { arc } from "./codecs/arc.js";
import { bytes } from "./codecs/bytes.js";
import { clone } from "./codecs/clone.js";
import { json, jsonType } from "./codecs/json.js";
import { bool, f32, f64, i32, i64, u32, u64 } from "./codecs/numbers.js";
import { utf8 } from "./codecs/text.js";
import { CustomType } from "./payload.js";

const named: ReadonlyMap<unknown, ElementType<unknown>> = new Map(
  [i32, u32, f32, f64, bool, i64, u64, bytes, utf8, jsonType, clone, arc].map((codec) => [
    codec.name,
    codec as Codec<unknown> as ElementType<unknown>,
  ]),
);

/** What is done with types of records. */
export interface Records {
  /** The type of that name; undefined: there is none. */
  named(name: string): ElementType<unknown> | undefined;
  /**
   * The type `theirs` as a later version of it has it, `ours`: it reads and writes what `theirs` does. A text: how they differ.
   * Undefined: they are not two types of records.
   */
  older(theirs: ElementType<unknown>, ours: ElementType<unknown>): ElementType<unknown> | string | undefined;
}

/** Undefined where no type of records was ever made: a program that is bundled without them need not have this either. */
let records: Records | undefined;

/** To be called before there is a type of records. */
export function useRecords(them: Records): void {
  records = them;
}

/** What the names of types of records look like. */
const RECORD = /^(date$|[a-z]+[[{])/;

/** The types of what is none itself: of users' codecs, and of `json`, which can be called. */
const types = new WeakMap<object, ElementType<unknown>>([[json, jsonType]]);

/** The type that a codec stands for; else a `TypeMismatchError`. */
export function elementType<T>(codec: Codec<T>): ElementType<T> {
  if (codec instanceof ElementType) return codec;
  const known = types.get(codec);
  if (known !== undefined) return known as ElementType<T>;
  const given = (codec ?? {}) as Partial<Codec<T>>;
  const { name, encode, decode } = given;
  const isBranded = brandOf(given) !== undefined;
  if (isBranded || typeof name !== "string" || typeof encode !== "function" || typeof decode !== "function") {
    throw new TypeMismatchError(
      `not an element type: ${describe(codec)}. Import one, such as i32 or json, or write { name, encode, decode }`,
    );
  }
  if (name === "" || named.has(name) || RECORD.test(name)) {
    throw new TypeMismatchError(`a codec of your own needs a name that no built-in type has: ${describe(name)}`);
  }
  const type = new CustomType(codec);
  types.set(codec, type as CustomType<unknown>);
  return type;
}

/** What `openTyped` is to know of objects of one kind. */
interface Typed<T> {
  /** The type's name in the token. */
  readonly name: unknown;
  /** The type that was passed; necessary if it is not a built-in one. */
  readonly passed: Codec<T> | undefined;
  /** What is of that type, as errors call it: "the queue's elements". */
  readonly what: string;
  /** What errors say of a token without a type; undefined: no such object is without one. */
  readonly without?: string;
  /** The type's name as the object at `value` keeps it, see `tagOf`; 0: it has none. */
  tagIn(kernel: Kernel, value: number): number;
}

/**
 * Takes a strong count by a token of an object that has an element type.
 *
 * @throws {TokenError} as `Count.open`; and if the type is neither built in nor passed, or not the object's.
 */
export function openTyped<T>(
  token: ObjectToken,
  kind: TokenKind,
  { name, passed, what, without, tagIn }: Typed<T>,
): { count: Count; type: ElementType<T> | undefined } {
  const own = passed === undefined ? undefined : elementType(passed);
  const theirs = own?.name === name ? undefined : builtIn(name);
  const older = own === undefined || theirs === undefined ? undefined : records?.older(theirs, own);
  const type = (older instanceof ElementType ? older : (own ?? theirs)) as ElementType<T> | undefined;
  const isNone = name === undefined && without !== undefined;
  const count = Count.open(token, kind, (kernel, value) => {
    const says = () => (isNone ? without : `${what} are of type ${describe(name)}`);
    if (typeof older === "string") throw new TokenError(`${what} are of another type than the one passed: ${older}`);
    if (own !== undefined && type?.name !== name) {
      throw new TokenError(`${says()}, ${isNone ? "but the type passed is" : "not"} ${describe(own.name)}`);
    }
    if (type === undefined && !isNone) {
      const why = RECORD.test(name as string)
        ? "and this program was bundled without records: pass the type"
        : "which is not a built-in one: pass its codec";
      throw new TokenError(`${says()}, ${why} as the second argument`);
    }
    if (tagIn(kernel, value) !== (isNone ? 0 : tagOf(name as string))) {
      throw new TokenError(`the token says that ${says()}, which ${isNone ? "is wrong" : "they are not"}`);
    }
  });
  return { count, type };
}

/** The built-in type of that name. The name of a type of records says all of it. */
function builtIn(name: unknown): ElementType<unknown> | undefined {
  return named.get(name) ?? (typeof name === "string" ? records?.named(name) : undefined);
}

/** Whether `target` can take every value of the type; else a `TypeMismatchError`. */
export function checkTarget(type: ElementType<unknown>, target: unknown): asserts target is TypedArray {
  const found = ArrayBuffer.isView(target) ? target.constructor.name : describe(target);
  if (type.arrays.includes(found)) return;
  const where = type.arrays.length === 0 ? "no typed array" : type.arrays.join(" or ");
  throw new TypeMismatchError(`values of type ${type.name} go into ${where}, not ${found}`);
}
