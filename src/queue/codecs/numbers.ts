/**
 * The types whose values lie in the slot itself.
 *
 * Those that JavaScript's numbers hold lie there as a 64-bit float, which holds each of them exactly and is what the kernel's
 * `push` and `pop` take and give: no type needs a path of its own through the kernel, and none a copy. 64-bit integers lie
 * there as they are.
 */
import { BOOL, ElementType, F32, F64, type FixedCodec, I32, I64, refused, U32, U64 } from "../codec.js";
import { isOf } from "../lanes.js";
import { type Views, viewsOf } from "../views.js";

/** A type of numbers, and how one lies in memory as a field. */
export class NumberType<T> extends ElementType<T> implements FixedCodec<T> {
  readonly byteLength: number;

  constructor(name: string, lane: number, byteLength: number, arrays: readonly string[]) {
    super(name, lane, arrays);
    this.byteLength = byteLength;
    Object.freeze(this);
  }

  encode(value: T): Uint8Array {
    const views = viewsOf(new ArrayBuffer(8));
    writeNumber(views, this, 0, value);
    return views.u8.subarray(0, this.byteLength);
  }

  decode(bytes: Uint8Array<ArrayBuffer>): T {
    const views = viewsOf(new ArrayBuffer(8));
    views.u8.set(bytes.subarray(0, this.byteLength));
    return readNumber(views, this.lane, 0) as T;
  }
}

/** Writes a number of a type at an offset that is a multiple of its size; refuses one that is not of the type. */
export function writeNumber(
  { u8, i32, u32, f32, f64, i64, u64 }: Views,
  type: NumberType<unknown>,
  at: number,
  value: unknown,
): void {
  if (!isOf(type.lane, value)) throw refused(type.name, value);
  switch (type.lane) {
    case I32:
      i32[at >>> 2] = value as number;
      return;
    case U32:
      u32[at >>> 2] = value as number;
      return;
    case F32:
      f32[at >>> 2] = value as number;
      return;
    case F64:
      f64[at >>> 3] = value as number;
      return;
    case BOOL:
      u8[at] = value === true ? 1 : 0;
      return;
    case I64:
      i64[at >>> 3] = value as bigint;
      return;
    default:
      u64[at >>> 3] = value as bigint;
  }
}

/** Reads what `writeNumber` wrote. */
export function readNumber({ u8, i32, u32, f32, f64, i64, u64 }: Views, lane: number, at: number): unknown {
  switch (lane) {
    case I32:
      return i32[at >>> 2];
    case U32:
      return u32[at >>> 2];
    case F32:
      return f32[at >>> 2];
    case F64:
      return f64[at >>> 3];
    case BOOL:
      return u8[at] !== 0;
    case I64:
      return i64[at >>> 3];
    default:
      return u64[at >>> 3];
  }
}

/**
 * Integers from -2^31 to 2^31 - 1.
 *
 * @example
 * ```js
 * import { ConcurrentQueue, i32 } from "shmol";
 *
 * const queue = ConcurrentQueue.bounded(1000, i32);
 * queue.pushMany(Int32Array.of(1, -2, 3));
 * console.log(queue.popMany(3).join(" ")); // 1 -2 3
 * ```
 */
export const i32: FixedCodec<number> = new NumberType("i32", I32, 4, ["Int32Array", "Float64Array"]);
/** Integers from 0 to 2^32 - 1; see {@link i32}. */
export const u32: FixedCodec<number> = new NumberType("u32", U32, 4, ["Uint32Array", "Float64Array"]);
/**
 * Numbers, rounded to 32-bit floats.
 *
 * @example
 * ```js
 * import { ConcurrentQueue, f32 } from "shmol";
 *
 * const queue = ConcurrentQueue.unbounded(f32);
 * queue.push(0.1);
 * console.log(queue.pop()); // 0.10000000149011612
 * ```
 */
export const f32: FixedCodec<number> = new NumberType("f32", F32, 4, ["Float32Array", "Float64Array"]);
/** Numbers; see {@link i32}. */
export const f64: FixedCodec<number> = new NumberType("f64", F64, 8, ["Float64Array"]);
/** true and false; see {@link i32}. */
export const bool: FixedCodec<boolean> = new NumberType("bool", BOOL, 1, [
  "Uint8Array",
  "Uint8ClampedArray",
  "Int8Array",
]);
/** BigInts from -2^63 to 2^63 - 1; see {@link i32}. */
export const i64: FixedCodec<bigint> = new NumberType("i64", I64, 8, ["BigInt64Array"]);
/** BigInts from 0 to 2^64 - 1; see {@link i32}. */
export const u64: FixedCodec<bigint> = new NumberType("u64", U64, 8, ["BigUint64Array"]);
