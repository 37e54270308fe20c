/**
 * What a worker can be doing, as it says in its seat's line of the ledger. Nobody acts on it; it is there to be named when a
 * run gets stuck.
 */
export const Activity = {
  starting: 0,
  atTheStart: 1,
  looking: 2,
  blocked: 3,
  awaiting: 4,
  inside: 5,
  notifying: 6,
  leaving: 7,
  listening: 8,
  awaitingTheCrowd: 9,
  waitingForTheCrowd: 10,
  givingWay: 11,
} as const;

/** The numbers of `Activity`. */
export type Activity = (typeof Activity)[keyof typeof Activity];

/** The activity in words, for so many seconds by now; `listener` is the number of the last one that the worker made. */
export function describeActivity(activity: number, listener: number, forWhat: string, seconds: string): string {
  switch (activity) {
    case Activity.starting:
      return `has been starting for ${seconds} s`;
    case Activity.atTheStart:
      return "is at the start line";
    case Activity.looking:
      return `has looked for ${forWhat} for ${seconds} s`;
    case Activity.blocked:
      return `has waited ${seconds} s, blocking, in listener #${listener} for ${forWhat}`;
    case Activity.awaiting:
      return `has waited ${seconds} s, awaiting, in listener #${listener} for ${forWhat}`;
    case Activity.inside:
      return `has been inside the lock for ${seconds} s`;
    case Activity.notifying:
      return `has been in notify for ${seconds} s`;
    case Activity.givingWay:
      return `has given listener #${listener} up, and waited ${seconds} s for somebody else to have had the lock`;
    case Activity.leaving:
      return "is leaving";
    case Activity.listening:
      return `has been making listeners for ${seconds} s, the last is #${listener}`;
    case Activity.awaitingTheCrowd:
      return `has waited ${seconds} s for all listeners up to #${listener}`;
    case Activity.waitingForTheCrowd:
      return `has waited ${seconds} s for the crowd to listen`;
    default:
      return `is in unknown state ${activity}`;
  }
}
