/**
 * What docs/proof.md shows: a window as the table has it, and a model in which the checker finds what is said, and then nothing.
 * `@storm`
 */
import { mkdir } from "node:fs/promises";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { exhaust } from "../../dist/check/explore.js";
import { Machine } from "../../dist/check/machine.js";
import type { Program } from "../../dist/check/program.js";
import { encodeSchedule } from "../../dist/check/replay.js";
import { inDocuments, ROOT, read } from "./markdown.js";

const blocks = inDocuments.blocks.filter(({ at }) => at.startsWith("docs/proof.md:"));
const [first, second, ...others] = blocks.filter(({ language }) => language === "ts").map(({ code }) => code);
const FOLDER = `${ROOT}build/docs/model`;

/** The program of a model's source, as if it lay among the models. */
async function programOf(name: string, source: string): Promise<Program> {
  const outfile = `${FOLDER}/${name}.mjs`;
  await mkdir(FOLDER, { recursive: true });
  await build({
    stdin: { contents: source, loader: "ts", resolveDir: `${ROOT}dist/check/models` },
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
  });
  const { example } = await import(outfile);
  return example;
}

test("the window that is shown is one of the table's", () => {
  const shown = JSON.parse(blocks.find(({ language }) => language === "json")?.code ?? "{}");
  const table = JSON.parse(read("tools/windows.json"));
  for (const [name, windows] of Object.entries(shown))
    expect(table[name]).toEqual(expect.arrayContaining(windows as object[]));
  expect(Object.keys(shown)).not.toEqual([]);
});

test("the model is written in two steps", () => {
  expect([first, second]).not.toContain(undefined);
  expect(others).toEqual([]);
});

test("the first has the fault that is shown, after as many schedules", async () => {
  const program = await programOf("first", first as string);
  const machine = new Machine(program);
  const { failure, schedules } = exhaust(machine, { bound: 2, reduction: true });
  const shown = blocks.find(({ code }) => code.includes(`'${program.name}#`))?.code ?? "";
  expect(shown).toContain(`${failure?.check}: ${failure?.message}`);
  expect(shown).toContain(`--replay '${encodeSchedule(program.name, machine.schedule)}'`);
  expect(read("docs/proof.md")).toContain(`in ${schedules} schedules:`);
});

test("the second, in place of the thread that it is about, has none", async () => {
  const start = (first as string).indexOf("    const upgrade: Operation");
  const source = `${(first as string).slice(0, start)}${second}\n  },\n};\n`;
  const dropWeak = /^ {4}const dropWeak[\s\S]*?^ {4}};\n/m.exec(first as string)?.[0] ?? "";
  const program = await programOf("second", source.replace("    return {", `${dropWeak}    return {`));
  const { failure, exhaustive } = exhaust(new Machine(program), { bound: 2, reduction: true });
  expect(failure).toBe(undefined);
  expect(exhaustive).toBe(true);
});
