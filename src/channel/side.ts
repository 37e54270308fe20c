/**
 * What a handle of either side of a channel works with: its count, and handles of what the channel consists of.
 *
 *   Sender, Receiver -> Side -> Count -> senders', receivers' object (kernel/side.ts)
 *                         |                    |
 *                         +-> ConcurrentQueue, three SharedEvents
 *
 * Every value that goes in notifies one more receiver, and every value that comes out one more sender. The notifications are
 * additional ones: a listener that was notified and does nothing does not hold up the others. Without listeners that is one load.
 *
 * Operations that wait hold the side and not its handle, so a handle may be forgotten while they do.
 */
import { type Count, dropped } from "../arc/counted.js";
import { ClosedError } from "../heap/errors.js";
import type { HeapInternals } from "../heap/heap.js";
import type { Kernel } from "../heap/instance.js";
import {
  type KIND_RECEIVER,
  KIND_SENDER,
  PART_CLOSED,
  PART_OTHER,
  PART_QUEUE,
  PART_RECV_READY,
  PART_SEND_READY,
} from "../heap/kernel/numbers.js";
import { eventAt, type SharedEvent } from "../listener/event.js";
import type { Listener } from "../listener/listener.js";
import type { ElementType } from "../queue/codec.js";
import { type ConcurrentQueue, queueAt } from "../queue/queue.js";

/** What a poll returns when there is reason to wait. */
export const NOT_YET = Symbol("not yet");

/** What a poll returns when there will never be anything again. */
export const END = Symbol("end");

/** The kinds of control blocks of the two sides. */
export type SideKind = typeof KIND_SENDER | typeof KIND_RECEIVER;

/** Handles of what a channel consists of. */
export interface Parts<T> {
  readonly queue: ConcurrentQueue<T>;
  readonly sendReady: SharedEvent;
  readonly recvReady: SharedEvent;
  readonly closed: SharedEvent;
}

export class Side<T = unknown> {
  readonly kind: SideKind;
  readonly type: ElementType<T>;
  readonly count: Count;
  readonly queue: ConcurrentQueue<T>;
  readonly sendReady: SharedEvent;
  readonly recvReady: SharedEvent;
  readonly closed: SharedEvent;
  isDropped = false;
  readonly capacity: number;
  /** Listeners that are awaited on behalf of this handle. */
  readonly #waiting = new Set<Listener>();

  /** Takes a count of a side over. If that fails it is given back. */
  constructor(count: Count, kind: SideKind, type: ElementType<T>) {
    this.kind = kind;
    this.type = type;
    this.count = count;
    const { queue, sendReady, recvReady, closed } = openParts(count, kind, type);
    this.queue = queue;
    this.sendReady = sendReady;
    this.recvReady = recvReady;
    this.closed = closed;
    this.capacity = queue.capacity;
    count.backs(this);
  }

  get inside(): HeapInternals {
    return this.count.internals;
  }

  get name(): "sender" | "receiver" {
    return this.kind === KIND_SENDER ? "sender" : "receiver";
  }

  /** Another handle's. */
  clone(): Side<T> {
    return new Side(this.count.clone(), this.kind, this.type);
  }

  /** Strong counts of this side, or of the other one. */
  countOf(kind: SideKind): number {
    const { kernel } = this.inside;
    const { control } = this.count;
    return kernel.strongCount(kind === this.kind ? control : kernel.partOf(this.count.value, this.kind, PART_OTHER));
  }

  isSameChannel(other: Side): boolean {
    return this.inside === other.inside && this.#queueControl === other.#queueControl;
  }

  get #queueControl(): number {
    return this.inside.kernel.partOf(this.count.value, this.kind, PART_QUEUE);
  }

  /** Puts a value in. False: there is no room. */
  put(value: T): boolean {
    if (this.isDropped) dropped(this.name);
    let isIn: boolean;
    try {
      isIn = this.queue.push(value);
    } catch (error) {
      throw asOfChannel(error);
    }
    if (isIn) this.recvReady.notifyAdditional();
    return isIn;
  }

  /** Puts a value in. If there is no room, it displaces the oldest one and returns it. */
  force(value: T): T | undefined {
    if (this.isDropped) dropped(this.name);
    try {
      return this.queue.forcePush(value);
    } catch (error) {
      throw asOfChannel(error);
    } finally {
      // Also if only what was displaced could not be decoded. Unless that dropped the handle, see `drop`.
      if (!this.isDropped) this.recvReady.notifyAdditional();
    }
  }

  /** How many values may have room, at least one. */
  get room(): number {
    if (this.isDropped) dropped(this.name);
    return Math.max(1, this.capacity - this.queue.size);
  }

  /** Puts in what there is room for, from the first value on, and returns the number. */
  putMany(values: ArrayLike<T>): number {
    if (this.isDropped) dropped(this.name);
    let count: number;
    try {
      count = this.queue.pushMany(values);
    } catch (error) {
      throw asOfChannel(error);
    }
    if (count > 0) this.recvReady.notifyAdditional(count);
    return count;
  }

  /** Takes the oldest value; undefined: there is none now. */
  take(): T | undefined {
    if (this.isDropped) dropped(this.name);
    let value: T | undefined;
    try {
      value = this.queue.pop();
    } catch (error) {
      // What cannot be decoded was taken all the same.
      this.#makeRoom(1);
      throw error;
    }
    if (value !== undefined) this.#makeRoom(1);
    return value;
  }

  /** Takes up to `max` values; none: there is none now. */
  takeMany(max: number): T[] {
    if (this.isDropped) dropped(this.name);
    let count = max;
    try {
      const values = this.queue.popMany(max);
      // Those that could not be decoded were taken as well. If there may be such, the queue was found empty.
      if (values.length === max || values.length === 0) count = values.length;
      return values;
    } finally {
      if (count > 0) this.#makeRoom(Math.min(count, this.capacity));
    }
  }

  /** Takes the oldest value. A poll (waiting.ts), which ends the wait also when there will be no value any more. */
  takeOrEnd(): T | typeof END | typeof NOT_YET {
    const value = this.take();
    if (value !== undefined) return value;
    return this.queue.isFinished ? END : NOT_YET;
  }

  /** Takes the oldest value. A poll, which throws when there will be no value any more. */
  takeOrWait(): T | typeof NOT_YET {
    const value = this.take();
    return value === undefined ? this.#wait() : value;
  }

  /** Takes up to `max` values likewise. */
  takeManyOrWait(max: number): T[] | typeof NOT_YET {
    const values = this.takeMany(max);
    return values.length === 0 ? this.#wait() : values;
  }

  #wait(): typeof NOT_YET {
    if (this.queue.isFinished) throw new ClosedError("the channel is closed and empty");
    return NOT_YET;
  }

  #makeRoom(count: number): void {
    // Without a bound nobody ever waits for room. To decode a value may run code that drops the handle: see `drop`.
    if (this.capacity !== Number.POSITIVE_INFINITY && !this.isDropped) this.sendReady.notifyAdditional(count);
  }

  /** Lets nothing in any more. True only for the call that closed. */
  close(): boolean {
    const isFirst = this.queue.close();
    // The thread that closed it first may have been killed before it woke anybody.
    this.#kernel.wakeSide(this.count.value, 1);
    return isFirst;
  }

  /** Notes that a listener is awaited, to leave with the handle. */
  awaits(listener: Listener): void {
    this.#waiting.add(listener);
  }

  awaitsNoMore(listener: Listener): void {
    this.#waiting.delete(listener);
  }

  /** Gives everything back. A second time does nothing. */
  drop(): void {
    if (this.isDropped) return;
    this.isDropped = true;
    for (const listener of this.#waiting) listener.drop();
    // One of them may have been notified already; or this is called from a codec, and what it stands in will not notify.
    this.#kernel.wakeSide(this.count.value, 0);
    dropParts(this);
    this.count.release();
  }

  get #kernel(): Kernel {
    return this.inside.kernel;
  }
}

/** The channel says what its queue would. */
function asOfChannel(error: unknown): unknown {
  return error instanceof ClosedError ? new ClosedError("the channel was closed") : error;
}

/** Gives handles of parts back. */
export function dropParts({ queue, sendReady, recvReady, closed }: Partial<Parts<unknown>>): void {
  queue?.drop();
  sendReady?.drop();
  recvReady?.drop();
  closed?.drop();
}

/** Handles of the parts of a side, which a count of it keeps alive. If that fails, the count is given back. */
function openParts<T>(count: Count, kind: SideKind, type: ElementType<T>): Parts<T> {
  const { internals, value } = count;
  const control = (part: number) => internals.kernel.partOf(value, kind, part);
  const parts: { -readonly [K in keyof Parts<T>]?: Parts<T>[K] } = {};
  try {
    parts.queue = queueAt(internals, control(PART_QUEUE), type);
    parts.sendReady = eventAt(internals, control(PART_SEND_READY));
    parts.recvReady = eventAt(internals, control(PART_RECV_READY));
    parts.closed = eventAt(internals, control(PART_CLOSED));
    return parts as Parts<T>;
  } catch (error) {
    dropParts(parts);
    count.release();
    throw error;
  }
}
