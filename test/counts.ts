/**
 * How often tests repeat what they only repeat. There are three lengths:
 *
 *   all       SHMOL_FULL=1, which is needed only now and then
 *   usually   on the release kernel, and the Node that is installed
 *   brief     SHMOL_BRIEF=1: where the same test runs once more, on the checked kernel (vitest.config.ts) or on another release of
 *             Node (tools/hosts.mjs). A fault of the checked kernel or of a host shows in each repetition; a rare one, which only
 *             some of many repetitions show, is not theirs, and the usual run has these many.
 */
export const FULL = process.env.SHMOL_FULL === "1";
export const BRIEF = process.env.SHMOL_BRIEF === "1";

/** A number of repetitions. Without `brief` it is the usual one. */
export function count({ all, usually, brief = usually }: { all: number; usually: number; brief?: number }): number {
  if (FULL) return all;
  return BRIEF ? brief : usually;
}

/** Threads that are killed, in all tests of a kind together; SHMOL_KILLS sets another number. */
export const KILLS = Number(process.env.SHMOL_KILLS ?? count({ all: 10_000, usually: 1000, brief: 100 }));
