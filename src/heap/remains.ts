/**
 * What calls of this thread have left in its cells that were cut short: it is moved to an entry of the thread table that is made
 * for this, and that entry is reaped, as if it were a dead thread's.
 */
import { threadId } from "./host.js";
import type { Kernel } from "./instance.js";
import {
  CELL_BYTES,
  CELL_EXTRA,
  CELL_KIND,
  DOUBLE_FREE,
  FREED_MARK,
  OK,
  OWN_BLOCK,
  OWN_LISTENER,
  OWN_VALUE,
  PASS,
  VALUES_FROM,
  WORK_AT,
  WORKING_CELLS,
} from "./kernel/numbers.js";
import { osThreadId } from "./osThread.js";

export class Remains {
  readonly #kernel: Kernel;
  readonly #words: Uint32Array;
  readonly #numbers: Float64Array;
  /** The entry, which is not reaped yet; 0: there is none. */
  #entry = 0;

  constructor(kernel: Kernel, words: Uint32Array, numbers: Float64Array) {
    this.#kernel = kernel;
    this.#words = words;
    this.#numbers = numbers;
  }

  /**
   * Takes what a cell owns, or a slot of a scratch if `kind` is given. This may be cut short anywhere, and done again. Returns
   * whether the cell is empty; it is not if as many threads as there can be have the heap open.
   */
  take(cell: number, kind = this.#words[(cell + CELL_KIND) >>> 2] as number): boolean {
    // A value itself is gone with its cell: nobody will take it.
    if ((this.#numbers[cell >>> 3] as number) >= VALUES_FROM) this.#numbers[cell >>> 3] = 0;
    if (!this.#owns(cell)) return true;
    // A listener's node knows its cell.
    if (kind === OWN_LISTENER) this.#kernel.leave(this.#numbers[cell >>> 3] as number, PASS, 0);
    else if ((kind !== OWN_BLOCK && kind !== OWN_VALUE) || !this.#free(cell)) this.#move(cell, kind);
    return !this.#owns(cell);
  }

  #owns(cell: number): boolean {
    return this.#numbers[cell >>> 3] !== 0;
  }

  #move(cell: number, kind: number): void {
    const words = this.#words;
    if (this.#entry === 0) this.#entry = this.#kernel.enter(threadId, osThreadId) >>> 0;
    if (this.#entry === 0) return;
    const cells = Array.from({ length: WORKING_CELLS }, (_, i) => this.#entry + WORK_AT + i * CELL_BYTES);
    const to = cells.find((each) => !this.#owns(each));
    if (to === undefined) {
      this.bury();
      this.#move(cell, kind);
      return;
    }
    words[(to + CELL_KIND) >>> 2] = kind;
    words[(to + CELL_EXTRA) >>> 2] = words[(cell + CELL_EXTRA) >>> 2] as number;
    // Nothing in between where the thread could be stopped.
    this.#numbers[to >>> 3] = this.#numbers[cell >>> 3] as number;
    this.#numbers[cell >>> 3] = 0;
  }

  /** Frees the block in a cell. False: it is one of the kernel's own. */
  #free(cell: number): boolean {
    const block = this.#numbers[cell >>> 3] as number;
    const status = this.#kernel.free(block, cell);
    if (status !== DOUBLE_FREE) return status === OK;
    // Marked as free, and not given back when it was cut short.
    this.#words.fill(0, (block + FREED_MARK) >>> 2, (block + FREED_MARK + 8) >>> 2);
    return this.#kernel.free(block, cell) === OK;
  }

  /** Has the entry reaped. */
  bury(): void {
    if (this.#entry === 0) return;
    this.#kernel.reap(this.#entry, threadId, osThreadId);
    this.#entry = 0;
  }
}
