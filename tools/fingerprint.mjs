/** Tells whether dist/ was built from the sources as they are now. Sizes and times suffice, and take a millisecond. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const RECORD = path.join(ROOT, "build/built-from");
const INPUTS = ["src", "tsconfig.json", "package-lock.json", "tools/build.mjs", "tools/kernel.mjs"];

/** One line per file that a build depends on. */
export function fingerprint() {
  const lines = [];
  const visit = (relative) => {
    const status = statSync(path.join(ROOT, relative), { throwIfNoEntry: false });
    if (status === undefined) return;
    if (!status.isDirectory()) lines.push(`${relative} ${status.size} ${status.mtimeMs}`);
    // src/*/wasm is written by the build itself.
    else
      for (const name of readdirSync(path.join(ROOT, relative)).sort())
        if (name !== "wasm") visit(`${relative}/${name}`);
  };
  for (const input of INPUTS) visit(input);
  return lines.join("\n");
}

export function recordBuild(sources) {
  mkdirSync(path.dirname(RECORD), { recursive: true });
  writeFileSync(RECORD, sources);
}

export function isBuilt() {
  const entry = statSync(path.join(ROOT, "dist/index.js"), { throwIfNoEntry: false });
  if (entry === undefined) return false;
  try {
    return readFileSync(RECORD, "utf8") === fingerprint();
  } catch {
    return false; // never built here
  }
}
