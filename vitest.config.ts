import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const FULL = process.env.SHMOL_FULL === "1";
/** How much the checked kernel's tests repeat (test/counts.ts). Its windows are looked at in its binary, too. */
const ONCE_MORE = FULL ? { SHMOL_KILLS: process.env.SHMOL_KILLS ?? "2500" } : { SHMOL_BRIEF: "1" };

/** Files that take longest, the longest first. A file that begins last and takes a minute would leave all processors but one idle. */
const LONGEST = ["reaper/killStorm", "listener/killTheNotifier", "death/crowd", "death/liveness.", "cli/stressQueue"];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId }: TestSpecification) => {
      const rank = LONGEST.findIndex((name) => moduleId.includes(`/test/${name}`));
      return rank < 0 ? LONGEST.length : rank;
    };
    return (await super.sort(files)).sort((a, b) => rankOf(a) - rankOf(b));
  }
}

// Tests import the built package by its own name: what they test is what users install, exports map included. Vitest loads
// it itself, unlike packages in node_modules: coverage of files that Node loads comes out shifted.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    // One file more than there are processors: in one of them something is waited for most of the time.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
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
          env: ONCE_MORE,
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
