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

/** Whether Node runs TypeScript by itself, also in workers. */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const stripsTypes = major > 22 || (major === 22 && minor >= 18);
const typescript = [
  ["examples/channel/main.ts", "332833500"],
  ["examples/mutex/main.ts", "100000 200000"],
] as const;

test.skipIf(!stripsTypes).each(typescript)("%s runs as it is", async (example, output) => {
  const file = new URL(example, root).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 30_000 });
  expect(stdout.trim()).toBe(output);
});

test("the first example in TypeScript runs with tsx, on Node 20 with the two lines of the README", async () => {
  const folder = new URL("build/tsx/", root);
  await mkdir(folder, { recursive: true });
  const main = await read("examples/channel/main.ts");
  const [, start = ""] = /with two lines: `(.+?)`\.$/ms.exec(await read("README.md")) ?? [];
  await writeFile(new URL("start.mjs", folder), start.replace("` and `", "\n"));
  await writeFile(new URL("main.ts", folder), stripsTypes ? main : main.replace("./worker.ts", "./start.mjs"));
  await writeFile(new URL("worker.ts", folder), await read("examples/channel/worker.ts"));
  const args = ["--import", "tsx", new URL("main.ts", folder).pathname];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, timeout: 30_000 });
  expect(stdout.trim()).toBe("332833500");
});

test("require takes the package", async () => {
  const script = 'console.log(require("shmol").channel.name)';
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", script], { cwd: root, timeout: 30_000 });
  expect(stdout.trim()).toBe("channel");
});

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
