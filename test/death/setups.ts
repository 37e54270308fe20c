/** Programs of three threads on several kinds of hosts, for searches of all their states; and random ones of more. */
import fc from "fast-check";
import type { Setup } from "./simulator.js";

/** A main thread that never ends and has started the two others, on Linux, by Node. */
const node: Setup = {
  name: "Linux",
  parents: [undefined, 0, 0],
  immortal: [0],
  exits: "when gone",
  sees: true,
  copies: [1, 1, 1],
  opens: [2, 2, 2],
  entries: "one each",
  news: 4,
  grain: "coarse",
};

const four = { parents: [undefined, 0, 0, 0], copies: [1, 1, 1, 1], opens: [0, 1, 1, 1] };

export const setups: readonly Setup[] = [
  node,
  { ...node, name: "a table of four entries", opens: [1, 2, 2], entries: 4 },
  { ...node, name: "later verdicts", opens: [1, 2, 1], entries: 3, grain: "middle" },
  { ...node, name: "entry by entry", opens: [1, 1, 1], entries: 3, grain: "fine" },
  { ...node, name: "a worker's worker", parents: [undefined, 0, 1] },
  { ...node, name: "nobody started here", parents: [undefined, undefined, undefined], immortal: [], opens: [1, 2, 2] },
  { ...node, name: "copies of the package", copies: [2, 2, 1], opens: [1, 2, 1] },
  { ...node, name: "a look may see nothing", opens: [1, 1, 1], entries: 2, grain: "middle", blinks: true },
  { ...node, name: "one that cannot look", blind: [2], opens: [1, 2, 2] },
  { ...node, name: "embedded in a worker", carriers: { 2: 1 }, opens: [1, 2, 2] },
  { ...node, name: "embedded in the main thread", carriers: { 2: 0 }, opens: [1, 2, 2] },
  { ...node, name: "Deno", exits: "early", opens: [1, 2, 2] },
  { ...node, name: "Deno's Web Workers", exits: "early", numbers: [0, 0, 0], opens: [1, 2, 2] },
  { ...node, name: "Deno elsewhere", exits: "early", sees: false, opens: [1, 2, 2] },
  { ...node, name: "no numbers", sees: false },
  { ...node, name: "no numbers, four entries", sees: false, opens: [1, 2, 2], entries: 4 },
  { ...node, name: "no numbers, later verdicts", sees: false, opens: [1, 2, 1], entries: 3, grain: "middle" },
  { ...node, name: "no numbers, entry by entry", sees: false, opens: [1, 1, 1], entries: 3, grain: "fine" },
  { ...node, name: "no numbers, a worker's worker", sees: false, parents: [undefined, 0, 1], opens: [1, 2, 2] },
  { ...node, name: "no numbers, copies of the package", sees: false, copies: [1, 2, 2], opens: [1, 2, 1] },
  { ...node, name: "no numbers, four threads", sees: false, ...four },
];

/** These have more states than a search in CI has time for. */
export const largeSetups: readonly Setup[] = [
  { ...node, name: "later verdicts, all registrations", grain: "middle" },
  { ...node, name: "a table of four entries, all registrations", entries: 4 },
  { ...node, name: "no numbers, later verdicts, all registrations", sees: false, opens: [1, 2, 2], grain: "middle" },
  { ...node, name: "no numbers, copies everywhere", sees: false, copies: [2, 2, 1], opens: [2, 2, 1] },
];

/** A setup by its name. */
export function setupOf(name: string): Setup {
  const found = setups.find((setup) => setup.name === name);
  if (found === undefined) throw new Error(`there is no such setup: ${name}`);
  return found;
}

const THREADS = 6;
const each = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: THREADS, maxLength: THREADS });

/**
 * Threads that are not what they seem: Web Workers of Deno's, which have the main thread's number; an environment in a worker; another
 * one in the main thread. With the main thread the program would end.
 */
const oddities: readonly Partial<Setup>[] = [
  {},
  { exits: "early", numbers: [0, 1, 0, 3, 0, 5], immortal: [0] },
  { carriers: { 3: 1 }, immortal: [0] },
  { carriers: { 2: 0 }, immortal: [0] },
];

/** Six threads on any host. */
export const anySetup: fc.Arbitrary<Setup> = fc
  .record({
    parents: each(fc.option(fc.nat(), { nil: undefined, freq: 6 })),
    immortal: fc.constantFrom([], [0]),
    exits: fc.constantFrom("when gone" as const, "early" as const),
    sees: fc.boolean(),
    blind: fc.oneof(fc.constant([]), fc.subarray([1, 2, 3, 4, 5], { maxLength: 3 })),
    blinks: fc.boolean(),
    copies: each(fc.constantFrom(1, 1, 2)),
    opens: each(fc.integer({ min: 1, max: 6 })),
    entries: fc.constantFrom("one each" as const, 3, 5, 9),
    news: fc.integer({ min: 2, max: 9 }),
    grain: fc.constantFrom("fine" as const, "middle" as const, "coarse" as const),
    oddity: fc.oneof(
      { weight: 3, arbitrary: fc.constant(oddities[0]) },
      { weight: 1, arbitrary: fc.constantFrom(...oddities) },
    ),
  })
  .map(({ parents, oddity, ...rest }) => ({
    ...rest,
    ...oddity,
    name: "six threads",
    parents: parents.map((parent, t) => (parent === undefined || t === 0 ? undefined : parent % t)),
  }));

/** Which steps are taken, up to so many. */
export const anyChoices = (most: number) => fc.array(fc.nat(), { minLength: 20, maxLength: most, size: "max" });
