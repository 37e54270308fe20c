/**
 * What a worker can be doing: where it is, and its deeds, each of which one step consists of. The number stands in its seat's
 * line of the ledger, and is named when a run gets stuck; deeds are also counted by it.
 */
const PLACES = ["starting", "at the start line", "leaving"] as const;
export const STARTING = 0;
export const AT_THE_START = 1;
export const LEAVING = 2;

/** In the order in which reports list them. */
export const DEEDS = [
  ...["create", "cyclic", "clone", "drop", "look"],
  ...["downgrade", "upgrade", "dropWeak"],
  ...["share", "open"],
  ...["push", "pop"],
  ...["makeMut", "intoInner"],
] as const;
export type Deed =
  | ("create" | "cyclic" | "clone" | "drop" | "look")
  | ("downgrade" | "upgrade" | "dropWeak")
  | ("share" | "open" | "push" | "pop" | "makeMut" | "intoInner");

/** The activity of somebody at a deed; the deed's count stands as many words further on as all deeds. */
export function activityOf(deed: number): number {
  return PLACES.length + deed;
}

/** An activity in words. */
export function describeActivity(activity: number): string {
  return PLACES[activity] ?? `in ${DEEDS[activity - PLACES.length] ?? `unknown state ${activity}`}`;
}
