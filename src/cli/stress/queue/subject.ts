/**
 * What is put to the test: a queue of some flavour.
 */
import { type Codec, ConcurrentQueue, type Heap } from "../../../index.js";
import { refusal } from "../refusals.js";
import type { Settings } from "./options.js";

export function createQueue(
  { flavor, capacity }: Settings,
  codec: Codec<unknown>,
  heap: Heap,
): ConcurrentQueue<unknown> {
  try {
    if (flavor === "unbounded") return ConcurrentQueue.unbounded(codec, { heap });
    return ConcurrentQueue.bounded(capacity, codec, { heap });
  } catch (error) {
    throw refusal(error, `heap of ${heap.capacity} bytes has no room for this queue: `);
  }
}
