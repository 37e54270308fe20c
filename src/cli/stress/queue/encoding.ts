/**
 * What a value in the queue says: the serial number under which it was pushed, so that whoever takes it out knows whose it
 * is and what must have come before.
 *
 *   serial   | segment | offset |        never handed out twice within a round
 *                 |        '------------ counts up with every value
 *                 '--------------------- handed out in ascending order, each to one producer, whom the ledger remembers
 *
 *   value  = serial - bias + fraction
 *
 *   i32    31 bits, from -2^30                   u32   31 bits, from 2^31: the half that i32 does not have
 *   f32    24 bits, from -2^23: all that is      f64   31 bits, from -2^30, and a half: what was cut to an integer on
 *          exact in a 32-bit float                     the way does not come out right
 *   bool   one bit that depends on the serial: values can only be counted, true and false apart
 *
 * So the serials that a consumer sees of one producer ascend, whoever else takes values meanwhile. A round ends when the
 * serials are used up: everything is taken out and accounted for, and the next round begins at 0.
 */
import { bool, type Codec, f32, f64, i32, u32 } from "../../../index.js";

/** Names of the element types. */
export const ELEMENT_TYPES = ["i32", "u32", "f32", "f64", "bool"] as const;
/** An element type by name. */
export type ElementType = (typeof ELEMENT_TYPES)[number];

/** Room for values: what `popInto` takes. */
export type Values = Int32Array | Uint32Array | Float32Array | Float64Array | Uint8Array;

/** How serials become values of one element type, and values serials. */
export interface Encoding {
  readonly codec: Codec<number | boolean>;
  /** Serials of a round lie below two to this power. */
  readonly serialBits: number;
  /** Whether a value tells its serial; a bool does not. */
  readonly tellsSerial: boolean;
  encode(serial: number): number | boolean;
  /** The serial of a value as it lies in `Values`; of a bool 0 or 1. `encode(decode(v)) !== v`: nobody encoded `v`. */
  decode(value: number): number;
  /** Room for `length` values. */
  room(length: number): Values;
}

type Room = new (length: number) => Values;

function numbers(codec: Codec<number>, serialBits: number, bias: number, Room: Room, fraction = 0): Encoding {
  return {
    codec: codec as Codec<number | boolean>,
    serialBits,
    tellsSerial: true,
    encode: (serial) => serial - bias + fraction,
    decode: (value) => (value + bias) >>> 0,
    room: (length) => new Room(length),
  };
}

const ENCODINGS: { readonly [K in ElementType]: Encoding } = {
  i32: numbers(i32, 31, 2 ** 30, Int32Array),
  u32: numbers(u32, 31, -(2 ** 31), Uint32Array),
  f32: numbers(f32, 24, 2 ** 23, Float32Array),
  f64: numbers(f64, 31, 2 ** 30, Float64Array, 0.5),
  bool: {
    codec: bool as Codec<number | boolean>,
    serialBits: 31,
    tellsSerial: false,
    // Two of three, so that trues and falses taken for each other show in the sum.
    encode: (serial) => serial % 3 !== 0,
    decode: (value) => value,
    room: (length) => new Uint8Array(length),
  },
};

/** The encoding of an element type. */
export function encodingOf(type: ElementType): Encoding {
  return ENCODINGS[type];
}
