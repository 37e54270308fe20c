/**
 * What a block is filled with: its number, a checksum, and words that follow from the number. Whoever holds the block, on
 * whatever thread, can tell whether it is still what was written there. Nobody writes to a block that others can reach, so a
 * checksum that is wrong is a block that was freed, was handed out twice, or was not one owner's alone.
 *
 *   | number : 32 | checksum : 32 | words ... |
 */
import type { Arc } from "../../../index.js";
import { mix } from "../queue/content.js";

/** Bytes of the smallest block. */
export const LEAST = 8;

/** Fills a block. */
export function fill(words: Uint32Array, number: number): void {
  let word = number;
  for (let i = 2; i < words.length; i++) {
    word = mix(word + i);
    words[i] = word;
  }
  words[0] = number;
  words[1] = sum(words);
}

/** A new block's content. */
export function contentOf(number: number, size: number): Uint32Array {
  const words = new Uint32Array(size / 4);
  fill(words, number);
  return words;
}

/** Whether that is what was written, by somebody, once. */
export function isIntact(words: Uint32Array): boolean {
  return words[1] === sum(words);
}

export function wordsOf(arc: Arc): Uint32Array {
  return arc.view(Uint32Array);
}

function sum(words: Uint32Array): number {
  let sum = mix(words.length ^ (words[0] as number));
  for (let i = 2; i < words.length; i++) sum = Math.imul(sum ^ (words[i] as number), 0x01000193);
  return sum >>> 0;
}
