/**
 * Compiles a user's program (test/types/program.ts) against the package's types with the releases of TypeScript, and of Node's
 * types, that users may have. Strictly, with `skipLibCheck: false`, so each declaration that the package ships is checked as well.
 *
 *   node tools/compilers.mjs
 *
 * The compilers are installed into tools/compilers, from a lockfile of its own, when this is run first. They take 140 MB.
 */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { installIn } from "./install.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDER = path.join(ROOT, "tools/compilers");
const PROJECTS = path.join(ROOT, "build/compilers");
const AT_ONCE = 2;

const WITHOUT_DOM = ["ES2022"];
const WITH_DOM = ["ES2022", "DOM"];
/** TypeScript, @types/node, the libraries, and how modules are found. TypeScript 6 and later find none as Node 10 did. */
const PAIRS = [
  ["5.7", "20", WITHOUT_DOM, { module: "NodeNext" }],
  ["5.7", "24", WITHOUT_DOM, { module: "ES2022", moduleResolution: "Node10" }],
  ["5.9", "22", WITH_DOM, { module: "Preserve", moduleResolution: "Bundler" }],
  ["6.0", "24", WITHOUT_DOM, { module: "NodeNext" }],
  ["7.0", "20", WITHOUT_DOM, { module: "NodeNext" }],
  ["7.0", "24", WITH_DOM, { module: "NodeNext" }],
];

/** A project that has the package's declarations and one release of Node's types, as npm would install them. */
function projectOf([typescript, node, lib, modules]) {
  const project = path.join(PROJECTS, `${typescript}-${node}`);
  const modulesOf = (name) => path.join(project, "node_modules", name);
  const from = path.join(FOLDER, "node_modules", `node-${node}`);
  const declarations = (file) => statSync(file).isDirectory() || /\.d\.[cm]?ts$/.test(file);
  mkdirSync(project, { recursive: true });
  cpSync(path.join(ROOT, "dist"), modulesOf("shmol/dist"), { recursive: true, filter: declarations });
  cpSync(path.join(ROOT, "package.json"), modulesOf("shmol/package.json"));
  const own = path.join(from, "node_modules");
  cpSync(from, modulesOf("@types/node"), { recursive: true, filter: (file) => file !== own });
  const undici = createRequire(path.join(from, "package.json")).resolve("undici-types/package.json");
  cpSync(path.dirname(undici), modulesOf("undici-types"), { recursive: true });
  cpSync(path.join(ROOT, "test/types/program.ts"), path.join(project, "program.ts"));
  writeFileSync(path.join(project, "package.json"), JSON.stringify({ type: "module" }));
  const compilerOptions = {
    ...{ target: "ES2022", lib, types: ["node"], ...modules },
    ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, verbatimModuleSyntax: true },
    ...{ noEmit: true, skipLibCheck: false },
  };
  writeFileSync(path.join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["program.ts"] }));
  return project;
}

async function compile(pair) {
  const [typescript, node, lib, { moduleResolution = "NodeNext" }] = pair;
  const started = performance.now();
  const compiler = path.join(FOLDER, `node_modules/typescript-${typescript}/bin/tsc`);
  const child = spawn(process.execPath, [compiler, "-p", projectOf(pair)], { cwd: PROJECTS });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const code = await new Promise((resolve) => child.once("close", resolve));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const { version } = JSON.parse(
    readFileSync(path.join(FOLDER, `node_modules/typescript-${typescript}/package.json`), "utf8"),
  );
  const dom = lib.includes("DOM") ? "with DOM" : "without DOM";
  console.log(
    `${code === 0 ? "ok    " : "FAILED"} TypeScript ${version}, @types/node ${node}, ${dom}, ${moduleResolution} (${seconds} s)`,
  );
  if (code === 0) return;
  process.exitCode = 1;
  console.log(output);
}

installIn(FOLDER, "compilers");
rmSync(PROJECTS, { recursive: true, force: true });
const left = [...PAIRS];
const work = async () => {
  for (let pair = left.shift(); pair !== undefined; pair = left.shift()) await compile(pair);
};
await Promise.all(Array.from({ length: AT_ONCE }, work));
if (process.exitCode !== 1) console.log(`the types compile in ${PAIRS.length} surroundings`);
