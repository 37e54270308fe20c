/**
 * Strings: UTF-8 in a block; or UTF-16 as it is, for the rare string with a lone surrogate, which UTF-8 would lose.
 */
import { TextDecoder, TextEncoder } from "../../heap/host.js";
import { type Codec, refused } from "../codec.js";
import { PayloadType, type Room, type TextMemory } from "../payload.js";

/** A block's tag: UTF-16 in it. */
const UTF16 = 1;
/** UTF-8 takes at most so many bytes for a character. */
const WIDEST = 4;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export function utf8Of(text: string): Uint8Array {
  return encoder.encode(text);
}

export function ofUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

function utf16Of(text: string): Uint8Array {
  const units = Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  return new Uint8Array(units.buffer);
}

function ofUtf16(bytes: Uint8Array<ArrayBuffer>): string {
  const units = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  let text = "";
  for (const unit of units) text += String.fromCharCode(unit);
  return text;
}

/** A block with a string that has a lone surrogate. */
function putUtf16(room: Room, text: string, cell: number): number {
  const block = room.store(utf16Of(text), cell, "utf8");
  room.retag(block, UTF16);
  return block;
}

/** A block with a string that has none. */
export function putUtf8(room: Room, text: string, cell: number): number {
  const { text: memory } = room;
  if (memory === undefined) return room.store(utf8Of(text), cell, "utf8");
  const { length } = text;
  // Nearly all strings are ASCII, and measuring one first takes as long as writing it. So room for one character more: what
  // is cut off for want of room is longer than `length`, and so is everything that is not ASCII and complete.
  const block = room.allocate(length + WIDEST, cell);
  if (memory.utf8Write(text, room.dataOf(block), length + WIDEST) === length) {
    room.resize(block, length);
    return block;
  }
  room.free(block, cell);
  return putWide(room, memory, text, cell);
}

/** A block with a string that is not ASCII. */
function putWide(room: Room, memory: TextMemory, text: string, cell: number): number {
  const size = Buffer.byteLength(text);
  const block = room.allocate(size, cell);
  memory.utf8Write(text, room.dataOf(block), size);
  return block;
}

/** The string of such a block. */
export function getText(room: Room, block: number): string {
  if (room.tagOf(block) === UTF16) return ofUtf16(room.load(block));
  const { text: memory } = room;
  if (memory === undefined) return ofUtf8(room.load(block));
  const start = room.dataOf(block);
  return memory.utf8Slice(start, start + room.sizeOf(block));
}

class TextType extends PayloadType<string> {
  constructor() {
    super("utf8");
    Object.freeze(this);
  }

  encode(value: string): Uint8Array {
    return utf8Of(checkText(this.name, value));
  }

  decode(bytes: Uint8Array<ArrayBuffer>): string {
    return ofUtf8(bytes);
  }

  override put(room: Room, value: string, cell: number): number {
    const text = checkText(this.name, value);
    return text.isWellFormed() ? putUtf8(room, text, cell) : putUtf16(room, text, cell);
  }

  protected override get(room: Room, block: number): string {
    return getText(room, block);
  }
}

function checkText(name: string, value: unknown): string {
  if (typeof value !== "string") throw refused(name, value);
  return value;
}

/**
 * Strings. They lie in memory as UTF-8, except that a string with a lone surrogate comes out as it went in, too. (`encode` and
 * `decode` know UTF-8 only, where a lone surrogate becomes U+FFFD.)
 *
 * @example
 * ```js
 * import { ConcurrentQueue, utf8 } from "shmol";
 *
 * const queue = ConcurrentQueue.unbounded(utf8);
 * queue.push("söta bullar 🥐");
 * console.log(queue.pop()); // söta bullar 🥐
 * ```
 */
export const utf8: Codec<string> = new TextType();
