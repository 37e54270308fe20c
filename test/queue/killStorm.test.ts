/**
 * killStorm: workers that hammer a queue and its handles are terminated at random instants, and the rest must not notice.
 * The run itself is the command line's (`shmol stress queue --kill`); this holds its verdict against what is promised.
 * SHMOL_KILLS sets how many in all.
 */
import { describe, expect, test } from "vitest";
import { type QueueStressOptions, stressQueue } from "../../dist/cli/stress/queue.js";
import { seed } from "../seed.js";

const KILLS = Number(process.env.SHMOL_KILLS ?? 1000);

interface Storm {
  readonly name: string;
  /** Its part of all kills. */
  readonly share: number;
  /** Blocks that a value has for itself. */
  readonly blocks?: number;
  readonly options: QueueStressOptions & { readonly batch: number };
}

const storms: readonly Storm[] = [
  { name: "unbounded, single pushes and pops", share: 0.2, options: { batch: 1 } },
  { name: "unbounded, batches within a block", share: 0.15, options: { batch: 16 } },
  { name: "unbounded, batches over several blocks", share: 0.15, options: { batch: 256 } },
  { name: "unbounded, bytes", share: 0.1, blocks: 1, options: { batch: 4, type: "bytes" } },
  { name: "bounded, single pushes and pops", share: 0.1, options: { batch: 1, flavor: "bounded", capacity: 100 } },
  { name: "bounded, batches", share: 0.1, options: { batch: 16, flavor: "bounded", capacity: 100 } },
  { name: "bounded, by force", share: 0.05, options: { batch: 4, flavor: "bounded", capacity: 3, force: true } },
  { name: "bounded, strings", share: 0.05, blocks: 1, options: { batch: 4, flavor: "bounded", type: "utf8" } },
  { name: "single", share: 0.05, options: { batch: 1, flavor: "single" } },
  { name: "single, by force", share: 0.05, options: { batch: 1, flavor: "single", force: true } },
];

describe("killStorm", { timeout: 60_000 + 500 * KILLS }, () => {
  test("has all kills", () => {
    expect(storms.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  });

  for (const { name, share, blocks = 0, options } of storms) {
    const kills = Math.ceil(KILLS * share);
    const { batch, flavor = "unbounded", force = false } = options;

    test(`${name}: ${kills} workers die in the middle of it`, async () => {
      const report = await stressQueue({ producers: 2, consumers: 2, ...options, kills, killRate: 60, seed: seed() });
      // Never wedged, no value out that was not pushed or that was out before, order per producer, at most the values of
      // the last call lost with each taker.
      expect(report.failures).toEqual([]);
      expect(report.ok).toBe(true);
      expect(report.items).toBeGreaterThan(kills);

      const { casualties } = report;
      const displaced = force ? casualties.killedProducers : 0;
      expect(casualties.kills).toBe(kills);
      expect(casualties.lostValues).toBeLessThanOrEqual(batch * casualties.killedConsumers + displaced);
      expect(casualties.leakedPayloadBlocks).toBeLessThanOrEqual(blocks * (batch * kills + displaced));
      // The block that its call was about to install, or the one that it was about to give back.
      expect(casualties.leakedQueueBlocks).toBeLessThanOrEqual(flavor === "unbounded" ? 2 * kills : 0);
      expect(casualties.leakedScratch).toBeLessThanOrEqual(kills);
      console.info(`${name}: ${report.items} values, seed ${report.seed},`, casualties);
    });
  }
});
