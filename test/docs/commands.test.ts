/** Every command, link and test that the documents name is there, and every heading that sources cite. `@storm` */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { anchorsOf, citations, inDocuments, inSources, ROOT, read } from "./markdown.js";

const scripts: Readonly<Record<string, string>> = JSON.parse(read("package.json")).scripts;
/** Subcommands of npm that documents may name without a script of that name. */
const NPM = ["install", "ci", "pack"];

/** Files that documents show. */
const shown = new Set(inDocuments.blocks.map(({ name }) => name));

const helps = new Map<string, string>();
function helpOf(subcommand: readonly string[]): string {
  const key = subcommand.join(" ");
  let help = helps.get(key);
  if (help === undefined) {
    const { stdout } = spawnSync(process.execPath, [`${ROOT}dist/cli/shmol.js`, ...subcommand, "--help"], {
      encoding: "utf8",
    });
    help = stdout;
    helps.set(key, help);
  }
  return help;
}

/** A command's words, quotes taken off. */
const wordsOf = (command: string) =>
  [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, bare]) => single ?? double ?? bare ?? "");

/** What is wrong with the words behind `shmol`. */
function inShmol(words: readonly string[]): string[] {
  const first = words.findIndex((word) => word.startsWith("-"));
  const subcommand = words.slice(0, first < 0 ? words.length : first);
  const help = helpOf(subcommand);
  const flags = words.filter((word) => /^--?[a-z]/.test(word) && word !== "--help");
  const known = new Set(help.match(/(?<=^ *(-\w, )?)--?[a-z][\w-]*/gm) ?? []);
  const problems = flags
    .filter((flag) => !known.has(flag))
    .map((flag) => `shmol ${subcommand.join(" ")} has no ${flag}`);
  const name = subcommand.at(-1);
  if (name !== undefined && !help.startsWith(`Usage: shmol ${subcommand.join(" ")} `))
    problems.push(`shmol has no ${subcommand.join(" ")}`);
  return problems;
}

/** What is wrong with a script of the package, called with these flags. */
function inScript(name: string, flags: readonly string[]): string[] {
  const script = scripts[name];
  if (script === undefined) return [`there is no script ${name}`];
  const command = script.split(" && ").at(-1) ?? "";
  const [program, file, ...rest] = wordsOf(command);
  if (program !== "node" || file === undefined) return [];
  if (file.endsWith("shmol.js")) return inShmol([...rest, ...flags]);
  const text = read(file);
  return flags.filter((flag) => flag.startsWith("--") && !text.includes(flag)).map((flag) => `${file} has no ${flag}`);
}

function problemsOf(command: string): string[] {
  const [program, ...words] = wordsOf(command);
  switch (program) {
    case undefined:
      return [];
    case "shmol":
      return inShmol(words);
    case "npx":
      if (words[0] === "shmol") return inShmol(words.slice(1));
      return words
        .filter((word) => word.includes("/") && !existsSync(ROOT + word))
        .map((file) => `there is no ${file}`);
    case "npm": {
      const [verb, ...rest] = words.filter((word) => word !== "--silent" && word !== "--");
      if (verb === "run") return inScript(rest[0] ?? "", rest.slice(1));
      if (verb === "test") return inScript("test", []);
      return NPM.includes(verb ?? "") ? [] : [`npm ${verb} is none of ${NPM.join(", ")}`];
    }
    case "node": {
      const file = words.find((word, i) => !word.startsWith("-") && words[i - 1] !== "--import");
      return file === undefined || shown.has(file) || existsSync(ROOT + file) ? [] : [`there is no ${file}`];
    }
    case "git":
    case "cd":
      return [];
    default:
      return existsSync(ROOT + program) ? [] : [`there is no ${program}`];
  }
}

test("commands name scripts, files and flags that there are", () => {
  const wrong = [...inDocuments.commands, ...inSources.commands].flatMap(({ at, line }) =>
    line
      .replace(/(^|\s)#\s.*$/, "")
      .split(/\s(?:&&|\|)\s/)
      .flatMap((command) => problemsOf(command.trim().replace(/^([A-Z_]+=\S+ )+/, "")))
      .map((problem) => `${at}: ${problem}`),
  );
  expect(wrong).toEqual([]);
});

test("links lead somewhere", () => {
  const wrong = inDocuments.links
    .filter(({ to }) => !/^[a-z]+:/.test(to))
    .filter(({ from, to }) => {
      const [path, anchor] = to.split("#") as [string, string?];
      const file = path === "" ? from : join(dirname(from), path);
      if (!existsSync(ROOT + file)) return true;
      return anchor !== undefined && !anchorsOf(file).has(anchor);
    })
    .map(({ at, to }) => `${at}: ${to}`);
  expect(wrong).toEqual([]);
});

test("sources and tests cite sections that there are", () => {
  const isThere = (to: string) => {
    const [file, anchor] = to.split("#") as [string, string];
    return existsSync(ROOT + file) && anchorsOf(file).has(anchor);
  };
  expect(citations.filter(({ to }) => !isThere(to))).toEqual([]);
  const citing = citations.filter(({ to }) => to.startsWith("docs/parity.md#")).map(({ at }) => at);
  expect(new Set(citing).size, "one for each suite with names from upstream").toBeGreaterThanOrEqual(5);
});

test("docs/parity.md names tests that there are", () => {
  const named = inDocuments.links.filter(({ from, text }) => from === "docs/parity.md" && text.startsWith("`"));
  const tests = named.filter(({ to }) => to.startsWith("../test/"));
  expect(tests.length).toBeGreaterThan(50);
  /** Whether a string in the test's file begins with that name. */
  const isThere = ({ text, to }: (typeof tests)[number]) => {
    const name = text.replaceAll("`", "");
    return ['"', "`"].some((quote) => read(join("docs", to)).includes(quote + name));
  };
  expect(tests.filter((each) => !isThere(each)).map(({ at, text }) => `${at}: ${text}`)).toEqual([]);
});
