/**
 * Makes a checkout ready to run: installs what package-lock.json asks for and builds what changed, or does nothing, in a
 * few milliseconds. Every npm script that needs dist/ starts with it, so a fresh clone works and a stale build is never run.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { isBuilt } from "./fingerprint.mjs";
import { installIn } from "./install.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

installIn(ROOT, "dependencies");
if (!isBuilt()) {
  console.error("shmol: building");
  const { status } = spawnSync(process.execPath, ["tools/build.mjs"], { cwd: ROOT, stdio: "inherit" });
  process.exitCode = status ?? 1;
}
