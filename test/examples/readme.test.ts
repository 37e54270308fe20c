/** What the README shows is what is in the examples, and what is in the examples runs. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const read = (file: string) => readFile(new URL(file, root), "utf8");

test("the example prints the sum of the squares", async () => {
  const file = new URL("examples/sum/main.mjs", root).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 30_000 });
  expect(stdout.trim()).toBe("332833500");
});

test.each(["examples/sum/main.mjs", "examples/sum/worker.mjs"])("the README shows %s as it is", async (file) => {
  const readme = await read("README.md");
  expect(readme).toContain(`\`\`\`js\n${await read(file)}\`\`\``);
});
