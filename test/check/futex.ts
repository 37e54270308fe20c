/**
 * A tiny lock on wait and notify, for the checker's own tests: parking is all there is to it, and the checker
 * models parking. `edit` adds it to the kernel's sources as the model build reads them.
 */
export interface Flaws {
  /** The unlock wakes nobody. */
  readonly forgetsToWake?: boolean;
  /** Parks whatever the word holds by now, instead of what it held when it was looked at. */
  readonly parksBlindly?: boolean;
  /** Does not look at the word again once it was woken. */
  readonly trustsTheWake?: boolean;
  /** Parks for a while only. */
  readonly timed?: boolean;
}

/** The lock's word is 0 free, 1 taken, 2 taken and somebody may be parked. */
export function futex({ forgetsToWake, parksBlindly, trustsTheWake, timed }: Flaws = {}) {
  const code = `
import { notify, readF64, swap64, wait32, writeF64 } from "../../heap/kernel/atomic";
export function lock(word: usize): i32 {
  if (cas64(word, 0, 1)) return 0;
  while (swap64(word, 2) != 0) {
    wait32(word, ${parksBlindly ? "load32(word)" : "2"}, ${timed ? 1000 : -1});
    ${trustsTheWake ? "return 0;" : ""}
  }
  return 0;
}
export function unlock(word: usize): i32 {
  if (swap64(word, 0) == 2 && ${!forgetsToWake}) notify(word, 1);
  return 0;
}
/** What the lock is for: two plain accesses. */
export function increment(counter: usize): i32 {
  writeF64(counter, readF64(counter) + 1);
  return 0;
}
`;
  return (file: string, text: string): string => {
    if (file.endsWith("src/kernel.ts")) return `${text}export { increment, lock, unlock } from "./arc/kernel/arc";\n`;
    return file.endsWith("arc/kernel/arc.ts") ? text + code : text;
  };
}
