/** From what users hand in, a codec or a token's name for one, to the type that a queue works with. */
import type { TypedArray } from "../arc/arc.js";
import { TypeMismatchError } from "../heap/errors.js";
import { describe } from "../heap/token.js";
import { type Codec, ElementType } from "./codec.js";
import { arc } from "./codecs/arc.js";
import { bytes } from "./codecs/bytes.js";
import { clone } from "./codecs/clone.js";
import { bool, f32, f64, i32, i64, NumberType, u32, u64 } from "./codecs/numbers.js";
import { type Fields, StructType } from "./codecs/struct.js";
import { json, utf8 } from "./codecs/text.js";
import { CustomType } from "./payload.js";

const named: ReadonlyMap<unknown, ElementType<unknown>> = new Map(
  [i32, u32, f32, f64, bool, i64, u64, bytes, utf8, json, clone, arc].map((codec) => [
    codec.name,
    codec as ElementType<unknown>,
  ]),
);

const STRUCT = "struct{";

const customTypes = new WeakMap<object, CustomType<unknown>>();

/** The type that a codec stands for; else a `TypeMismatchError`. */
export function elementType<T>(codec: Codec<T>): ElementType<T> {
  if (codec instanceof ElementType) return codec;
  const known = customTypes.get(codec);
  if (known !== undefined) return known as CustomType<unknown> as CustomType<T>;
  const { name, encode, decode } = (codec ?? {}) as Partial<Codec<T>>;
  if (typeof name !== "string" || typeof encode !== "function" || typeof decode !== "function") {
    throw new TypeMismatchError(`not an element type: ${describe(codec)}`);
  }
  if (name === "" || builtIn(name) !== undefined || name.startsWith(STRUCT)) {
    throw new TypeMismatchError(`a codec of your own needs a name of its own: ${describe(name)}`);
  }
  const type = new CustomType(codec);
  customTypes.set(codec, type as CustomType<unknown>);
  return type;
}

/** The built-in type of that name; structs carry their fields in theirs. */
export function builtIn(name: unknown): ElementType<unknown> | undefined {
  const type = named.get(name);
  if (type !== undefined || typeof name !== "string" || !name.startsWith(STRUCT)) return type;
  const found = structOf(name);
  // The name of what it was read as: nothing else was meant by it.
  return found?.name === name ? found : undefined;
}

function structOf(name: string): StructType<unknown> | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(name.slice(STRUCT.length - 1));
  } catch {
    return undefined;
  }
  const types = Object.entries(fields as object).map(([key, field]) => [key, builtIn(field)] as const);
  const fixed = types.every(([, type]) => type instanceof NumberType || type instanceof StructType);
  return fixed && types.length > 0 ? new StructType(Object.fromEntries(types) as unknown as Fields) : undefined;
}

/** Whether `target` can take every value of the type; else a `TypeMismatchError`. */
export function checkTarget(type: ElementType<unknown>, target: unknown): asserts target is TypedArray {
  const found = ArrayBuffer.isView(target) ? target.constructor.name : describe(target);
  if (type.arrays.includes(found)) return;
  const where = type.arrays.length === 0 ? "no typed array" : type.arrays.join(" or ");
  throw new TypeMismatchError(`values of type ${type.name} go into ${where}, not ${found}`);
}
