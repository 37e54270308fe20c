/**
 * What a stress run of the event can be told, and what it is told when nobody says anything.
 */
import { randomInt } from "node:crypto";
import { amount, DAY_MS, integer, OptionError, oneOf } from "../refusals.js";
import type { Progress } from "./report.js";
import { isSabotageOf, SABOTAGES, type Sabotage } from "./sabotage.js";

/** What is done with events: a turn handed back and forth, a lock, a crowd on one thread, or a short form of each. */
export const MODES = ["all", "ping-pong", "mutex", "crowd"] as const;
export type Mode = (typeof MODES)[number];
/** The modes that are trials of their own. */
export type TrialMode = Exclude<Mode, "all">;

/** What `stressListener` takes. A trial ends with whichever of `rounds`, `durationMs` and `kills` comes first. */
export interface ListenerStressOptions {
  /** all unless told. */
  readonly mode?: Mode | undefined;
  /** Threads that want the lock, 2 to 64; 4 unless told. Only where there is one. */
  readonly threads?: number | undefined;
  /** Listeners of the crowd, 1 to 100000; 1000 unless told. Only where there is one. */
  readonly listeners?: number | undefined;
  /** Round trips of each pair of players, times that somebody has the lock, or times that the crowd listens. Not with all. */
  readonly rounds?: number | undefined;
  /** Milliseconds, shared out evenly among the trials. */
  readonly durationMs?: number | undefined;
  /** The heap's size in bytes, 256 MiB unless told. */
  readonly heap?: number | undefined;
  /** The heap's alignment unit in bytes, 128 unless told. */
  readonly alignment?: number | undefined;
  /** Workers to terminate a second, each replaced by a new one; 0 unless told, 20 when `kills` is given. Only for mutex. */
  readonly killRate?: number | undefined;
  /** The run ends after this many kills. */
  readonly kills?: number | undefined;
  /** 32 bits: what the workers and the killer draw their choices from. Random unless told. */
  readonly seed?: number | undefined;
  /** Runs on the checked kernel, and so do all heaps that this thread creates afterwards. */
  readonly checked?: boolean | undefined;
  /** A trial in which nothing moves for this long is stuck; 10000 unless told. */
  readonly watchdogMs?: number | undefined;
  /** Makes one worker cheat, to show that the checks can fail. */
  readonly sabotage?: Sabotage | undefined;
  /** Ends the run early; what was done so far is verified all the same. */
  readonly signal?: AbortSignal | undefined;
  /** Called some ten times a second. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** Options with nothing left open. */
export interface Settings {
  readonly mode: Mode;
  readonly threads: number;
  readonly listeners: number;
  /** Of each trial. */
  readonly rounds: { readonly [mode in TrialMode]: number };
  readonly durationMs: number;
  readonly heap: number;
  readonly alignment: number;
  readonly killRate: number;
  readonly kills: number;
  readonly seed: number;
  readonly checked: boolean;
  readonly watchdogMs: number;
  readonly sabotage: Sabotage | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/** Of a mode that is chosen, and in the short form of all of them. */
const DEFAULT_ROUNDS = { "ping-pong": 10_000, mutex: 200_000, crowd: 200 };
const SHORT_ROUNDS = { "ping-pong": 2_000, mutex: 20_000, crowd: 50 };
/** The counter is a word, and so is the turn, which counts two for a round. */
const MAX_ROUNDS = 1_000_000_000;
const DEFAULT_HEAP = 256 * 1024 * 1024;
const DEFAULT_KILL_RATE = 20;
const MAX_THREADS = 64;
const MAX_LISTENERS = 100_000;

/** Fills in what is missing, and refuses what cannot be. */
export function settingsOf(options: ListenerStressOptions): Settings {
  const { mode = "all", kills = Number.POSITIVE_INFINITY } = options;
  const settings: Settings = {
    mode,
    threads: options.threads ?? 4,
    listeners: options.listeners ?? 1000,
    rounds: roundsOf(mode, options),
    durationMs: options.durationMs ?? Number.POSITIVE_INFINITY,
    heap: options.heap ?? DEFAULT_HEAP,
    alignment: options.alignment ?? 128,
    killRate: options.killRate ?? (options.kills === undefined ? 0 : DEFAULT_KILL_RATE),
    kills,
    seed: options.seed ?? randomInt(2 ** 32),
    checked: options.checked ?? false,
    watchdogMs: options.watchdogMs ?? 10_000,
    sabotage: options.sabotage,
    signal: options.signal,
    onProgress: options.onProgress,
  };
  refuse(settings, options);
  return settings;
}

function roundsOf(mode: Mode, { rounds, durationMs, kills }: ListenerStressOptions): Settings["rounds"] {
  const given = rounds ?? (durationMs === undefined && kills === undefined ? undefined : MAX_ROUNDS);
  if (given !== undefined) return { "ping-pong": given, mutex: given, crowd: given };
  return mode === "all" ? SHORT_ROUNDS : DEFAULT_ROUNDS;
}

/** Options that need a mode to make sense. */
function refuseMisfits(
  mode: Mode,
  { threads, listeners, rounds, killRate, kills, sabotage }: ListenerStressOptions,
): void {
  const misfit = (what: string, why: string) => {
    throw new OptionError(`${what}, but ${why}`);
  };
  if (threads !== undefined && mode !== "all" && mode !== "mutex") {
    misfit(`threads is ${threads}`, `mode ${mode} has exactly 2: leave it out, or choose mode mutex`);
  }
  if (listeners !== undefined && mode !== "all" && mode !== "crowd") {
    misfit(`listeners is ${listeners}`, `mode ${mode} has no crowd: leave it out, or choose mode crowd`);
  }
  if (rounds !== undefined && mode === "all") {
    misfit(`rounds is ${rounds}`, "mode all has rounds of three kinds: choose mode ping-pong, mutex or crowd");
  }
  if (killRate !== undefined && mode !== "mutex") {
    misfit(`kill is ${killRate} kills a second`, `mode ${mode} kills nobody: choose mode mutex`);
  }
  if (kills !== undefined && mode !== "mutex") {
    misfit(`kills is ${kills}`, `mode ${mode} kills nobody: choose mode mutex`);
  }
  if (sabotage !== undefined && mode !== "all" && !isSabotageOf(mode, sabotage)) {
    misfit(`sabotage is ${sabotage}`, `nobody does that in mode ${mode}`);
  }
}

function refuse(settings: Settings, options: ListenerStressOptions): void {
  const { mode, threads, listeners, killRate, seed, watchdogMs } = settings;
  const { rounds, kills, durationMs, sabotage } = options;
  oneOf("mode", mode, MODES);
  integer("threads", threads, 2, MAX_THREADS);
  integer("listeners", listeners, 1, MAX_LISTENERS);
  if (rounds !== undefined) integer("rounds", rounds, 1, MAX_ROUNDS);
  if (kills !== undefined) integer("kills", kills, 1, 1_000_000);
  if (durationMs !== undefined) amount("duration", durationMs, 1, DAY_MS, " ms");
  amount("kill", killRate, 0, 1000, " kills a second");
  if (kills !== undefined && killRate === 0) {
    throw new OptionError(`kills is ${kills}, but kill is 0 kills a second: the run would never end`);
  }
  integer("seed", seed, 0, 2 ** 32 - 1);
  amount("watchdog", watchdogMs, 1, DAY_MS, " ms");
  if (sabotage !== undefined) oneOf("sabotage", sabotage, SABOTAGES);
  refuseMisfits(mode, options);
}
