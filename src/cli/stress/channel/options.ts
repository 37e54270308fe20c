/**
 * What a stress run of the channel can be told, and what it is told when nobody says anything.
 */
import { type CommonOptions, type CommonSettings, commonSettings, refuseCommon } from "../common.js";
import { integer, OptionError, oneOf } from "../refusals.js";
import type { Progress } from "./report.js";
import { SABOTAGES, type Sabotage } from "./sabotage.js";

/** How an end works; `fickle` ones give up all the time, with time-outs and aborted signals. */
export const WAYS = ["sync", "async", "batch", "stream", "fickle"] as const;
export type Way = (typeof WAYS)[number];

/** How all ends work; `mixed`: each in another way. */
export const ENDS = ["mixed", ...WAYS] as const;
export type Ends = (typeof ENDS)[number];

/** Messages that a `batch` end sends or takes at once, at most. */
export const BATCH = 100;

/** What `stressChannel` takes. A run ends with whichever of `messages`, `durationMs` and `kills` comes first. */
export interface ChannelStressOptions extends CommonOptions<Progress> {
  /** 3 unless told, 1 to 32. */
  readonly senders?: number | undefined;
  /** Likewise. */
  readonly receivers?: number | undefined;
  /** Messages that have room; without, there is room for any number. 64 unless told; 0: without. */
  readonly capacity?: number | undefined;
  /** mixed unless told. */
  readonly ends?: Ends | undefined;
  /** Messages to send, 300000 unless told, up to 100 million. */
  readonly messages?: number | undefined;
  readonly durationMs?: number | undefined;
  /** Closes the channel when half of the messages were sent. */
  readonly close?: boolean | undefined;
  /** Makes one worker cheat, to show that the checks can fail. */
  readonly sabotage?: Sabotage | undefined;
}

/** Options with nothing left open. */
export interface Settings extends CommonSettings<Progress> {
  readonly senders: number;
  readonly receivers: number;
  readonly capacity: number;
  readonly ends: Ends;
  readonly messages: number;
  readonly durationMs: number;
  readonly close: boolean;
  readonly sabotage: Sabotage | undefined;
}

const DEFAULT_MESSAGES = 300_000;
/** Each takes two bytes of the ledger. */
const MAX_MESSAGES = 100_000_000;
const MAX_SEATS = 32;
const MAX_CAPACITY = 1 << 20;

/** Fills in what is missing, and refuses what cannot be. */
export function settingsOf(options: ChannelStressOptions): Settings {
  const open = options.durationMs !== undefined || options.kills !== undefined;
  const settings: Settings = {
    senders: options.senders ?? 3,
    receivers: options.receivers ?? 3,
    capacity: options.capacity ?? 64,
    ends: options.ends ?? "mixed",
    messages: options.messages ?? (open ? MAX_MESSAGES : DEFAULT_MESSAGES),
    durationMs: options.durationMs ?? Number.POSITIVE_INFINITY,
    close: options.close ?? false,
    sabotage: options.sabotage,
    ...commonSettings(options),
  };
  refuse(settings, options);
  return settings;
}

function refuse(settings: Settings, options: ChannelStressOptions): void {
  const { senders, receivers, capacity, ends, messages, close, sabotage } = settings;
  integer("senders", senders, 1, MAX_SEATS);
  integer("receivers", receivers, 1, MAX_SEATS);
  integer("capacity", capacity, 0, MAX_CAPACITY);
  integer("messages", messages, 1, MAX_MESSAGES);
  oneOf("ends", ends, ENDS);
  refuseCommon(settings, options);
  if (sabotage !== undefined) oneOf("sabotage", sabotage, SABOTAGES);
  if (close && options.messages === undefined && messages === MAX_MESSAGES) {
    throw new OptionError(`close is after half of ${messages} messages, which may not come: say how many messages`);
  }
}
