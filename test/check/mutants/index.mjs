/**
 * All mutants: the faults that the checker must find, the changes that are argued to be none, and the faults of the host's half of the
 * library, which tests must find. What one is: mutant.mjs.
 */
import { allocatorMutants } from "./allocator.mjs";
import { arcMutants } from "./arc.mjs";
import { barrierMutants } from "./barrier.mjs";
import { channelMutants } from "./channel.mjs";
import { listenerMutants } from "./listener.mjs";
import { lockMutants } from "./lock.mjs";
import { queueMutants } from "./queue.mjs";
import { reaperMutants } from "./reaper.mjs";
import { rwLockMutants } from "./rwLock.mjs";
import { semaphoreMutants } from "./semaphore.mjs";

export const faults = [
  ...allocatorMutants,
  ...arcMutants,
  ...queueMutants,
  ...listenerMutants,
  ...channelMutants,
  ...lockMutants,
  ...semaphoreMutants,
  ...rwLockMutants,
  ...barrierMutants,
  ...reaperMutants,
];
export { equivalentMutants } from "./equivalent.mjs";
export { hostMutants } from "./host.mjs";
