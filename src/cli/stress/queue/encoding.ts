/**
 * What a value in the queue says: the serial number under which it was pushed (serials.ts). So a thread that takes it out knows which
 * producer pushed it, and what must have come before.
 *
 *   encodings/numbers.ts    values that are little more than their serial
 *   encodings/payloads.ts   values of many sizes, whose content follows from the serial
 */
import type { Codec, Heap } from "../../../index.js";
import { type NumberName, numberEncodings } from "./encodings/numbers.js";
import { type PayloadName, payloadEncodings } from "./encodings/payloads.js";

/** An element type by name. */
export type ElementType = NumberName | PayloadName;

/** Names of the element types. */
export const ELEMENT_TYPES: readonly ElementType[] = [
  ...["i32", "u32", "f32", "f64", "bool", "i64", "u64"],
  ...["bytes", "utf8", "json", "clone", "struct", "arc"],
] as readonly ElementType[];

/** The types whose payloads have a size to choose. */
export const SIZED_TYPES: readonly ElementType[] = ["bytes", "utf8", "json", "clone", "arc"];

/** Room for values: what `popInto` takes. */
export type Values =
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | Uint8Array
  | BigInt64Array
  | BigUint64Array;

/** How serials become values of one element type, and values serials. */
export interface Encoding {
  readonly codec: Codec<unknown>;
  /** Whether a value tells its serial; a bool does not. */
  readonly tellsSerial: boolean;
  /** Blocks of the heap that a value has for itself. */
  readonly blocks: number;
  encode(serial: number): unknown;
  /** What a value says: its serial, or of a bool 0 or 1; -1: nobody encoded that value. */
  decode(value: unknown): number;
  /** What `decode(encode(serial))` says. */
  told(serial: number): number;
  /** Lets go of a value that was taken out, or did not go in. */
  release(value: unknown): void;
  /** A value that is no longer what was encoded. */
  damaged(value: unknown): unknown;
  /** Room for `length` values; undefined where `popInto` takes nothing. */
  room(length: number): Values | undefined;
}

/** Serials of a type lie below two to this power: a 32-bit float is exact up to that. */
export function serialBitsOf(type: ElementType): number {
  return type === "f32" ? 24 : 31;
}

/** What values are made from. */
export interface Matter {
  readonly seed: number;
  /** The most that a payload holds besides its serial and checksum: bytes, or characters. */
  readonly size: number;
  readonly heap: Heap;
}

/** The encoding of an element type. */
export function encodingOf(type: ElementType, matter: Matter): Encoding {
  if (Object.hasOwn(numberEncodings, type)) return numberEncodings[type as NumberName];
  return payloadEncodings[type as PayloadName](matter);
}
