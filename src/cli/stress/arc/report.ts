/**
 * What a stress run of Arcs has to say, while it runs and afterwards. All of it is plain numbers and strings, so it is also what
 * `--json` prints.
 */
import type { Check } from "../check.js";
import type { Returned } from "../obituaries.js";

/** How a run is doing. */
export interface Progress {
  /** Milliseconds since all workers were let go. */
  readonly elapsedMs: number;
  /** Deeds so far. */
  readonly deeds: number;
  readonly deedsPerSecond: number;
  /** Bytes of the heap in use. */
  readonly heapUsed: number;
  readonly kills: number;
}

/** The checks of a run. */
export interface Checks {
  /** Every block that somebody held was what somebody had written there. */
  readonly contents: Check;
  /** No object was gone while somebody held it, and none was to be had before it was finished. */
  readonly liveness: Check;
  /** The heap holds what it held before, to the last block and count, also when threads were killed. */
  readonly memory: Check;
}

/** What `stressArc` answers. */
export interface ArcStressReport {
  /** Everything was verified, and nothing was wrong. */
  readonly ok: boolean;
  /** What was wrong, in sentences. */
  readonly failures: readonly string[];
  /** The run was ended by its `signal`. */
  readonly interrupted: boolean;
  readonly seed: number;
  readonly threads: number;
  /** Bytes of the largest block. */
  readonly size: number;
  /** Bytes of the heap. */
  readonly heap: number;
  readonly alignment: number;
  readonly checked: boolean;
  /** How often each thing was done, by name, and all of them together. */
  readonly did: { readonly [deed: string]: number };
  readonly deeds: number;
  readonly seconds: number;
  readonly deedsPerSecond: number;
  /** Tokens of objects that were gone, or whose opens were. */
  readonly stale: number;
  /** Calls that the exhausted heap refused. */
  readonly refusals: number;
  /** Bytes in use before anything was made, at the most that was seen, and after the last handle was dropped. */
  readonly heapUsed: { readonly before: number; readonly peak: number; readonly after: number };
  /** What became of killed workers' belongings. Zero everywhere when there were no kills. */
  readonly casualties: { readonly kills: number; readonly returned: Returned };
  readonly checks: Checks;
}
