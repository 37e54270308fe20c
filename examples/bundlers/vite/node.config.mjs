// Bundles the README's first example for Node: `vite build --config examples/bundlers/vite/node.config.mjs`, then
// `node build/bundlers/vite-node/main.mjs`. The worker's file is an entry of its own and keeps its name, so that
// `new URL("./worker.mjs", import.meta.url)` finds it beside the main one.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const example = fileURLToPath(new URL("../../channel", import.meta.url));

export default defineConfig({
  root: example,
  // Otherwise shmol would be left for Node to find in node_modules.
  ssr: { noExternal: ["shmol"] },
  build: {
    ssr: true,
    outDir: process.env.OUT_DIR ?? "../../build/bundlers/vite-node",
    emptyOutDir: true,
    target: "node20",
    rolldownOptions: {
      input: { main: `${example}/main.mjs`, worker: `${example}/worker.mjs` },
      output: { entryFileNames: "[name].mjs", chunkFileNames: "[name]-[hash].mjs" },
    },
  },
});
