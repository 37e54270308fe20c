/**
 * Data races, by vector clocks (as FastTrack and ThreadSanitizer do it, without their compression: programs are tiny).
 *
 * Every atomic access synchronizes. It takes over the clock that the last writers left at the word, and a write leaves the clock
 * of its thread there. A plain access must be ordered in this way after every earlier access of another thread to the same bytes,
 * if one of the two is a write. An atomic access must be ordered after every earlier plain one.
 */
import { MAX_THREADS } from "./program.js";

/** Per word and thread, the time of the last access of each kind. */
const KINDS = 4;
const PLAIN_READ = 0;
const PLAIN_WRITE = 1;
const ATOMIC_READ = 2;
const ATOMIC_WRITE = 3;
const STRIDE = KINDS * MAX_THREADS;

export class Races {
  /** What each thread knows of the others' time. */
  readonly #clocks = new Uint16Array(MAX_THREADS * MAX_THREADS);
  /** What each word's writers knew. */
  readonly #released: Uint16Array;
  readonly #times: Uint16Array;
  readonly #usedIn: Uint32Array;
  #run = 0;

  constructor(words: number) {
    this.#released = new Uint16Array(words * MAX_THREADS);
    this.#times = new Uint16Array(words * STRIDE);
    this.#usedIn = new Uint32Array(words);
  }

  /** Forgets everything: a new run. */
  reset(): void {
    this.#run++;
    this.#clocks.fill(0);
    for (let t = 0; t < MAX_THREADS; t++) this.#clocks[t * MAX_THREADS + t] = 1;
  }

  #use(word: number): void {
    if (this.#usedIn[word] === this.#run) return;
    this.#usedIn[word] = this.#run;
    this.#released.fill(0, word * MAX_THREADS, (word + 1) * MAX_THREADS);
    this.#times.fill(0, word * STRIDE, (word + 1) * STRIDE);
  }

  /** An atomic access of `thread`, which may read and may write; returns the thread it races with, or -1. */
  atomic(thread: number, word: number, reads: boolean, writes: boolean): number {
    this.#use(word);
    const clock = thread * MAX_THREADS;
    const released = word * MAX_THREADS;
    if (reads) {
      for (let t = 0; t < MAX_THREADS; t++) {
        const theirs = this.#released[released + t] as number;
        if (theirs > (this.#clocks[clock + t] as number)) this.#clocks[clock + t] = theirs;
      }
    }
    const now = this.#clocks[clock + thread] as number;
    this.#times[word * STRIDE + (writes ? ATOMIC_WRITE : ATOMIC_READ) * MAX_THREADS + thread] = now;
    return this.#conflict(thread, word, writes, false);
  }

  /** The atomic access of `thread` did write: what the thread knows is there for those who read it. */
  release(thread: number, word: number): void {
    this.#use(word);
    const clock = thread * MAX_THREADS;
    for (let t = 0; t < MAX_THREADS; t++) this.#released[word * MAX_THREADS + t] = this.#clocks[clock + t] as number;
    this.#clocks[clock + thread] = (this.#clocks[clock + thread] as number) + 1;
  }

  /** `thread` wakes `other`, which is parked: what it knows, the other one knows when it goes on. */
  wake(thread: number, other: number): void {
    const clock = thread * MAX_THREADS;
    for (let t = 0; t < MAX_THREADS; t++) {
      const known = this.#clocks[clock + t] as number;
      if (known > (this.#clocks[other * MAX_THREADS + t] as number)) this.#clocks[other * MAX_THREADS + t] = known;
    }
    this.#clocks[clock + thread] = (this.#clocks[clock + thread] as number) + 1;
  }

  /** A plain access of `thread`; returns the thread it races with, or -1. */
  plain(thread: number, word: number, writes: boolean): number {
    this.#use(word);
    const other = this.#conflict(thread, word, writes, true);
    const now = this.#clocks[thread * MAX_THREADS + thread] as number;
    this.#times[word * STRIDE + (writes ? PLAIN_WRITE : PLAIN_READ) * MAX_THREADS + thread] = now;
    return other;
  }

  /** `thread` gives the block back that the word is in; returns the thread whose plain access is not ordered before that. */
  freed(thread: number, word: number): number {
    if (this.#usedIn[word] !== this.#run) return -1;
    const times = word * STRIDE;
    for (let t = 0; t < MAX_THREADS; t++) {
      if (t === thread) continue;
      const known = this.#clocks[thread * MAX_THREADS + t] as number;
      if ((this.#times[times + PLAIN_WRITE * MAX_THREADS + t] as number) > known) return t;
      if ((this.#times[times + PLAIN_READ * MAX_THREADS + t] as number) > known) return t;
    }
    return -1;
  }

  /** Another thread's conflicting access that is not ordered before this one. */
  #conflict(thread: number, word: number, writes: boolean, plain: boolean): number {
    const times = word * STRIDE;
    for (let t = 0; t < MAX_THREADS; t++) {
      if (t === thread) continue;
      const known = this.#clocks[thread * MAX_THREADS + t] as number;
      if ((this.#times[times + PLAIN_WRITE * MAX_THREADS + t] as number) > known) return t;
      if (plain && (this.#times[times + ATOMIC_WRITE * MAX_THREADS + t] as number) > known) return t;
      if (!writes) continue;
      if ((this.#times[times + PLAIN_READ * MAX_THREADS + t] as number) > known) return t;
      if (plain && (this.#times[times + ATOMIC_READ * MAX_THREADS + t] as number) > known) return t;
    }
    return -1;
  }
}
