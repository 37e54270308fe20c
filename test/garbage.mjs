/** Collecting garbage when a test says so. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");

/**
 * Collects all garbage of this thread. Finalizers run later, from the event loop.
 *
 * @type {() => void}
 */
export const collect = runInNewContext("gc");
