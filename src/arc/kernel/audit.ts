/**
 * What the checked kernel exports on top of the others' exports: what the host asks in order to verify its own part.
 */
import { classAt, MARK } from "../../heap/kernel/classes";
import { secret } from "../../heap/kernel/header";

export { verifyGeneration } from "./verifyControl";

/** Whether the block at `ptr` was freed, and not given out again since. */
export function isFree(ptr: usize): bool {
  return classAt(ptr) == 0 || atomic.load<u64>(ptr + MARK) == (secret ^ ptr);
}
