/**
 * What a stress run of the event can be told, and what it is told when nobody says anything.
 */
import { type CommonOptions, type CommonSettings, commonSettings, refuseCommon } from "../common.js";
import { integer, OptionError, oneOf } from "../refusals.js";
import type { Progress } from "./report.js";
import { isSabotageOf, SABOTAGES, type Sabotage } from "./sabotage.js";

/** What is done with events: a turn handed back and forth, a lock, a crowd on one thread, or a short form of each. */
export const MODES = ["all", "ping-pong", "mutex", "crowd"] as const;
export type Mode = (typeof MODES)[number];
/** The modes that are trials of their own. */
export type TrialMode = Exclude<Mode, "all">;

/**
 * What `stressListener` takes. A trial ends with whichever of `rounds`, `durationMs` and `kills` comes first. Kills are for mode
 * mutex only.
 */
export interface ListenerStressOptions extends CommonOptions<Progress> {
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
  /** Makes one worker cheat, to show that the checks can fail. */
  readonly sabotage?: Sabotage | undefined;
}

/** Options with nothing left open. */
export interface Settings extends CommonSettings<Progress> {
  readonly mode: Mode;
  readonly threads: number;
  readonly listeners: number;
  /** Of each trial. */
  readonly rounds: { readonly [mode in TrialMode]: number };
  readonly durationMs: number;
  readonly sabotage: Sabotage | undefined;
}

/** Of a mode that is chosen, and in the short form of all of them. */
const DEFAULT_ROUNDS = { "ping-pong": 10_000, mutex: 200_000, crowd: 200 };
const SHORT_ROUNDS = { "ping-pong": 2_000, mutex: 20_000, crowd: 50 };
/** The counter is a word, and so is the turn, which counts two for a round. */
const MAX_ROUNDS = 1_000_000_000;
const MAX_THREADS = 64;
const MAX_LISTENERS = 100_000;

/** Fills in what is missing, and refuses what cannot be. */
export function settingsOf(options: ListenerStressOptions): Settings {
  const { mode = "all" } = options;
  const settings: Settings = {
    mode,
    threads: options.threads ?? 4,
    listeners: options.listeners ?? 1000,
    rounds: roundsOf(mode, options),
    durationMs: options.durationMs ?? Number.POSITIVE_INFINITY,
    sabotage: options.sabotage,
    ...commonSettings(options),
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
  const { mode, threads, listeners } = settings;
  const { rounds, sabotage } = options;
  oneOf("mode", mode, MODES);
  integer("threads", threads, 2, MAX_THREADS);
  integer("listeners", listeners, 1, MAX_LISTENERS);
  if (rounds !== undefined) integer("rounds", rounds, 1, MAX_ROUNDS);
  refuseCommon(settings, options);
  if (sabotage !== undefined) oneOf("sabotage", sabotage, SABOTAGES);
  refuseMisfits(mode, options);
}
