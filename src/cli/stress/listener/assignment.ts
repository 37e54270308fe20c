/**
 * What a worker is told when it starts.
 */
import type { EventToken } from "../../../index.js";
import type { Sabotage } from "./sabotage.js";

/** How a worker waits. */
export type Manner = "sync" | "async" | "mixed";

/** What a worker does. */
export type Part = "player" | "contender" | "crowd" | "caller";

/** Everything that a worker needs to know; it travels as `workerData`. */
export interface Assignment {
  readonly part: Part;
  readonly manner: Manner;
  /** Its line in the ledger. */
  readonly seat: number;
  /** How many workers had this seat before. */
  readonly incarnation: number;
  readonly seed: number;
  readonly events: readonly EventToken<void>[];
  readonly ledger: SharedArrayBuffer;
  readonly seats: number;
  /** Of the crowd. */
  readonly listeners: number;
  /** Whether workers are killed in this trial. */
  readonly kills: boolean;
  readonly sabotage: Sabotage | undefined;
}
