/** The backstop for listeners and handles that nobody dropped, in a process of its own, whose garbage can be collected. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const SCRIPT = fileURLToPath(new URL("./forgotten.mjs", import.meta.url));

async function forget(what: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", SCRIPT, what], { timeout: 30_000 });
  return stdout.trim().split("\n");
}

describe("the finalization backstop of events", { timeout: 40_000, concurrent: true }, () => {
  test("a forgotten listener passes its notification on, tag included", async () => {
    const [outcome] = (await forget("notified")) as [string];
    expect(JSON.parse(outcome)).toMatchObject({ listeners: 1, tag: "forgotten" });
  });

  test.each(["idle", "event", "handle"])("what was forgotten is given back: %s", async (what) => {
    const [outcome] = (await forget(what)) as [string];
    expect(JSON.parse(outcome)).toEqual({ blocks: 0, listeners: 0 });
  });

  test("a listener that is awaited is not forgotten", async () => {
    const [tag, outcome] = (await forget("awaited")) as [string, string];
    expect(tag).toBe("still there");
    expect(JSON.parse(outcome)).toEqual({ blocks: 0, listeners: 0 });
  });
});
