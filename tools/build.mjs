/**
 * Builds the package: the kernel into generated modules (tools/kernel.mjs), the host with tsc into dist/, and there
 *
 *   each component into one file                  dist/components/: a worker loads six files in a quarter of the time that fifty take
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
/** Plain numbers, which the checker needs as well: it has nothing else of the components. */
const SHARED = ["heap/kernel/numbers.js"];
/**
 * The files that the components become, from the ground up. Nothing is done with the heap alone, so it and Arc are one. Records have
 * a file of their own: bundlers leave out a whole file that nobody needs, and of one that somebody needs not all of the rest.
 */
const RECORDS = "queue/codecs/record";
const FILES = {
  arc: ["heap", "arc"],
  queue: ["queue"],
  records: [RECORDS],
  listener: ["listener"],
  channel: ["channel"],
  lock: ["lock"],
};

/** The file that a source is for. */
function fileOf(source) {
  const name = path.relative(path.join(ROOT, "src"), source).split(path.sep).join("/");
  // What users import from: it only names what is elsewhere.
  if (name.endsWith("/index.ts")) return undefined;
  if (name.startsWith(`${RECORDS}/`)) return "records";
  return Object.keys(FILES).find((file) => FILES[file].includes(name.split("/")[0]));
}

async function buildKernels() {
  const { buildEmbeddedKernels } = await import("./kernel.mjs");
  await buildEmbeddedKernels();
}

async function buildHost() {
  const started = Date.now();
  const tsc = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc"], { cwd: ROOT, stdio: "inherit" });
  if (tsc.status !== 0) process.exit(tsc.status ?? 1);
  removeOlder(DIST, started);
  removeSingles(await bundleComponents());
  await bundleCli();
  await bundlePage();
  // The package has no sources of these components, and of the kernels only what they are made of.
  for (const folder of ["check", "cli", "heap/wasm"]) removeMaps(path.join(DIST, folder));
}

/** Removes source maps, and what names them, in a folder of dist whose sources are not in the package. */
function removeMaps(folder) {
  for (const name of readdirSync(folder, { recursive: true })) {
    const file = path.join(folder, name);
    if (name.endsWith(".map")) rmSync(file);
    else if (/\.(js|d\.ts)$/.test(name)) {
      const text = readFileSync(file, "utf8");
      const rest = text.replace(/\n\/\/# sourceMappingURL=\S+\s*$/, "\n");
      if (rest !== text) writeFileSync(file, rest);
    }
  }
}

/** Says in a component's source map what stands in the files of base64 that the package does not have as sources. */
function nameKernels(file) {
  const map = JSON.parse(readFileSync(file, "utf8"));
  const isKernel = (source) => /\/wasm\/\w+\.ts$/.test(source);
  if (!map.sources.some(isKernel)) return;
  map.sourcesContent = map.sources.map((source) => (isKernel(source) ? "// A kernel, in base64.\n" : null));
  writeFileSync(file, JSON.stringify(map));
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
 * Bundles the components behind the package's entries, and behind the one that is for ourselves. What several entries have in common
 * they share, so whoever bundles an import of `Heap` gets no queue, and there is one of everything, whichever entries a program
 * imports. Unlike esbuild, rolldown leaves a constant a constant, which makes a call some percent faster. Mutants are bundled into
 * other folders (hostMutants.mjs).
 */
export async function bundleComponents(dir = DIST, plugins = []) {
  const { rolldown } = await import("rolldown");
  const { exports } = JSON.parse(await readFile(path.join(ROOT, "package.json"), "utf8"));
  const entries = [...Object.values(exports).flatMap((target) => target.default ?? []), "./dist/internals.js"];
  const bundle = await rolldown({
    input: Object.fromEntries(
      entries.map((file) => [file.slice("./dist/".length, -".js".length), path.join(ROOT, sourceOf(file))]),
    ),
    platform: "neutral",
    resolve: { extensionAlias: { ".js": [".ts"] } },
    plugins,
    transform: { target: "es2022" },
    treeshake: { moduleSideEffects: (file) => file.endsWith("checked.ts") },
  });
  const { output } = await bundle.write({
    dir,
    entryFileNames: "[name].js",
    chunkFileNames: "components/[name].js",
    // The first that wants a file has it, with all that this needs: so each gets its own.
    codeSplitting: {
      groups: Object.keys(FILES).map((name, i, { length }) => ({
        name,
        test: (source) => fileOf(source) === name,
        priority: length - i,
      })),
    },
    comments: false,
    sourcemap: true,
    // The package has them, in src/.
    sourcemapExcludeSources: true,
  });
  await bundle.close();
  return output;
}

/** After the components were bundled into dist/: what is left of their single files goes. */
function removeSingles(output) {
  for (const { fileName } of output) if (fileName.endsWith(".map")) nameKernels(path.join(DIST, fileName));
  // What tsc made of the components' files would be a second copy.
  const written = new Set([
    ...output.map(({ fileName }) => fileName),
    ...SHARED,
    ...SHARED.map((file) => `${file}.map`),
  ]);
  for (const component of Object.values(FILES).flat()) {
    for (const name of readdirSync(path.join(DIST, component), { recursive: true })) {
      const file = `${component}/${name.split(path.sep).join("/")}`;
      if (/\.js(\.map)?$/.test(file) && !written.has(file)) rmSync(path.join(DIST, file));
    }
  }
}

const sourceOf = (file) => file.replace("./dist/", "src/").replace(/\.js$/, ".ts");

/**
 * Bundles dist/cli/main.js with the libraries it uses. The other components stay outside: a second copy of them would have its
 * own heaps. Worker files stay what tsc made of them, found by URL.
 */
async function bundleCli() {
  const esbuild = await import("esbuild");
  const outfile = path.join(CLI, "shmol.js");
  const components = {
    name: "components stay outside",
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
    plugins: [components],
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
