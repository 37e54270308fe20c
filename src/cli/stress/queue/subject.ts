/**
 * What is put to the test: a queue of some flavour, on a heap of its own.
 */
import {
  AlignmentError,
  type Codec,
  ConcurrentQueue,
  Heap,
  OutOfMemoryError,
  TypeMismatchError,
} from "../../../index.js";
import { OptionError, type Settings } from "./options.js";

export function createHeap({ heap, alignment }: Settings): Heap {
  try {
    return Heap.create({ capacity: heap, alignment });
  } catch (error) {
    throw refusal(error, "heap: ");
  }
}

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

/** What an option is to blame for, as an `OptionError`. */
function refusal(error: unknown, what: string): unknown {
  const blamed = [TypeMismatchError, AlignmentError, OutOfMemoryError].some((type) => error instanceof type);
  return blamed ? new OptionError(`${what}${(error as Error).message}`, { cause: error }) : error;
}
