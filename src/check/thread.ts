/** A virtual thread: an instance of the model kernel, the operations that it does there, and how far it has come. */
import type { Body, Call, Event, ModelKernel, Operation, Result } from "./program.js";

/** Bytes for an unwound thread's stack. */
export const STACK = 16384;

/** The model kernel, whose calls can be unwound. */
export interface Asyncified extends ModelKernel {
  asyncify_start_unwind(stack: number): void;
  asyncify_stop_unwind(): void;
  asyncify_start_rewind(stack: number): void;
  asyncify_stop_rewind(): void;
  asyncify_get_state(): number;
}

/** A virtual thread. */
export interface Thread {
  readonly id: number;
  readonly kernel: Asyncified;
  readonly stack: number;
  /** The first words of its stack, which are asyncify's. */
  readonly bounds: Uint32Array;
  readonly makeBody: () => Body;
  /** The thread whose death it waits for before it begins; -1: none. */
  readonly mourns: number;
  body: Iterator<Operation> | undefined;
  operation: Generator<Call, Result, number> | undefined;
  event: Event | undefined;
  /** The kernel call under way. */
  call: Call | undefined;
  unwound: boolean;
  ended: boolean;
  killed: boolean;
  /** Whether V8 could stop the thread between its last step and its next one. */
  killable: boolean;
  /** Writes of others that the thread had seen when it began the loop iteration that it is in. */
  seen: number;
  /** Cannot go on before others have written more than this; negative: can. */
  blockedAt: number;
  /** The word that it is parked on, or -1; whether it was woken; whether it would wake by itself some time. */
  parked: number;
  woken: boolean;
  timed: boolean;
  /** Its own writes, which do not count as somebody else's. */
  writes: number;
}

/** The state of one that has not begun. */
export const AT_REST = {
  operation: undefined,
  event: undefined,
  call: undefined,
  unwound: false,
  ended: false,
  killed: false,
  killable: false,
  seen: 0,
  blockedAt: -1,
  writes: 0,
  parked: -1,
  woken: false,
  timed: false,
};
