/**
 * The memory of a run: the heap's words, what is known of the blocks in them, and how to put them back.
 *
 *   words     | header | thread table | blocks ...      8 bytes each; the kernels' memory itself
 *   blocks    | 0 | 0 | LIVE LIVE | FREE FREE | 0       a byte for each word: what the allocator has said of it
 *
 * Invariants
 *   - A word that differs from the image is in the list of changed words, once. So if these are put back, all are, and each run
 *     starts from the memory that the program's setup left.
 *   - A word is LIVE from the moment when its block is handed out, and FREE from the moment when the block comes back. No program
 *     has a block that is in use and free at the same time.
 *   - A write is settled before another thread takes a step: then it is known whether the word changed.
 */
import { LAST_CLASS } from "../heap/kernel/numbers.js";
import { CheckFailure, MAX_THREADS } from "./program.js";

/** The kinds of access; the numbers are atomic.ts's. */
export const LOAD = 0;
export const STORE = 1;
export const RMW = 2;
export const READ = 3;
export const WRITE = 4;

/** What became of a write: there was none, the word is as it was, or it is not. */
export const NONE = 0;
const SAME = 1;
export const CHANGED = 2;

/** What the allocator has said of a word: nothing, part of a block in use, part of a free one. */
const LIVE = 1;
const FREE = 2;
/** How much of a block is watched, in bytes. No program looks at more of one. */
export const WATCHED = 1024;

/** The header's word that says where the allocator's counters are, and the number of them that each thread has. */
const AT_STRIPES = 44;
const CLASSES = LAST_CLASS + 1;
const STRIDE = 2 * CLASSES + ((2 * CLASSES) % 4);

/** The allocator alone writes to free blocks; the header alone reads its fixed words. */
const ALLOCATOR = "src/heap/kernel/alloc.ts";
const HEADER = "src/heap/kernel/header.ts";
const FIXED_WORDS = 64;

export class Memory {
  /** The heap as words of 4 bytes, and as numbers of 8. */
  readonly words: Uint32Array;
  readonly slots: Float64Array;
  readonly #sites: readonly string[];
  #image: Uint32Array;
  /** Words of 8 bytes that this run has changed, each once. */
  readonly #changed: number[] = [];
  readonly #changedIn: Uint32Array;
  readonly #blocks: Uint8Array;
  #blocksImage: Uint8Array;
  readonly #blocksChanged: number[] = [];
  #run = 0;
  // The write under way: its word, or -1, its kind, and what stood there before.
  #word = -1;
  #kind = 0;
  #low = 0;
  #high = 0;

  /** `sites`: what the kernel's call sites are called. */
  constructor(buffer: ArrayBufferLike, bytes: number, sites: readonly string[]) {
    const words = bytes / 8;
    this.words = new Uint32Array(buffer, 0, 2 * words);
    this.slots = new Float64Array(buffer, 0, words);
    this.#sites = sites;
    this.#image = this.words;
    this.#changedIn = new Uint32Array(words);
    this.#blocks = new Uint8Array(words);
    this.#blocksImage = this.#blocks;
  }

  /** What is there now is what every run starts from. */
  keep(): void {
    this.#image = this.words.slice();
    this.#blocksImage = this.#blocks.slice();
  }

  /** Puts everything back to where it was when it was kept. */
  reset(): void {
    const { words } = this;
    for (const word of this.#changed) {
      words[2 * word] = this.#image[2 * word] as number;
      words[2 * word + 1] = this.#image[2 * word + 1] as number;
    }
    this.#changed.length = 0;
    for (const word of this.#blocksChanged) this.#blocks[word] = this.#blocksImage[word] as number;
    this.#blocksChanged.length = 0;
    this.#word = -1;
    this.#run++;
  }

  // ── accesses ──

  /** An address must be the heap's, and not one of the header's own words. */
  checkBounds(ptr: number, size: number, site: number): void {
    if (ptr < FIXED_WORDS && !this.#isIn(HEADER, site))
      throw new CheckFailure("bounds", `null pointer dereferenced: ${ptr}, ${this.#sites[site]}`);
    if (ptr + size > this.words.byteLength)
      throw new CheckFailure("bounds", `beyond the heap: ${ptr}, ${this.#sites[site]}`);
  }

  /** An atomic write of a word is about to happen. */
  write(kind: number, word: number, site: number): void {
    if (this.#blocks[word] === FREE && !this.#isIn(ALLOCATOR, site)) throw this.#useAfterFree(word, site);
    this.soil(word);
    this.#word = word;
    this.#kind = kind;
    this.#low = this.words[2 * word] as number;
    this.#high = this.words[2 * word + 1] as number;
  }

  /** The word of the write that is to be settled. */
  get written(): number {
    return this.#word;
  }

  /** What became of the last write. A compare-and-swap that failed wrote nothing. */
  settle(): number {
    const word = this.#word;
    if (word < 0) return NONE;
    this.#word = -1;
    if (this.words[2 * word] !== this.#low || this.words[2 * word + 1] !== this.#high) return CHANGED;
    return this.#kind === STORE ? SAME : NONE;
  }

  /** A plain access of a word is about to happen. */
  checkPlain(word: number, site: number): void {
    if (this.#blocks[word] === FREE) throw this.#useAfterFree(word, site);
  }

  /** A write of the main instance's, before and after the others run. */
  writeQuietly(ptr: number, size: number, site: number): void {
    for (let word = ptr >>> 3; word << 3 < ptr + size; word++) {
      if (this.#blocks[word] === FREE && !this.#isIn(ALLOCATOR, site)) throw this.#useAfterFree(word, site);
      this.soil(word);
    }
  }

  /** Notes that a word is about to change. */
  soil(word: number): void {
    if (this.#changedIn[word] === this.#run) return;
    this.#changedIn[word] = this.#run;
    this.#changed.push(word);
  }

  /** A word as it is printed, `high:low`. */
  print(word: number): string {
    return `${(this.words[2 * word + 1] ?? 0).toString(16)}:${(this.words[2 * word] ?? 0).toString(16)}`;
  }

  #isIn(file: string, site: number): boolean {
    return this.#sites[site]?.startsWith(file) === true;
  }
  #useAfterFree(word: number, site: number): CheckFailure {
    return new CheckFailure("use after free", `${word << 3} lies in a free block, ${this.#sites[site]}`);
  }

  // ── blocks ──

  /** A block was handed out. */
  born(ptr: number, size: number): void {
    if (this.#blocks[ptr >>> 3] === LIVE)
      throw new CheckFailure("double allocation", `block ${ptr} was handed out twice`);
    this.#mark(ptr, size, LIVE);
  }

  /**
   * A block came back. `mayBeUntold`: a thread was killed. If it had just taken a block that nobody had before, it has not told
   * of it; its reaper returns it all the same. Size 0: the allocator refused the block, and the kernel itself was wrong.
   */
  died(ptr: number, size: number, mayBeUntold: boolean): void {
    const state = this.#blocks[ptr >>> 3];
    if (size === 0 || (state !== LIVE && !(state === 0 && mayBeUntold)))
      throw new CheckFailure("double free", `block ${ptr} is not in use`);
    this.#mark(ptr, size, FREE);
  }

  #mark(ptr: number, size: number, state: number): void {
    const end = (ptr + Math.min(size, WATCHED)) >>> 3;
    for (let word = ptr >>> 3; word < end; word++) {
      this.#blocks[word] = state;
      this.#blocksChanged.push(word);
    }
  }

  /** Blocks in use, from the allocator's own counters. */
  liveBlocks(): number {
    const counters = (this.words[AT_STRIPES / 4] as number) / 4;
    let live = 0;
    for (let stripe = 0; stripe < MAX_THREADS; stripe++) {
      const from = counters + stripe * STRIDE;
      for (let at = from; at < from + 2 * CLASSES; at += 2) live = (live + (this.words[at] as number)) | 0;
    }
    return live;
  }
}
