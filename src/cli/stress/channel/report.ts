/**
 * What a stress run of the channel has to say, while it runs and afterwards. All of it is plain numbers and strings, so it is
 * also what `--json` prints.
 */
import type { Check } from "../check.js";
import type { Latency } from "../histogram.js";
import type { Returned } from "../obituaries.js";
import type { Ends } from "./options.js";

/** How a run is doing. */
export interface Progress {
  /** Milliseconds since all workers were let go. */
  readonly elapsedMs: number;
  /** Messages that were received so far. */
  readonly messages: number;
  readonly messagesPerSecond: number;
  /** Messages in the channel. */
  readonly size: number;
  readonly kills: number;
}

/** The checks of a run. */
export interface Checks {
  /** Each message that was sent was received once; what was given up or refused was not. */
  readonly delivery: Check;
  /** Each receiver got each sender's messages in the order in which they were sent. */
  readonly order: Check;
  /** When all ends but the run's own were gone, the channel was closed or open as it must be, and empty. */
  readonly end: Check;
  /** The heap holds what it held before, to the last block and count. */
  readonly memory: Check;
}

/** What `stressChannel` answers. */
export interface ChannelStressReport {
  /** Everything was verified, and nothing was wrong. */
  readonly ok: boolean;
  /** What was wrong, in sentences. */
  readonly failures: readonly string[];
  /** The run was ended by its `signal`. */
  readonly interrupted: boolean;
  readonly seed: number;
  readonly senders: number;
  readonly receivers: number;
  /** Messages that have room; null: any number. */
  readonly capacity: number | null;
  readonly ends: Ends;
  /** Whether the channel was closed in the middle. */
  readonly close: boolean;
  /** Bytes of the heap. */
  readonly heap: number;
  readonly alignment: number;
  readonly checked: boolean;
  readonly sent: number;
  readonly received: number;
  /** Messages that were given up, or refused because the channel was closed. */
  readonly refused: number;
  /** Receives that were given up. */
  readonly givenUp: number;
  /** From the start signal until the last message. */
  readonly seconds: number;
  readonly messagesPerSecond: number;
  /** From before a send until the receiver has the message, of one message in many. */
  readonly latency: Latency;
  /** Zero everywhere when there were no kills. */
  readonly casualties: {
    readonly kills: number;
    /** Messages that killed receivers had taken. */
    readonly lost: number;
    /** Messages that killed senders were sending: they may or may not have gone in. */
    readonly doubtful: number;
    /** What was found with the killed, and returned. */
    readonly returned: Returned;
  };
  /** Bytes in use before the channel was made, and after the last handle was dropped. */
  readonly heapUsed: { readonly before: number; readonly after: number };
  readonly checks: Checks;
}
