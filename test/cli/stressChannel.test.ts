/** `shmol stress channel`: real workers in all ways, every message accounted for, and the verdict in the exit code. `@storm` */
import { expect, it } from "vitest";
import { printed, verified } from "./shmol.js";

it.each(["sync", "async", "batch", "stream"])("of %s ends delivers everything", async (ends) => {
  for (const room of ["--unbounded", "--capacity 3"]) {
    const { counts } = await verified(`channel --ends ${ends} --messages 3k ${room}`);
    expect(counts).toMatchObject({ sent: 3000, received: 3000 });
  }
});

it("of fickle ends sends again what was given up", async () => {
  const { counts } = await verified("channel --ends fickle --messages 3k --capacity 1");
  const { sendsGivenUp = 0, receivesGivenUp = 0 } = counts;
  expect(counts).toMatchObject({ sent: 3000, received: 3000 });
  expect(Math.min(sendsGivenUp, receivesGivenUp)).toBeGreaterThan(0);
});

it.each(["--unbounded", "--capacity 2"])("that closes in the middle delivers what went in, %s", async (room) => {
  const run = await verified(`channel --close --messages 20k --senders 5 --receivers 5 ${room}`);
  expect(run.counts.sendsGivenUp).toBeGreaterThan(0);
  expect(run.counts.sent).toBeLessThanOrEqual(20_000 / 2 + 5 * 100);
  expect(run.checks.end?.found).toBe("closed in the middle, and emptied");
});

it("with kills accounts for what went with the killed, and is repeated by its seed", async () => {
  const { casualties, seed } = await verified("channel --kills 20 --kill 40 --seed 77", printed);
  expect([casualties.kills, seed]).toEqual([20, 77]);
  expect(casualties.returned.strong).toBeGreaterThan(0);
});
