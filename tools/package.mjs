/**
 * Packs the package as npm would publish it, and checks the tarball: contents, links, source maps, exports (publint), types (attw).
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/**
 * The whole tarball, unpacked. Sources, types and source maps are most of it; a seventh is the documents and examples, so that
 * the README's links work in node_modules, and a fifteenth the library that draws reports.
 */
const BUDGET = 3.75 * 1024 * 1024;
/** What a program loads that imports everything, minified, gzipped; of that the host alone (the build holds the kernels to theirs). */
const ENTRY_BUDGET = 88.5 * 1024;
const HOST_BUDGET = 51.5 * 1024;
/** Files that it loads: each takes a worker a millisecond. */
const FILES_BUDGET = 7;
const ALLOWED = [
  /^dist\/.*\.(js|d\.ts|js\.map|d\.ts\.map)$/,
  /^src\/.*\.ts$/,
  /^docs\/[\w-]+\.md$/,
  /^examples\/.*\.(mjs|js|ts|html)$/,
  /^bench\/(README\.md|results\.schema\.json|shapes\/\w+\.mjs)$/,
  /^[A-Z]+(-[A-Z]+)?(\.md)?$/,
  /^package\.json$/,
];
const REQUIRED = ["LICENSE-MIT", "LICENSE-APACHE", "README.md", "CHANGELOG.md", "package.json"];
/** What documents may lead to although it is only in a checkout. The README may not. */
const CHECKOUT = /^(test|tools|\.ci|src\/c(heck|li))\//;

const pkg = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"));
const problems = [];

function npm(...args) {
  const cli = process.env.npm_execpath;
  const [command, first] = cli === undefined ? ["npm", []] : [process.execPath, [cli]];
  const { status, stdout, stderr } = spawnSync(command, [...first, ...args], { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

mkdirSync(path.join(ROOT, "build"), { recursive: true });
const [packed] = Object.values(
  JSON.parse(npm("pack", "--foreground-scripts=false", "--json", "--pack-destination", "build")),
);
const tarball = path.join(ROOT, "build", packed.filename);
const files = new Set(packed.files.map((file) => file.path));

for (const file of files)
  if (!ALLOWED.some((pattern) => pattern.test(file))) problems.push(`${file} does not belong in the package`);
const targets = Object.values(pkg.exports).flatMap((target) =>
  typeof target === "string" ? target : Object.values(target),
);
for (const file of [...REQUIRED, ...targets, ...Object.values(pkg.bin)]) {
  if (!files.has(file.replace(/^\.\//, ""))) problems.push(`${file} is missing from the package`);
}
if (packed.unpackedSize > BUDGET) problems.push(`${packed.unpackedSize} bytes unpacked, over the budget of ${BUDGET}`);
for (const file of [...files].filter((file) => file.endsWith(".md"))) {
  for (const [, link] of readFileSync(path.join(ROOT, file), "utf8").matchAll(/\]\((?!https?:)([^)#\s]+)[^)]*\)/g)) {
    const target = path.posix.join(path.posix.dirname(file), link);
    const isThere = files.has(target) || [...files].some((other) => other.startsWith(`${target}/`));
    if (isThere || (file !== "README.md" && CHECKOUT.test(`${target}/`))) continue;
    problems.push(`${file} leads to ${target}, which is not in the package`);
  }
}
for (const file of [...files].filter((file) => file.endsWith(".map"))) {
  const { sources, sourceRoot = "", sourcesContent } = JSON.parse(readFileSync(path.join(ROOT, file), "utf8"));
  for (const [i, source] of sources.entries()) {
    const target = path.posix.join(path.posix.dirname(file), sourceRoot, source);
    if (!files.has(target) && typeof sourcesContent?.[i] !== "string")
      problems.push(`${file} names ${target}, which is missing`);
  }
}
for (const file of [...files].filter((file) => /\.(js|d\.ts)$/.test(file) && file.startsWith("dist/"))) {
  const [, map] = /^\/\/# sourceMappingURL=(?!data:)(.+)$/m.exec(readFileSync(path.join(ROOT, file), "utf8")) ?? [];
  const target = map && path.posix.join(path.posix.dirname(file), map);
  if (target !== undefined && !files.has(target))
    problems.push(`${file} names the source map ${target}, which is missing`);
}
const unpacked = spawnSync("tar", ["-xzOf", tarball, "package/package.json"], { encoding: "utf8" });
for (const name of Object.keys(JSON.parse(unpacked.stdout).scripts ?? {}))
  problems.push(`the published package.json has a script: ${name}`);
if (Object.keys(pkg.dependencies ?? {}).length > 0) problems.push("the package has run-time dependencies");

const { messages } = await publint({ pack: { tarball: Uint8Array.from(readFileSync(tarball)).buffer } });
for (const message of messages) problems.push(`publint: ${formatMessage(message, pkg, { color: false })}`);

const attw = [
  "node_modules/@arethetypeswrong/cli/dist/index.js",
  tarball,
  // In CommonJS the package is what it is everywhere, ES modules; `require` takes them.
  "--ignore-rules",
  "cjs-resolves-to-esm",
  "--profile",
  "strict",
  "--no-emoji",
  "--no-color",
];
const types = spawnSync(process.execPath, attw, { cwd: ROOT, encoding: "utf8" });
if (types.status !== 0) problems.push(`attw: ${types.stdout}${types.stderr}`);

/** The main entry as a bundler would ship it. */
const { outputFiles, metafile } = await build({
  entryPoints: [path.join(ROOT, pkg.exports["."].default)],
  ...{ bundle: true, minify: true, write: false, metafile: true, format: "esm", platform: "neutral", target: "es2022" },
});
const loaded = Object.keys(metafile.inputs).length;
if (loaded > FILES_BUDGET) problems.push(`the main entry loads ${loaded} files, over the budget of ${FILES_BUDGET}`);
const [{ text }] = outputFiles;
/** Kernels are base64 of "\0asm". */
const host = text.replace(/"AGFzbQ[\w+/=]*"/g, '""');
if (host.length > text.length - 50_000) problems.push("no kernels were found in the bundle");
const gzipped = (code) => gzipSync(code, { level: 9 }).length;

const sizes = [
  ["everything, minified and gzipped", gzipped(text), ENTRY_BUDGET],
  ["of that the host", gzipped(host), HOST_BUDGET],
];
for (const [what, size, budget] of sizes) {
  console.log(`${what}: ${size} bytes of ${budget}`);
  if (size > budget) problems.push(`${what}: ${size} bytes, over the budget of ${budget}`);
}
console.log(`the main entry loads ${loaded} files of ${FILES_BUDGET}`);
console.log(`${packed.filename}: ${files.size} files, ${packed.size} bytes packed, ${packed.unpackedSize} unpacked`);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
