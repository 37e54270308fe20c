/**
 * What a stress run of Arcs can be told, and what it is told when nobody says anything.
 */
import { type CommonOptions, type CommonSettings, commonSettings, refuseCommon } from "../common.js";
import { integer, oneOf } from "../refusals.js";
import { LEAST } from "./content.js";
import type { Progress } from "./report.js";
import { SABOTAGES, type Sabotage } from "./sabotage.js";

/** What `stressArc` takes. A run ends with whichever of `deeds`, `durationMs` and `kills` comes first. */
export interface ArcStressOptions extends CommonOptions<Progress> {
  /** Threads, 1 to 64; 4 unless told. */
  readonly threads?: number | undefined;
  /** What all of them do together: some more is done by those who do not know yet. */
  readonly deeds?: number | undefined;
  /** Milliseconds; 3000 when neither `deeds` nor `kills` is given. */
  readonly durationMs?: number | undefined;
  /** Bytes of the largest block, 8 to 2^20; 256 unless told. */
  readonly size?: number | undefined;
  /** Makes one worker cheat, to show that the checks can fail. */
  readonly sabotage?: Sabotage | undefined;
}

/** Options with nothing left open. */
export interface Settings extends CommonSettings<Progress> {
  readonly threads: number;
  readonly deeds: number;
  readonly durationMs: number;
  readonly size: number;
  readonly sabotage: Sabotage | undefined;
}

const DEFAULT_DURATION_MS = 3000;
const DEFAULT_SIZE = 256;
const MAX_SIZE = 2 ** 20;
const MAX_THREADS = 64;

/** Fills in what is missing, and refuses what cannot be. */
export function settingsOf(options: ArcStressOptions): Settings {
  const endless = options.deeds === undefined && options.kills === undefined;
  const settings: Settings = {
    threads: options.threads ?? 4,
    deeds: options.deeds ?? Number.POSITIVE_INFINITY,
    durationMs: options.durationMs ?? (endless ? DEFAULT_DURATION_MS : Number.POSITIVE_INFINITY),
    size: options.size ?? DEFAULT_SIZE,
    sabotage: options.sabotage,
    ...commonSettings(options),
  };
  integer("threads", settings.threads, 1, MAX_THREADS);
  if (options.deeds !== undefined) integer("deeds", options.deeds, 1, Number.MAX_SAFE_INTEGER);
  integer("size", settings.size, LEAST, MAX_SIZE);
  refuseCommon(settings, options);
  if (settings.sabotage !== undefined) oneOf("sabotage", settings.sabotage, SABOTAGES);
  return settings;
}
