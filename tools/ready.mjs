/**
 * Makes a checkout ready to run: installs what package-lock.json asks for and builds what changed, or does nothing, in a
 * few milliseconds. Every npm script that needs dist/ starts with it, so a fresh clone works and a stale build is never run.
 */
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isBuilt } from "./fingerprint.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const changed = (file) => statSync(`${ROOT}/${file}`, { throwIfNoEntry: false })?.mtimeMs ?? 0;

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: "inherit" });
  if (status !== 0) {
    if (error) console.error(error.message);
    process.exit(status ?? 1);
  }
}

// npm writes the inner lockfile last, so it is also missing after an install that did not finish.
if (changed("node_modules/.package-lock.json") < changed("package-lock.json")) {
  console.error("shmol: installing dependencies");
  const npm = process.env.npm_execpath;
  const args = ["ci", "--ignore-scripts", "--loglevel=error"];
  if (npm === undefined) run("npm", args);
  else run(process.execPath, [npm, ...args]);
}
if (!isBuilt()) {
  console.error("shmol: building");
  run(process.execPath, ["tools/build.mjs"]);
}
