/**
 * What a stress run of the queue has to say, while it runs and afterwards. All of it is plain numbers and strings, so it is
 * also what `--json` prints.
 */
import type { Check } from "../check.js";
import type { Latency } from "../histogram.js";
import type { Returned } from "../obituaries.js";
import type { ElementType } from "./encoding.js";
import type { Flavor } from "./options.js";

/** How a run is doing. */
export interface Progress {
  /** Milliseconds since all workers were let go. */
  readonly elapsedMs: number;
  /** Values that were taken out so far. */
  readonly items: number;
  /** Values a second, lately. */
  readonly itemsPerSecond: number;
  /** Values in the queue. */
  readonly size: number;
  /** Bytes of the heap in use. */
  readonly heapUsed: number;
  readonly kills: number;
}

/** The checks of a run, each over all of its rounds. */
export interface Checks {
  /** As many values came out as went in; with kills, but for those that the killed had taken. */
  readonly counts: Check;
  /** The values that came out are the ones that went in: sum and xor, or with kills a mark for each. */
  readonly checksum: Check;
  /** Each taker saw each producer's values in the order they were pushed in. */
  readonly order: Check;
  /** The queue is closed, empty and finished at the end. */
  readonly finished: Check;
  /** The heap holds what it held before, to the last block and count, also when threads were killed. */
  readonly memory: Check;
}

/** What became of killed workers, and of what they had. Zero everywhere when there were no kills. */
export interface Casualties {
  readonly kills: number;
  readonly killedProducers: number;
  readonly killedConsumers: number;
  /** Values that were certainly pushed and that nobody alive got: who took them was killed before it could note them. */
  readonly lostValues: number;
  /** Values that a producer was pushing when it was killed: they may or may not have gone in. */
  readonly doubtfulValues: number;
  /** What they owned in the heap, and was returned. `values`: those that they had taken out, and not read to the end. */
  readonly returned: Returned;
}

/** What `stressQueue` answers. */
export interface QueueStressReport {
  /** Everything was verified, and nothing was wrong. */
  readonly ok: boolean;
  /** What was wrong, in sentences. */
  readonly failures: readonly string[];
  /** The run was ended by its `signal`. */
  readonly interrupted: boolean;
  readonly seed: number;
  readonly producers: number;
  readonly consumers: number;
  readonly flavor: Flavor;
  /** Values that the queue has room for; null: any number. */
  readonly capacity: number | null;
  readonly type: ElementType;
  /** The largest payload's bytes or characters; null for types whose values all have the same size. */
  readonly size: number | null;
  readonly force: boolean;
  readonly batch: number;
  /** Bytes of the heap. */
  readonly heap: number;
  readonly alignment: number;
  readonly checked: boolean;
  /** Values that were taken out, the displaced among them. */
  readonly items: number;
  /** How often all serial numbers were used up and everything was accounted for, and once at the end. */
  readonly rounds: number;
  /** From the start signal until the queue was empty, all rounds together. */
  readonly seconds: number;
  readonly itemsPerSecond: number;
  /** From before a push until who took the value out looked at it, of one value in many; a bool cannot be told from others. */
  readonly latency: Latency;
  /** The largest size that was seen; the queue is looked at every few milliseconds. */
  readonly maxSize: number;
  /** Bytes in use before the queue was made, at the most that was seen, and after the last handle was dropped. */
  readonly heapUsed: { readonly before: number; readonly peak: number; readonly after: number };
  /** Calls that put nothing in because the queue was full; each was tried again. */
  readonly fulls: number;
  /** Of the values that were taken out, those that a producer displaced. */
  readonly displaced: number;
  /** Calls that the exhausted heap refused; each was tried again. */
  readonly refusals: number;
  readonly casualties: Casualties;
  readonly checks: Checks;
}
