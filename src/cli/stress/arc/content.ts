/**
 * What a block is filled with: its number, and words that follow from the number. Every thread that holds the block can tell whether it
 * is still what was written there. Nobody writes to a block that others can reach. So a wrong word means that the block was freed, was
 * handed out twice, or did not belong to one owner alone.
 */
import type { Arc } from "../../../index.js";
import { mix } from "../queue/content.js";

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

export function wordsOf(arc: Arc): Uint32Array {
  return arc.view(Uint32Array);
}
