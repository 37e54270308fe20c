/**
 * The toll: the most that killed threads may have taken with them, each what its last call held. More than that is a fault.
 */
import type { Encoding } from "./encoding.js";
import { DEFAULT_SIZE, type Settings } from "./options.js";

/** How many were killed. */
interface Losses {
  readonly kills: number;
  readonly killedProducers: number;
  readonly killedConsumers: number;
}

export interface Toll {
  readonly kills: number;
  /** Values that were taken out and not noted. */
  readonly values: number;
  readonly payloadBlocks: number;
  readonly queueBlocks: number;
  readonly scratch: number;
  readonly handles: number;
}

export function tollOf(settings: Settings, { blocks }: Encoding, losses: Losses): Toll {
  const { batch, force, flavor, size } = settings;
  const { kills, killedProducers, killedConsumers } = losses;
  // A producer that pushes by force holds the value that it displaced.
  const displaced = force ? killedProducers : 0;
  const payloadBlocks = blocks * (batch * kills + displaced);
  // The block that its call was about to install, and the one that it was about to free.
  const installed = flavor === "unbounded" ? 2 * kills : 0;
  // Above the default, payloads may be of the same size as the queue's blocks.
  const lookalikes = size > DEFAULT_SIZE && flavor === "unbounded" ? payloadBlocks : 0;
  return {
    kills,
    values: batch * killedConsumers + displaced,
    payloadBlocks,
    queueBlocks: installed + lookalikes,
    scratch: kills,
    // Its own, and the clone that it was replacing it with.
    handles: 2 * kills,
  };
}
