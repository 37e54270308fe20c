import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const FULL = process.env.SHMOL_FULL === "1";
// A killed worker is a killed worker: on the checked kernel, fewer of them show as well that its windows are closed.
const CHECKED_KILLS = FULL ? "2500" : "250";

// Tests import the built package by its own name: what they test is what users install, exports map included. Vitest loads
// it itself, unlike packages in node_modules: coverage of files that Node loads comes out shifted.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    // Two files at a time wherever there are two cores: vitest leaves one free, and many tests wait more than they compute.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Workers are spawned, killed and waited for on small machines; a hang must still end.
    testTimeout: 60_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    // Everything runs twice: as users run it, and on the kernel that verifies each step before it takes it.
    projects: [
      { extends: true, test: { name: "release", exclude: ["test/checked/**"] } },
      {
        extends: true,
        test: {
          name: "checked",
          setupFiles: ["test/checked/setup.ts"],
          exclude: [
            // The interleaving checker runs the model kernel, and creates no heap that could be checked; benchmarks, reports,
            // pages and test runners run in processes of their own, on the kernel that is measured.
            "test/check/**",
            // Without a heap at all.
            "test/death/liveness*.test.ts",
            // In processes of their own.
            "test/death/{collected,crowd}.test.ts",
            "test/cli/bench/command.test.ts",
            "test/cli/report.test.ts",
            "test/browser/**",
            "test/runners/**",
            // What documents show is shown once.
            "test/docs/**",
            // Of programs, the stress runs meet the checked kernel in the killStorm, in all flavours; the rest would do the
            // same as before, five minutes long.
            ...(FULL ? [] : ["test/cli/**", "test/examples/**", "test/bench/**"]),
          ],
          env: { SHMOL_KILLS: process.env.SHMOL_KILLS ?? CHECKED_KILLS },
        },
      },
    ],
    coverage: {
      provider: "v8",
      include: ["dist/**/*.js"],
      // The bundled command line: it runs in processes of its own, out of the profiler's sight.
      exclude: ["dist/cli/shmol.js"],
      reporter: ["text-summary", "html", "json-summary"],
      reportsDirectory: "coverage",
    },
  },
});
