/**
 * Views of memory: the heap's own, and those that users hand in. The latter are told by what they are and not by their class,
 * which is another one in each realm (jsdom, node:vm).
 */
import { withArticle } from "../heap/token.js";
import { refusedAt } from "./codec.js";

/**
 * What a Buffer's methods come down to for strings, in Node. Faster than TextEncoder and TextDecoder, of which the one makes an
 * object for each string and the other does not read shared memory everywhere.
 */
interface TextMemory {
  utf8Write(text: string, start: number, most: number): number;
  latin1Write(text: string, start: number, most: number): number;
  ucs2Write(text: string, start: number, most: number): number;
  latin1Slice(start: number, end: number): string;
  ucs2Slice(start: number, end: number): string;
}

function textMemory(buffer: ArrayBufferLike): TextMemory | undefined {
  const memory = (globalThis as { Buffer?: typeof Buffer }).Buffer?.from(buffer as ArrayBuffer);
  const { utf8Write, latin1Write, ucs2Write, latin1Slice, ucs2Slice } = (memory ?? {}) as Partial<TextMemory>;
  const isWhole = [utf8Write, latin1Write, ucs2Write, latin1Slice, ucs2Slice].every((method) => method !== undefined);
  return isWhole ? (memory as Buffer & TextMemory) : undefined;
}

/** One memory, seen as elements of every size. Indices are byte offsets divided by the element's size. */
export interface Views<B extends ArrayBufferLike = ArrayBufferLike> {
  readonly u8: Uint8Array<B>;
  readonly u16: Uint16Array<B>;
  readonly i32: Int32Array<B>;
  readonly u32: Uint32Array<B>;
  readonly f32: Float32Array<B>;
  readonly f64: Float64Array<B>;
  readonly i64: BigInt64Array<B>;
  readonly u64: BigUint64Array<B>;
  /** The same memory for strings; undefined where the host has nothing better than TextEncoder. */
  readonly text: TextMemory | undefined;
}

/** Views of a whole buffer, whose length is a multiple of 8. */
export function viewsOf<B extends ArrayBufferLike>(buffer: B): Views<B> {
  return {
    u8: new Uint8Array(buffer),
    u16: new Uint16Array(buffer),
    i32: new Int32Array(buffer),
    u32: new Uint32Array(buffer),
    f32: new Float32Array(buffer),
    f64: new Float64Array(buffer),
    i64: new BigInt64Array(buffer),
    u64: new BigUint64Array(buffer),
    text: textMemory(buffer),
  };
}

function getterOf(prototype: object, key: PropertyKey) {
  const getter = Object.getOwnPropertyDescriptor(prototype, key)?.get;
  return getter as (this: unknown) => unknown;
}

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as typeof Uint8Array.prototype;

/** The name of a typed array's class in the language; undefined for what is none. */
export const arrayNameOf = getterOf(typedArray, Symbol.toStringTag) as (this: unknown) => string | undefined;

/** How long a typed array really is, which is what `set` copies. A subclass may have a `length` of its own. */
export const lengthOf = getterOf(typedArray, "length") as (this: unknown) => number;

const sizes = [
  getterOf(ArrayBuffer.prototype, "byteLength"),
  // Pages that are not isolated have none.
  getterOf(globalThis.SharedArrayBuffer?.prototype ?? {}, "byteLength"),
];

/** Whether it is an ArrayBuffer or a SharedArrayBuffer. */
export function isBuffer(value: object): value is ArrayBufferLike {
  return sizes.some((sizeOf) => {
    try {
      sizeOf.call(value);
      return true;
    } catch {
      return false;
    }
  });
}

/** The name of a view's class in the language. */
export function viewName(view: ArrayBufferView): string {
  return arrayNameOf.call(view) ?? "DataView";
}

/** What is wrong with a view or a buffer whose memory went elsewhere. */
export function withoutMemory(value: ArrayBufferView | ArrayBufferLike): string {
  const what = ArrayBuffer.isView(value) ? viewName(value) : "ArrayBuffer";
  return `is ${withArticle(what)} without memory: its buffer was transferred, or made smaller`;
}

/** Refuses a view or a buffer without memory; `name` is the type that it was for, and `path` leads to it. */
export function checkAttached(name: string, value: ArrayBufferView | ArrayBufferLike, path = ""): void {
  if (isDetached(value)) throw refusedAt(name, path, withoutMemory(value));
}

/** Whether the memory of a view or a buffer went elsewhere. */
export function isDetached(value: ArrayBufferView | ArrayBufferLike): boolean {
  try {
    if (!ArrayBuffer.isView(value)) new Uint8Array(value);
    else if (arrayNameOf.call(value) === undefined) void value.byteLength;
    else if (lengthOf.call(value) === 0) typedArray.at.call(value as Uint8Array, 0);
    return false;
  } catch {
    return true;
  }
}
