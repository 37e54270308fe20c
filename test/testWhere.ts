/** Tests that are there only where they mean something, for scenarios that run in several places. */
import { test } from "vitest";

/** Where it does not apply there is no test, and so none that was skipped: one thread, say, cannot block and go on. */
export function testWhere(applies: boolean): typeof test | ((...args: Parameters<typeof test>) => void) {
  return applies ? test : () => {};
}
