/**
 * Deliberate faults, to show that the checks can fail: the worker at the first seat cheats, once.
 *
 *   damage   changes a byte of a block that others may hold     leak    keeps a count that no ledger has
 *   forget   drops a handle that it says it has                 stall   stops working
 *   crash    throws
 */
export const SABOTAGES = ["damage", "leak", "forget", "stall", "crash"] as const;
export type Sabotage = (typeof SABOTAGES)[number];
