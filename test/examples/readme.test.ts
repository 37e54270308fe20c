/** What the README shows is what is in the examples, and what is in the examples runs. */
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const read = (file: string) => readFile(new URL(file, root), "utf8");

test.each(["examples/channel/main.mjs", "examples/sum/main.mjs"])(
  "%s prints the sum of the squares",
  async (example) => {
    const file = new URL(example, root).pathname;
    const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 30_000 });
    expect(stdout.trim()).toBe("332833500");
  },
);

test.each(["examples/channel/main.mjs", "examples/channel/worker.mjs"])(
  "the README shows %s as it is",
  async (file) => {
    const readme = await read("README.md");
    expect(readme).toContain(`\`\`\`js\n${await read(file)}\`\`\``);
  },
);

test.each([
  ['throw new Error("in its first line")', /in its first line/],
  ["process.exit(0)", /closed/],
  ["process.exit(1)", /closed/],
  ["", /closed/],
])("the first example does not hang when its worker is this: %s", async (source, says) => {
  const folder = new URL(`build/failing/${Buffer.from(source).toString("hex")}/`, root);
  await mkdir(folder, { recursive: true });
  await writeFile(new URL("main.mjs", folder), await read("examples/channel/main.mjs"));
  await writeFile(new URL("worker.mjs", folder), source);
  const main = new URL("main.mjs", folder).pathname;
  // A program that hangs is killed, and then has no code.
  const { code, stderr } = await promisify(execFile)(process.execPath, [main], { timeout: 10_000 }).catch((e) => e);
  expect(code).toBe(1);
  expect(stderr).toMatch(says);
});
