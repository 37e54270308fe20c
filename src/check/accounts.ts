/**
 * The accounts of a program. Each thread has an entry in the thread table, with cells that say what it owns. The main instance has
 * one behind those of the threads.
 *
 *   account 0 .. n-1   the program's threads
 *   account n          the main instance, which reaps
 *
 * Invariants
 *   - An entry belongs to its account from the program's setup until it is reaped, once: by another thread, or by the main
 *     instance at the end. Threads that were killed are reaped before the program looks at what is left. The others are reaped
 *     after that, as if each of them ended in good order.
 *   - A thread that has ended has nothing in its working cells: those are for kernel calls under way.
 */
import { CELL_BYTES, CELL_KIND, WORK_AT, WORKING_CELLS } from "../heap/kernel/numbers.js";
import { type Account, CheckFailure, type ModelKernel } from "./program.js";

/** A thread, as far as it can be reaped. */
interface Reapable {
  readonly id: number;
  readonly killed: boolean;
}

export class Accounts {
  readonly all: readonly Account[];
  readonly #kernel: ModelKernel;
  readonly #words: Uint32Array;

  /** Takes an entry for each of `threads` threads and, last, for the main instance; none at all if no thread has one. */
  constructor(kernel: ModelKernel, words: Uint32Array, threads: number) {
    this.#kernel = kernel;
    this.#words = words;
    this.all = threads === 0 ? [] : Array.from({ length: threads + 1 }, (_, i) => this.#open(i + 1));
  }

  #open(thread: number): Account {
    const kernel = this.#kernel;
    const entry = kernel.enter(thread) >>> 0;
    kernel.use(entry);
    let next = kernel.addCells() >>> 0;
    let left = kernel.cellsPerBlock();
    const cell = (kind: number) => {
      if (left-- === 0) throw new RangeError("a model's threads have few cells");
      const at = next;
      this.#words[(at + CELL_KIND) / 4] = kind;
      next += CELL_BYTES;
      return at;
    };
    return { thread, entry, cell };
  }

  /** The account of a thread. */
  of(id: number): Account | undefined {
    return id < this.all.length - 1 ? this.all[id] : undefined;
  }

  /** Blocks that the main instance's own cells lie in. They stay. */
  get kept(): number {
    return Math.min(this.all.length, 1);
  }

  /** Returns what threads own, unless somebody else did. */
  reap(threads: readonly Reapable[]): void {
    for (const { id, killed } of threads) {
      const account = this.of(id);
      if (account === undefined || !this.#isInTable(account)) continue;
      if (!killed) this.#checkWorkingCells(id, account);
      this.#kernel.reap(account.entry, account.thread);
    }
    // A thread that was to reap another one may have been reaped after that one's turn had come here.
    for (const { id } of threads) {
      const account = this.of(id);
      if (account !== undefined && this.#isInTable(account))
        throw new CheckFailure("accounting", `nobody has reaped thread ${id}`);
    }
  }

  #checkWorkingCells(id: number, { entry }: Account): void {
    for (let cell = 0; cell < WORKING_CELLS; cell++) {
      const at = (entry + WORK_AT + cell * CELL_BYTES) / 4;
      if (((this.#words[at] as number) | (this.#words[at + 1] as number)) !== 0)
        throw new CheckFailure("accounting", `thread ${id} has ended, and its working cell ${cell} is not empty`);
    }
  }

  /** Whether the entry is still the account's. The threads of models have no number of an operating system's. */
  #isInTable({ entry, thread }: Account): boolean {
    return this.#kernel.identityOf(entry) === BigInt(thread);
  }
}
