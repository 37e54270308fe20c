/**
 * What a stress run of the event has to say, while it runs and afterwards. All of it is plain numbers and strings, so it is
 * also what `--json` prints.
 */
import type { Check } from "../check.js";
import type { Latency } from "../histogram.js";
import type { Returned } from "../obituaries.js";
import type { Mode, TrialMode } from "./options.js";

/** How a run is doing. */
export interface Progress {
  /** The trial that is on. */
  readonly trial: string;
  /** Milliseconds since its workers were let go. */
  readonly elapsedMs: number;
  /** Its rounds so far. */
  readonly rounds: number;
  readonly roundsPerSecond: number;
  /** Listeners in its events' lists. */
  readonly listeners: number;
  readonly kills: number;
}

/** What became of a trial's listeners. */
interface Waits {
  /** Listeners made. */
  readonly listeners: number;
  /** Waits that a notification ended, the time, or a signal. */
  readonly notified: number;
  readonly timedOut: number;
  readonly aborted: number;
  /** Given up before anybody waited: dropped; discarded, with another listener notified in return. */
  readonly dropped: number;
  readonly discarded: number;
  /** How often somebody who dropped or gave up then waited for somebody else to have had the lock. */
  readonly yielded: number;
}

/** How a crowd was settled. */
interface Settling {
  readonly listeners: number;
  readonly settled: number;
  /** How often the thread's doorbell woke it, and how often it then found something ready. */
  readonly wakeUps: number;
  readonly drains: number;
}

/** What became of killed workers, and of what they had. Zero everywhere when there were no kills. */
interface Casualties {
  readonly kills: number;
  /** Workers that were killed while they had the lock; the run gave it back in their stead. */
  readonly locksHeld: number;
  /** What they owned in the heap, and was returned. `passedOn`: notifications that they had not taken. */
  readonly returned: Returned;
}

/** One trial. */
export interface TrialReport {
  readonly mode: TrialMode;
  /** The mode, and what tells this trial from others of the mode. */
  readonly name: string;
  readonly ok: boolean;
  readonly failures: readonly string[];
  readonly threads: number;
  readonly rounds: number;
  /** From the start signal until the last round. */
  readonly seconds: number;
  readonly roundsPerSecond: number;
  /** Of round trips; only of ping-pong. */
  readonly latency?: Latency;
  /** Only of mutex. */
  readonly waits?: Waits;
  /** Only of crowd. */
  readonly settling?: Settling;
  readonly casualties: Casualties;
  /** Bytes in use before the events were made, and after the last handle was dropped. */
  readonly heapUsed: { readonly before: number; readonly after: number };
  /**
   * Verdicts by name.
   *
   *   order       turns, or the crowd's listeners, came in their order                 ping-pong, crowd
   *   counts      as many rounds were done as were counted, as many settled as listened
   *   exclusion   nobody was inside the lock with somebody else                        mutex
   *   wakeUps     the doorbell woke its thread no more often than it must              crowd
   *   listeners   in the end nobody listens
   *   memory      the heap holds what it held before, to the last block and count
   */
  readonly checks: { readonly [name: string]: Check };
}

/** What `stressListener` answers. */
export interface ListenerStressReport {
  /** Everything was verified, and nothing was wrong. */
  readonly ok: boolean;
  /** What was wrong, in sentences that begin with the trial's name. */
  readonly failures: readonly string[];
  /** The run was ended by its `signal`. */
  readonly interrupted: boolean;
  readonly seed: number;
  readonly mode: Mode;
  /** Bytes of each trial's heap. */
  readonly heap: number;
  readonly alignment: number;
  readonly checked: boolean;
  /** All trials together. */
  readonly seconds: number;
  /** Those that were begun. */
  readonly trials: readonly TrialReport[];
}
