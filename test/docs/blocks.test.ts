/** Every code block of the documents, and of the doc comments in the sources, runs and does what it says. */
import { availableParallelism } from "node:os";
import { expect, test, vi } from "vitest";
import { BRIEF } from "../counts.js";
import { testWhere } from "../testWhere.js";
import { type Block, inDocuments, inSources } from "./markdown.js";
import { isProgram, problemsOf, typeErrorsOf } from "./program.js";

vi.setConfig({ maxConcurrency: availableParallelism() });

/** Sections whose programs need more than Node, and the test that runs them. */
const RUN_BY: Readonly<Record<string, string>> = { "docs/proof.md": "test/docs/proof.test.ts" };

const LANGUAGES = ["js", "ts", "sh", "json", "text", "text output"];
const blocks = [...inDocuments.blocks, ...inSources.blocks];
const isRunElsewhere = ({ at }: Block) => RUN_BY[at.slice(0, at.lastIndexOf(":"))] !== undefined;

test("every block says what it is", () => {
  const others = blocks.filter(({ language }) => !LANGUAGES.includes(language));
  expect(
    others.map(({ at, language }) => `${at}: ${JSON.stringify(language)} is none of ${LANGUAGES.join(", ")}`),
  ).toEqual([]);
});

test("every output is that of a program", () => {
  const outputs = blocks.filter(({ language }) => language === "text output");
  const isAfterProgram = ({ section, at }: Block) => {
    const inSection = blocks.filter((block) => block.section === section);
    return inSection
      .slice(
        0,
        inSection.findIndex((block) => block.at === at),
      )
      .some(isProgram);
  };
  expect(outputs.filter((block) => !isAfterProgram(block)).map(({ at }) => at)).toEqual([]);
});

test("what is said to be JSON is", () => {
  for (const { code, language, at } of blocks) {
    if (language === "json") expect(() => JSON.parse(code), at).not.toThrow();
  }
});

// Whichever Node runs it.
testWhere(!BRIEF)("TypeScript has nothing against programs in it", async () => {
  const programs = blocks.filter((block) => block.language === "ts" && !isRunElsewhere(block));
  expect(programs.length).toBeGreaterThan(0);
  expect(await typeErrorsOf(programs)).toEqual([]);
});

const sections = new Map<string, Block[]>();
for (const block of blocks) {
  if (isRunElsewhere(block)) continue;
  const section = sections.get(block.section);
  if (section === undefined) sections.set(block.section, [block]);
  else section.push(block);
}
const withPrograms = [...sections.values()].filter((section) => section.some(isProgram));

test.concurrent.each(withPrograms.map((section) => [section.find(isProgram)?.at, section] as const))(
  "%s runs",
  async (_at, section) => {
    expect(await problemsOf(section)).toEqual([]);
  },
);
