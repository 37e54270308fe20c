/**
 * What a stress run of one structure is made of. Everything else is the same for all runs and lies in run.ts: threads, kills, time
 * limits, Ctrl-C, the watchdog, memory, the report.
 *
 *   Suite      a command: its options, and the scenarios that it runs one after the other     (arc.ts, listener.ts, ...)
 *   Scenario   one run: names of what is counted and checked, and the parts of its workers    (arc.ts, mutex.ts, ...)
 *   Stage      what a run works on, on the main thread                                        (made by `Scenario.setUp`)
 *   parts      what the workers do                                                            (arc.worker.ts, ...)
 */
import type { Heap, ObjectToken } from "../../index.js";
import type { Board } from "./board.js";
import type { Choices, CommonOptions, OptionTable, Values } from "./options.js";
import type { Returned } from "./reapLog.js";

export interface Suite<T extends OptionTable = OptionTable> extends Choices<T> {
  readonly name: string;
  readonly about: string;
  readonly help: string;
  scenarios(options: Values<T> & CommonOptions): readonly Scenario<Values<T> & CommonOptions>[];
}

export interface Role {
  readonly part: string;
  /** What tells it from others with the same part. */
  readonly manner?: string;
}

/** What is timed: one thing in `every`, and what a chart says of it. */
export interface Timing {
  readonly every: number;
  readonly what: string;
  readonly note: string;
}

export interface Scenario<O = CommonOptions> {
  readonly name: string;
  /** The module with the workers' parts: `<module>.worker.ts`. */
  readonly module: string;
  /** What workers count, each in a word of its seat. A run is measured by the first. */
  readonly counts: readonly string[];
  /** Counts that a chart compares. */
  readonly compared?: readonly string[];
  /** The option that limits the first count. */
  readonly limit?: keyof O;
  /**
   * How many of the first count there must be in a second, at the least. A thread that waits for a notification looks by itself, too:
   * after 10 ms at first, then less often. So a run in which no wake-up arrives goes on, slowly.
   */
  readonly least?: number;
  /** What is checked besides memory, each with what is said when nothing was found. */
  readonly checks: { readonly [name: string]: string };
  /** Of each part the deliberate faults that one of its workers can commit. What they do is said where they are done. */
  readonly sabotage: { readonly [part: string]: string };
  readonly timing?: Timing;
  /**
   * The part whose workers put in what others take out. A run ends when all of them have left, or all workers if there is no such
   * part; when a worker says so on the board; by its limits; by Ctrl-C; and when a fault was found.
   */
  readonly source?: string;
  seats(options: O): readonly Role[];
  /** The number of shared words that the scenario needs for itself. */
  words?(options: O): number;
  setUp(context: Context<O>): Stage;
}

interface Context<O> {
  readonly options: O;
  readonly heap: Heap;
  readonly board: Board;
  killed(part: string): number;
  returned(): Returned;
  /** For `verify`: what was found for a check, which is a fault unless all is well. */
  verdict(check: string, isWell: boolean, found: string): void;
}

/** A handle that the main thread has to the end, of an object that nobody else may have then. */
export interface Subject {
  share(options: { light: true }): ObjectToken;
  drop(): void;
}

export interface Stage {
  readonly subjects: readonly Subject[];
  /** What the workers are told. It travels by structured cloning. */
  readonly orders: object;
  /** Whether the run was shorter than it should be, because there is room for a part of the work only: then it is repeated. */
  readonly isPart?: boolean;
  /** A worker was killed and has ended. No other one has its seat yet. */
  fell?(seat: number): void;
  /** The source has left, and nobody begins anything any more: tells workers that would not learn of it. */
  ending?(): void;
  /** Called at each look of the main thread, every few milliseconds. */
  look?(): void;
  /** All workers are gone: reports faults to the board, and what was found. */
  verify?(): void;
  /** What to say of a run in which nothing moves. */
  situation?(): string;
  /** More numbers for the report, when the run is over. */
  figures?(): { readonly [name: string]: number };
}
