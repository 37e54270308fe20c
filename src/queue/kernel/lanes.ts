/**
 * What the host would do with a batch of numbers, and the kernel does three times as fast: from slots to integers of 32 bits.
 *
 * Who may call what: any thread, on its own scratch.
 */
import { readF64, write32 } from "../../heap/kernel/atomic";
import { verifyScratch } from "../../heap/kernel/verify";

/** Added to an integer of at most 51 bits, this leaves it in the lowest bits of the sum's mantissa. */
const SHIFT: f64 = 6755399441055744;

/** Packs the `n` integers in the slots at `slots` into as many words of 32 bits, from the same place on. */
export function toIntegers(slots: usize, n: u32): void {
  if (BUILD == 1) verifyScratch(slots, n << 3);
  for (let i: usize = 0; i < <usize>n; i++) {
    write32(slots + (i << 2), <u32>reinterpret<u64>(readF64(slots + (i << 3)) + SHIFT));
  }
}
