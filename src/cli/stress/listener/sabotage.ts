/**
 * Deliberate faults, to show that the checks can fail: the worker at one seat cheats.
 *
 *   mutex      swallow   discards a notification, passes it on to nobody, and listens again without a look
 *              forget    gives the lock back and notifies nobody
 *              barge     goes inside without the lock
 *              miscount  counts a round twice
 *              leak      keeps a listener and a count that no ledger has when it leaves
 *              stall     stops working inside the lock
 *              crash     throws inside the lock
 *   ping-pong  skip      hands over somebody else's turn
 *   crowd      swap      says that two listeners were settled in the wrong order
 *              overlook  does not notify the last listener
 */
import type { Mode } from "./options.js";

const BY_MODE = {
  mutex: ["swallow", "forget", "barge", "miscount", "leak", "stall", "crash"],
  "ping-pong": ["skip"],
  crowd: ["swap", "overlook"],
} as const;

export type Sabotage = (typeof BY_MODE)[keyof typeof BY_MODE][number];
export const SABOTAGES: readonly Sabotage[] = Object.values(BY_MODE).flat();

/** Whether there is somebody to cheat like that. */
export function isSabotageOf(mode: Exclude<Mode, "all">, sabotage: Sabotage): boolean {
  return (BY_MODE[mode] as readonly Sabotage[]).includes(sabotage);
}
