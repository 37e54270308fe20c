/**
 * Deliberate faults, to show that the checks can fail: the worker at one seat cheats, once.
 *
 *   receiver   swallow     says nothing of a message          swap     says that two came in the wrong order
 *              duplicate   says that one came twice           stall    stops working
 *              forge       says that one came that nobody sent
 *   sender     lie         says that it sent a message        retract  says that it did not send one, which it did
 *              crash       throws                             leak     allocates a block and forgets it
 */
const BY_PART = {
  receiver: ["swallow", "duplicate", "forge", "swap", "stall"],
  sender: ["lie", "retract", "crash", "leak"],
} as const;

export type Sabotage = (typeof BY_PART)[keyof typeof BY_PART][number];
export const SABOTAGES: readonly Sabotage[] = Object.values(BY_PART).flat();

/** Who cheats like that. */
export function saboteurOf(sabotage: Sabotage): keyof typeof BY_PART {
  return (BY_PART.sender as readonly Sabotage[]).includes(sabotage) ? "sender" : "receiver";
}

/** The message that it happens at. */
export const TRIGGER = 50;
