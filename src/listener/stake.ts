/**
 * A handle's stake in an event, which its listeners share.
 *
 *   SharedEvent -> Stake <- Place <- Listener
 *                    |        |
 *                  Count     node
 *
 * A listener keeps its event alive. The count that does it is the handle's, which goes back when the handle is dropped and
 * the last listener has left: to listen and to leave need no atomic for it.
 */
import type { Count } from "../arc/counted.js";
import { type Backed, backstop } from "../heap/backstop.js";
import type { HeapInternals } from "../heap/heap.js";
import {
  type DISCARD,
  GRANTED,
  KEPT,
  NODE_BYTES,
  NOTIFIED,
  OWN_LISTENER,
  PASS,
  TAGGED,
  TAKE,
} from "../heap/kernel/numbers.js";
import type { Slot, Tags } from "./tags.js";

/** Whether a stake is in the event of that handle. Handles open this door (event.ts): listeners, which stand below them, ask. */
export const door = {
  isOf(_event: unknown, _stake: Pick<Stake, "event" | "inside">): boolean {
    return false;
  },
};

export class Stake<Tag = unknown> implements Backed {
  /** The kernel's pointer to the event. */
  readonly event: number;
  readonly inside: HeapInternals;
  /** Undefined: notifications carry no tags. */
  readonly tags: Tags<Tag> | undefined;
  backing: object | undefined;
  readonly #count: Count;
  /** Listeners, and the handle until it is dropped or collected. */
  holders = 1;
  #hasHandle = true;

  /** @param at where in its object the event lies. */
  constructor(count: Count, tags: Tags<Tag> | undefined, at = 0) {
    this.#count = count;
    this.event = (count.value + at) | 0;
    this.inside = count.internals;
    this.tags = tags;
  }

  /** The count, for what only a handle does. */
  get count(): Count {
    return this.#count;
  }

  /**
   * A new listener's place, behind all others. From now on it can be notified. It is loose until somebody has it: see `Place.backs` and
   * `Place.keep`. `call`: the cell to which permits are granted.
   *
   * @throws {OutOfMemoryError} nothing was taken.
   */
  listen(call = 0): Place<Tag> {
    const { kernel, account, exhausted } = this.inside;
    // Now, since nothing may fail when the notification comes.
    const tagCell = this.tags?.cell() ?? 0;
    const cell = account.begin(OWN_LISTENER);
    const node = kernel.listen(this.event, cell, call);
    if (node === 0) {
      account.give(cell);
      if (tagCell !== 0) account.give(tagCell);
      throw exhausted(NODE_BYTES);
    }
    return new Place(this, node, cell, tagCell);
  }

  /** The handle was collected. */
  collected(): void {
    this.drop();
  }

  /** The handle gives its part up. A second time does nothing. */
  drop(): void {
    if (!this.#hasHandle) return;
    if (this.holders === 1) this.#count.release();
    // Not before: what is cut short is done again when the handle is collected.
    this.holders--;
    this.#hasHandle = false;
    backstop.remove(this);
  }

  /** Gives the count up if nobody holds a part any more. */
  settle(): void {
    if (this.holders === 0) this.#count.release();
  }
}

/** A listener's place in an event's list. */
export class Place<Tag = unknown> implements Backed {
  readonly stake: Stake<Tag>;
  readonly node: number;
  /** The cell that owns the node. */
  readonly #cell: number;
  backing: object | undefined;
  #left = false;
  #slot: Slot | undefined;
  /** The cell for the tag that is taken, until it is read; 0: none is needed. */
  #tagCell: number;

  /** Takes over a node that was just put into the list. */
  constructor(stake: Stake<Tag>, node: number, cell: number, tagCell: number) {
    this.stake = stake;
    this.node = node;
    this.#cell = cell;
    this.#tagCell = tagCell;
  }

  /** Has the listener's place given up when that is collected; until then it is loose (`Account.loose`). */
  backs(listener: object): void {
    const { stake } = this;
    const { account } = stake.inside;
    backstop.add(listener, this);
    // Nothing in between where the call could be cut short: no other call.
    account.loose = 0;
    stake.holders++;
  }

  /** A call has it from now on, which lets it leave. */
  keep(): void {
    const { stake } = this;
    stake.inside.account.loose = 0;
    stake.holders++;
  }

  /** Its listener was collected, and nobody has waited for it or dropped it: the notification goes on. */
  collected(): void {
    this.leave(PASS);
    if (this.#slot === undefined || this.#tagCell === 0) return;
    // A call was cut short that had taken a tag and not read it.
    const { account } = this.stake.inside;
    account.loosen(this.#tagCell);
    this.#slot = undefined;
    account.recover();
  }

  get isNotified(): boolean {
    return this.stake.inside.kernel.stateOf(this.node) !== 0;
  }

  /** Whether it was notified and has the permits that its call waits for. */
  get isGranted(): boolean {
    return (this.stake.inside.kernel.stateOf(this.node) & GRANTED) !== 0;
  }

  /**
   * Takes the listener's notification away: what it was notified of was not there. The listener waits on, before all others that do, or
   * behind them if the notification was one of all. Whether there was one.
   */
  again(): boolean {
    return this.stake.inside.kernel.again(this.node) !== 0;
  }

  /** Leaves the list. Whether the listener was notified; a second time, false. */
  leave(how: typeof DISCARD | typeof PASS | typeof TAKE): boolean {
    if (this.#left) return false;
    const { stake } = this;
    const { inside, tags } = stake;
    const { kernel, account } = inside;
    account.loosen(this.#cell);
    // Nothing in between where the call could be cut short: no other call.
    this.#left = true;
    stake.holders--;
    const state = kernel.leave(this.node, how, this.#tagCell);
    if ((state & KEPT) === 0) account.give(this.#cell);
    else account.loose = 0;
    if (how === TAKE && (state & TAGGED) !== 0) this.#slot = tags?.taken();
    else this.#finish();
    stake.settle();
    return (state & NOTIFIED) !== 0;
  }

  /** The tag that came with the notification that `leave` took. Once. */
  takeTag(): Tag {
    const slot = this.#slot;
    // Only events without tags notify without one.
    if (slot === undefined) return undefined as Tag;
    try {
      return (this.stake.tags as Tags<Tag>).take(slot, this.#tagCell);
    } finally {
      this.#slot = undefined;
      this.#finish();
    }
  }

  #finish(): void {
    backstop.remove(this);
    if (this.#tagCell === 0) return;
    this.stake.inside.account.give(this.#tagCell);
    this.#tagCell = 0;
  }
}
