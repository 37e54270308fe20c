/**
 * What payloads and blocks are filled with, so that any thread can tell whether they are still what was written there.
 *
 *   payload   size and content follow from the serial. It is cut from a stock that is made once: a producer shall push, not roll
 *             dice for every byte.
 *   block     a number, and words that follow from the number. Nobody writes to a block that others can reach. So a wrong word means
 *             that the block was freed, was handed out twice, or did not belong to one owner alone.
 */
import { Random } from "../random.js";

/** What the stock is drawn from. In which order its pieces meet follows from the run's seed. */
const SEED = 0x636f6e74;
/** Places of the stock at which a piece may begin. */
const PLACES = 4096;
/** Now and then a character of two, three or four bytes. A piece may cut the last one in halves, which must come out, too. */
const RARE = ["é", "€", "😀"];
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz {}[]"\\\n0123456789';

// ── payloads ──

export class Content {
  readonly #size: number;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #text: string | undefined;

  /** @param size the largest piece, in bytes or characters. */
  constructor(size: number) {
    this.#size = size;
    const random = new Random(SEED);
    this.#bytes = Uint8Array.from({ length: size + PLACES }, () => random.below(256));
  }

  bytesOf(serial: number): Uint8Array<ArrayBuffer> {
    const { place, size } = this.#pieceOf(serial);
    return this.#bytes.subarray(place, place + size);
  }

  /** Whether `bytes` has from `at` on the piece of a serial, and nothing else. */
  hasAt(serial: number, bytes: Uint8Array, at: number): boolean {
    const { place, size } = this.#pieceOf(serial);
    if (bytes.length !== at + size) return false;
    for (let i = 0; i < size; i++) if (bytes[at + i] !== this.#bytes[place + i]) return false;
    return true;
  }

  textOf(serial: number): string {
    this.#text ??= textFrom(this.#bytes);
    const { place, size } = this.#pieceOf(serial);
    return this.#text.slice(place, place + size);
  }

  /** Sizes of every magnitude, so that blocks of many classes are in use at once; the largest are rare. */
  #pieceOf(serial: number): { place: number; size: number } {
    const dice = mix(serial ^ SEED);
    const most = this.#size >>> (dice & 7);
    return { place: (dice >>> 3) % PLACES, size: (dice >>> 15) % (most + 1) };
  }
}

function textFrom(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte < 250 ? ALPHABET[byte % ALPHABET.length] : RARE[byte % RARE.length];
  return text;
}

// ── blocks of Arcs ──

export const LEAST = 8;

export function fill(words: Uint32Array, number: number): void {
  words[0] = number;
  for (let i = 1; i < words.length; i++) words[i] = mix((words[i - 1] as number) + i);
}

export function contentOf(number: number, size: number): Uint32Array {
  const words = new Uint32Array(size / 4);
  fill(words, number);
  return words;
}

/** Whether that is what was written, by somebody, once. */
export function isIntact(words: Uint32Array): boolean {
  for (let i = 1; i < words.length; i++) if (words[i] !== mix((words[i - 1] as number) + i) >>> 0) return false;
  return true;
}

export function wordsOf({ buffer, byteOffset, length }: Uint8Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length / 4);
}

/** A word in which every bit depends on all bits of another. */
export function mix(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return mixed ^ (mixed >>> 15);
}
