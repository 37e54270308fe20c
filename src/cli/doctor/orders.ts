/**
 * What the self-test's worker is told to do, and what it answers, part by part.
 */
import type { ArcToken, EventToken, HeapToken, QueueToken, ReceiverToken, SenderToken } from "../../index.js";

export type Order =
  | { readonly part: "start" }
  | { readonly part: "alloc"; readonly heap: HeapToken; readonly aligns: readonly number[] }
  | { readonly part: "arc"; readonly arc: ArcToken; readonly ms: number }
  | { readonly part: "push"; readonly queue: QueueToken<number>; readonly ms: number }
  | { readonly part: "pop"; readonly queue: QueueToken<number> }
  | {
      readonly part: "play";
      readonly manner: "blocks" | "awaits";
      readonly heap: HeapToken;
      /** Where the turn lies. */
      readonly turn: number;
      readonly mine: EventToken<void>;
      readonly theirs: EventToken<void>;
    }
  | {
      readonly part: "echo";
      readonly manner: "blocks" | "awaits";
      readonly from: ReceiverToken<number>;
      readonly to: SenderToken<number>;
    }
  | { readonly part: "hold"; readonly arc: ArcToken; readonly event: EventToken<void>; readonly count: number };

/** Blocks, filled with their number; how many times something was done; numbers that came in order. */
export type Answer = number | readonly number[];

/** What comes back for an order. The thread that holds things answers before it is done, and never is. */
export type Reply = { readonly answer: Answer } | { readonly error: string };
