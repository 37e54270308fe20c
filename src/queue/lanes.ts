/**
 * Lanes: how values that lie in the slots themselves get there and out again, one by one and in batches. Payloads have code of
 * their own (payload.ts).
 *
 *   lane               JavaScript's value             in the slot
 *   I32, U32           a number: an integer           a 64-bit float
 *   F32, F64           a number                       likewise; of F32 rounded to 32 bits
 *   BOOL               true, false                    likewise: 1, 0
 *   I64, U64           a bigint                       64 bits, which the kernel returns as if they had a sign
 *
 * All of this is on the hot path of queues and of tags: plain functions with the lane as an argument, and no objects.
 */
import type { TypedArray } from "../arc/arc.js";
import type { Scratch } from "../heap/account.js";
import type { Kernel } from "../heap/instance.js";
import { BOOL, type ElementType, F32, F64, I32, I64, refused, U32, U64 } from "./codec.js";
import { lengthOf } from "./views.js";

/** From this number on, numbers of a batch are copied as a whole: what a copy costs for a start is won back. */
const WORTH_A_COPY = 32;

/** Whether `value` is a value of I32. Zero may be -0. */
function isI32(value: unknown): value is number {
  return typeof value === "number" && (value | 0) === value;
}

/** Whether `value` is a value of U32. Zero may be -0. */
function isU32(value: unknown): value is number {
  return typeof value === "number" && value >>> 0 === value;
}

/** Whether `value` is a value of the lane, which is I64 or U64. */
function is64(lane: number, value: unknown): value is bigint {
  return typeof value === "bigint" && decodeBits(lane, value) === value;
}

/** Whether `value` is a value of the lane, which is not `PAYLOAD`. */
export function isOf(lane: number, value: unknown): boolean {
  switch (lane) {
    case I32:
      return isI32(value);
    case U32:
      return isU32(value);
    case BOOL:
      return typeof value === "boolean";
    case F32:
    case F64:
      return typeof value === "number";
    default:
      return is64(lane, value);
  }
}

/** The number in the slot for a value of one of the lanes below I64; throws for one that is not of the type. */
export function encode({ lane, name }: ElementType<unknown>, value: unknown): number {
  switch (lane) {
    case I32:
      if (isI32(value)) return value | 0;
      break;
    case U32:
      if (isU32(value)) return value;
      break;
    case BOOL:
      if (typeof value === "boolean") return value ? 1 : 0;
      break;
    case F32:
      if (typeof value === "number") return Math.fround(value);
      break;
    default:
      if (typeof value === "number") return value;
  }
  throw refused(name, value);
}

/** The value of a number that `encode` made. */
export function decode(lane: number, number: number): unknown {
  switch (lane) {
    case I32:
      return number | 0;
    case U32:
      return number >>> 0;
    case BOOL:
      return number !== 0;
    default:
      return number;
  }
}

/** The slot's 64 bits for a value of I64 or U64; throws for one that is not of the type. */
export function encodeBits({ lane, name }: ElementType<unknown>, value: unknown): bigint {
  if (is64(lane, value)) return value;
  throw refused(name, value);
}

/** The value of a slot's 64 bits. */
export function decodeBits(lane: number, bits: bigint): bigint {
  return lane === I64 ? BigInt.asIntN(64, bits) : BigInt.asUintN(64, bits);
}

/**
 * Puts `count` values from index `from` into the scratch, up to the first that is not of the lane; returns the number. One loop
 * for each kind of lane: a loop over `encode` takes up to a third longer.
 */
export function encodeMany(
  lane: number,
  values: ArrayLike<unknown>,
  from: number,
  count: number,
  { slots, bits }: Scratch,
): number {
  if (count >= WORTH_A_COPY && isArrayOf(lane, values, from + count)) {
    slots.set(values.subarray(from, from + count));
    return count;
  }
  switch (lane) {
    case I32:
      for (let i = 0; i < count; i++) {
        const value = values[from + i];
        if (!isI32(value)) return i;
        slots[i] = value | 0;
      }
      return count;
    case U32:
      for (let i = 0; i < count; i++) {
        const value = values[from + i];
        if (!isU32(value)) return i;
        slots[i] = value;
      }
      return count;
    case I64:
    case U64:
      for (let i = 0; i < count; i++) {
        const value = values[from + i];
        if (!is64(lane, value)) return i;
        bits[i] = value;
      }
      return count;
    default: {
      const wanted = lane === BOOL ? "boolean" : "number";
      const rounds = lane === F32;
      for (let i = 0; i < count; i++) {
        const value = values[from + i];
        if (typeof value !== wanted) return i;
        slots[i] = rounds ? Math.fround(value as number) : Number(value);
      }
      return count;
    }
  }
}

/** Whether `values` is a typed array of at least `length` elements, each of which is a value of the lane. */
function isArrayOf(lane: number, values: unknown, length: number): values is Float64Array {
  const Elements = lane === I32 ? Int32Array : lane === U32 ? Uint32Array : lane === F32 ? Float32Array : Float64Array;
  return lane <= F64 && values instanceof Elements && lengthOf.call(values) >= length;
}

/** Appends the values of the scratch's first `count` slots to `values`. */
export function decodeMany(lane: number, { slots, bits }: Scratch, count: number, values: unknown[]): void {
  if (lane < I64) {
    for (let i = 0; i < count; i++) values.push(decode(lane, slots[i] as number));
  } else {
    for (let i = 0; i < count; i++) values.push(decodeBits(lane, bits[i] as bigint));
  }
}

/** Puts the values of the scratch's first `count` slots into a typed array that can hold each of them, from index `at` on. */
export function decodeInto(
  kernel: Kernel,
  lane: number,
  scratch: Scratch,
  count: number,
  target: TypedArray,
  at: number,
): void {
  const whole = count < WORTH_A_COPY ? undefined : asElements(kernel, target, scratch, count);
  if (whole !== undefined) {
    (target as Float64Array).set(whole, at);
    return;
  }
  const from: ArrayLike<number | bigint> = lane < I64 ? scratch.slots : scratch.bits;
  for (let i = 0; i < count; i++) target[at + i] = from[i] as number | bigint;
}

/** The scratch's first `count` slots as elements of the kind that `target` has; undefined if that is quicker one by one. */
function asElements(
  kernel: Kernel,
  target: TypedArray,
  { ptr, slots, signed, unsigned }: Scratch,
  count: number,
): ArrayLike<number> | undefined {
  if (target instanceof Float64Array) return slots.subarray(0, count);
  const words = target instanceof Int32Array ? signed : target instanceof Uint32Array ? unsigned : undefined;
  if (words !== undefined) kernel.toIntegers(ptr, count);
  return words?.subarray(0, count);
}
