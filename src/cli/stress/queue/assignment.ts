/**
 * What a worker is told when it starts.
 */
import type { QueueToken } from "../../../index.js";
import type { ElementType } from "./encoding.js";
import type { LedgerShape } from "./ledger.js";
import type { Sabotage } from "./sabotage.js";

/** Everything that a worker needs to know; it travels as `workerData`. */
export interface Assignment {
  readonly role: "producer" | "consumer";
  /** Its line in the ledger; producers' come first. */
  readonly seat: number;
  /** How many workers had this seat before. */
  readonly incarnation: number;
  readonly seed: number;
  readonly queue: QueueToken<unknown>;
  readonly ledger: SharedArrayBuffer;
  readonly shape: LedgerShape;
  /** For how long values are under way. */
  readonly transit: SharedArrayBuffer;
  readonly type: ElementType;
  readonly batch: number;
  /** The largest payload's; see `Matter`. */
  readonly size: number;
  /** Whether producers use `forcePush`. */
  readonly force: boolean;
  readonly sabotage?: Sabotage | undefined;
}
