/** `shmol stress arc`: real workers, everything verified, and the verdict in the exit code. `@storm` */
import { describe, expect, it } from "vitest";
import { OPERATIONS } from "../../dist/cli/stress/arc.js";
import { verified } from "./shmol.js";

describe("a run", () => {
  it("reports the same as one JSON document, with everything done that there is", async () => {
    const run = await verified("arc --operations 50k --threads 3 --seed 7");
    expect(run).toMatchObject({
      ...{ interrupted: false, seed: 7, heapUsed: { before: 0, after: 0 } },
      options: { threads: 3, size: 256, heap: 2 ** 28, alignment: 128, checked: false },
      casualties: { kills: 0, returned: { threads: 0 } },
    });
    const { operations, refusals } = run.counts;
    expect(operations).toBeGreaterThanOrEqual(50_000);
    expect(refusals).toBe(0);
    const done = OPERATIONS.map((operation) => run.counts[operation] as number);
    expect(done.reduce((a, b) => a + b)).toBe(operations);
    for (const count of done) expect(count).toBeGreaterThan(100);
  });

  it("runs with one thread", async () => {
    await verified("arc --operations 5k --threads 1");
  });
});

it.each(["", " --checked", " --threads 8 --size 20000"])("everything of the killed is returned%s", async (args) => {
  const { casualties, heapUsed } = await verified(`arc --kills 30 --kill 60${args}`);
  const { kills, returned } = casualties;
  expect(heapUsed).toMatchObject({ before: 0, after: 0 });
  expect(kills).toBeGreaterThanOrEqual(30);
  expect(returned.threads).toBeLessThanOrEqual(kills);
  for (const count of [returned.strong, returned.weak, returned.tickets]) expect(count).toBeGreaterThan(0);
});
