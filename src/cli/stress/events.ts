/** What the runs of the event have in common: in the end nobody listens, and a run that is stuck says how many do. */
import type { SharedEvent } from "../../index.js";
import { internals } from "../../internals.js";
import type { Board } from "./board.js";

export type Manner = "sync" | "async" | "mixed";

/** The check that `checkListeners` makes. */
export const LISTENERS_CHECK = { listeners: "nobody listens any more" };

/** Everybody is gone. */
export function checkListeners(board: Board, events: readonly SharedEvent[]): void {
  const left = events.reduce((sum, event) => sum + event.totalListeners, 0);
  if (left !== 0) board.fault(0, "listeners", `${left} are in the list still`);
}

export function describeLists(events: readonly SharedEvent[]): string {
  const lists = events.map((event, index) => {
    const { kernel } = internals(event.heap);
    const notified = kernel.notifiedCount(kernel.valueOf(event.share({ light: true }).control));
    const name = events.length === 1 ? "the event" : `event ${index + 1}`;
    return `${name} has ${event.totalListeners} listeners, ${notified} notified`;
  });
  return lists.join("; ");
}
