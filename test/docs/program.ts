/** Runs the programs that documents show, each in a process of its own, in a folder with the files that stand beside it. */
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { transform } from "esbuild";
import ts from "typescript";
import { type Block, ROOT } from "./markdown.js";

/** What one program may take; a hang must end. */
const LIMIT_MS = 20_000;

/** Notes, when it is loaded, that a file runs: no block may stand there unrun. */
const NOTE = `import { appendFileSync } from "node:fs";
const { searchParams } = new URL(import.meta.url);
appendFileSync(new URL("./ran", import.meta.url), searchParams.get("file") + "\\n");
`;

export const isProgram = ({ language }: Block): boolean => language === "js" || language === "ts";

interface Outcome {
  readonly code: number | string | null | undefined;
  readonly output: string;
}

function run(file: string, cwd: string): Promise<Outcome> {
  const env = { ...process.env, NO_COLOR: "1", NODE_OPTIONS: "" };
  return new Promise((resolve) => {
    execFile(process.execPath, [file], { cwd, env, timeout: LIMIT_MS }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.killed === true ? `nothing, after ${LIMIT_MS} ms` : error.code;
      resolve({ code, output: stdout + stderr });
    });
  });
}

/** A program's text as it runs. It keeps its lines, behind what is given. */
async function sourceOf({ code, given, language }: Block, file: string): Promise<string> {
  const text = `${given}\n${code}\n`;
  const { code: source } =
    language === "ts" ? await transform(text, { loader: "ts", format: "esm", target: "node20" }) : { code: text };
  return `import ${JSON.stringify(`./note.mjs?file=${file}`)}; ${source}`;
}

/** What its own comments say that a program prints: `console.log(sum); // 42`. */
function promises({ code }: Block): string[] {
  return [...code.matchAll(/^.*console\.log\(.*\);? \/\/ (.+)$/gm)].map(([, text]) => text as string);
}

/** Runs the programs of one section, and answers what is wrong with them, or with what they print. */
export async function problemsOf(blocks: readonly Block[]): Promise<string[]> {
  const folder = `${ROOT}build/docs/${(blocks[0] as Block).section.replaceAll("/", "-")}`;
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/note.mjs`, NOTE);
  await writeFile(`${folder}/ran`, "");
  const programs = blocks.filter(isProgram);
  const fileOf = ({ name, at }: Block) => name ?? `line-${at.slice(at.lastIndexOf(":") + 1)}.mjs`;
  for (const block of programs) {
    const file = fileOf(block);
    await writeFile(`${folder}/${file}`, await sourceOf(block, file));
  }
  const problems: string[] = [];
  const isNamed = (file: string) => programs.some(({ code }) => code.includes(`./${file}"`));
  for (const program of programs) {
    const file = fileOf(program);
    if (isNamed(file)) continue;
    const { code, output } = await run(`${folder}/${file}`, folder);
    if (code !== 0) problems.push(`${program.at} ends with ${code}:\n${output}`);
    const lines = output.split("\n");
    const told = [program, ...programs.filter((other) => isNamed(fileOf(other)))].flatMap(promises);
    for (const line of told) {
      if (!lines.includes(line)) problems.push(`${program.at} does not print ${JSON.stringify(line)}, but:\n${output}`);
      else lines.splice(lines.indexOf(line), 1);
    }
    const behind = blocks.slice(blocks.indexOf(program) + 1);
    const next = behind.findIndex((block) => isProgram(block) && !isNamed(fileOf(block)));
    for (const { language, code, at } of next < 0 ? behind : behind.slice(0, next)) {
      if (language !== "text output" || patternOf(code).test(output)) continue;
      problems.push(`${at} is not what ${program.at} prints:\n${output}`);
    }
  }
  const ran = (await readFile(`${folder}/ran`, "utf8")).split("\n");
  for (const program of programs) {
    if (!ran.includes(fileOf(program))) problems.push(`${program.at}: nobody has run ${fileOf(program)}`);
  }
  return problems;
}

/** What such an output looks like, `...` being anything. */
function patternOf(output: string): RegExp {
  const parts = output.split("...").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^\\n]*")}$`, "m");
}

/** What TypeScript has against the programs in it, as strict as it is here. */
export async function typeErrorsOf(blocks: readonly Block[]): Promise<string[]> {
  const folder = `${ROOT}build/docs/types`;
  await mkdir(folder, { recursive: true });
  const places = new Map<string, string>();
  for (const { given, code, at } of blocks) {
    const file = `${folder}/${at.replaceAll(/[/:]/g, "-")}.ts`;
    places.set(file, at);
    await writeFile(file, `${given}\n${code}\n`);
  }
  const { config } = ts.readConfigFile(`${ROOT}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  const program = ts.createProgram([...places.keys()], { ...options, rootDir: ROOT, noEmit: true, skipLibCheck: true });
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    return `${places.get(file?.fileName ?? "") ?? file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
}
