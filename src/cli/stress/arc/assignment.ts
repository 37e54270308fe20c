/**
 * What a worker is told when it starts.
 */
import type { Arc, ArcToken, QueueToken } from "../../../index.js";
import type { Sabotage } from "./sabotage.js";

/** Everything that a worker needs to know; it travels as `workerData`. */
export interface Assignment {
  /** Its line in the ledger. */
  readonly seat: number;
  /** How many workers had this seat before. */
  readonly incarnation: number;
  readonly seats: number;
  readonly seed: number;
  readonly ledger: SharedArrayBuffer;
  /** Arcs that the watching thread keeps to the end. */
  readonly anchors: readonly ArcToken[];
  /** Where Arcs change hands, and where tokens do. */
  readonly arcs: QueueToken<Arc>;
  readonly tokens: QueueToken<unknown>;
  /** Bytes of the largest block. */
  readonly size: number;
  readonly sabotage: Sabotage | undefined;
}
