/**
 * What there is to try in a document: its code blocks, commands and links.
 *
 *   ```js  ```ts   a program; runs
 *   ```sh          commands; their scripts, files and flags must be there
 *   ```json        must be JSON
 *   ```text        a picture, or output. As `text output` it must be what the program before it prints; `...` stands for anything
 *
 * A block without a language, or with any other, is an error. Two things may be said of a program:
 *
 *   // worker.mjs      as its first line: the block is that file. It lies in one folder with the other blocks under the same
 *                      heading, and is run by the one that names it, or by itself if none does
 *   <!-- given CODE -->    right before the block: stands in front of it when it runs, for what a reader would have around it
 *
 * A block that is the same as a file in examples/ is that file.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { lexer, type Token, type Tokens } from "marked";
import ts from "typescript";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const read = (file: string): string => readFileSync(ROOT + file, "utf8");

export interface Block {
  /** Where it stands: `docs/waiting.md:12`. */
  readonly at: string;
  /** Blocks of one section lie in one folder. */
  readonly section: string;
  readonly language: string;
  readonly code: string;
  /** What stands in front of it when it runs. */
  readonly given: string;
  /** The file that it is; undefined: a program without a name. */
  readonly name: string | undefined;
}

interface Command {
  readonly at: string;
  readonly line: string;
}

interface Link {
  readonly at: string;
  readonly text: string;
  readonly from: string;
  readonly to: string;
}

interface Found {
  readonly blocks: Block[];
  readonly commands: Command[];
  readonly links: Link[];
}

/** Files of examples/ by what is in them. */
const examples = new Map(
  readdirSync(`${ROOT}examples`, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".mjs"))
    .map((file) => [read(`examples/${file}`).trimEnd(), file.slice(file.lastIndexOf("/") + 1)]),
);

const GIVEN = /^<!-- given\s([\s\S]*?)-->\s*$/;
const FILE_NAME = /^\/\/ ([\w-]+\.mjs)\n/;
const COMMAND = /^(npm|npx|node|shmol|\.ci\/run)( |$)/;

/** Everything in a Markdown text; `firstLine` is the line of `file` where it starts. */
function inMarkdown(file: string, text: string, firstLine = 1): Found {
  const found: Found = { blocks: [], commands: [], links: [] };
  let section = `${file}-${firstLine}`;
  let given = "";
  let searched = 0;
  const lineOf = (raw: string) => {
    const index = text.indexOf(raw.split("\n", 1)[0] as string, searched);
    if (index >= 0) searched = index;
    return firstLine + text.slice(0, searched).split("\n").length - 1;
  };
  const visit = (token: Token) => {
    if (token.type === "space") return;
    const line = lineOf(token.raw);
    const at = `${file}:${line}`;
    if (token.type === "code") {
      const { lang = "", text: code } = token as Tokens.Code;
      const name = FILE_NAME.exec(code)?.[1] ?? examples.get(code);
      found.blocks.push({ at, section, language: lang, code, given, name });
    }
    given = token.type === "html" ? (GIVEN.exec(token.raw)?.[1] ?? "") : "";
    if (token.type === "heading") section = `${file}-${line}`;
    if (token.type === "codespan" && COMMAND.test(token.text as string)) {
      found.commands.push({ at, line: (token as Tokens.Codespan).text });
    }
    if (token.type === "link") {
      const { href: to, text } = token as Tokens.Link;
      found.links.push({ at, text, from: file, to });
    }
    for (const child of childrenOf(token)) visit(child);
  };
  for (const token of lexer(text)) visit(token);
  for (const { language, code, at } of found.blocks) {
    if (language === "sh") for (const line of code.split("\n")) found.commands.push({ at, line });
  }
  return found;
}

function childrenOf(token: Token): Token[] {
  if (token.type === "table") {
    const { header, rows } = token as Tokens.Table;
    return [...header, ...rows.flat()].flatMap(({ tokens }) => tokens);
  }
  if (token.type === "list") return (token as Tokens.List).items;
  return (token as { tokens?: Token[] }).tokens ?? [];
}

/** Everything in the doc comments of a source. */
function inComments(file: string): Found {
  const text = read(file);
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: Found[] = [];
  const seen = new Set<number>();
  const visit = (node: ts.Node) => {
    for (const comment of ts.getJSDocCommentsAndTags(node)) {
      if (!ts.isJSDoc(comment) || seen.has(comment.pos)) continue;
      seen.add(comment.pos);
      const lines = text.slice(comment.pos + 3, comment.end - 2).split("\n");
      const markdown = lines.map((line) => line.replace(/^\s*\* ?/, "")).join("\n");
      const { line } = source.getLineAndCharacterOfPosition(comment.pos);
      // What links lead to, typedoc checks.
      found.push({ ...inMarkdown(file, markdown, line + 1), links: [] });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return merged(found);
}

function merged(found: readonly Found[]): Found {
  return {
    blocks: found.flatMap(({ blocks }) => blocks),
    commands: found.flatMap(({ commands }) => commands),
    links: found.flatMap(({ links }) => links),
  };
}

const documents = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(`${ROOT}docs`)
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
];

/** The host's sources; the kernel's comments are for its maintainers. */
const sources = readdirSync(`${ROOT}src`, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !/(^|\/)(kernel|wasm|check|cli)\/|^(kernel|assembly\.d)\.ts$/.test(file))
  .map((file) => `src/${file}`);

export const inDocuments: Found = merged(documents.map((file) => inMarkdown(file, read(file))));
export const inSources: Found = merged(sources.map(inComments));

/** Every section of a document that a source or a test cites: `docs/waiting.md#underneath`. */
export const citations: readonly Pick<Link, "at" | "to">[] = ["src", "test"]
  .flatMap((folder) =>
    readdirSync(ROOT + folder, { recursive: true, encoding: "utf8" }).map((file) => `${folder}/${file}`),
  )
  .filter((file) => /\.m?[jt]s$/.test(file) && !file.startsWith("test/docs/"))
  .flatMap((at) => [...read(at).matchAll(/\bdocs\/[\w-]+\.md#[\w-]+/g)].map(([to]) => ({ at, to })));

/** The anchors of a document, as GitHub makes them of its headings. */
export function anchorsOf(file: string): Set<string> {
  const headings = lexer(read(file)).filter(({ type }) => type === "heading") as Tokens.Heading[];
  return new Set(
    headings.map(({ text }) =>
      text
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}
