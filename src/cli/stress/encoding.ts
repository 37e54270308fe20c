/**
 * What a value in the queue says: the serial number under which it was pushed (serials.ts). So a thread that takes it out knows which
 * producer pushed it, and what must have come before. All of a value follows from its serial: what comes out is compared with what
 * goes in under that serial, to the last byte.
 *
 * Values in the slot itself:
 *
 *   value  = serial - bias + fraction
 *
 *   i32    31 bits, from -2^30                   u32   31 bits, from 2^31: the half that i32 does not have
 *   f32    24 bits, from -2^23: all that is      f64   31 bits, from -2^30, and a half: what was cut to an integer on
 *          exact in a 32-bit float                     the way does not come out right
 *   i64, u64   the serial in the lower half, a checksum in the upper one
 *   bool   one bit that depends on the serial: values can only be counted, true and false apart
 *
 * Values in blocks of their own, whose content differs from value to value, as does its size but for struct:
 *
 *   bytes, arc   | serial : 32 | content ... |
 *   utf8         serial "." content, the number to base 36
 *   json         an object with the text in it, a list and an object
 *   clone        a Map with the bytes in it, a BigInt and a Date
 *   struct       a record of fixed size, with fields of every width
 *   record       a record with strings, bytes, lists and a field that may be absent
 */
import type { Codec, Heap, Struct, TypedArray } from "../../index.js";
import {
  Arc,
  arc,
  array,
  bool,
  bytes,
  clone,
  enumeration,
  f32,
  f64,
  i32,
  i64,
  json,
  optional,
  struct,
  u32,
  u64,
  utf8,
} from "../../index.js";
import { Content, mix } from "./content.js";

type ArrayType = new (length: number) => TypedArray;

/** How serials become values of one element type, and values serials. */
export interface Encoding<T = unknown> {
  readonly codec: Codec<T>;
  /** Whether a value tells its serial; a bool does not. */
  readonly tellsSerial: boolean;
  /** Whether a value lies in the queue's slot itself. Others have blocks of their own. */
  readonly isInSlot: boolean;
  encode(serial: number): T;
  /** What a value says: its serial, or of a bool 0 or 1; -1: nobody encoded that value. */
  decode(value: T): number;
  /** Lets go of a value that was taken out, or did not go in. */
  release(value: T): void;
  /** A value that is no longer what was encoded. */
  damaged(value: T): T;
  /** An array for `length` values; undefined where `popInto` takes nothing. */
  array(length: number): TypedArray | undefined;
}

/** An encoding whose values must equal what is encoded under the serial that they claim. */
type Specifics<T> = Pick<Encoding<T>, "codec" | "encode" | "damaged"> & { claim(value: T): number };

/** What most have in common. */
const usual = { tellsSerial: true, isInSlot: false, release: () => {}, array: () => undefined };

/** @param isIntact whether a value, which may be lent (`popWith`), is what is encoded under a serial. */
function payload<T>(
  { claim, ...specifics }: Specifics<T>,
  isIntact = (value: T, serial: number) => isSame(value, specifics.encode(serial)),
): Encoding<T> {
  return {
    ...{ ...usual, ...specifics },
    decode(value) {
      const serial = claim(value) >>> 0;
      return isIntact(value, serial) ? serial : -1;
    },
  };
}

// ── in the slot ──

const inSlot = (Numbers: ArrayType) => ({ ...usual, isInSlot: true, array: (length: number) => new Numbers(length) });

function number<T>(Numbers: ArrayType, specifics: Specifics<T>): Encoding<T> {
  const { encode } = specifics;
  return { ...payload(specifics, (value, serial) => encode(serial) === value), ...inSlot(Numbers) };
}

/** A serial so far off that no sabotaged run gets there, in the range of every type: a damaged number claims it. */
export const FAR = 2 ** 22;

function float(codec: Codec<number>, bias: number, Numbers: ArrayType, fraction = 0): Encoding<number> {
  const encode = (serial: number) => serial - bias + fraction;
  const claim = (value: number) => (value + bias) >>> 0;
  const damaged = (value: number) => encode(claim(value) + FAR);
  return number(Numbers, { codec, encode, claim, damaged });
}

/** The serial, and a checksum above it. */
const wide = (serial: number) => (BigInt(mix(serial) >>> 0) << 32n) | BigInt(serial);

function bigint(codec: Codec<bigint>, wrap: (bits: bigint) => bigint, Numbers: ArrayType): Encoding<bigint> {
  const encode = (serial: number) => wrap(wide(serial));
  const claim = (value: bigint) => Number(value & 0xffffffffn);
  const damaged = (value: bigint) => wrap(value ^ (1n << 63n));
  return number(Numbers, { codec, encode, claim, damaged });
}

const boolean: Encoding<boolean | number> = {
  ...inSlot(Uint8Array),
  ...{ codec: bool as Codec<boolean | number>, tellsSerial: false },
  // Two of three, so that trues and falses taken for each other show in the sum.
  encode: (serial) => serial % 3 !== 0,
  decode: Number,
  damaged: (value) => Number(value) === 0,
};

// ── in blocks of their own ──

/**
 * Whether a payload is the one that is expected, to the last byte. `util.isDeepStrictEqual`, which knows more than payloads are made of,
 * took 40 % of a consumer's time.
 */
function isSame(value: unknown, expected: unknown): boolean {
  if (Object.is(value, expected)) return true;
  if (typeof value !== "object" || typeof expected !== "object" || value === null || expected === null) return false;
  const isKind = Object.getPrototypeOf(value) === Object.getPrototypeOf(expected);
  if (Array.isArray(expected) || expected instanceof Uint8Array) return isKind && isSameList(value as [], expected);
  if (expected instanceof Date) return isKind && (value as Date).getTime() === expected.getTime();
  if (expected instanceof Map) return isKind && isSameList([...(value as Map<unknown, unknown>)], [...expected]);
  // A record that is lent has the properties of its class, which reads them where they lie: also those that are absent.
  let more = 0;
  for (const name in value) {
    if (!isSame(value[name as keyof typeof value], expected[name as keyof typeof expected])) return false;
    more++;
  }
  for (const _ in expected) more--;
  return more >= 0;
}

function isSameList(one: ArrayLike<unknown>, other: ArrayLike<unknown>): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (!isSame(one[i], other[i])) return false;
  return true;
}

const HEAD = 4;

const bytesOf = (content: Content) =>
  payload<Uint8Array>(
    {
      codec: bytes,
      encode(serial) {
        const piece = content.bytesOf(serial);
        const packed = new Uint8Array(HEAD + piece.length);
        for (let i = 0; i < HEAD; i++) packed[i] = serial >>> (8 * i);
        packed.set(piece, HEAD);
        return packed;
      },
      claim: ([a = 0, b = 0, c = 0, d = 0]) => a | (b << 8) | (c << 16) | (d << 24),
      damaged(value) {
        const last = value.length - 1;
        value[last] = (value[last] as number) ^ 1;
        return value;
      },
    },
    // Where they lie: there are more of these in a second than of any other payload.
    (value, serial) => content.hasAt(serial, value, HEAD),
  );

function arcOf(content: Content, heap: Heap): Encoding<Arc> {
  const packed = bytesOf(content);
  return {
    ...{ ...usual, codec: arc },
    encode: (serial) => Arc.create(packed.encode(serial), { heap, align: 16 }),
    decode: (value) => packed.decode(value.bytes()),
    release: (value) => value.drop(),
    damaged(value) {
      packed.damaged(value.bytes());
      return value;
    },
  };
}

const RADIX = 36;

const utf8Of = (content: Content) =>
  payload<string>({
    codec: utf8,
    encode: (serial) => `${serial.toString(RADIX)}.${content.textOf(serial)}`,
    // Up to the dot.
    claim: (value) => Number.parseInt(value, RADIX),
    damaged: (value) => `${value}?`,
  });

const jsonOf = (content: Content) =>
  payload<{ serial: number; text: string }>({
    codec: json as Codec<{ serial: number; text: string }>,
    encode(serial) {
      const text = content.textOf(serial);
      const list = [serial % 7, true, [text.length]];
      return { serial, text, list, more: { half: serial / 2, none: null } };
    },
    claim: ({ serial }) => serial,
    damaged: (value) => ({ ...value, text: `${value.text}?` }),
  });

const cloneOf = (content: Content) =>
  payload<Map<string, unknown>>({
    codec: clone as Codec<Map<string, unknown>>,
    encode: (serial) =>
      new Map<string, unknown>([
        ["serial", serial],
        // A copy: cloning takes the whole buffer along.
        ["bytes", content.bytesOf(serial).slice()],
        ["wide", BigInt(serial) << 40n],
        ["date", new Date(serial)],
      ]),
    claim: (value) => value.get("serial") as number,
    damaged: (value) => new Map(value).set("wide", 0n),
  });

const fields = {
  ...{ serial: u32, half: f64, odd: bool, inner: struct({ low: i32, rounded: f32 }), wide: u64, negative: i64 },
};

type Fixed = Struct<typeof fields>;

function fixedOf(serial: number): Fixed {
  const inner = { low: ~serial, rounded: Math.fround(serial) };
  return { serial, half: serial / 2, odd: serial % 2 === 1, inner, wide: wide(serial), negative: -BigInt(serial) };
}

const structs = payload<Fixed>(
  {
    codec: struct(fields),
    encode: fixedOf,
    claim: ({ serial }) => serial,
    damaged: (value) => ({ ...value, half: value.half + 1 }),
  },
  // Field by field: `isSame` would take twice as long.
  (value, serial) => {
    const { half, odd, inner, wide, negative } = fixedOf(serial);
    const isInnerSame = value.inner.low === inner.low && value.inner.rounded === inner.rounded;
    return (
      value.half === half && value.odd === odd && isInnerSame && value.wide === wide && value.negative === negative
    );
  },
);

const mixed = {
  ...{ serial: u32, text: utf8, bytes, way: enumeration("there", "back") },
  more: optional(struct({ half: f64, text: utf8 })),
  parts: array(struct({ at: u32, text: utf8 })),
};

const mixedOf = (content: Content) =>
  payload<Struct<typeof mixed>>({
    codec: struct(mixed),
    encode(serial) {
      const text = content.textOf(serial);
      const way = serial % 3 === 0 ? "back" : "there";
      const more = serial % 2 === 0 ? {} : { more: { half: serial / 2, text } };
      const parts = Array.from({ length: serial % 4 }, (_, at) => ({ at, text: text.slice(0, 8 * at) }));
      return { serial, text, bytes: content.bytesOf(serial), way, parts, ...more };
    },
    claim: ({ serial }) => serial,
    damaged: (value) => ({ ...value, text: `${value.text}?` }),
  });

// ── all of them ──

export const numbers = {
  i32: float(i32, 2 ** 30, Int32Array),
  u32: float(u32, -(2 ** 31), Uint32Array),
  f32: float(f32, 2 ** 23, Float32Array),
  f64: float(f64, 2 ** 30, Float64Array, 0.5),
  bool: boolean,
  i64: bigint(i64, (bits) => BigInt.asIntN(64, bits), BigInt64Array),
  u64: bigint(u64, (bits) => BigInt.asUintN(64, bits), BigUint64Array),
};
const payloads = {
  ...{ bytes: bytesOf, utf8: utf8Of, json: jsonOf, clone: cloneOf, struct: () => structs, record: mixedOf, arc: arcOf },
};

type ElementType = keyof typeof numbers | keyof typeof payloads;
export const ELEMENT_TYPES = Object.keys({ ...numbers, ...payloads }) as readonly ElementType[];
/** The types whose payloads have a size to choose. */
export const SIZED_TYPES = ELEMENT_TYPES.filter((type) => type in payloads && type !== "struct");

/** Serials of a type lie below two to this power: a 32-bit float is exact up to that. */
export function serialBitsOf(type: ElementType): number {
  return type === "f32" ? 24 : 31;
}

export const DEFAULT_SIZE = 256;

/** @param size the most that a payload holds besides its serial and checksum: bytes, or characters. */
export function encodingOf(type: ElementType, heap: Heap, size = DEFAULT_SIZE): Encoding {
  if (type in numbers) return numbers[type as keyof typeof numbers] as Encoding;
  return payloads[type as keyof typeof payloads](new Content(size), heap) as Encoding;
}
