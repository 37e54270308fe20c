/**
 * The toll: the most values that killed threads may have taken along. More than that is a fault.
 *
 * A value that was taken out is the taker's, and goes where the taker goes. What it had in shared memory then, heap's reports
 * count; what it had in its own, nobody can: the values of its last call, which it had read and not noted yet.
 */
import type { Settings } from "./options.js";

/** How many were killed. */
interface Losses {
  readonly killedProducers: number;
  readonly killedConsumers: number;
}

export function tollOf({ batch, force }: Settings, { killedProducers, killedConsumers }: Losses): number {
  // A producer that pushes by force holds the value that it displaced.
  return batch * killedConsumers + (force ? killedProducers : 0);
}
