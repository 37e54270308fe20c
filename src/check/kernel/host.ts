/**
 * What the model kernel exports on top of the others' exports: what JavaScript does with shared words of its own around the
 * kernel's calls, so that the checker sees it.
 */
import { cas32, load32, notify, readF64, store32, sub32, wait32, writeF64 } from "../../heap/kernel/atomic";
import { clear } from "../../heap/kernel/cells";
import { HELD } from "../../heap/kernel/numbers";

/** `Atomics.waitAsync(words, bell, 0)`, awaited: ends at once if the bell was rung. */
export function restOn(bell: usize): void {
  wait32(bell, 0, -1);
}

/** What a lock does whose waiters wait on its word: `letGo`, and in the same window it wakes one of them. */
export function letOneIn(lock: usize, cell: usize): void {
  sub32(lock, HELD);
  clear(cell);
  notify(lock, 1);
}
/** Waits while somebody has the lock. */
export function waitUntilFree(lock: usize): void {
  const word = load32(lock);
  if ((word & HELD) != 0) wait32(lock, word, -1);
}

/** A flag that users set before they notify, and look at after they listened. */
export function raise(flag: usize): void {
  store32(flag, 1);
}
export function isRaised(flag: usize): bool {
  return load32(flag) != 0;
}

/** A lock that users build on an event, and what it is for: two plain accesses. */
export function tryLock(word: usize): bool {
  return cas32(word, 0, 1);
}
export function unlock(word: usize): void {
  store32(word, 0);
}
export function increment(counter: usize): f64 {
  const value = readF64(counter) + 1;
  writeF64(counter, value);
  return value;
}
