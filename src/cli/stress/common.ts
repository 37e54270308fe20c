/**
 * What every stress run can be told, whatever it stresses: its heap, its kills, its seed, and who looks on.
 */
import { randomInt } from "node:crypto";
import { amount, DAY_MS, integer, OptionError } from "./refusals.js";

/** The options that all stress runs take. `Progress` is what a run reports while it is on. */
export interface CommonOptions<Progress> {
  /** The heap's size in bytes, 256 MiB unless told. */
  readonly heap?: number | undefined;
  /** The heap's alignment unit in bytes, 128 unless told. */
  readonly alignment?: number | undefined;
  /** Workers to terminate a second, each replaced by a new one; 0 unless told, 20 when `kills` is given. */
  readonly killRate?: number | undefined;
  /** The run ends after this many kills. */
  readonly kills?: number | undefined;
  /** 32 bits: what the workers and the killer draw their choices from. Random unless told. */
  readonly seed?: number | undefined;
  /** Runs on the checked kernel, and so do all heaps that this thread creates afterwards. */
  readonly checked?: boolean | undefined;
  /** A run in which nothing moves for this long is stuck; 10000 unless told. */
  readonly watchdogMs?: number | undefined;
  /** Ends the run early; what was done so far is verified all the same. */
  readonly signal?: AbortSignal | undefined;
  /** Called some ten times a second. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** These with nothing left open. */
export interface CommonSettings<Progress> {
  readonly heap: number;
  readonly alignment: number;
  readonly killRate: number;
  readonly kills: number;
  readonly seed: number;
  readonly checked: boolean;
  readonly watchdogMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

const DEFAULT_HEAP = 256 * 1024 * 1024;
const DEFAULT_KILL_RATE = 20;

/** Fills in what is missing. */
export function commonSettings<Progress>(options: CommonOptions<Progress>): CommonSettings<Progress> {
  return {
    heap: options.heap ?? DEFAULT_HEAP,
    alignment: options.alignment ?? 128,
    killRate: options.killRate ?? (options.kills === undefined ? 0 : DEFAULT_KILL_RATE),
    kills: options.kills ?? Number.POSITIVE_INFINITY,
    seed: options.seed ?? randomInt(2 ** 32),
    checked: options.checked ?? false,
    watchdogMs: options.watchdogMs ?? 10_000,
    signal: options.signal,
    onProgress: options.onProgress,
  };
}

/** Refuses what cannot be. What a heap cannot be, it says itself. */
export function refuseCommon<P>(
  settings: CommonSettings<P>,
  options: CommonOptions<P> & { durationMs?: number | undefined },
): void {
  const { kills, durationMs } = options;
  if (kills !== undefined) integer("kills", kills, 1, 1_000_000);
  if (durationMs !== undefined) amount("duration", durationMs, 1, DAY_MS, " ms");
  amount("kill", settings.killRate, 0, 1000, " kills a second");
  if (kills !== undefined && settings.killRate === 0) {
    throw new OptionError(`kills is ${kills}, but kill is 0 kills a second: the run would never end`);
  }
  integer("seed", settings.seed, 0, 2 ** 32 - 1);
  amount("watchdog", settings.watchdogMs, 1, DAY_MS, " ms");
}
