/** All mutants: the faults that the checker must find, and the changes that are argued to be none. What one is: mutant.mjs. */
import { allocatorMutants } from "./allocator.mjs";
import { arcMutants } from "./arc.mjs";
import { channelMutants } from "./channel.mjs";
import { listenerMutants } from "./listener.mjs";
import { queueMutants } from "./queue.mjs";
import { reaperMutants } from "./reaper.mjs";

export const faults = [
  ...allocatorMutants,
  ...arcMutants,
  ...queueMutants,
  ...listenerMutants,
  ...channelMutants,
  ...reaperMutants,
];
export { equivalentMutants } from "./equivalent.mjs";
