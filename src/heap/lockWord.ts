/**
 * A word of shared memory as a lock that survives its holder: what locks will be built from. A cell of the holder says that it
 * has the lock. No call waits.
 *
 *   free -> held -> free             tryLock, unlock
 *           held -> poisoned         its holder died, and was reaped
 *           poisoned -> held -> poisoned ... until absolved
 *
 * Poison is that of Rust's standard library: the next thread that takes the lock is told that what the lock protects may be half
 * done. It may take the lock all the same, repair what is half done, and take the poison out.
 */
import { PoisonedError, ShmolError } from "./errors.js";
import type { HeapInternals } from "./heap.js";
import { HELD, OWN_LOCK, POISONED } from "./kernel/numbers.js";

export class LockWord {
  readonly #inside: HeapInternals;
  /** Where the word lies: 4 bytes on a multiple of 4, zero at first. */
  readonly #word: number;
  /** The cell that owns the lock while this handle has it; 0: it has not. */
  #cell = 0;

  constructor(inside: HeapInternals, word: number) {
    this.#inside = inside;
    this.#word = word;
  }

  /**
   * Takes the lock if nobody has it.
   *
   * @param evenIfPoisoned whether to take it also after a holder has died.
   * @returns whether this handle has it now.
   * @throws {PoisonedError} a holder has died. The lock is left free.
   */
  tryLock(evenIfPoisoned = false): boolean {
    if (this.#cell !== 0) throw new ShmolError("NOT_REENTRANT", "this handle has the lock already");
    const { kernel, account } = this.#inside;
    const cell = account.take(OWN_LOCK);
    const state = kernel.tryHold(this.#word, cell);
    if ((state & HELD) === 0) {
      account.give(cell);
      return false;
    }
    this.#cell = cell;
    if ((state & POISONED) === 0 || evenIfPoisoned) return true;
    this.unlock();
    throw new PoisonedError(`a thread died while it held the lock at ${this.#word}`);
  }

  /** Gives the lock back. */
  unlock(): void {
    if (this.#cell === 0) throw new ShmolError("NOT_HELD", "this handle does not have the lock");
    const cell = this.#cell;
    this.#cell = 0;
    this.#inside.kernel.letGo(this.#word, cell);
    this.#inside.account.give(cell);
  }

  /** Takes the poison out. For the holder of the lock, when it has repaired what the lock protects. */
  clearPoison(): void {
    if (this.#cell === 0) throw new ShmolError("NOT_HELD", "only who has the lock may clear its poison");
    this.#inside.kernel.absolve(this.#word);
  }
}
