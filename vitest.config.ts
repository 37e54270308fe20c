import { defineConfig } from "vitest/config";

// Tests import the built package by its own name: what they test is what users install, exports map included.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    // Workers are spawned, killed and waited for on small machines; a hang must still end.
    testTimeout: 60_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    // Node itself loads the package, as it does for users and for the worker threads of the tests.
    server: { deps: { external: [/\/dist\//] } },
    coverage: {
      provider: "v8",
      include: ["dist/**/*.js"],
      exclude: ["dist/*/wasm/**"],
      reporter: ["text-summary", "html", "json-summary"],
      reportsDirectory: "coverage",
    },
  },
});
