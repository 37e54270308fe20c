/** Checks all types: the host, tests and benchmarks, examples, and each component's kernel against AssemblyScript's own declarations. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const kernels = readdirSync(`${ROOT}/src`).map((component) => `src/${component}/kernel/tsconfig.json`);
const projects = [
  "tsconfig.json",
  "tsconfig.test.json",
  "tsconfig.examples.json",
  ...kernels.filter((file) => existsSync(`${ROOT}/${file}`)),
];

for (const project of projects) {
  const args = ["node_modules/typescript/bin/tsc", "--noEmit", "-p", project];
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: "inherit" });
  console.log(`${project}: ${status === 0 ? "ok" : "FAILED"}`);
  if (status !== 0) process.exitCode = 1;
}
