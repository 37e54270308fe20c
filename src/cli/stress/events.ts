/** What the runs of the event have in common: in the end nobody listens, and a run that is stuck says how many do. */
import type { SharedEvent } from "../../index.js";
import { internals } from "../../internals.js";
import type { Board } from "./board.js";

export type Manner = "sync" | "async" | "mixed";

/** Two wake-ups, each 10 ms late, are fewer than 50 rounds a second; in time, they are thousands, and hundreds on a busy machine. */
export const LEAST_ROUNDS = 60;

/** The check that `checkListeners` makes. */
export const LISTENERS_CHECK = { listeners: "nobody listens any more" };

/** Everybody is gone. */
export function checkListeners(board: Board, events: readonly SharedEvent[]): void {
  const left = events.reduce((sum, event) => sum + event.totalListeners, 0);
  if (left !== 0) board.fault(0, "listeners", `${left} are in the list still`);
}

/** The number of those who listen, and of those of them who are notified. */
export function describeList(event: SharedEvent): string {
  const { kernel } = internals(event.heap);
  const notified = kernel.notifiedCount(kernel.valueOf(event.share({ light: true }).control));
  return `${event.totalListeners} listeners, ${notified} notified`;
}

export function describeLists(events: readonly SharedEvent[]): string {
  const nameOf = (index: number) => (events.length === 1 ? "the event" : `event ${index + 1}`);
  return events.map((event, index) => `${nameOf(index)} has ${describeList(event)}`).join("; ");
}
