/**
 * What a benchmark does wrong on purpose, in its first scenario, so that tests see what becomes of it.
 *
 *   exit   a thread ends in the middle of a repetition          heap   it runs out of memory
 *   sum    it reports another sum than it got                   busy   no core is ever free (all scenarios)
 */
export const SABOTAGES = ["exit", "heap", "sum", "busy"] as const;
export type Sabotage = (typeof SABOTAGES)[number];

/** The repetition in which it happens: the warm-up is over. */
export const TRIGGER = 8;

/** Does not return. */
export function fillHeap(): never {
  const kept: number[][] = [];
  for (;;) kept.push(new Array<number>(100_000).fill(kept.length + 0.5));
}
