/**
 * Strings in memory: a byte for each character where all are below 256, else two, as JavaScript has them. So every string comes
 * out as it went in, lone surrogates included, and none takes more than two bytes for a character.
 *
 * Short ones are moved by loops, which is faster than any call of the host.
 */
import { TextEncoder } from "../../heap/host.js";
import type { Views } from "../views.js";

/** Up to so many characters a loop writes faster than the host. */
export const SHORT = 16;
/** UTF-8 takes at most so many bytes for a character. */
const WIDEST = 4;
/** So many arguments can be given to any function. */
const ARGUMENTS = 4096;

const unitsOf = String.fromCharCode as (...units: readonly (number | undefined)[]) => string;
const encoder = new TextEncoder();

/** Whether a character needs two bytes. */
const WIDE = /[^\0-\xff]/;

/** Bytes that `writeNarrow` needs for so many characters. */
export function roomFor(length: number): number {
  return length <= SHORT ? length : length + WIDEST;
}

/**
 * Writes a string with a byte for each character. False: it has characters that need two, and what was written is of no use.
 */
export function writeNarrow({ u8, text: memory }: Views, text: string, at: number): boolean {
  const { length } = text;
  if (length <= SHORT) return writeShort(u8, text, at);
  if (memory === undefined) {
    const bytes = encoder.encode(text);
    if (bytes.length === length) u8.set(bytes, at);
    else if (WIDE.test(text)) return false;
    else for (let i = 0; i < length; i++) u8[at + i] = text.charCodeAt(i);
    return true;
  }
  // Nearly all strings are ASCII, and to look first takes as long as to write. What is cut off for want of room is longer than
  // `length`, and so is everything that is not ASCII and complete.
  if (memory.utf8Write(text, at, length + WIDEST) === length) return true;
  if (WIDE.test(text)) return false;
  memory.latin1Write(text, at, length);
  return true;
}

/** Likewise, for up to `SHORT` characters. */
export function writeShort(u8: Uint8Array, text: string, at: number): boolean {
  const { length } = text;
  let bits = 0;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    const a = text.charCodeAt(i);
    const b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2);
    const d = text.charCodeAt(i + 3);
    bits |= a | b | c | d;
    u8[at + i] = a;
    u8[at + i + 1] = b;
    u8[at + i + 2] = c;
    u8[at + i + 3] = d;
  }
  for (; i < length; i++) {
    const unit = text.charCodeAt(i);
    bits |= unit;
    u8[at + i] = unit;
  }
  return bits <= 0xff;
}

/** Writes a string with two bytes for each character, at a multiple of 2. */
export function writeWide({ u16, text: memory }: Views, text: string, at: number): void {
  const { length } = text;
  if (memory !== undefined && length > SHORT) memory.ucs2Write(text, at, 2 * length);
  else for (let i = 0; i < length; i++) u16[(at >>> 1) + i] = text.charCodeAt(i);
}

/**
 * Strings of up to this many ASCII characters fit into a number, and so into a slot:
 *
 *   2^52 + | characters : 3 | the last three, 7 bits each | the first four, 7 bits each |
 */
export const PACKED = 7;
const PACKED_FROM = 2 ** 52;
const FOUR = 2 ** 28;

/** The number for a string of up to `PACKED` characters; 0: they are not all ASCII. */
export function packed(text: string): number {
  const { length } = text;
  let first = 0;
  let last = length << 21;
  let bits = 0;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    bits |= unit;
    if (i < 4) first |= unit << (7 * i);
    else last |= unit << (7 * (i - 4));
  }
  return bits > 0x7f ? 0 : PACKED_FROM + last * FOUR + first;
}

const units = new Uint8Array(8);

/** The string of such a number. */
export function unpacked(value: number): string {
  const first = value & (FOUR - 1);
  const last = (value / FOUR) | 0;
  for (let i = 0; i < 4; i++) units[i] = (first >>> (7 * i)) & 0x7f;
  for (let i = 4; i < PACKED; i++) units[i] = (last >>> (7 * (i - 4))) & 0x7f;
  return short.read(units, 0, (last >>> 21) & 7);
}

/** Reads `length` characters of one byte each, up to `SHORTEST` of them. */
function readShortest(u8: Uint8Array, at: number, length: number): string {
  switch (length) {
    case 0:
      return "";
    case 1:
      return unitsOf(u8[at]);
    case 2:
      return unitsOf(u8[at], u8[at + 1]);
    case 3:
      return unitsOf(u8[at], u8[at + 1], u8[at + 2]);
    case 4:
      return unitsOf(u8[at], u8[at + 1], u8[at + 2], u8[at + 3]);
    case 5:
      return unitsOf(u8[at], u8[at + 1], u8[at + 2], u8[at + 3], u8[at + 4]);
    case 6:
      return unitsOf(u8[at], u8[at + 1], u8[at + 2], u8[at + 3], u8[at + 4], u8[at + 5]);
    case 7:
      return unitsOf(u8[at], u8[at + 1], u8[at + 2], u8[at + 3], u8[at + 4], u8[at + 5], u8[at + 6]);
    default:
      return unitsOf(u8[at], u8[at + 1], u8[at + 2], u8[at + 3], u8[at + 4], u8[at + 5], u8[at + 6], u8[at + 7]);
  }
}
const SHORTEST = 8;

/** What reads short strings of one byte for each character, and up to which length. */
let short = { read: readShortest, most: SHORTEST };

/** Has short strings read by other code. */
export function readShortBy(read: typeof readShortest, most: number): void {
  short = { read, most };
}

/** Reads `length` characters of one byte each. */
export function readNarrow(views: Views, at: number, length: number): string {
  if (length <= short.most) return short.read(views.u8, at, length);
  if (views.text !== undefined) return views.text.latin1Slice(at, at + length);
  return ofUnits(views.u8, at, length);
}

/** Reads `length` characters of two bytes each, at a multiple of 2. */
export function readWide(views: Views, at: number, length: number): string {
  if (length > SHORT && views.text !== undefined) return views.text.ucs2Slice(at, at + 2 * length);
  return ofUnits(views.u16, at >>> 1, length);
}

function ofUnits(units: Uint8Array | Uint16Array, from: number, length: number): string {
  let text = "";
  for (let at = from; at < from + length; at += ARGUMENTS) {
    text += unitsOf(...units.subarray(at, Math.min(at + ARGUMENTS, from + length)));
  }
  return text;
}
