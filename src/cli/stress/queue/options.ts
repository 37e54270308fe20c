/**
 * What a stress run of the queue can be told, and what it is told when nobody says anything.
 */
import { type CommonOptions, type CommonSettings, commonSettings, refuseCommon } from "../common.js";
import { integer, OptionError, oneOf } from "../refusals.js";
import { ELEMENT_TYPES, type ElementType, SIZED_TYPES } from "./encoding.js";
import type { Progress } from "./report.js";
import { SABOTAGES, SABOTEURS, type Sabotage, type SaboteurRole } from "./sabotage.js";

/** The queue's flavours: without bounds; a ring of a capacity; one slot. */
export const FLAVORS = ["unbounded", "bounded", "single"] as const;
export type Flavor = (typeof FLAVORS)[number];

/** What `stressQueue` takes. A run ends with whichever of `items`, `durationMs` and `kills` comes first. */
export interface QueueStressOptions extends CommonOptions<Progress> {
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
  /** Makes one worker cheat with what it takes out, to show that the checks can fail. */
  readonly sabotage?: Sabotage | undefined;
  /** Who cheats: a consumer unless told. */
  readonly saboteur?: SaboteurRole | undefined;
}

/** Options with nothing left open. */
export interface Settings extends CommonSettings<Progress> {
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
  readonly sabotage: Sabotage | undefined;
  readonly saboteur: SaboteurRole;
}

const DEFAULT_DURATION_MS = 3000;
const DEFAULT_CAPACITY = 1024;
const DEFAULT_SIZE = 256;
const MAX_SIZE = 2 ** 20;
const MAX_THREADS = 128;
const MAX_BATCH = 16384;
/** No ring is larger than a heap can be. */
const MAX_CAPACITY = 2 ** 29 - 1;

/** Fills in what is missing, and refuses what cannot be. */
export function settingsOf(options: QueueStressOptions): Settings {
  const { items = Number.POSITIVE_INFINITY } = options;
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
    sabotage: options.sabotage,
    saboteur: options.saboteur ?? "consumer",
    ...commonSettings(options),
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
  const { items, capacity } = options;
  oneOf("flavor", settings.flavor, FLAVORS);
  refuseMisfits(settings, options);
  if (capacity !== undefined) integer("capacity", capacity, 1, MAX_CAPACITY);
  integer("size", settings.size, 0, MAX_SIZE);
  integer("producers", settings.producers, 1, MAX_THREADS);
  integer("consumers", settings.consumers, 1, MAX_THREADS);
  if (items !== undefined) integer("items", items, 1, Number.MAX_SAFE_INTEGER);
  oneOf("type", settings.type, ELEMENT_TYPES);
  integer("batch", settings.batch, 1, MAX_BATCH);
  refuseCommon(settings, options);
  if (settings.sabotage !== undefined) oneOf("sabotage", settings.sabotage, SABOTAGES);
  oneOf("saboteur", settings.saboteur, SABOTEURS);
}
