/**
 * Values in blocks of their own: each carries its serial, and content whose size and bytes differ from value to value. All of it follows
 * from the serial. So what comes out is compared with what goes in under that serial, to the last byte.
 *
 *   bytes, arc   | serial : 32 | content ... |
 *   utf8         serial "." content, the number to base 36
 *   json         an object with the text in it, a list and an object
 *   clone        a Map with the bytes in it, a BigInt and a Date
 *   struct       a record of fixed size, with fields of every width
 */
import {
  Arc,
  arc,
  bool,
  bytes,
  type Codec,
  clone,
  f32,
  f64,
  i32,
  i64,
  json,
  struct,
  u32,
  u64,
  utf8,
} from "../../../../index.js";
import { Content, mix } from "../content.js";
import type { Encoding, Matter } from "../encoding.js";

export type PayloadName = "bytes" | "utf8" | "json" | "clone" | "struct" | "arc";

/** What tells one of these types from the others. */
interface Specifics<T> {
  readonly codec: Codec<T>;
  readonly blocks?: number;
  encode(serial: number): T;
  /** The serial that a value claims, if it is the value that belongs to that; else -1. */
  decode(value: T): number;
  damaged(value: T): T;
  release?(value: T): void;
}

function payload<T>(specifics: Specifics<T>): Encoding {
  return {
    ...{ tellsSerial: true, blocks: 1, told: (serial: number) => serial, room: () => undefined, release: () => {} },
    ...(specifics as unknown as Specifics<unknown>),
  };
}

// ── bytes and arc ──

const HEAD = 4;

function pack(content: Content, serial: number): Uint8Array {
  const piece = content.bytesOf(serial);
  const packed = new Uint8Array(HEAD + piece.length);
  packed.set(piece, HEAD);
  for (let i = 0; i < HEAD; i++) packed[i] = serial >>> (8 * i);
  return packed;
}

function unpack(content: Content, packed: Uint8Array): number {
  const [a, b, c, d] = [packed[0], packed[1], packed[2], packed[3]] as [number, number, number, number];
  const serial = (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
  const piece = content.bytesOf(serial);
  if (packed.length !== HEAD + piece.length) return -1;
  for (let i = 0; i < piece.length; i++) if (packed[HEAD + i] !== piece[i]) return -1;
  return serial;
}

/** Flips a bit of the last byte. */
function scratch(packed: Uint8Array): void {
  const last = packed.length - 1;
  packed[last] = (packed[last] as number) ^ 1;
}

function bytesEncoding({ seed, size }: Matter): Encoding {
  const content = new Content(seed, size);
  return payload<Uint8Array>({
    codec: bytes,
    encode: (serial) => pack(content, serial),
    decode: (value) => unpack(content, value),
    damaged: (value) => {
      scratch(value);
      return value;
    },
  });
}

function arcEncoding({ seed, size, heap }: Matter): Encoding {
  const content = new Content(seed, size);
  return payload<Arc>({
    codec: arc,
    // What it counts, and its control block.
    blocks: 2,
    encode: (serial) => Arc.create(pack(content, serial), { heap, align: 16 }),
    decode: (value) => unpack(content, value.bytes()),
    damaged: (value) => {
      scratch(value.bytes());
      return value;
    },
    release: (value) => value.drop(),
  });
}

// ── text and objects ──

const RADIX = 36;

function utf8Encoding({ seed, size }: Matter): Encoding {
  const content = new Content(seed, size);
  const encode = (serial: number) => `${serial.toString(RADIX)}.${content.textOf(serial)}`;
  return payload<string>({
    ...{ codec: utf8, encode },
    decode: (value) => {
      // Up to the dot.
      const serial = Number.parseInt(value, RADIX);
      return value === encode(serial) ? serial : -1;
    },
    damaged: (value) => `${value}?`,
  });
}

interface Document {
  readonly serial: number;
  readonly text: string;
  readonly list: readonly unknown[];
  readonly more: { readonly half: number; readonly none: null };
}

function jsonEncoding({ seed, size }: Matter): Encoding {
  const content = new Content(seed, size);
  return payload<Document>({
    codec: json,
    encode: (serial) => {
      const text = content.textOf(serial);
      const list = [serial % 7, true, [text.length]];
      return { serial, text, list, more: { half: serial / 2, none: null } };
    },
    decode: ({ serial, text, list, more }) => {
      const [rest, yes, [length]] = list as [number, boolean, [number]];
      const isRight = text === content.textOf(serial) && length === text.length && more.none === null;
      return isRight && rest === serial % 7 && yes && more.half === serial / 2 ? serial : -1;
    },
    damaged: (value) => ({ ...value, text: `${value.text}?` }),
  });
}

function cloneEncoding({ seed, size }: Matter): Encoding {
  const content = new Content(seed, size);
  return payload<Map<string, unknown>>({
    codec: clone,
    encode: (serial) => {
      // A copy: cloning takes the whole buffer along.
      const piece = content.bytesOf(serial).slice();
      return new Map<string, unknown>([
        ["serial", serial],
        ["bytes", piece],
        ["wide", BigInt(serial) << 40n],
        ["date", new Date(serial)],
      ]);
    },
    decode: (value) => {
      const serial = value.get("serial") as number;
      const isRight = Buffer.compare(value.get("bytes") as Uint8Array, content.bytesOf(serial)) === 0;
      const isDated = (value.get("date") as Date).getTime() === serial;
      return isRight && isDated && value.get("wide") === BigInt(serial) << 40n ? serial : -1;
    },
    damaged: (value) => new Map(value).set("wide", 0n),
  });
}

// ── struct ──

const record = struct({
  ...{ serial: u32, half: f64, odd: bool, inner: struct({ low: i32, rounded: f32 }), wide: u64, negative: i64 },
});

type Fields = ReturnType<typeof record.decode>;

function fieldsOf(serial: number): Fields {
  const inner = { low: ~serial, rounded: Math.fround(serial) };
  const wide = (BigInt(mix(serial) >>> 0) << 32n) | BigInt(serial);
  return { serial, half: serial / 2, odd: serial % 2 === 1, inner, wide, negative: -BigInt(serial) };
}

function isFieldsOf({ half, odd, inner, wide, negative }: Fields, serial: number): boolean {
  const right = fieldsOf(serial);
  const isNear = half === right.half && odd === right.odd && wide === right.wide && negative === right.negative;
  return isNear && inner.low === right.inner.low && inner.rounded === right.inner.rounded;
}

function structEncoding(): Encoding {
  return payload<Fields>({
    codec: record,
    encode: fieldsOf,
    decode: (value) => (isFieldsOf(value, value.serial) ? value.serial : -1),
    damaged: (value) => ({ ...value, half: value.half + 1 }),
  });
}

export const payloadEncodings: { readonly [K in PayloadName]: (matter: Matter) => Encoding } = {
  bytes: bytesEncoding,
  utf8: utf8Encoding,
  json: jsonEncoding,
  clone: cloneEncoding,
  struct: structEncoding,
  arc: arcEncoding,
};
