/**
 * The five minutes of somebody who hears of shmol: clones it, runs the README's first command for a clone, opens the report, pastes
 * the README's first example into a new project, and it runs. Does all that in an empty folder, with what is committed,
 * and prints each step with its seconds.
 *
 *   node tools/five-minutes.mjs [--keep]      `--keep` leaves the folder
 */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDER = mkdtempSync(path.join(tmpdir(), "shmol-five-minutes-"));
const CLONE = path.join(FOLDER, "shmol");
const PROJECT = path.join(FOLDER, "project");
const LIMIT_MS = 300_000;
/** A report has charts in it. */
const LEAST_REPORT = 10_000;

/** As in a shell of its own: without what npm tells the scripts that it runs. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("npm_")));

function run(cwd, command, ...args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: "utf8", timeout: LIMIT_MS });
  if (status === 0) return stdout;
  throw new Error(`${[command, ...args].join(" ")}: ${error?.message ?? `ended with ${status}`}\n${stdout}${stderr}`);
}

function must(condition, complaint) {
  if (!condition) throw new Error(complaint);
}

/** The README's code blocks in a language. */
function blocks(language) {
  const readme = readFileSync(path.join(CLONE, "README.md"), "utf8");
  return [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map(([, block]) => block);
}

const shmol = (...args) => run(CLONE, process.execPath, "dist/cli/shmol.js", ...args);
let example;

const steps = {
  "clone it": () => {
    run(FOLDER, "git", "clone", "--quiet", ROOT, CLONE);
    return run(CLONE, "git", "log", "-1", "--format=%h %s").trim();
  },

  "run command one": () => {
    must(blocks("sh")[0] === "npm install shmol\n", `the README begins with ${JSON.stringify(blocks("sh")[0])}`);
    const [first = ""] = blocks("sh")[1]?.split("\n") ?? [];
    const command = first.replace(/\s*#.*/, "");
    must(command.startsWith("npm run "), `the README's first command for a clone is ${JSON.stringify(first)}`);
    const output = run(CLONE, ...command.split(" "));
    must(output.includes("✓"), `${command} verified nothing:\n${output}`);
    must(!output.includes("✗"), `${command} found something wrong:\n${output}`);
    return `${command}: ${output.match(/✓/g).length} checks hold`;
  },

  "ask the doctor": () => shmol("doctor").trim().split("\n").at(-1),

  "open the report": () => {
    const file = path.join(FOLDER, "report.html");
    shmol("stress", "queue", "--duration", "1", "--report", file);
    must(existsSync(file), `there is no ${file}`);
    const text = readFileSync(file, "utf8");
    must(/^<!doctype html>/i.test(text) && statSync(file).size > LEAST_REPORT, "the report is no page");
    must(!/\b(src|href)=["']?(https?:)?\/\//.test(text), "the report does not open without a network");
    return `${statSync(file).size} bytes`;
  },

  "install the package": () => {
    mkdirSync(PROJECT);
    run(CLONE, "npm", "pack", "--silent", "--pack-destination", FOLDER);
    const tarball = readdirSync(FOLDER).find((file) => file.endsWith(".tgz"));
    run(PROJECT, "npm", "init", "--yes");
    const said = run(PROJECT, "npm", "install", "--no-audit", "--no-fund", path.join(FOLDER, tarball));
    must(!said.includes("warn"), `npm warns: ${said}`);
    const installed = readdirSync(path.join(PROJECT, "node_modules")).filter((name) => !name.startsWith("."));
    must(installed.join() === "shmol", `installed were ${installed.join(", ")}`);
    return tarball;
  },

  "paste the first example": () => {
    const [main = "", worker = ""] = blocks("js");
    const [, name] = /new URL\("\.\/(.+?)", import\.meta\.url\)/.exec(main) ?? [];
    const [, expected] = /console\.log\(.+?\); \/\/ (.+)/.exec(main) ?? [];
    must(name !== undefined && expected !== undefined, "the example does not name its worker, or not what it prints");
    example = { main: "main.mjs", worker: name, expected };
    writeFileSync(path.join(PROJECT, example.main), main);
    writeFileSync(path.join(PROJECT, name), worker);
    return `${example.main} and ${name}, ${`${main}${worker}`.split("\n").length - 1} lines`;
  },

  "run it": () => {
    const output = run(PROJECT, process.execPath, example.main).trim();
    must(
      output === example.expected,
      `it prints ${JSON.stringify(output)} and not ${JSON.stringify(example.expected)}`,
    );
    return output;
  },

  "check its types": () => {
    const files = [example.main, example.worker].map((file) => file.replace(/\.m?js$/, ".mts"));
    for (const [i, file] of files.entries()) writeFileSync(path.join(PROJECT, file), blocks("js")[i]);
    const compilerOptions = {
      ...{ target: "ES2022", module: "NodeNext", strict: true, noEmit: true, skipLibCheck: false },
      ...{
        lib: ["ES2023", "ESNext.Disposable"],
        typeRoots: [path.join(CLONE, "node_modules/@types")],
        types: ["node"],
      },
    };
    writeFileSync(path.join(PROJECT, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
    run(PROJECT, process.execPath, path.join(CLONE, "node_modules/typescript/bin/tsc"), "-p", ".");
    return "as TypeScript, strictly";
  },
};

const started = performance.now();
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`.padStart(7);
try {
  for (const [name, step] of Object.entries(steps)) {
    const begun = performance.now();
    try {
      const seen = step();
      console.log(`ok     ${seconds(begun)}  ${name}: ${seen}`);
    } catch (error) {
      console.log(`FAILED ${seconds(begun)}  ${name}: ${error.message}`);
      process.exitCode = 1;
      break;
    }
  }
} finally {
  if (process.argv.includes("--keep")) console.log(FOLDER);
  else rmSync(FOLDER, { recursive: true, force: true });
}
const minutes = ((performance.now() - started) / 60_000).toFixed(1);
console.log(
  process.exitCode === 1 ? `not within ${minutes} minutes` : `from the clone to the first program: ${minutes} minutes`,
);
