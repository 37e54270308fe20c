/**
 * Values in blocks of their own: each carries its serial, content whose size and bytes differ from value to value, and a
 * checksum over both. What comes out must match its checksum, to the last byte.
 *
 *   bytes, arc   | serial : 32 | checksum : 32 | content ... |
 *   utf8         serial "." checksum "." content, the numbers to base 36
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
import { Content, mix, sumBytes, sumText } from "../content.js";
import type { Encoding, Matter } from "../encoding.js";

export type PayloadName = "bytes" | "utf8" | "json" | "clone" | "struct" | "arc";

/** What tells one of these types from the others. */
type Specifics<T> = {
  readonly codec: Codec<T>;
  readonly blocks?: number;
  encode(serial: number): T;
  /** The serial that a value claims, if it matches its checksum; else -1. */
  decode(value: T): number;
  damaged(value: T): T;
  release?(value: T): void;
};

function payload<T>(specifics: Specifics<T>): Encoding {
  return {
    ...{ serialBits: 31, tellsSerial: true, blocks: 1 },
    told: (serial) => serial,
    room: () => undefined,
    release: () => {},
    ...(specifics as unknown as Specifics<unknown>),
  };
}

// ── bytes and arc ──

const HEAD = 8;

function readWord(from: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = [from[at], from[at + 1], from[at + 2], from[at + 3]];
  return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
}

function writeWord(into: Uint8Array, at: number, word: number): void {
  for (let i = 0; i < 4; i++) into[at + i] = word >>> (8 * i);
}

function pack(content: Content, serial: number): Uint8Array {
  const piece = content.bytesOf(serial);
  const packed = new Uint8Array(HEAD + piece.length);
  packed.set(piece, HEAD);
  writeWord(packed, 0, serial);
  writeWord(packed, 4, sumBytes(packed, HEAD, serial));
  return packed;
}

function unpack(packed: Uint8Array): number {
  const serial = readWord(packed, 0);
  return packed.length >= HEAD && readWord(packed, 4) === sumBytes(packed, HEAD, serial) ? serial : -1;
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
    decode: unpack,
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
    decode: (value) => unpack(value.bytes()),
    damaged: (value) => {
      scratch(value.bytes());
      return value;
    },
    release: (value) => value.drop(),
  });
}

// ── utf8 ──

const RADIX = 36;

function utf8Encoding({ seed, size }: Matter): Encoding {
  const content = new Content(seed, size);
  return payload<string>({
    codec: utf8,
    encode: (serial) => {
      const text = content.textOf(serial);
      return `${serial.toString(RADIX)}.${sumText(text, serial).toString(RADIX)}.${text}`;
    },
    decode: (value) => {
      const first = value.indexOf(".");
      const second = value.indexOf(".", first + 1);
      const serial = Number.parseInt(value.slice(0, first), RADIX);
      const sum = Number.parseInt(value.slice(first + 1, second), RADIX);
      return sum === sumText(value.slice(second + 1), serial) ? serial : -1;
    },
    damaged: (value) => `${value}?`,
  });
}

// ── json ──

interface Document {
  readonly serial: number;
  readonly checksum: number;
  readonly text: string;
  readonly list: readonly unknown[];
  readonly more: { readonly half: number; readonly none: null };
}

function documentOf(serial: number, text: string): Document {
  const list = [serial % 7, true, [text.length]];
  return { serial, checksum: sumText(text, serial), text, list, more: { half: serial / 2, none: null } };
}

function jsonEncoding({ seed, size }: Matter): Encoding {
  const content = new Content(seed, size);
  return payload<Document>({
    codec: json,
    encode: (serial) => documentOf(serial, content.textOf(serial)),
    decode: ({ serial, checksum, text, list, more }) => {
      const [rest, yes, [length]] = list as [number, boolean, [number]];
      const intact = checksum === sumText(text, serial) && length === text.length && more.none === null;
      return intact && rest === serial % 7 && yes && more.half === serial / 2 ? serial : -1;
    },
    damaged: (value) => ({ ...value, text: `${value.text}?` }),
  });
}

// ── clone ──

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
        ["checksum", sumBytes(piece, 0, serial)],
      ]);
    },
    decode: (value) => {
      const serial = value.get("serial") as number;
      const sum = sumBytes(value.get("bytes") as Uint8Array, 0, serial);
      const dated = (value.get("date") as Date).getTime() === serial;
      return value.get("checksum") === sum && value.get("wide") === BigInt(serial) << 40n && dated ? serial : -1;
    },
    damaged: (value) => new Map(value).set("wide", 0n),
  });
}

// ── struct ──

const record = struct({
  serial: u32,
  half: f64,
  odd: bool,
  inner: struct({ low: i32, rounded: f32 }),
  wide: u64,
  negative: i64,
  checksum: u32,
});

type Fields = ReturnType<typeof record.decode>;

function sumFields({ serial, half, odd, inner, wide, negative }: Fields): number {
  const words = [
    2 * half,
    odd ? 1 : 0,
    inner.low,
    inner.rounded,
    Number(wide >> 32n),
    Number(wide & 0xffffffffn),
    Number(negative),
  ];
  return words.reduce((sum, word) => mix(sum ^ word), mix(serial)) >>> 0;
}

function fieldsOf(serial: number): Fields {
  const wide = (BigInt(mix(serial) >>> 0) << 32n) | BigInt(serial);
  const inner = { low: ~serial, rounded: Math.fround(serial) };
  const fields = {
    serial,
    half: serial / 2,
    odd: serial % 2 === 1,
    inner,
    wide,
    negative: -BigInt(serial),
    checksum: 0,
  };
  return { ...fields, checksum: sumFields(fields) };
}

function structEncoding(): Encoding {
  return payload<Fields>({
    codec: record,
    encode: fieldsOf,
    decode: (value) => (value.checksum === sumFields(value) ? value.serial : -1),
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
