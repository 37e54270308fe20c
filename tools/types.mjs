/**
 * Checks all types: tests and benchmarks, examples, and the kernels against AssemblyScript's own declarations, all components' at once. The
 * host's types the build has checked (ready.mjs): with an error in them there is none.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const projects = ["tsconfig.test.json", "tsconfig.examples.json", "tsconfig.kernels.json"];

for (const project of projects) {
  const args = ["node_modules/typescript/bin/tsc", "--noEmit", "-p", project];
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: "inherit" });
  console.log(`${project}: ${status === 0 ? "ok" : "FAILED"}`);
  if (status !== 0) process.exitCode = 1;
}
