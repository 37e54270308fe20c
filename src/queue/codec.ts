/**
 * Element types: how a JavaScript value comes to lie in a slot of 8 bytes, or in a payload block that the slot points to.
 *
 *   Codec          what users see, and may write themselves: a name, and a way to bytes and back
 *   ElementType    what a queue works with: every built-in codec is one, and one is wrapped around each of the users'
 */
import { TypeMismatchError } from "../heap/errors.js";
import { nameAs } from "../heap/handle.js";
import { describe, withArticle } from "../heap/token.js";

/**
 * The type of a queue's elements. All built-in ones are codecs, and you can write your own: an object with a name and two
 * functions. Its values travel as bytes in a block of the shared memory. The block is written before the queue is touched,
 * and freed by the call that takes the value out.
 *
 * If `encode` or `decode` throws, `push` or `pop` throws that error. A push that fails leaves nothing behind. An item that
 * cannot be decoded was taken and is gone.
 *
 * @example
 * ```js
 * import { Worker } from "node:worker_threads";
 * import { decode, encode } from "@msgpack/msgpack";
 * import { ConcurrentQueue } from "shmol";
 *
 * const queue = ConcurrentQueue.unbounded({ name: "msgpack", encode, decode });
 * queue.push({ buns: 12, warm: true });
 * new Worker(new URL("./worker.mjs", import.meta.url), { workerData: queue.share({ opens: 1 }) });
 * queue.drop();
 * ```
 * ```js
 * // worker.mjs
 * import { workerData } from "node:worker_threads";
 * import { decode, encode } from "@msgpack/msgpack";
 * import { ConcurrentQueue } from "shmol";
 *
 * // A type that is not built in does not travel: it is passed, and checked by its name.
 * const queue = ConcurrentQueue.open(workerData, { name: "msgpack", encode, decode });
 * console.log(queue.pop().buns); // 12
 * queue.drop();
 * ```
 */
export interface Codec<T> {
  /** Names the type in tokens, so that both sides mean the same one. Not one of a built-in type. */
  readonly name: string;
  /** A value's bytes. They are copied before `push` returns, so all values may use one buffer. */
  encode(value: T): Uint8Array;
  /** The value of such bytes. They are a copy of this value's alone, in memory that is not shared, and may be kept. */
  decode(bytes: Uint8Array<ArrayBuffer>): T;
}

/** A codec whose values all take the same number of bytes; what a {@link struct} is made of. */
export interface FixedCodec<T> extends Codec<T> {
  /** Bytes of a value. */
  readonly byteLength: number;
}

/** The lanes that values take through a queue: what its methods branch on, a small integer, so that one class serves all. */
export const I32 = 0;
export const U32 = 1;
export const F32 = 2;
export const F64 = 3;
export const BOOL = 4;
/** From here on a value is no JavaScript number in the slot. */
export const I64 = 5;
export const U64 = 6;
/** The slot holds a pointer. */
export const PAYLOAD = 7;

/** A type as queues work with it. */
export abstract class ElementType<T> implements Codec<T> {
  readonly name: string;
  readonly lane: number;
  /** Typed arrays that hold every value of the type: what `popInto` fills. */
  readonly arrays: readonly string[];

  constructor(name: string, lane: number, arrays: readonly string[] = []) {
    this.name = name;
    this.lane = lane;
    this.arrays = arrays;
  }

  static {
    nameAs(ElementType.prototype, "codec");
  }

  abstract encode(value: T): Uint8Array;
  abstract decode(bytes: Uint8Array<ArrayBuffer>): T;
}

/** A type's name in 32 bits, signed, as the queue itself keeps it (FNV-1a): a token that names another type is found out. */
export function tagOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const char of name) hash = Math.imul(hash ^ (char.codePointAt(0) as number), 0x01000193);
  return hash | 0;
}

/** What is wrong with a value that its type refused. */
export function refused(name: string, value: unknown): TypeMismatchError {
  return new TypeMismatchError(`${name} value ${beyond(name, value) ?? "is of another type"}: ${describe(value)}`);
}

/** What is wrong with a number of the right kind; undefined: that is something else. */
function beyond(name: string, value: unknown): string | undefined {
  if (typeof value === "number" && /^[iu]32$/.test(name)) {
    return Number.isInteger(value) ? "out of range" : "is not an integer";
  }
  return typeof value === "bigint" && /^[iu]64$/.test(name) ? "out of range" : undefined;
}

/** Likewise of a part of a value. `path` leads to it from the value that was handed in; "": it is that itself. */
export function refusedPart(name: string, path: string, value: unknown): TypeMismatchError {
  if (path === "") return refused(name, value);
  const more = { "out of range": " out of range", "is not an integer": " that is not an integer" };
  const isObject = value === null || value === undefined || typeof value === "object" || typeof value === "function";
  const how = more[beyond(name, value) as keyof typeof more] ?? "";
  const what = isObject ? describe(value) : `${withArticle(typeof value)}${how}: ${describe(value)}`;
  return new TypeMismatchError(`${path} is no ${name}: ${what}`);
}

/** A path, one step longer. */
export function stepTo(path: string, key: PropertyKey): string {
  if (typeof key === "number") return `${path}[${key}]`;
  const name = String(key);
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === "" ? name : `${path}.${name}`;
}

/** What is wrong with the value at `path` in one that its type refused. */
export function refusedAt(name: string, path: string, what: string, cause?: unknown): TypeMismatchError {
  const where = path === "" ? "" : ` at ${path}`;
  return new TypeMismatchError(`${name} value${where} ${what}`, cause === undefined ? undefined : { cause });
}
