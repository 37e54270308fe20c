/** Installs what the lockfile of a folder asks for, the checkout or one of tools/, unless it is there already. */
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import path from "node:path";

/** `what` is for messages, in the plural. */
export function installIn(folder, what) {
  const changed = (file) => statSync(path.join(folder, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  // npm writes the inner lockfile last, so it is also missing after an install that did not finish.
  if (changed("node_modules/.package-lock.json") >= changed("package-lock.json")) return;
  console.error(`shmol: installing ${what}`);
  const cli = process.env.npm_execpath;
  const [command, first] = cli === undefined ? ["npm", []] : [process.execPath, [cli]];
  // npm tells its children which folder they belong to; this one is another.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(config_local_prefix|package_)/.test(name)),
  );
  const args = [...first, "ci", "--ignore-scripts", "--loglevel=error"];
  const { status, error } = spawnSync(command, args, { cwd: folder, stdio: "inherit", env });
  if (status !== 0) throw new Error(`${what} could not be installed: ${error?.message ?? `npm ended with ${status}`}`);
}
