import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

interface State {
  readonly blocks: number;
  readonly used: number;
  readonly leaked: number;
  readonly strong: number;
  readonly weak: number;
}
interface Outcome {
  readonly before: State;
  readonly after: State;
  /** Whether the bytes that the handle gave out are still what was written there. */
  readonly intact: boolean;
}

const SCRIPT = fileURLToPath(new URL("./forgotten.mjs", import.meta.url));

/** What becomes of a handle of that kind when it is forgotten: in a process of its own, whose garbage can be collected. */
async function forget(kind: string): Promise<Outcome> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", SCRIPT, kind], { timeout: 30_000 });
  return JSON.parse(stdout) as Outcome;
}

describe("the finalization backstop", { timeout: 40_000, concurrent: true }, () => {
  test.each(["arc", "clone", "opened", "weak", "queue"])(
    "gives back what a forgotten handle held: %s",
    async (kind) => {
      const { before, after } = await forget(kind);
      expect(after).toEqual(before);
    },
  );

  test.each(["bytes", "view", "getMut", "cyclic"])(
    "only counts a handle that gave out a view, and its memory is not used again: %s",
    async (kind) => {
      const { before, after, intact } = await forget(kind);
      expect(after).toMatchObject({ blocks: before.blocks + 2, leaked: 1 });
      expect(intact).toBe(true);
    },
  );

  test("counts the copy that makeMut gave out, and gives back the count of the original", async () => {
    const { before, after } = await forget("makeMut");
    expect(after).toMatchObject({ blocks: before.blocks + 2, leaked: 1, strong: 1 });
  });

  test.each(["dropped", "intoInner"])("has nothing to do for a handle that let go of its count: %s", async (kind) => {
    const { before, after } = await forget(kind);
    expect(after).toEqual(before);
  });

  test("leaves a count alone that left as a number", async () => {
    const { before, after } = await forget("intoRaw");
    expect(after).toMatchObject({ blocks: before.blocks + 2, leaked: 0 });
  });
});
