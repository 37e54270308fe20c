/** The example with a codec from somebody else's package runs, and says what it must. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("orders that travel as MessagePack are summed up by a worker", async () => {
  const file = new URL("../../examples/msgpack/main.mjs", import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 30_000 });
  // 1 + 2 + ... + 100 buns at 2.5; the hundredth day of 2026.
  expect(stdout.trim()).toBe("5050 söta bullar 🥐 for 12625, the last on Fri Apr 10 2026");
});
