/**
 * killStorm: workers that hammer a queue and its handles are terminated at random instants, and the rest must not notice.
 * The run itself is the command line's (`shmol stress queue --kill`); this holds its verdict against what is promised.
 * SHMOL_KILLS sets how many in all.
 */
import { describe, expect, test } from "vitest";
import { stressQueue } from "../../dist/cli/stress/queue.js";
import { seed } from "../seed.js";

const KILLS = Number(process.env.SHMOL_KILLS ?? 1000);

const storms = [
  { name: "single pushes and pops", batch: 1, killRate: 60, share: 0.4 },
  { name: "batches within a block", batch: 16, killRate: 60, share: 0.3 },
  { name: "batches over several blocks", batch: 256, killRate: 60, share: 0.3 },
];

describe("killStorm", { timeout: 60_000 + 500 * KILLS }, () => {
  for (const { name, batch, killRate, share } of storms) {
    const kills = Math.ceil(KILLS * share);

    test(`${name}: ${kills} workers die in the middle of it`, async () => {
      const report = await stressQueue({ producers: 2, consumers: 2, batch, kills, killRate, seed: seed() });
      // Never wedged, no value out that was not pushed or that was out before, order per producer, at most the values of
      // the last call lost with each consumer.
      expect(report.failures).toEqual([]);
      expect(report.ok).toBe(true);
      expect(report.items).toBeGreaterThan(kills);

      const { casualties } = report;
      expect(casualties.kills).toBe(kills);
      expect(casualties.lostValues).toBeLessThanOrEqual(batch * casualties.killedConsumers);
      // The block that its call was about to install, or the one that it was about to give back.
      expect(casualties.leakedBlocks).toBeLessThanOrEqual(2 * kills);
      expect(casualties.leakedScratch).toBeLessThanOrEqual(kills);
      console.info(`${name}: ${report.items} values, seed ${report.seed},`, casualties);
    });
  }
});
