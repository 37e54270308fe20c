/**
 * What the model kernel exports on top of the others' exports: what JavaScript does with shared words of its own around the
 * kernel's calls, so that the checker sees it.
 */
import { cas32, load32, readF64, store32, wait32, writeF64 } from "../../heap/kernel/atomic";

/** `Atomics.waitAsync(words, bell, 0)`, awaited: ends at once if the bell was rung. */
export function restOn(bell: usize): void {
  wait32(bell, 0, -1);
}

/** A flag that users set before they notify, and look at after they listened. */
export function raise(flag: usize): void {
  store32(flag, 1);
}
export function isRaised(flag: usize): bool {
  return load32(flag) != 0;
}

/** A lock that users build on an event, and what it is for: two plain accesses. */
export function tryWord(word: usize): bool {
  return cas32(word, 0, 1);
}
export function freeWord(word: usize): void {
  store32(word, 0);
}
/** What only readers and writers may do: a plain access. */
export function peek(counter: usize): f64 {
  return readF64(counter);
}
export function increment(counter: usize): f64 {
  const value = readF64(counter) + 1;
  writeF64(counter, value);
  return value;
}
