/**
 * Builds the package: the kernel into generated modules (tools/kernel.mjs), the host with tsc into dist/, and there
 *
 *   each room into one file, or a few        dist/rooms/: a worker loads six files in a fifth of the time that fifty take
 *   the command line and its libraries       dist/cli/shmol.js: the package itself depends on nothing
 *   the script of report pages               dist/cli/report/page.js: it goes into every page
 *
 *   node tools/build.mjs [kernel | host] [--if-source]     both parts unless one is named
 *
 * `--if-source`: do nothing where there is no src/, as when npm runs "prepare" outside of a checkout.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { fingerprint, recordBuild } from "./fingerprint.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DIST = path.join(ROOT, "dist");
const CLI = path.join(DIST, "cli");
/** Plain numbers, which the checker needs as well: it has nothing else of the rooms. */
const SHARED = ["arc/kernel/status.js"];

async function buildKernels() {
  const { buildEmbeddedKernels } = await import("./kernel.mjs");
  await buildEmbeddedKernels();
}

async function buildHost() {
  const started = Date.now();
  const tsc = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc"], { cwd: ROOT, stdio: "inherit" });
  if (tsc.status !== 0) process.exit(tsc.status ?? 1);
  removeOlder(DIST, started);
  await bundleRooms();
  await bundleCli();
  await bundlePage();
}

/** What was deleted from src must not live on in dist; a failed compilation, which writes nothing, leaves dist as it was. */
function removeOlder(folder, than) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) removeOlder(file, than);
    // File times come from a coarser clock; the build before this one is seconds older.
    else if (statSync(file).mtimeMs < than - 100) rmSync(file);
  }
}

/**
 * Bundles the rooms behind the package's entries, and behind the one that is for ourselves. What several entries have in common
 * they share, so each room has files of its own: whoever bundles an import of `Heap` gets no queue, and there is one of
 * everything, whichever entries a program imports.
 */
async function bundleRooms() {
  const esbuild = await import("esbuild");
  const { exports } = JSON.parse(await readFile(path.join(ROOT, "package.json"), "utf8"));
  const entries = Object.values(exports).flatMap((target) => target.default ?? []);
  const { metafile } = await esbuild.build({
    absWorkingDir: DIST,
    entryPoints: [...entries.map((file) => path.join(ROOT, file)), path.join(DIST, "internals.js")],
    outdir: DIST,
    outbase: DIST,
    allowOverwrite: true,
    chunkNames: "rooms/[hash]",
    bundle: true,
    splitting: true,
    metafile: true,
    platform: "neutral",
    format: "esm",
    target: "es2022",
    sourcemap: true,
    // The package has them, in src/.
    sourcesContent: false,
    logLevel: "warning",
  });
  const outputs = Object.entries(metafile.outputs);
  const written = new Set(outputs.map(([file]) => path.join(DIST, file)));
  // Files that only pass on what others export leave chunks without content, imported for their order. Nobody needs them.
  const isEmpty = ({ inputs }) => Object.values(inputs).every(({ bytesInOutput }) => bytesInOutput === 0);
  const empty = outputs
    .filter(([file, output]) => /^rooms\/.*\.js$/.test(file) && isEmpty(output))
    .map(([file]) => file);
  const names = empty.map((file) => path.basename(file, ".js")).join("|");
  for (const [file] of outputs.filter(([file]) => file.endsWith(".js") && !empty.includes(file))) {
    const text = readFileSync(path.join(DIST, file), "utf8");
    // The lines stay, for the source map's sake.
    writeFileSync(path.join(DIST, file), text.replace(new RegExp(`^import ".*/(${names})\\.js";$`, "gm"), ""));
  }
  for (const file of empty) for (const one of [file, `${file}.map`]) rmSync(path.join(DIST, one));
  for (const file of SHARED) written.add(path.join(DIST, file)).add(path.join(DIST, `${file}.map`));
  const inputs = Object.keys(metafile.inputs).map((file) => path.join(DIST, file));
  for (const file of inputs)
    for (const one of [file, `${file}.map`]) if (!written.has(one)) rmSync(one, { force: true });
}

/**
 * Bundles dist/cli/main.js with the libraries it uses. The other rooms stay outside: a second copy of them would have its
 * own heaps. Worker files stay what tsc made of them, found by URL.
 */
async function bundleCli() {
  const esbuild = await import("esbuild");
  const outfile = path.join(CLI, "shmol.js");
  const rooms = {
    name: "rooms stay outside",
    setup(build) {
      build.onResolve({ filter: /^\.\.?\// }, ({ path: specifier, resolveDir }) => {
        const file = path.resolve(resolveDir, specifier);
        if (!resolveDir.startsWith(CLI) || file.startsWith(CLI + path.sep)) return undefined;
        return { path: relativeUrl(file), external: true };
      });
      // A module keeps finding its neighbours, wherever in the bundle it ends up.
      build.onLoad({ filter: /\.js$/ }, async ({ path: file }) => {
        if (!file.startsWith(CLI + path.sep)) return undefined;
        const here = `new URL(${JSON.stringify(relativeUrl(file))}, import.meta.url).href`;
        return { contents: (await readFile(file, "utf8")).replaceAll("import.meta.url", here), loader: "js" };
      });
    },
  };
  await esbuild.build({
    entryPoints: [path.join(CLI, "main.js")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: false,
    logLevel: "warning",
    plugins: [rooms],
    banner: {
      // commander and cli-table3 are CommonJS and ask for node's modules with require.
      js: '#!/usr/bin/env node\nimport { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);',
    },
  });
  chmodSync(outfile, 0o755);
  // Imports the libraries by name, which an installed package does not have.
  for (const suffix of ["js", "js.map", "d.ts", "d.ts.map"]) rmSync(path.join(CLI, `main.${suffix}`), { force: true });
}

/** The script of report pages, with the library that draws their charts. What it is made of is of no use by itself. */
async function bundlePage() {
  const esbuild = await import("esbuild");
  const parts = path.join(CLI, "report/page");
  await esbuild.build({
    entryPoints: [path.join(parts, "main.js")],
    outfile: path.join(CLI, "report/page.js"),
    bundle: true,
    minify: true,
    platform: "browser",
    format: "iife",
    target: "es2022",
    legalComments: "inline",
    logLevel: "warning",
  });
  rmSync(parts, { recursive: true });
}

function relativeUrl(file) {
  return `./${path.relative(CLI, file).split(path.sep).join("/")}`;
}

export async function build(part) {
  const sources = fingerprint();
  if (part !== "host") await buildKernels();
  if (part !== "kernel") await buildHost();
  // A build of one part proves nothing about the other.
  if (part === undefined) recordBuild(sources);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const args = process.argv.slice(2);
  if (existsSync(path.join(ROOT, "src/kernel.ts")) || !args.includes("--if-source")) {
    await build(args.find((arg) => arg === "kernel" || arg === "host"));
  }
}
