/**
 * What a handle of either side of a channel works with: its count, and handles of what the channel consists of.
 *
 *   Sender, Receiver -> Side -> Count -> senders', receivers' object (kernel/side.ts)
 *                         |                    |
 *                         +-> ConcurrentQueue, three SharedEvents
 *
 * A value that goes in may wake a receiver, and one that comes out a sender: which, and when, is in kernel/telling.ts. Where nobody
 * waits, that is one load.
 *
 * Operations that wait hold the side and not its handle, so a handle may be forgotten while they do.
 */
import { type Count, dropped } from "../arc/counted.js";
import { type Backed, backstop } from "../heap/backstop.js";
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
  SMALL_CAPACITY,
} from "../heap/kernel/numbers.js";
import { eventAt, type SharedEvent } from "../listener/event.js";
import { type ElementType, PAYLOAD } from "../queue/codec.js";
import { type ConcurrentQueue, discard, type Parcel, pushOrPack, pushPacked, queueAt } from "../queue/queue.js";
import { Line, NOT_YET, type WaitFor, type Waiting, type Way } from "./line.js";

/** What errors of time-outs say. */
const NO_MESSAGE = "there was no message";
const NO_ROOM = "there was no room";

/** What a poll returns when there will never be anything again. */
export const FINISHED = Symbol("finished");

/** The kinds of control blocks of the two sides. */
export type SideKind = typeof KIND_SENDER | typeof KIND_RECEIVER;

/** Handles of what a channel consists of. */
export interface Parts<T> {
  readonly queue: ConcurrentQueue<T>;
  readonly sendReady: SharedEvent;
  readonly recvReady: SharedEvent;
  readonly closed: SharedEvent;
}

/** Receivers wait for messages. Each that is woken and leaves some wakes the next one. */
const FOR_MESSAGES: Way = {
  event: (side) => side.recvReady,
  passOn: (side) => side.tellOfMessages(),
  firstLookMs: () => Number.POSITIVE_INFINITY,
};

/** Senders wait for room. In a channel that is not small they are told when there is much of it. So they look for it, too. */
const FOR_ROOM: Way = {
  event: (side) => side.sendReady,
  passOn: (side, isUsed) => side.tellOfRoom(isUsed ? 0 : 1),
  firstLookMs: (side) => (side.capacity <= SMALL_CAPACITY ? Number.POSITIVE_INFINITY : 1),
};

const FOR_CLOSING: Way = {
  event: (side) => side.closed,
  passOn: () => {},
  firstLookMs: () => Number.POSITIVE_INFINITY,
};

/** Where calls of this thread wait; handles that are clones of each other share them. */
export class Lines {
  readonly messages = new Line(FOR_MESSAGES);
  readonly room = new Line(FOR_ROOM);
  readonly closing = new Line(FOR_CLOSING);
}

/** A channel that was closed because this thread forgot its last sender or receiver, and that was collected. */
interface Orphan {
  /** Its queue's control block, which may serve another object later: then the generation is another one. */
  readonly control: number;
  readonly generation: number;
  readonly end: Side["name"];
}

/** In each heap, by the queue's control block. */
const orphans = new WeakMap<HeapInternals, Map<number, Orphan>>();

/** What the backstop has of a side. It notes what it closes: of that the program may know nothing. */
class Forgotten implements Backed {
  backing: object | undefined;
  readonly #count: Count;

  constructor(count: Count) {
    this.#count = count;
  }

  collected(): void {
    if (!this.#count.held) return;
    const { internals, control: side, value } = this.#count;
    const { kernel } = internals;
    const kind = kernel.kindOf(side) as SideKind;
    const control = kernel.partOf(value, kind, PART_QUEUE);
    const generation = kernel.generationOf(control);
    if (!this.#count.release()) return;
    const inHeap = orphans.get(internals) ?? new Map<number, Orphan>();
    orphans.set(internals, inHeap.set(control, { control, generation, end: nameOf(kind) }));
  }
}

const nameOf = (kind: SideKind) => (kind === KIND_SENDER ? "sender" : "receiver");

export class Side<T = unknown> implements Waiting {
  readonly kind: SideKind;
  readonly type: ElementType<T>;
  readonly count: Count;
  readonly queue: ConcurrentQueue<T>;
  readonly sendReady: SharedEvent;
  readonly recvReady: SharedEvent;
  readonly closed: SharedEvent;
  isDropped = false;
  readonly capacity: number;
  readonly lines: Lines;
  /** The kernel's pointers to these parts, while the handles of them are held. */
  readonly #queue: number;
  readonly #sendReady: number;
  readonly #recvReady: number;
  readonly #kernel: Kernel;
  readonly #forgotten: Forgotten;
  /** Whether there may be no room, and to encode a value costs more than to look for that first. */
  readonly #looksForRoom: boolean;

  /** Takes a count of a side over. If that fails it is given back. */
  constructor(count: Count, kind: SideKind, type: ElementType<T>, lines = new Lines()) {
    this.kind = kind;
    this.lines = lines;
    this.type = type;
    this.count = count;
    this.#forgotten = new Forgotten(count);
    count.backs(this, this.#forgotten);
    backstop.remove(count);
    const { queue, sendReady, recvReady, closed } = openParts(count, kind, type);
    this.queue = queue;
    this.sendReady = sendReady;
    this.recvReady = recvReady;
    this.closed = closed;
    this.capacity = queue.capacity;
    this.#looksForRoom = type.lane === PAYLOAD && this.capacity !== Number.POSITIVE_INFINITY;
    const { kernel } = count.internals;
    const at = (part: number) => kernel.valueOf(kernel.partOf(count.value, kind, part));
    this.#kernel = kernel;
    this.#queue = at(PART_QUEUE);
    this.#sendReady = at(PART_SEND_READY);
    this.#recvReady = at(PART_RECV_READY);
  }

  get inside(): HeapInternals {
    return this.count.internals;
  }

  get name(): "sender" | "receiver" {
    return nameOf(this.kind);
  }

  /** Another handle's. */
  clone(): Side<T> {
    return new Side(this.count.clone(), this.kind, this.type, this.lines);
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

  /** What a call waits for that `poll` may find when a message is there. */
  forMessage<R>(poll: WaitFor<R>["poll"]): WaitFor<R> {
    return { side: this, line: this.lines.messages, poll, timeoutMessage: NO_MESSAGE, ended: undefined };
  }

  /** Likewise for room. */
  forRoom<R>(poll: WaitFor<R>["poll"], ended?: WaitFor<R>["ended"]): WaitFor<R> {
    return { side: this, line: this.lines.room, poll, timeoutMessage: NO_ROOM, ended };
  }

  /** Puts a value in. False: there is no room. */
  put(value: T): boolean {
    if (this.isDropped) dropped(this.name);
    let isIn: boolean;
    try {
      isIn = this.queue.push(value);
    } catch (error) {
      throw this.#asOfChannel(error);
    }
    if (isIn) this.#putIn();
    return isIn;
  }

  /** Puts a value in if there is room now. A payload is not encoded in vain. */
  tryPut(value: T): boolean {
    if (this.isDropped) dropped(this.name);
    if (this.#looksForRoom && this.queue.isFull && !this.queue.isClosed) return false;
    return this.put(value);
  }

  /** Puts a value in, or returns it as it is to go in: what changes in the value from now on is not sent. */
  putOrPack(value: T): Parcel<T> | undefined {
    if (this.isDropped) dropped(this.name);
    let parcel: Parcel<T> | undefined;
    try {
      parcel = pushOrPack(this.queue, value, !this.lines.room.isEmpty);
    } catch (error) {
      throw this.#asOfChannel(error);
    }
    if (parcel === undefined) this.#putIn();
    return parcel;
  }

  /** Puts in what was packed. */
  putPacked(parcel: Parcel<T>): boolean {
    if (this.isDropped) dropped(this.name);
    let isIn: boolean;
    try {
      isIn = pushPacked(this.queue, parcel);
    } catch (error) {
      throw this.#asOfChannel(error);
    }
    if (isIn) this.#putIn();
    return isIn;
  }

  /** What was packed does not go in. */
  discard(parcel: Parcel<T>): void {
    discard(this.queue, parcel);
  }

  /** Puts a value in. If there is no room, it displaces the oldest one and returns it. */
  force(value: T): T | undefined {
    if (this.isDropped) dropped(this.name);
    try {
      return this.queue.forcePush(value);
    } catch (error) {
      throw this.#asOfChannel(error);
    } finally {
      // Also if only what was displaced could not be decoded. Unless that dropped the handle, see `drop`.
      this.#putIn();
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
      throw this.#asOfChannel(error);
    }
    if (count > 0) this.#putIn(count);
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
      this.tellOfRoom(1);
      throw error;
    }
    if (value !== undefined) this.tellOfRoom(1);
    return value;
  }

  /** Takes up to `max` values; none: there is none now. */
  takeMany(max: number): T[] {
    if (this.isDropped) dropped(this.name);
    let taken = max;
    try {
      const values = this.queue.popMany(max);
      taken = values.length;
      return values;
    } finally {
      // Also when none was returned: those that could not be decoded were taken as well.
      if (taken > 0) this.tellOfRoom(taken);
    }
  }

  /** Takes the oldest value. A poll (waiting.ts), which ends the wait also when there will be no value any more. */
  takeOrFinished(): T | typeof FINISHED | typeof NOT_YET {
    const value = this.take();
    if (value !== undefined) return value;
    return this.queue.isFinished ? FINISHED : NOT_YET;
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
    if (this.queue.isFinished) throw new ClosedError(`the channel is closed and empty${this.#whyClosed()}`);
    return NOT_YET;
  }

  /** The channel says what its queue would. */
  #asOfChannel(error: unknown): unknown {
    return error instanceof ClosedError ? new ClosedError(`the channel was closed${this.#whyClosed()}`) : error;
  }

  /** The reason, as the rest of an error's message, if it is one that the program may not know. */
  #whyClosed(): string {
    const { control, generation, end } = orphans.get(this.inside)?.get(this.#queueControl) ?? {};
    if (control === undefined || generation !== this.#kernel.generationOf(control)) return "";
    return `: its last ${end} was collected without drop()`;
  }

  /** A message went in, or `count` of them: receivers are to look. */
  #putIn(count = 1): void {
    // To encode it may have run code that drops the handle: see `drop`.
    if (!this.isDropped) this.#kernel.rouse(this.#recvReady, count);
  }

  /** A receiver that was woken has taken what it wants. What it leaves is for another one. */
  tellOfMessages(): void {
    if (!this.isDropped) this.#kernel.tellOfMessages(this.#recvReady, this.#queue);
  }

  /** There is room. Senders are told when it is worth waking them (kernel/telling.ts). */
  tellOfRoom(taken: number): void {
    // Without a bound nobody ever waits for room. To decode a value may run code that drops the handle: see `drop`.
    if (this.capacity === Number.POSITIVE_INFINITY || this.isDropped) return;
    this.#kernel.tellOfRoom(this.#sendReady, this.#queue, taken);
  }

  /** Lets nothing in any more. True only for the call that closed. */
  close(): boolean {
    const isFirst = this.queue.close();
    // The thread that closed it first may have been killed before it woke anybody.
    this.#kernel.wakeSide(this.count.value, 1);
    return isFirst;
  }

  /** Gives everything back. A second time does nothing. */
  drop(): void {
    if (this.isDropped) return;
    this.isDropped = true;
    for (const line of Object.values(this.lines)) line.drop(this);
    // One of them may have been notified already; or this is called from a codec, and what it stands in will not notify.
    this.#kernel.wakeSide(this.count.value, 0);
    dropParts(this);
    this.count.release();
    // Not before: a call that is cut short in between leaves the count to the backstop.
    backstop.remove(this.#forgotten);
  }
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
