/**
 * The ledger: what the workers of a run and the thread that watches them tell each other, in a SharedArrayBuffer of its own.
 * Nothing in it comes from the heap under test, so it stays true whatever becomes of that.
 *
 *   line (256 bytes)
 *   0      | step | done |                             1: begin; nobody begins a deed once `done`
 *   1 ...  | activity | begun | refusals | faults of each kind ... | first fault's block | deeds of each kind ... |    one a seat
 *
 * A seat's line is written by its worker alone; when that is killed, its successor counts on from what is there.
 */
import { AT_THE_START, DEEDS, STARTING } from "./activity.js";

/** Words of a line. */
const LINE = 64;
const STEP = 0;
const DONE = 1;

// Words of a seat's line.
const ACTIVITY = 0;
const BEGUN = 1;
/** Calls that the exhausted heap refused. */
export const REFUSALS = 2;
/** Blocks that were not what was written there, and the number that the first claimed to have. */
export const DAMAGED = 3;
export const FIRST_DAMAGED = 4;
/** Objects that were gone although somebody held them. */
export const GONE = 5;
/** Tokens whose opens were gone, or whose object was: what others did with it decides. */
export const STALE = 6;
/** The first deed's count; see activity.ts. */
export const DEED = 16;

export class Ledger {
  readonly buffer: SharedArrayBuffer;
  readonly seats: number;
  readonly #words: Int32Array;

  constructor(seats: number, buffer = new SharedArrayBuffer(4 * LINE * (1 + seats))) {
    this.buffer = buffer;
    this.seats = seats;
    this.#words = new Int32Array(buffer);
  }

  /** Lets everybody begin. */
  begin(): void {
    Atomics.store(this.#words, STEP, 1);
    Atomics.notify(this.#words, STEP);
  }

  /** Blocks until everybody may begin. The watching thread ends a run that is stuck, and with it who waits here. */
  awaitBeginning(seat: number): void {
    this.does(seat, AT_THE_START);
    Atomics.store(this.#words, lineOf(seat) + BEGUN, 1);
    Atomics.wait(this.#words, STEP, 0);
  }

  /** Whether the seat's worker is at the start or beyond. */
  hasBegun(seat: number): boolean {
    return Atomics.load(this.#words, lineOf(seat) + BEGUN) !== 0;
  }

  /** Makes a seat ready for a new worker. */
  vacate(seat: number): void {
    Atomics.store(this.#words, lineOf(seat) + BEGUN, 0);
    this.does(seat, STARTING);
  }

  get isDone(): boolean {
    return Atomics.load(this.#words, DONE) !== 0;
  }

  /** From now on nobody begins another deed. */
  finish(): void {
    Atomics.store(this.#words, DONE, 1);
  }

  does(seat: number, activity: number): void {
    this.#words[lineOf(seat) + ACTIVITY] = activity;
  }

  activityOf(seat: number): number {
    return Atomics.load(this.#words, lineOf(seat) + ACTIVITY);
  }

  /** Adds to a count of the seat. Its worker is the only one who does. */
  count(seat: number, word: number): void {
    const at = lineOf(seat) + word;
    Atomics.store(this.#words, at, (this.#words[at] as number) + 1);
  }

  of(seat: number, word: number): number {
    return Atomics.load(this.#words, lineOf(seat) + word) >>> 0;
  }

  total(word: number): number {
    let sum = 0;
    for (let seat = 0; seat < this.seats; seat++) sum += this.of(seat, word);
    return sum;
  }

  /** Notes a block that is not what was written there. What the first claimed to be is kept. */
  noteDamage(seat: number, claimed: number): void {
    const line = lineOf(seat);
    if (this.#words[line + DAMAGED] === 0) this.#words[line + FIRST_DAMAGED] = claimed;
    this.count(seat, DAMAGED);
  }

  /** How many deeds of all kinds one seat, or everybody, has done. */
  deedsOf(seat: number): number {
    return DEEDS.reduce((sum, _, deed) => sum + this.of(seat, DEED + deed), 0);
  }
  get deeds(): number {
    return DEEDS.reduce((sum, _, deed) => sum + this.total(DEED + deed), 0);
  }

  /** A number that changes whenever a deed is done or a worker begins. */
  motion(): number {
    return this.deeds + this.total(BEGUN) + Atomics.load(this.#words, STEP);
  }
}

function lineOf(seat: number): number {
  return LINE * (1 + seat);
}
