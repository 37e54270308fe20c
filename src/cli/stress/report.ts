/**
 * What a stress run has to say, while it runs and afterwards. All of it is plain numbers and strings, so it is also what `--json`
 * prints.
 */
import type { Check } from "../frame.js";
import type { Latency } from "../report/latency.js";
import type { Returned } from "./reapLog.js";
import type { Timing } from "./scenario.js";

export interface Progress extends Pick<Report, "scenario" | "unit" | "perSecond"> {
  /** How often the unit was counted. */
  readonly count: number;
  readonly elapsedMs: number;
  /** Bytes of the heap in use. */
  readonly heapUsed: number;
  readonly kills: number;
}

export interface Report {
  readonly scenario: string;
  readonly ok: boolean;
  readonly failures: readonly string[];
  readonly threads: number;
  /** How often all was done, from a new heap to an empty one: more than once when a run holds only a part of the work. */
  readonly parts: number;
  /** From the start signal until the workers were told to end. */
  readonly seconds: number;
  /** What `perSecond` counts: the first of `counts`. */
  readonly unit: string;
  readonly perSecond: number;
  readonly counts: { readonly [name: string]: number };
  readonly compared?: readonly string[];
  readonly latency?: Latency & Timing;
  /** Bytes in use before anything was made, at the most that was seen, and after the last handle was dropped. */
  readonly heapUsed: { readonly before: number; readonly peak: number; readonly after: number };
  /** Workers that were killed, by part, and what they owned in the heap, which was returned. Zero when nobody was. */
  readonly casualties: {
    readonly kills: number;
    readonly killed: { readonly [part: string]: number };
    readonly lost: number;
    readonly returned: Returned;
  };
  readonly checks: { readonly [name: string]: Check };
}

/** What `stress` returns: all scenarios of a suite, one after the other. */
export interface SuiteReport {
  readonly suite: string;
  readonly ok: boolean;
  /** What was wrong. Each sentence begins with the scenario's name, if that is not the suite's. */
  readonly failures: readonly string[];
  readonly interrupted: boolean;
  readonly seed: number;
  readonly options: { readonly [name: string]: unknown };
  readonly seconds: number;
  /** Those that were begun. */
  readonly trials: readonly Report[];
}
