/**
 * What a worker is told when it starts.
 */
import type { ReceiverToken, SenderToken } from "../../../index.js";
import type { Way } from "./options.js";
import type { Sabotage } from "./sabotage.js";

/** Everything that a worker needs to know; it travels as `workerData`. */
export interface Assignment {
  readonly part: "sender" | "receiver";
  readonly way: Way;
  /** Its line in the ledger; senders' come first. */
  readonly seat: number;
  readonly incarnation: number;
  readonly seed: number;
  readonly sender: SenderToken<number>;
  readonly receiver: ReceiverToken<number>;
  readonly ledger: SharedArrayBuffer;
  /** For how long messages are under way. */
  readonly transit: SharedArrayBuffer;
  readonly seats: number;
  readonly messages: number;
  /** The message whose sender closes the channel first; none: -1. */
  readonly closesAt: number;
  readonly sabotage: Sabotage | undefined;
}
