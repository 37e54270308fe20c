/**
 * What npm publishes of package.json: without scripts and dev dependencies, which are the checkout's. With them, npm warns whoever
 * installs the package about its `prepare`, and offers to run it.
 *
 *   node tools/manifest.mjs strip       before npm packs; keeps the whole file in build/package.json
 *   node tools/manifest.mjs restore     afterwards
 *
 * npm takes both scripts' names from the file as it was before, so `restore` runs. Where npm was killed in between, `restore` can
 * be run by hand.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const MANIFEST = fileURLToPath(new URL("../package.json", import.meta.url));
const KEPT = fileURLToPath(new URL("../build/package.json", import.meta.url));

function strip() {
  const { scripts, devDependencies, ...published } = JSON.parse(readFileSync(MANIFEST, "utf8"));
  if (scripts === undefined)
    throw new Error("package.json has no scripts: run `node tools/manifest.mjs restore` first");
  mkdirSync(fileURLToPath(new URL("../build", import.meta.url)), { recursive: true });
  copyFileSync(MANIFEST, KEPT);
  // In one step: other programs may be reading it.
  writeFileSync(`${KEPT}.stripped`, `${JSON.stringify(published, undefined, 2)}\n`);
  renameSync(`${KEPT}.stripped`, MANIFEST);
}

function restore() {
  if (existsSync(KEPT)) renameSync(KEPT, MANIFEST);
}

if (process.argv[2] === "strip") strip();
else restore();
