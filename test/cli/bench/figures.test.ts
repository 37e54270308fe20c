/** What is generated in the documents: the figures of the saved runs, and the mutants. Nothing of it is typed. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { documents, filled } from "../../../tools/figures.mjs";

const read = (document: string) => readFileSync(new URL(`../../../${document}`, import.meta.url), "utf8");

it.each(documents)("%s is current: else npm run figures", (document) => {
  expect(filled(document, read(document))).toBe(read(document));
});

it.each([
  ["a figure", "README.md", /\| `i32` \| \*\*\d+\*\*/, "| `i32` | **99**"],
  ["how many faults a check finds", "docs/proof.md", /\| `race` \| \d+ \|/, "| `race` | 999 |"],
  ["how many faults there are", "docs/proof.md", /There are \d+ faults/, "There are 999 faults"],
  ["a fault", "docs/mutants.md", /^\| valueBehindHeader \|.*\n/m, ""],
  ["the check that finds it", "docs/mutants.md", /^(\| valueBehindHeader \|.*\|) linearizability \|$/m, "$1 race |"],
  ["the argument of an equivalent", "docs/mutants.md", /^\| neverIdle \|.*$/m, "| neverIdle | it is so |"],
])("%s comes back when somebody changes it by hand", (_, document, generated, typed) => {
  const changed = read(document).replace(generated, typed);
  expect(changed).not.toBe(read(document));
  expect(filled(document, changed)).toBe(read(document));
});

it("a section that is gone is an error, and one that nobody knows, too", () => {
  const readme = read("README.md");
  expect(() => filled("README.md", readme.replace("<!-- figures:events -->", ""))).toThrow("no section figures:events");
  const strange = "<!-- figures:strange -->\n1\n<!-- /figures -->\n";
  expect(() => filled("README.md", readme + strange)).toThrow("figures:strange");
  expect(() => filled("docs/proof.md", read("docs/mutants.md"))).toThrow("figures:faults");
});
