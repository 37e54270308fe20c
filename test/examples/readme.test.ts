/** What the README shows is what is in the examples, and what is in the examples runs. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
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
