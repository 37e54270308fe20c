/** The README's figures: what the saved runs say, and nothing that somebody typed. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { filled } from "../../../tools/figures.mjs";

const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");

it("are those of bench/results: else npm run figures", () => {
  expect(filled(readme)).toBe(readme);
});

it("come back when somebody changes them by hand", () => {
  const typed = readme.replace(/\| `i32` \| \*\*\d+\*\*/, "| `i32` | **99**");
  expect(typed).not.toBe(readme);
  expect(filled(typed)).toBe(readme);
});

it("are never forgotten: a section that is gone is an error, and one that nobody knows, too", () => {
  expect(() => filled(readme.replace("<!-- figures:events -->", ""))).toThrow("no section figures:events");
  const strange = "<!-- figures:strange -->\n1\n<!-- /figures -->\n";
  expect(() => filled(readme + strange)).toThrow("figures:strange");
});
