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
import type { HeapInternals } from "../heap/heap.js";
import { type DISCARD, KEPT, NOTIFIED, type PASS, TAGGED, TAKE } from "../heap/kernel/numbers.js";
import type { Slot, Tags } from "./tags.js";

/** Whether a stake is in the event of that handle. Handles open this door (event.ts): listeners, which stand below them, ask. */
export const door = {
  isOf(_event: unknown, _stake: Pick<Stake, "event" | "inside">): boolean {
    return false;
  },
};

export class Stake<Tag = unknown> {
  /** The kernel's pointer to the event. */
  readonly event: number;
  readonly inside: HeapInternals;
  /** Undefined: notifications carry no tags. */
  readonly tags: Tags<Tag> | undefined;
  readonly #count: Count;
  #holders = 1;

  constructor(count: Count, tags: Tags<Tag> | undefined) {
    this.#count = count;
    this.event = count.value | 0;
    this.inside = count.internals;
    this.tags = tags;
  }

  /** The count, for what only a handle does. */
  get count(): Count {
    return this.#count;
  }

  /** For a listener that has its handle now. */
  hold(cell: number): void {
    this.inside.account.keep(cell);
    this.#holders++;
  }

  release(): void {
    // In this order: what is cut short in between is done again when the handle is collected.
    if (this.#holders === 1) this.#count.release();
    this.#holders--;
  }
}

/** A listener's place in an event's list. */
export class Place<Tag = unknown> {
  readonly stake: Stake<Tag>;
  readonly node: number;
  /** The cell that owns the node. */
  readonly #cell: number;
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
    stake.hold(cell);
  }

  get isNotified(): boolean {
    return this.stake.inside.kernel.stateOf(this.node) !== 0;
  }

  /** Leaves the list. Whether the listener was notified; a second time, false. */
  leave(how: typeof DISCARD | typeof PASS | typeof TAKE): boolean {
    if (this.#left) return false;
    const { inside, tags } = this.stake;
    const { kernel, account } = inside;
    account.loosen(this.#cell);
    // Nothing in between where the call could be cut short: no other call.
    this.#left = true;
    const state = kernel.leave(this.node, how, this.#tagCell);
    if ((state & KEPT) === 0) account.give(this.#cell);
    else account.keep(this.#cell);
    if (how === TAKE && (state & TAGGED) !== 0) this.#slot = tags?.taken();
    else this.#giveTagCell();
    this.stake.release();
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
      this.#giveTagCell();
    }
  }

  #giveTagCell(): void {
    if (this.#tagCell === 0) return;
    this.stake.inside.account.give(this.#tagCell);
    this.#tagCell = 0;
  }
}
