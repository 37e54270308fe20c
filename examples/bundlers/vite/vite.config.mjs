// Bundles a page and its worker for browsers: `vite examples/bundlers/vite` serves it, `vite build examples/bundlers/vite`
// builds it. Vite sees `new Worker(new URL("./worker.js", import.meta.url), { type: "module" })` and bundles the worker, too.
import { defineConfig } from "vite";

// Without these two headers a page has no shared memory; what serves the built page has to send them as well.
const headers = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

export default defineConfig({
  build: { outDir: process.env.OUT_DIR ?? "../../../build/bundlers/vite", emptyOutDir: true, target: "es2022" },
  worker: { format: "es" },
  server: { headers },
  preview: { headers },
});
