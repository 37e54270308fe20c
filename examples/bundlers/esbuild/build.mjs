// Bundles the README's first example for Node: the main file and the worker's, each an entry of its own, because esbuild does
// not look into `new Worker(new URL(...))`. What both of them need of shmol, its kernel included, goes into a chunk that they
// share. Run it with a folder, and then `node FOLDER/main.mjs`.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const outdir = process.argv[2] ?? "build/bundlers/esbuild";
const example = fileURLToPath(new URL("../../channel", import.meta.url));

await build({
  entryPoints: [`${example}/main.mjs`, `${example}/worker.mjs`],
  outdir,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  splitting: true,
  minify: true,
  platform: "node",
  format: "esm",
  target: "node20",
  logLevel: "warning",
});
