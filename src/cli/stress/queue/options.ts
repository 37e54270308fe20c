/**
 * What a stress run of the queue can be told, and what it is told when nobody says anything.
 */
import { randomInt } from "node:crypto";
import { amount, DAY_MS, integer, OptionError, oneOf } from "../refusals.js";
import { ELEMENT_TYPES, type ElementType, SIZED_TYPES } from "./encoding.js";
import type { Progress } from "./report.js";
import { SABOTAGES, SABOTEURS, type Sabotage, type SaboteurRole } from "./sabotage.js";

/** The queue's flavours: without bounds; a ring of a capacity; one slot. */
export const FLAVORS = ["unbounded", "bounded", "single"] as const;
export type Flavor = (typeof FLAVORS)[number];

/** What `stressQueue` takes. A run ends with whichever of `items`, `durationMs` and `kills` comes first. */
export interface QueueStressOptions {
  /** Threads that push, 1 to 128; 2 unless told. */
  readonly producers?: number | undefined;
  /** Threads that pop, 1 to 128; 2 unless told. */
  readonly consumers?: number | undefined;
  /** Values in all. */
  readonly items?: number | undefined;
  /** Milliseconds; 3000 when neither `items` nor `kills` is given. */
  readonly durationMs?: number | undefined;
  /** The queue's flavour; unbounded unless told. */
  readonly flavor?: Flavor | undefined;
  /** How many values a bounded queue has room for, from 1 up; 1024 unless told. Only for a bounded one. */
  readonly capacity?: number | undefined;
  /** The element type; i32 unless told. */
  readonly type?: ElementType | undefined;
  /** The largest payload, 0 to 2^20 bytes or characters; 256 unless told. Only for types whose values differ in size. */
  readonly size?: number | undefined;
  /** Producers use `forcePush`, and take what they displace. Not for an unbounded queue. */
  readonly force?: boolean | undefined;
  /** Values a call, 1 to 16384. 1, the default: `push` and `pop`; more: mostly `pushMany` and `popInto`. */
  readonly batch?: number | undefined;
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
  /** Makes one worker cheat with what it takes out, to show that the checks can fail. */
  readonly sabotage?: Sabotage | undefined;
  /** Who cheats: a consumer unless told. */
  readonly saboteur?: SaboteurRole | undefined;
  /** Ends the run early; what went through so far is verified all the same. */
  readonly signal?: AbortSignal | undefined;
  /** Called some ten times a second. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** Options with nothing left open. */
export interface Settings {
  readonly producers: number;
  readonly consumers: number;
  readonly items: number;
  readonly durationMs: number;
  readonly flavor: Flavor;
  /** Infinity for an unbounded queue. */
  readonly capacity: number;
  readonly type: ElementType;
  readonly size: number;
  readonly force: boolean;
  readonly batch: number;
  readonly heap: number;
  readonly alignment: number;
  readonly killRate: number;
  readonly kills: number;
  readonly seed: number;
  readonly checked: boolean;
  readonly watchdogMs: number;
  readonly sabotage: Sabotage | undefined;
  readonly saboteur: SaboteurRole;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

const DEFAULT_DURATION_MS = 3000;
const DEFAULT_HEAP = 256 * 1024 * 1024;
const DEFAULT_CAPACITY = 1024;
/** Payloads of up to this size, with all that goes with them, are smaller than any block of an unbounded queue. */
export const DEFAULT_SIZE = 256;
const MAX_SIZE = 2 ** 20;
const DEFAULT_KILL_RATE = 20;
const MAX_THREADS = 128;
const MAX_BATCH = 16384;
/** No ring is larger than a heap can be. */
const MAX_CAPACITY = 2 ** 29 - 1;

/** Fills in what is missing, and refuses what cannot be. */
export function settingsOf(options: QueueStressOptions): Settings {
  const { items = Number.POSITIVE_INFINITY, kills = Number.POSITIVE_INFINITY } = options;
  const endless = options.items === undefined && options.kills === undefined;
  const settings: Settings = {
    producers: options.producers ?? 2,
    consumers: options.consumers ?? 2,
    items,
    durationMs: options.durationMs ?? (endless ? DEFAULT_DURATION_MS : Number.POSITIVE_INFINITY),
    ...queueSettings(options),
    type: options.type ?? "i32",
    size: options.size ?? DEFAULT_SIZE,
    batch: options.batch ?? 1,
    heap: options.heap ?? DEFAULT_HEAP,
    alignment: options.alignment ?? 128,
    killRate: options.killRate ?? (options.kills === undefined ? 0 : DEFAULT_KILL_RATE),
    kills,
    seed: options.seed ?? randomInt(2 ** 32),
    checked: options.checked ?? false,
    watchdogMs: options.watchdogMs ?? 10_000,
    sabotage: options.sabotage,
    saboteur: options.saboteur ?? "consumer",
    signal: options.signal,
    onProgress: options.onProgress,
  };
  refuse(settings, options);
  return settings;
}

function queueSettings({ flavor = "unbounded", capacity, force = false }: QueueStressOptions) {
  const capacities = { unbounded: Number.POSITIVE_INFINITY, bounded: capacity ?? DEFAULT_CAPACITY, single: 1 };
  return { flavor, capacity: capacities[flavor], force };
}

/** Options that need another one to make sense. */
function refuseMisfits({ flavor, force, type }: Settings, { capacity, size }: QueueStressOptions): void {
  if (capacity !== undefined && flavor !== "bounded") {
    const why = flavor === "single" ? "a single-slot queue has room for exactly 1" : "an unbounded queue has none";
    throw new OptionError(`capacity is ${capacity}, but ${why}: leave it out, or choose flavor bounded`);
  }
  if (force && flavor === "unbounded") {
    throw new OptionError(
      "force has nothing to displace in an unbounded queue: leave it out, or choose flavor bounded or single",
    );
  }
  if (size !== undefined && !SIZED_TYPES.includes(type)) {
    throw new OptionError(
      `size is ${size}, but values of type ${type} all have the same: leave it out, or choose type ${SIZED_TYPES.join(", ")}`,
    );
  }
}

function refuse(settings: Settings, options: QueueStressOptions): void {
  const { items, kills, durationMs, capacity } = options;
  oneOf("flavor", settings.flavor, FLAVORS);
  refuseMisfits(settings, options);
  if (capacity !== undefined) integer("capacity", capacity, 1, MAX_CAPACITY);
  integer("size", settings.size, 0, MAX_SIZE);
  integer("producers", settings.producers, 1, MAX_THREADS);
  integer("consumers", settings.consumers, 1, MAX_THREADS);
  if (items !== undefined) integer("items", items, 1, Number.MAX_SAFE_INTEGER);
  if (kills !== undefined) integer("kills", kills, 1, 1_000_000);
  if (durationMs !== undefined) amount("duration", durationMs, 1, DAY_MS, " ms");
  oneOf("type", settings.type, ELEMENT_TYPES);
  integer("batch", settings.batch, 1, MAX_BATCH);
  amount("kill", settings.killRate, 0, 1000, " kills a second");
  if (kills !== undefined && settings.killRate === 0) {
    throw new OptionError(`kills is ${kills}, but kill is 0 kills a second: the run would never end`);
  }
  integer("seed", settings.seed, 0, 2 ** 32 - 1);
  amount("watchdog", settings.watchdogMs, 1, DAY_MS, " ms");
  if (settings.sabotage !== undefined) oneOf("sabotage", settings.sabotage, SABOTAGES);
  oneOf("saboteur", settings.saboteur, SABOTEURS);
}
