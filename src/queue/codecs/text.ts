/** Strings: short ones in the slot, others each in a block, with a byte for each character, or two (strings.ts). */
import { TextDecoder, TextEncoder } from "../../heap/host.js";
import { VALUES_FROM } from "../../heap/kernel/numbers.js";
import { type Codec, refused } from "../codec.js";
import { PayloadType, type Room } from "../payload.js";
import { PACKED, packed, readNarrow, readWide, roomFor, unpacked, writeNarrow, writeWide } from "./strings.js";

/** A block's tag: two bytes for each character in it, and not one. */
const WIDE = 1;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export function utf8Of(text: string): Uint8Array {
  return encoder.encode(text);
}

export function ofUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** A block with a string, or the string itself. */
export function putText(room: Room, text: string, cell: number): number {
  const value = text.length > PACKED ? 0 : packed(text);
  if (value !== 0) return room.hold(value, cell);
  const { length } = text;
  const block = room.allocate(roomFor(length), cell);
  room.resize(block, length);
  if (writeNarrow(room.views, text, room.dataOf(block))) return block;
  room.free(block, cell);
  const wide = room.allocate(2 * length, cell);
  writeWide(room.views, text, room.dataOf(wide));
  room.retag(wide, WIDE);
  return wide;
}

/** The string that `putText` put there. */
export function getText(room: Room, block: number): string {
  if (block >= VALUES_FROM) return unpacked(block);
  const size = room.sizeOf(block);
  const start = room.dataOf(block);
  return room.tagOf(block) === WIDE ? readWide(room.views, start, size >>> 1) : readNarrow(room.views, start, size);
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
    return putText(room, checkText(this.name, value), cell);
  }

  override get(room: Room, block: number): string {
    return getText(room, block);
  }
}

function checkText(name: string, value: unknown): string {
  if (typeof value !== "string") throw refused(name, value);
  return value;
}

/**
 * Strings. Each comes out as it went in, also one with a lone surrogate. It takes a byte for each character if all of them are below
 * U+0100, else two. (`encode` and `decode` know UTF-8 only, where a lone surrogate becomes U+FFFD.)
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
