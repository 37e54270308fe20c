/**
 * Which step of a run happened before which: the happens-before graph as a hash, and which thread knows of which access.
 *
 *   step of a thread  <-  its own last step
 *                     <-  the last write of its word and, for a write, the reads since
 *                     <-  all operations that had ended, for the beginning of one
 *                     <-  the last step of the thread that it mourns
 *
 * Invariants
 *   - Every step of every thread is added once, before the next step of any thread.
 *   - The hash of a graph is the sum of its steps' hashes, and a step's hash has in it all that it comes after. So two runs
 *     with the same steps in another order have the same hash if, and only if (but for 64 bits), nothing can tell them apart.
 *   - A thread knows of others by the words that they wrote, or by the thread that woke it (races.ts).
 */
import { LOAD, READ, RMW, STORE, WATCHED } from "./memory.js";
import { CheckFailure, MAX_THREADS } from "./program.js";
import { Races } from "./races.js";

/** What a step is that is no access: the numbers go on where the kinds of access end. */
const WAKES = 4;
const BEGINS = 5;
const ENDS = 6;
const DIES = 7;

export class HappensBefore {
  /** The hash of the run's graph so far, two words. */
  low = 0;
  high = 0;
  readonly #sites: readonly string[];
  readonly #races: Races;
  /** The hash of each thread's last step, two words each. */
  readonly #last = new Int32Array(2 * MAX_THREADS);
  /** For each word the hash of its last write and the sum of the reads since, and the run that they are of. */
  readonly #words: Int32Array;
  readonly #usedIn: Uint32Array;
  #run = 0;
  /** The sum of the operations that have ended. */
  #endedLow = 0;
  #endedHigh = 0;

  /** `words`: how many words of 8 bytes the memory has. `sites`: what the kernel's call sites are called. */
  constructor(words: number, sites: readonly string[]) {
    this.#sites = sites;
    this.#races = new Races(words);
    this.#words = new Int32Array(4 * words);
    this.#usedIn = new Uint32Array(words);
  }

  /** Forgets everything: a new run. */
  reset(): void {
    this.#run++;
    this.#races.reset();
    this.low = 0;
    this.high = 0;
    this.#endedLow = 0;
    this.#endedHigh = 0;
    for (let thread = 0; thread < MAX_THREADS; thread++) {
      this.#last[2 * thread] = thread + 1;
      this.#last[2 * thread + 1] = ~thread;
    }
  }

  // ── accesses ──

  /** An atomic access of a thread. */
  atomic(thread: number, kind: number, ptr: number, site: number): void {
    const writes = kind !== LOAD;
    const other = this.#races.atomic(thread, ptr >>> 3, kind !== STORE, writes);
    if (other >= 0) throw this.#race(thread, other, ptr, site);
    this.#access(thread, kind, ptr >>> 3, writes);
  }

  /** The thread's atomic access did write: whoever reads the word knows what the thread knows. */
  release(thread: number, word: number): void {
    this.#races.release(thread, word);
  }

  /** A plain access of a thread. It is no step: the atomics around it order it, or it is a race. */
  plain(thread: number, word: number, writes: boolean, site: number): void {
    const other = this.#races.plain(thread, word, writes);
    if (other >= 0) throw this.#race(thread, other, word << 3, site);
  }

  /**
   * A thread gives a block back. A plain access is no step of its own, so nobody frees the block just before it: that it is
   * not ordered must do.
   */
  frees(thread: number, ptr: number, size: number): void {
    for (let word = ptr >>> 3; word << 3 < ptr + Math.min(size, WATCHED); word++) {
      const other = this.#races.freed(thread, word);
      if (other < 0) continue;
      throw new CheckFailure("use after free", `thread ${other} at ${word << 3} while thread ${thread} frees ${ptr}`);
    }
  }

  #race(thread: number, other: number, ptr: number, site: number): CheckFailure {
    return new CheckFailure(
      "race",
      `thread ${thread} and thread ${other} at ${ptr} without order: ${this.#sites[site]}`,
    );
  }

  // ── other steps ──

  begins(thread: number): void {
    this.#step(thread, BEGINS, 0, this.#endedLow, this.#endedHigh);
  }
  ends(thread: number): void {
    this.#step(thread, ENDS, 0, 0, 0);
    this.#endedLow = (this.#endedLow + (this.#last[2 * thread] as number)) | 0;
    this.#endedHigh = (this.#endedHigh + (this.#last[2 * thread + 1] as number)) | 0;
  }

  /** A thread could have been killed before a plain access, and was not: the choice that follows must not look like that one. */
  survives(thread: number): void {
    this.#step(thread, READ, 0, 0, 0);
  }
  dies(thread: number): void {
    this.#step(thread, DIES, 0, 0, 0);
  }
  /** A thread learns that another one is dead: it knows all that that one did. */
  mourns(thread: number, dead: number): void {
    this.#races.wake(dead, thread);
    this.#step(thread, DIES, 1, this.#last[2 * dead] as number, this.#last[2 * dead + 1] as number);
  }

  /** A thread wakes others on a word, and one that was woken goes on. */
  notifies(thread: number, word: number): void {
    this.#access(thread, RMW, word, true);
  }
  wakes(thread: number, other: number): void {
    this.#races.wake(thread, other);
  }
  goesOn(thread: number, word: number): void {
    this.#access(thread, LOAD, word, false);
  }
  /** A thread goes on that nobody woke. */
  goesOnByItself(thread: number): void {
    this.#step(thread, WAKES, 0, 0, 0);
  }

  // ── the graph ──

  #access(thread: number, kind: number, word: number, writes: boolean): void {
    const at = word * 4;
    const words = this.#words;
    if (this.#usedIn[word] !== this.#run) {
      this.#usedIn[word] = this.#run;
      words.fill(0, at, at + 4);
    }
    const last = this.#last;
    if (writes) {
      this.#step(
        thread,
        kind,
        word,
        mix(words[at] as number, words[at + 2] as number),
        mix(words[at + 1] as number, words[at + 3] as number),
      );
      words[at] = last[2 * thread] as number;
      words[at + 1] = last[2 * thread + 1] as number;
      words[at + 2] = 0;
      words[at + 3] = 0;
    } else {
      this.#step(thread, kind, word, words[at] as number, words[at + 1] as number);
      words[at + 2] = ((words[at + 2] as number) + (last[2 * thread] as number)) | 0;
      words[at + 3] = ((words[at + 3] as number) + (last[2 * thread + 1] as number)) | 0;
    }
  }

  /** Adds a step: what it is, and what it comes after beside the thread's last one. */
  #step(thread: number, kind: number, word: number, afterLow: number, afterHigh: number): void {
    const at = 2 * thread;
    const what = (word << 3) | kind;
    const low = mix(mix((this.#last[at] as number) ^ 0x9e3779b9, what), afterLow);
    const high = mix(mix((this.#last[at + 1] as number) ^ 0x7f4a7c15, what), afterHigh);
    this.#last[at] = low;
    this.#last[at + 1] = high;
    this.low = (this.low + low) | 0;
    this.high = (this.high + high) | 0;
  }
}

/** Two words into one, so that each bit of both counts (a round of MurmurHash3's finalizer). */
function mix(a: number, b: number): number {
  const h = Math.imul(a ^ Math.imul(b, 0x85ebca6b), 0xc2b2ae35);
  return h ^ (h >>> 15);
}
