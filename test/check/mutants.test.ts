/** The mutants as patches: each fits the sources as they are, and one that does not fit is an error. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { equivalentMutants, faults, hostMutants } from "./mutants/index.mjs";
import { applyTo } from "./mutants/mutant.mjs";

const SOURCE = `
/** Adds. */
export function add(a: i32, b: i32): i32 {
  if (BUILD == 1 && b < 0) abort();
  // The sum.
  const sum = a + b;
  return sum;
}

export function twice(a: i32): i32 {
  const sum = a + a;
  return sum;
}
`;

const mutated = (patch: string) => applyTo(SOURCE, { name: "one", patch });

test("each fits the source of its file, and has a name of its own", () => {
  const all = [...faults, ...equivalentMutants, ...hostMutants];
  const unfit = all.flatMap((mutant) => {
    try {
      applyTo(readFileSync(new URL(`../../${mutant.file}`, import.meta.url), "utf8"), mutant);
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  });
  expect(unfit).toEqual([]);
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
});

describe("a patch", () => {
  test("removes, adds, and keeps", () => {
    const lines = mutated("  const sum = a + b;\n- return sum;\n+ const less = -sum;\n+ return less;").split("\n");
    expect(lines.slice(1, 5)).toEqual(["const sum = a + b;", "const less = -sum;", "return less;", "}"]);
    expect(lines.slice(5).join(" ")).toBe("export function twice(a: i32): i32 { const sum = a + a; return sum; }");
  });

  test("ignores indentation, comments, blank lines and what only the checked build has", () => {
    const patch = "export function add(a: i32, b: i32): i32 {\n      - const sum = a + b;\n+ const sum = b;";
    expect(mutated(patch)).toContain("const sum = b;\nreturn sum;");
  });

  test("has hunks, in any order", () => {
    expect(mutated("- const sum = a + a;\n\n- const sum = a + b;")).not.toContain("const sum");
  });

  test.each([
    ["is nowhere", "- return total;", "0 times"],
    ["is in two places", "- return sum;", "2 times"],
    ["has a line between", "  const sum = a + b;\n- }", "0 times"],
    ["has no line that says where", "+ return 0;", "is out of date"],
    ["is nowhere in its second hunk", "- const sum = a + b;\n\n- const sum = a + b;", "0 times"],
    ["changes nothing", "const sum = a + b;\nreturn sum;", "changes nothing"],
    ["puts in what it takes out", "- const sum = a + b;\n+ const sum = a + b;", "changes nothing"],
    ["is empty", "\n", "changes nothing"],
  ])("that %s is an error", (_, patch, message) => {
    expect(() => mutated(patch)).toThrow(message);
    expect(() => mutated(patch)).toThrow("the mutant one");
  });
});
