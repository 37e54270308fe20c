/** Faults in the rules by which threads are taken for dead, and around them: each is found. `@storm`: the same on every host. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadAll } from "./load.js";
import { mutants } from "./mutants.js";
import { searchAll, storyOf } from "./search.js";
import { setupOf } from "./setups.js";
import { INVARIANTS } from "./simulator.js";

/** Within so many states each fault shows. */
const MOST_STATES = 200_000;
/** More than there are. */
const ALL_STATES = 1_000_000;

const proof = readFileSync(new URL("../../docs/proof.md", import.meta.url), "utf8");
const faults = mutants.filter(({ invariant }) => invariant !== undefined);
const equivalents = mutants.filter(({ invariant }) => invariant === undefined);

describe("is found", () => {
  test.each(faults)("$name, by `$invariant`", async (mutant) => {
    const { Liveness, World } = await loadAll(mutant);
    const { found } = searchAll(new World(setupOf(mutant.setup), Liveness), MOST_STATES);
    expect(found?.violation.invariant, found && storyOf(found)).toBe(mutant.invariant);
  });
});

describe("is no fault, and not found", () => {
  test.each(equivalents)("$name", async (mutant) => {
    const { Liveness, World } = await loadAll(mutant);
    const { found, exhaustive } = searchAll(new World(setupOf(mutant.setup), Liveness), ALL_STATES);
    expect(found && storyOf(found)).toBe(undefined);
    expect(exhaustive).toBe(true);
  });
});

test.each(INVARIANTS)("the document names what is found by `%s`", (invariant) => {
  const found = faults.filter((mutant) => mutant.invariant === invariant).map(({ name }) => name);
  const row = proof.split("\n").find((line) => line.startsWith(`| \`${invariant}\` |`));
  expect(row?.split(" | ").at(-1)).toBe(`${found.join(", ")} |`);
});

test("the document names those that are no faults", () => {
  const sentence = /no faults, and are not found: ([^.]*)\./.exec(proof)?.[1];
  expect(sentence?.split(/,\s+/)).toEqual(equivalents.map(({ name }) => name));
});
