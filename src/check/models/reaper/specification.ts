/**
 * What must be true when the dead have been reaped. There is no sequential object. Instead the memory must be sound at every
 * step, and the counts must be right at the end:
 *
 *   - An object has as many counts as the ledgers of living threads own, and as the setup keeps.
 *   - When these are given up, too, no block is left, and none was given back twice.
 */
import { OWN_STRONG, OWN_WEAK } from "../../../heap/kernel/numbers.js";
import { type Account, CheckFailure, type ModelKernel } from "../../program.js";

/** Something must be as it should when the threads are through. */
export function expect(what: string, found: number | string | boolean, wanted: number | string | boolean): void {
  if (found !== wanted) throw new CheckFailure("accounting", `${what}: ${found} and not ${wanted}`);
}

/** The counts of the only object that threads have counts of: one for each of their cells, and `others`. */
export function expectCounts(kernel: ModelKernel, accounts: readonly Account[], control: number, others: number): void {
  const held = (kind: number) => accounts.reduce((sum, { entry }) => sum + kernel.holds(entry, kind), 0);
  expect("strong counts", kernel.strongCount(control), held(OWN_STRONG) + others);
  expect("weak counts", kernel.weakCount(control), held(OWN_WEAK));
}
