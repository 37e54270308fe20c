/**
 * Weak ends: handles that neither keep a channel open nor anything of it alive but the control block of their side.
 */

import { dropped, tooMany } from "../arc/counted.js";
import { backstop } from "../heap/account.js";
import { refuseCloning } from "../heap/cloning.js";
import type { HeapInternals } from "../heap/heap.js";
import { KIND_SENDER, OK, OWN_STRONG, OWN_WEAK, STALE } from "../heap/kernel/numbers.js";
import type { Holding } from "../heap/leaks.js";
import { Side, type SideKind } from "./side.js";

/** One weak count of a side. */
interface WeakCount {
  readonly inside: HeapInternals;
  readonly control: number;
  /** The cell of this thread that owns it. */
  readonly cell: number;
  /** In a checked heap: what stands in its ledger for this count. */
  readonly holding: Holding | undefined;
}

/** Gives weak counts back whose handles were collected without `drop()`. */
const forgotten = backstop<WeakCount>(release);

function release({ inside, control, cell, holding }: WeakCount): void {
  if (holding !== undefined) inside.checked?.ledger.givenBack(holding);
  inside.kernel.releaseWeak(control, cell);
  inside.account.give(cell);
}

/**
 * An end of a channel that neither keeps it open nor anything of it alive: what `downgrade` makes. `E` is the end that it can
 * become again, a `Sender` or a `Receiver`.
 *
 * @see {@link Receiver.downgrade}
 */
export class WeakEnd<E> implements Disposable {
  readonly #kind: SideKind;
  readonly #upgraded: (inside: HeapInternals, control: number, cell: number) => E | undefined;
  /** Undefined once dropped. */
  #count: WeakCount | undefined;

  /**
   * For `downgrade`: `upgraded` makes an end of a strong count that it is handed, or gives that back.
   *
   * @internal
   */
  constructor(
    inside: HeapInternals,
    control: number,
    kind: SideKind,
    upgraded: (inside: HeapInternals, control: number, cell: number) => E | undefined,
  ) {
    const { kernel, account } = inside;
    const cell = account.take(OWN_WEAK);
    if (kernel.downgrade(control, cell) !== OK) {
      account.give(cell);
      throw tooMany();
    }
    this.#kind = kind;
    this.#upgraded = upgraded;
    this.#count = { inside, control, cell, holding: inside.checked?.ledger.takenControl("weak", control >>> 0) };
    forgotten.register(this, this.#count, this);
    refuseCloning(this);
  }

  /** An end that does keep the channel open; undefined when the channel is closed, or the last such end is gone. */
  upgrade(): E | undefined {
    const { inside, control } = this.#held();
    const { kernel, account } = inside;
    const cell = account.take(OWN_STRONG);
    const status = kernel.upgrade(control, cell);
    if (status === OK) return this.#upgraded(inside, control, cell);
    account.give(cell);
    if (status === STALE) return undefined;
    throw tooMany();
  }

  /** Another weak end of the same side. */
  clone(): WeakEnd<E> {
    const { inside, control } = this.#held();
    return new WeakEnd(inside, control, this.#kind, this.#upgraded);
  }

  /** Gives the weak count up. A second `drop()` does nothing; any other use afterwards throws `DroppedError`. */
  drop(): void {
    const count = this.#count;
    if (count === undefined) return;
    this.#count = undefined;
    forgotten.unregister(this);
    release(count);
  }

  /** `drop()`, at the end of the block that a `using` declaration stands in. */
  [Symbol.dispose](): void {
    this.drop();
  }

  #held(): WeakCount {
    return this.#count ?? dropped(this.#kind === KIND_SENDER ? "weak sender" : "weak receiver");
  }
}

/** A weak end for a handle's side, which becomes what `make` makes. */
export function weakEnd<T, E>({ inside, count, kind, type }: Side<T>, make: (side: Side<T>) => E): WeakEnd<E> {
  return new WeakEnd(inside, count.control, kind, (heap, control, cell) => {
    const side = Side.of(heap, control, cell, kind, type);
    if (!side.queue.isClosed) return make(side);
    side.drop();
    return undefined;
  });
}
