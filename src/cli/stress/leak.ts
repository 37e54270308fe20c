/** How saboteurs leak. */

import type { Heap, ObjectToken } from "../../index.js";
import { internals } from "../../internals.js";

/** One more count of an object, which no ledger has. Counts that one has are returned when their thread ends, however that ends. */
export function leak(object: { readonly heap: Heap; share(options: { light: true }): ObjectToken }): void {
  internals(object.heap).kernel.retain(object.share({ light: true }).control, 1, 0);
}
