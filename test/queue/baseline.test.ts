/**
 * The kernel as V8's baseline compiler makes it, which is what every program starts with. That compiler overwrites a local
 * of a function in which a thread has parked (tools/kernel.mjs); threads that keep catching up with each other park often.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("a thread that has parked in the middle of a call goes on with what it knew", { timeout: 120_000 }, async () => {
  const script = new URL("./baseline.mjs", import.meta.url).pathname;
  for (let run = 0; run < 3; run++) {
    const { stdout } = await promisify(execFile)(process.execPath, ["--liftoff-only", script], { timeout: 35_000 });
    expect(stdout.trim()).toBe("100000 in order");
  }
});
