/**
 * Element types: how a JavaScript value lies in a slot of 8 bytes.
 *
 * Every number type lies there as a 64-bit float, which holds each of them exactly and is what the kernel's `push` and
 * `pop` take and give: no type needs a path of its own through the kernel, and none a copy.
 */

import type { TypedArray } from "../arc/arc.js";
import { TypeMismatchError } from "../arc/errors.js";
import { describe } from "../arc/token.js";

/** The type of a queue's elements. */
export interface Codec<T> {
  /** The type's name, as tokens carry it. */
  readonly name: string;
  /** Only for the type system: what a value is. */
  readonly type?: T;
}

/** The order of the number types: what a queue branches on, a small integer, so that one class serves all of them. */
export const I32 = 0;
export const U32 = 1;
export const F32 = 2;
const F64 = 3;
export const BOOL = 4;

/** A type whose values lie in the slot itself. */
export interface NumberCodec<T> extends Codec<T> {
  readonly lane: number;
  /** Typed arrays that hold every value of the type. */
  readonly arrays: readonly string[];
}

const I32_ARRAYS = ["Int32Array", "Float64Array"];
const U32_ARRAYS = ["Uint32Array", "Float64Array"];

const number = <T>(name: string, lane: number, arrays: readonly string[]): Codec<T> => {
  const codec: NumberCodec<T> = { name, lane, arrays };
  return Object.freeze(codec);
};

/** Integers from -2^31 to 2^31 - 1. */
export const i32: Codec<number> = number("i32", I32, I32_ARRAYS);
/** Integers from 0 to 2^32 - 1. */
export const u32: Codec<number> = number("u32", U32, U32_ARRAYS);
/** Numbers, rounded to 32-bit floats. */
export const f32: Codec<number> = number("f32", F32, ["Float32Array", "Float64Array"]);
/** Numbers. */
export const f64: Codec<number> = number("f64", F64, ["Float64Array"]);
/** true and false. */
export const bool: Codec<boolean> = number("bool", BOOL, ["Uint8Array", "Uint8ClampedArray", "Int8Array"]);

const builtIns: ReadonlyMap<string, Codec<unknown>> = new Map(
  [i32, u32, f32, f64, bool].map((codec) => [codec.name, codec]),
);

/** The built-in type of that name. */
export function builtIn(name: unknown): Codec<unknown> | undefined {
  return builtIns.get(name as string);
}

/** Whether `type` is one of the element types; else a `TypeMismatchError`. */
export function checkCodec(type: unknown): asserts type is NumberCodec<unknown> {
  if (builtIns.get((type as Codec<unknown> | null | undefined)?.name as string) !== type || type === undefined) {
    throw new TypeMismatchError(`not an element type: ${describe(type)}`);
  }
}

/** A type's name in 32 bits, signed, as the queue itself keeps it (FNV-1a): a token that names another type is found out. */
export function tagOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const char of name) hash = Math.imul(hash ^ (char.codePointAt(0) as number), 0x01000193);
  return hash | 0;
}

/** What is wrong with a value that its type refused. */
export function refused(name: string, value: unknown): TypeMismatchError {
  const isNumber = name !== "bool" && typeof value === "number";
  return new TypeMismatchError(`${name} value ${isNumber ? "out of range" : "is of another type"}: ${describe(value)}`);
}

/** Whether `target` can take every value of the type; else a `TypeMismatchError`. */
export function checkTarget(
  codec: NumberCodec<unknown>,
  target: unknown,
): asserts target is Exclude<TypedArray, BigInt64Array | BigUint64Array> {
  const found = ArrayBuffer.isView(target) ? target.constructor.name : describe(target);
  if (codec.arrays.includes(found)) return;
  throw new TypeMismatchError(`values of type ${codec.name} go into ${codec.arrays.join(" or ")}, not ${found}`);
}
