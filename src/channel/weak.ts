/**
 * Weak ends: handles that neither keep a channel open nor anything of it alive but the control block of their side.
 */

import { type Count, dropped, WeakCount } from "../arc/counted.js";
import { brand, notByNew, refuseCloning } from "../heap/handle.js";
import { KIND_SENDER } from "../heap/kernel/numbers.js";
import { Side, type SideKind } from "./side.js";

/**
 * An end of a channel that neither keeps the channel open nor keeps anything of it alive; `downgrade` makes one. `E` is the type
 * of end that it can become again, a `Sender` or a `Receiver`.
 *
 * @see {@link Receiver.downgrade}
 */
export class WeakEnd<E> implements Disposable {
  readonly #kind: SideKind;
  readonly #upgraded: (count: Count) => E | undefined;
  /** Undefined once dropped. */
  #count: WeakCount | undefined;

  /**
   * For `downgrade`: `upgraded` makes an end of a strong count that it is handed, or gives that back.
   *
   * @internal
   */
  constructor(count: WeakCount, kind: SideKind, upgraded: (count: Count) => E | undefined) {
    if (!(count instanceof WeakCount)) throw notByNew("WeakEnd", "sender.downgrade() or receiver.downgrade()");
    this.#kind = kind;
    this.#upgraded = upgraded;
    this.#count = count;
    count.backs(this);
    refuseCloning(this);
  }

  static {
    brand(WeakEnd, "WeakEnd");
  }

  /** An end that does keep the channel open; undefined when the channel is closed, or the last such end is gone. */
  upgrade(): E | undefined {
    const count = this.#held().upgrade();
    return count === undefined ? undefined : this.#upgraded(count);
  }

  /** Another weak end of the same side. */
  clone(): WeakEnd<E> {
    const { internals, control } = this.#held();
    return new WeakEnd(WeakCount.of(internals, control), this.#kind, this.#upgraded);
  }

  /** Gives the weak count up. A second `drop()` does nothing; any other use afterwards throws `DroppedError`. */
  drop(): void {
    const count = this.#count;
    this.#count = undefined;
    count?.release();
  }

  /** `drop()`, at the end of the block that a `using` declaration stands in. */
  [Symbol.dispose](): void {
    this.drop();
  }

  /** What inspectors and loggers show of it. */
  toJSON(): Record<string, unknown> {
    return { end: this.#kind === KIND_SENDER ? "sender" : "receiver", dropped: this.#count === undefined };
  }

  #held(): WeakCount {
    return this.#count ?? dropped(this.#kind === KIND_SENDER ? "weak sender" : "weak receiver");
  }
}

/** A weak end for a handle's side, which becomes what `make` makes. */
export function weakEnd<T, E>({ inside, count, kind, type }: Side<T>, make: (side: Side<T>) => E): WeakEnd<E> {
  return new WeakEnd(WeakCount.of(inside, count.control), kind, (strong) => {
    const side = new Side(strong, kind, type);
    if (!side.queue.isClosed) return make(side);
    side.drop();
    return undefined;
  });
}
