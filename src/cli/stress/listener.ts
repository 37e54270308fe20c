/**
 * The stress run of the event: has real threads wait for each other through it, and verifies that nobody waits in vain. No
 * terminal in here: the command line prints what this reports, and tests call it as it is.
 *
 *   ping-pong   a turn that two threads hand back and forth, and how long that takes    (listener/pingPong.ts, player.ts)
 *   mutex       a lock that many threads want, with time-outs, signals, drops, kills     (listener/mutex.ts, contender.ts)
 *   crowd       a thousand awaited listeners on one thread                 (listener/crowdTrial.ts, crowd.ts, caller.ts)
 *
 * Each is a trial (listener/trial.ts), on a heap, with events and with threads of its own, one after the other.
 */
import { CrowdTrial } from "./listener/crowdTrial.js";
import { Mutex } from "./listener/mutex.js";
import { type ListenerStressOptions, type Settings, settingsOf, type TrialMode } from "./listener/options.js";
import { PAIRINGS, PingPong } from "./listener/pingPong.js";
import type { ListenerStressReport, TrialReport } from "./listener/report.js";
import type { Trial } from "./listener/trial.js";

export type { ListenerStressOptions } from "./listener/options.js";
export type { ListenerStressReport, TrialReport } from "./listener/report.js";

/**
 * Stresses events as the options say, and reports. Rejects only for options that cannot be; whatever goes wrong in the run
 * is in the report.
 *
 * @throws {OptionError} with the number that was wrong; nothing was started.
 */
export async function stressListener(options: ListenerStressOptions = {}): Promise<ListenerStressReport> {
  const settings = settingsOf(options);
  // For good: from now on this thread creates checked heaps.
  if (settings.checked) await import("../../checked.js");
  const { mode, heap, alignment, checked, seed, signal } = settings;
  const trials: TrialReport[] = [];
  for (const prepare of trialsOf(settings)) {
    if (signal?.aborted === true && trials.length > 0) break;
    const trial = prepare();
    await trial.toTheEnd();
    trials.push(trial.report());
  }
  const failures = trials.flatMap(({ name, failures }) => failures.map((failure) => `${name}: ${failure}`));
  return {
    ...{ ok: failures.length === 0, failures, interrupted: signal?.aborted === true },
    ...{ seed, mode, heap, alignment, checked },
    seconds: trials.reduce((sum, { seconds }) => sum + seconds, 0),
    trials,
  };
}

/** What makes each trial of a run: a trial begins when it is made. */
function trialsOf(settings: Settings): (() => Trial)[] {
  const { mode, durationMs } = settings;
  const count = mode === "all" ? PAIRINGS.length + 2 : mode === "ping-pong" ? PAIRINGS.length : 1;
  const share = durationMs / count;
  const trials: { [mode in TrialMode]: (() => Trial)[] } = {
    "ping-pong": PAIRINGS.map((pairing) => () => new PingPong(settings, share, pairing)),
    mutex: [() => new Mutex(settings, share)],
    crowd: [() => new CrowdTrial(settings, share)],
  };
  return mode === "all" ? Object.values(trials).flat() : trials[mode];
}
