/**
 * The rules by which threads are taken for dead, in a world without threads: every state of small programs, random histories of larger
 * ones. docs/proof.md says what that proves. `@storm`: the same on every host.
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seed } from "../seed.js";
import { loadAll } from "./load.js";
import { roam, searchAll, storyOf } from "./search.js";
import { anyChoices, anySetup, largeSetups, setups } from "./setups.js";

const FULL = process.env.SHMOL_FULL === "1";
const RUNS = FULL ? 100_000 : 5_000;
const MOST_STEPS = FULL ? 1_000 : 300;
const PATIENCE_MS = FULL ? 30 * 60_000 : 60_000;
/** More than there are in any of them. */
const MOST_STATES = 30_000_000;

const proof = readFileSync(new URL("../../docs/proof.md", import.meta.url), "utf8");
const { Liveness, World } = await loadAll();

describe("in every state", () => {
  test.each(setups)("of three threads or four: $name", (setup) => {
    const { found, exhaustive, states, transitions } = searchAll(new World(setup, Liveness), MOST_STATES);
    expect(found && storyOf(found)).toBe(undefined);
    expect(exhaustive).toBe(true);
    // So a search that has shrunk is noticed.
    const row = proof.split("\n").find((line) => line.startsWith(`| ${setup.name} |`));
    expect(row).toBe(`| ${setup.name} | ${states.toLocaleString("en")} | ${transitions.toLocaleString("en")} |`);
  });

  test.each(FULL ? largeSetups : [])("of more: $name", { timeout: PATIENCE_MS }, (setup) => {
    const { found, exhaustive } = searchAll(new World(setup, Liveness), MOST_STATES);
    expect(found && storyOf(found)).toBe(undefined);
    expect(exhaustive).toBe(true);
  });
});

test("in random histories of six threads", { timeout: PATIENCE_MS }, () => {
  fc.assert(
    fc.property(anySetup, anyChoices(MOST_STEPS), (setup, choices) => {
      const found = roam(new World(setup, Liveness), choices);
      if (found !== undefined) throw new Error(storyOf(found));
    }),
    { numRuns: RUNS, seed: seed() },
  );
});
