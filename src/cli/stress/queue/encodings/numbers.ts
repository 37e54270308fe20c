/**
 * Values in the slot itself.
 *
 *   value  = serial - bias + fraction
 *
 *   i32    31 bits, from -2^30                   u32   31 bits, from 2^31: the half that i32 does not have
 *   f32    24 bits, from -2^23: all that is      f64   31 bits, from -2^30, and a half: what was cut to an integer on
 *          exact in a 32-bit float                     the way does not come out right
 *   i64, u64   the serial in the lower half, a checksum in the upper one
 *   bool   one bit that depends on the serial: values can only be counted, true and false apart
 */
import { bool, type Codec, f32, f64, i32, i64, u32, u64 } from "../../../../index.js";
import { mix } from "../content.js";
import type { Encoding, Values } from "../encoding.js";

export type NumberName = "i32" | "u32" | "f32" | "f64" | "bool" | "i64" | "u64";

type Room = new (length: number) => Values;

/** A damaged value claims a serial so far off that no sabotaged run gets there. */
const FAR = 2 ** 22;

/** What all of them have in common. */
const inSlot = { blocks: 0, release: () => {} };

function numbers(codec: Codec<number>, bias: number, Room: Room, fraction = 0): Encoding {
  const encode = (serial: number) => serial - bias + fraction;
  const decode = (value: unknown) => {
    const serial = ((value as number) + bias) >>> 0;
    return encode(serial) === value ? serial : -1;
  };
  return {
    ...inSlot,
    ...{ codec, tellsSerial: true, encode, decode },
    told: (serial) => serial,
    damaged: (value) => encode(decode(value) + FAR),
    room: (length) => new Room(length),
  };
}

function bigints(codec: Codec<bigint>, wrap: (bits: bigint) => bigint, Room: Room): Encoding {
  const encode = (serial: number) => wrap((BigInt(mix(serial) >>> 0) << 32n) | BigInt(serial));
  return {
    ...inSlot,
    ...{ codec, tellsSerial: true, encode },
    decode: (value) => {
      const serial = Number((value as bigint) & 0xffffffffn);
      return encode(serial) === value ? serial : -1;
    },
    told: (serial) => serial,
    damaged: (value) => wrap((value as bigint) ^ (1n << 63n)),
    room: (length) => new Room(length),
  };
}

// Two of three, so that trues and falses taken for each other show in the sum.
const truthOf = (serial: number) => serial % 3 !== 0;

export const numberEncodings: { readonly [K in NumberName]: Encoding } = {
  i32: numbers(i32, 2 ** 30, Int32Array),
  u32: numbers(u32, -(2 ** 31), Uint32Array),
  f32: numbers(f32, 2 ** 23, Float32Array),
  f64: numbers(f64, 2 ** 30, Float64Array, 0.5),
  i64: bigints(i64, (bits) => BigInt.asIntN(64, bits), BigInt64Array),
  u64: bigints(u64, (bits) => BigInt.asUintN(64, bits), BigUint64Array),
  bool: {
    ...inSlot,
    ...{ codec: bool, tellsSerial: false, encode: truthOf },
    decode: (value) => Number(value),
    told: (serial) => Number(truthOf(serial)),
    damaged: (value) => Number(value) === 0,
    room: (length) => new Uint8Array(length),
  },
};
