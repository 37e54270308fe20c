/**
 * The interleaving checker, as loom and Miri are for Rust. It runs small programs on the kernel's own code, in every order in which
 * their steps can come, up to a bound, and in random orders beyond the bound. `shmol check` is its command line.
 */

import { type Coverage, coverageOf } from "./coverage.js";
import { exhaust, sample } from "./explore.js";
import { Machine } from "./machine.js";
import { allocatorPrograms } from "./models/allocator/programs.js";
import { arcPrograms } from "./models/arc/programs.js";
import { channelPrograms } from "./models/channel/programs.js";
import { listenerPrograms } from "./models/listener/programs.js";
import { lockPrograms } from "./models/lock/programs.js";
import { queuePrograms } from "./models/queue/programs.js";
import { reaperPrograms } from "./models/reaper/programs.js";
import type { CheckFailure, Program } from "./program.js";
import { decodeSchedule, encodeSchedule, Replay } from "./replay.js";
import type { Step } from "./scheduler.js";

export type { Coverage } from "./coverage.js";

/** All programs there are. */
export const programs: readonly Program[] = [
  ...allocatorPrograms,
  ...arcPrograms,
  ...queuePrograms,
  ...listenerPrograms,
  ...channelPrograms,
  ...lockPrograms,
  ...reaperPrograms,
];

/** What to spend on each program. */
export interface CheckOptions {
  /** Preemptions in one schedule; without it 2, and 3 for programs of two threads. */
  readonly bound?: number | undefined;
  /** Milliseconds of random schedules after the exhaustive search; none by default. */
  readonly randomMs?: number | undefined;
  /** Seeds the random schedules; 1 by default. */
  readonly seed?: number | undefined;
}

/** How far a search is. */
export interface Progress {
  readonly program: string;
  readonly bound: number;
  readonly schedules: number;
  readonly steps: number;
}

/** What came of one program. */
export interface ProgramReport {
  readonly program: string;
  readonly threads: number;
  readonly kills: number;
  readonly bound: number;
  readonly schedules: number;
  readonly steps: number;
  readonly ms: number;
  /** Whether every schedule within the bound was covered. */
  readonly exhaustive: boolean;
  readonly failure?: FailureReport;
}

/** A schedule that went wrong. */
export interface FailureReport {
  /** The check that failed. */
  readonly check: string;
  readonly message: string;
  /** The steps, one a line. */
  readonly interleaving: readonly string[];
  /** Repeats it: `shmol check --replay STRING`. */
  readonly replay: string;
}

/** A program that was checked. */
export interface Checked {
  readonly report: ProgramReport;
  /** The kernel's call sites that some schedule reached, by number. */
  readonly reached: readonly number[];
}

/** What came of all of them. */
export interface CheckReport {
  readonly programs: readonly ProgramReport[];
  readonly failed: number;
  /** What of the kernel they reached; only when every program there is ran and none failed. */
  readonly coverage?: Coverage;
}

/** Puts together what came of some programs. */
export function reportOf(checked: readonly Checked[]): CheckReport {
  const reports = checked.map(({ report }) => report);
  const failed = reports.filter(({ failure }) => failure !== undefined).length;
  if (failed > 0 || reports.length < programs.length) return { programs: reports, failed };
  return { programs: reports, failed, coverage: coverageOf(new Set(checked.flatMap(({ reached }) => reached))) };
}

/** Searches one program, by its place among them, and if it fails runs the schedule again to write it down. */
export function check(index: number, options: CheckOptions, onProgress: (progress: Progress) => void): Checked {
  const machine = new Machine(programs[index] as Program);
  const { program, threads } = machine;
  const { randomMs, seed = 1 } = options;
  const bound = options.bound ?? (threads <= 2 ? 3 : 2);
  const started = performance.now();
  const progress = (schedules: number, steps: number) => onProgress({ program: program.name, bound, schedules, steps });
  const search = exhaust(machine, { bound, onProgress: progress });
  let { schedules, steps, failure } = search;
  if (failure === undefined && randomMs !== undefined) {
    const more = sample(machine, {
      seed,
      changes: bound + 2,
      timeMs: randomMs,
      onProgress: (s, n) => progress(schedules + s, steps + n),
    });
    schedules += more.schedules;
    steps += more.steps;
    failure = more.failure;
  }
  const report: ProgramReport = {
    program: program.name,
    threads,
    kills: program.kills ?? 0,
    bound,
    schedules,
    steps,
    ms: performance.now() - started,
    exhaustive: search.exhaustive,
    ...(failure === undefined ? {} : { failure: describe(machine, failure) }),
  };
  return { report, reached: [...machine.reached.keys()].filter((site) => machine.reached[site] !== 0) };
}

/** Repeats the machine's last schedule, writing every step down. */
function describe(machine: Machine, failure: CheckFailure): FailureReport {
  const { schedule } = machine;
  const trace: Step[] = [];
  machine.run(new Replay(schedule), trace);
  return {
    check: failure.check,
    message: failure.message,
    interleaving: trace.map(({ thread, text }) => `${"  ".repeat(thread)}${"abcd"[thread]}  ${text}`),
    replay: encodeSchedule(machine.program.name, schedule),
  };
}

/** What a replay string leads to: the failure, or undefined when nothing fails. Throws a RangeError for any other string. */
export function replay(text: string): FailureReport | undefined {
  const decoded = decodeSchedule(text);
  const program = programs.find(({ name }) => name === decoded?.name);
  if (decoded === undefined || program === undefined) throw new RangeError(`not a replay string: ${text}`);
  const machine = new Machine(program);
  const { failure } = machine.run(new Replay(decoded.schedule));
  return failure === undefined ? undefined : describe(machine, failure);
}
