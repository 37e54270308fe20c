/**
 * The board: what the threads of a run tell each other, in a SharedArrayBuffer of its own. Nothing on it comes from the heap under
 * test, so it stays true whatever becomes of that.
 *
 *   line (128 bytes, or several of them)
 *   0      | step | done |                                        step 1: begin; nobody begins anything once `done`
 *   ...    | state | OS thread | counts ... | faults ... |       one line a seat; seat 0 is the main thread's
 *   ...    | the scenario's own words ... |
 *   ...    | length | UTF-8 |                                     for each seat, in words: what it does, and the first fault of each check
 *
 * A seat's line has one writer: its worker. When that is killed, its successor counts on from what is there.
 */

const UNIT = 32;
const STEP = 0;
const DONE = 1;
/** Bytes of a note: of what a seat can be doing, and of faults. */
const NOTE = 192;
/** Notes of a seat for what it can be doing. The first one is empty. The last one is used again if a worker does more things. */
const ACTIVITIES = 32;

/** Names of words that each seat's line has, besides the counts: its worker's state, its thread, and the note of what it does. */
export const STATE = "state";
export const OS_THREAD = "OS thread";
const ACTIVITY = "activity";
const faultsIn = (check: string) => `faults in ${check}`;

/** What a seat's worker has come to. */
export const ABSENT = 0;
export const AT_WORK = 1;
export const LEFT = 2;

/** The measures of a board. Workers get them together with the buffer. */
export interface Shape {
  readonly seats: number;
  readonly counts: readonly string[];
  readonly checks: readonly string[];
  /** The number of the scenario's own words. */
  readonly words: number;
}

export class Board {
  readonly shape: Shape;
  readonly buffer: SharedArrayBuffer;
  readonly words: Int32Array;
  readonly #all: Int32Array;
  readonly #notes: Uint8Array;
  readonly #line: number;
  /** Where words are in a line, by name; and the notes that this thread wrote, for what it does. */
  readonly #columns: ReadonlyMap<string, number>;
  readonly #activities = new Map([["", 0]]);

  constructor(shape: Shape, buffer?: SharedArrayBuffer) {
    this.shape = shape;
    const lines = 1 + shape.seats;
    const names = [STATE, OS_THREAD, ACTIVITY, ...shape.counts, ...shape.checks.map(faultsIn)];
    this.#line = UNIT * Math.ceil(names.length / UNIT);
    const own = UNIT + lines * this.#line;
    const length = own + UNIT * Math.ceil(shape.words / UNIT);
    this.buffer = buffer ?? new SharedArrayBuffer(4 * length + NOTE * lines * (ACTIVITIES + shape.checks.length));
    this.#all = new Int32Array(this.buffer, 0, own);
    this.words = new Int32Array(this.buffer, 4 * own, shape.words);
    this.#notes = new Uint8Array(this.buffer, 4 * length);
    this.#columns = new Map(names.map((name, i) => [name, i]));
  }

  // ── the run ──

  begin(): void {
    Atomics.store(this.#all, STEP, 1);
    Atomics.notify(this.#all, STEP);
  }

  get isDone(): boolean {
    return Atomics.load(this.#all, DONE) !== 0;
  }

  finish(): void {
    Atomics.store(this.#all, DONE, 1);
  }

  /** Blocks until everybody may begin. The main thread ends a run that is stuck, and with it the worker that waits here. */
  awaitBeginning(): void {
    while (Atomics.load(this.#all, STEP) === 0) Atomics.wait(this.#all, STEP, 0, 1000);
  }

  // ── seats ──

  /** A word of the seat's line: a count, `STATE` or `OS_THREAD`, where 0 says that the thread is not known. */
  of(seat: number, name: string): number {
    return Atomics.load(this.#all, this.#at(seat, name)) >>> 0;
  }

  set(seat: number, name: string, value: number): void {
    Atomics.store(this.#all, this.#at(seat, name), value);
  }

  /** Adds to a count of the seat. Only the seat's worker does. */
  count(seat: number, name: string, by = 1): void {
    Atomics.add(this.#all, this.#at(seat, name), by);
  }

  /** The seat's worker says what it is about to do, in words that follow its name, such as "in push". They are written once. */
  does(seat: number, activity: string): void {
    let note = this.#activities.get(activity);
    if (note === undefined) {
      note = Math.min(this.#activities.size, ACTIVITIES - 1);
      this.#write(seat, note, activity);
      this.#activities.set(activity, note);
    }
    this.set(seat, ACTIVITY, note);
  }
  activityOf(seat: number): string {
    return this.#read(seat, this.of(seat, ACTIVITY));
  }

  /** The sum of a word over all lines. */
  total(name: string): number {
    let sum = 0;
    for (let seat = 0; seat <= this.shape.seats; seat++) sum += this.of(seat, name);
    return sum;
  }

  /** A number that changes whenever the first thing is counted or a worker comes or goes. */
  motion(): number {
    return Atomics.load(this.#all, STEP) + this.total(STATE) + this.total(this.shape.counts[0] as string);
  }

  // ── faults ──

  /** Reports a fault. The first one of a seat is kept in words for each check, the others are counted. */
  fault(seat: number, check: string, words: string): void {
    const note = ACTIVITIES + this.shape.checks.indexOf(check);
    if (this.#read(seat, note) === "") this.#write(seat, note, words);
    this.count(seat, faultsIn(check));
  }

  /** What was found for a check, in words; nothing was found: an empty string. */
  faults(check: string, nameOf: (seat: number) => string): string {
    const note = ACTIVITIES + this.shape.checks.indexOf(check);
    const found: string[] = [];
    for (let seat = 0; seat <= this.shape.seats; seat++) {
      const times = this.of(seat, faultsIn(check));
      if (times === 0) continue;
      const first = `${times === 1 ? "" : `${times} times, first `}${this.#read(seat, note)}`;
      found.push(`${seat === 0 ? "" : `${nameOf(seat)}: `}${first}`);
    }
    return found.join("; ");
  }

  get hasFaults(): boolean {
    return this.shape.checks.some((check) => this.total(faultsIn(check)) > 0);
  }

  // ── places ──

  #at(seat: number, name: string): number {
    const column = this.#columns.get(name);
    if (column === undefined) throw new Error(`nobody counts ${name} here`);
    return UNIT + this.#line * seat + column;
  }

  #write(seat: number, note: number, words: string): void {
    const text = new TextEncoder().encode(words).subarray(0, NOTE - 1);
    this.#notes.set([text.length, ...text], this.#noteAt(seat, note));
  }

  #read(seat: number, note: number): string {
    const at = this.#noteAt(seat, note);
    return new TextDecoder().decode(this.#notes.slice(at + 1, at + 1 + (this.#notes[at] as number)));
  }

  #noteAt(seat: number, note: number): number {
    return NOTE * (seat * (ACTIVITIES + this.shape.checks.length) + note);
  }
}
