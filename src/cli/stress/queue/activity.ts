/**
 * What a worker can be doing, as it says in its seat's line of the ledger. Nobody acts on it but the one who looks for
 * producers that have run out; the others are there to be named when a run gets stuck.
 */
export const Activity = {
  starting: 0,
  atTheStart: 1,
  push: 2,
  pushMany: 3,
  pop: 4,
  popMany: 5,
  popInto: 6,
  replacingHandle: 7,
  waitingForValues: 8,
  waitingForRoom: 9,
  waitingForMemory: 10,
  outOfValues: 11,
  settled: 12,
  leaving: 13,
} as const;

/** The numbers of `Activity`. */
export type Activity = (typeof Activity)[keyof typeof Activity];

const WORDS: { readonly [K in keyof typeof Activity]: string } = {
  starting: "starting",
  atTheStart: "at the start line",
  push: "in push",
  pushMany: "in pushMany",
  pop: "in pop",
  popMany: "in popMany",
  popInto: "in popInto",
  replacingHandle: "cloning and dropping its handle",
  waitingForValues: "waiting for values",
  waitingForRoom: "waiting for the consumers to catch up",
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
