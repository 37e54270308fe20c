/**
 * What a worker can be doing, as it says in its seat's line of the ledger. Nobody acts on it but the one who looks for
 * producers that have run out; the others are there to be named when a run gets stuck.
 */
export const Activity = {
  starting: 0,
  atTheStart: 1,
  push: 2,
  pushMany: 3,
  forcePush: 4,
  pop: 5,
  popMany: 6,
  popInto: 7,
  popWith: 8,
  replacingHandle: 9,
  waitingForValues: 10,
  waitingForRoom: 11,
  waitingForConsumers: 12,
  waitingForMemory: 13,
  outOfValues: 14,
  settled: 15,
  leaving: 16,
} as const;

/** The numbers of `Activity`. */
export type Activity = (typeof Activity)[keyof typeof Activity];

const WORDS: { readonly [K in keyof typeof Activity]: string } = {
  starting: "starting",
  atTheStart: "at the start line",
  push: "in push",
  pushMany: "in pushMany",
  forcePush: "in forcePush",
  pop: "in pop",
  popMany: "in popMany",
  popInto: "in popInto",
  popWith: "in popWith",
  replacingHandle: "cloning and dropping its handle",
  waitingForValues: "waiting for values",
  waitingForRoom: "waiting for room in the queue",
  waitingForConsumers: "waiting for the consumers to catch up",
  waitingForMemory: "waiting for memory, the heap is exhausted",
  outOfValues: "done with all values it was given",
  settled: "waiting for the next round",
  leaving: "leaving",
};

/** The activity in words. */
export function describeActivity(activity: number): string {
  const names = Object.keys(Activity) as (keyof typeof Activity)[];
  const name = names.find((key) => Activity[key] === activity);
  return name === undefined ? `in unknown state ${activity}` : WORDS[name];
}
