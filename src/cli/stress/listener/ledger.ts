/**
 * The ledger: what the workers of a trial share besides the events, in a SharedArrayBuffer of its own. Nothing in it comes
 * from the heap under test, so it stays true whatever becomes of that.
 *
 *   line (128 bytes)
 *   0      | step |                                   1: begin
 *   1      | done | limit |                           nobody begins a round once `done`; rounds in all
 *   2      | lock |                                   mutex: 0, or the number of the seat that holds it
 *   3      | counter | inside | last | yielder |      mutex: rounds, who is inside, who was the last to be, who gives way
 *   4      | turn |                                   ping-pong: how often the turn was handed over; OVER
 *   5      | called |                                 crowd: rounds for which everybody listens; OVER
 *   6 ...  | activity | begun | rounds | ... |        one a seat
 *
 *   histogram                                         ping-pong: round trips
 *
 * Seats are numbered from 1 where a word says who, so that 0 is nobody. A seat's line is written by its worker alone; when
 * that is killed, its successor counts on from what is there.
 */

import { HISTOGRAM_BYTES } from "../histogram.js";
import { Activity } from "./activity.js";

/** Words of a line. */
const LINE = 32;
const STEP = 0;
const DONE = LINE;
export const LIMIT = LINE + 1;
export const LOCK = 2 * LINE;
export const COUNTER = 3 * LINE;
export const INSIDE = 3 * LINE + 1;
export const LAST = 3 * LINE + 2;
export const YIELDER = 3 * LINE + 3;
export const TURN = 4 * LINE;
export const CALLED = 5 * LINE;
const SEATS = 6 * LINE;

/** What `TURN` and `CALLED` say at the end. */
export const OVER = -1;

/** Words of a seat's line. */
const ACTIVITY = 0;
const BEGUN = 1;
/** Rounds that the worker did, whatever those are in its trial. */
export const ROUNDS = 2;
/** Listeners made. */
export const LISTENERS = 3;
/** How waits ended, and listeners that were given up before anybody waited for them. */
export const NOTIFIED = 4;
export const TIMED_OUT = 5;
export const ABORTED = 6;
export const DROPPED = 7;
export const DISCARDED = 8;
/** How often somebody gave way. */
export const YIELDED = 17;
/** Rounds in which somebody else was inside as well. */
export const OVERLAPS = 9;
/** Things that came in the wrong order, and what was expected and found the first time. */
export const DISORDERS = 10;
export const EXPECTED = 11;
export const FOUND = 12;
/** The doorbell's counts. */
export const SETTLED = 13;
export const WAKE_UPS = 14;
export const DRAINS = 15;
/** Rounds in which the notifier notified another number than there were listeners. */
export const MISCOUNTS = 16;

export class Ledger {
  readonly buffer: SharedArrayBuffer;
  readonly seats: number;
  readonly words: Int32Array;
  /** Where the histogram begins. */
  readonly histogramAt: number;

  constructor(seats: number, buffer = new SharedArrayBuffer(sizeOf(seats))) {
    this.buffer = buffer;
    this.seats = seats;
    this.histogramAt = 4 * (SEATS + LINE * seats);
    this.words = new Int32Array(buffer, 0, this.histogramAt / 4);
  }

  /** Lets everybody begin. */
  begin(limit: number): void {
    Atomics.store(this.words, LIMIT, limit);
    Atomics.store(this.words, STEP, 1);
    Atomics.notify(this.words, STEP);
  }

  /** Blocks until everybody may begin. The watching thread ends a trial that is stuck, and with it who waits here. */
  awaitBeginning(seat: number): void {
    this.does(seat, Activity.atTheStart);
    Atomics.store(this.words, lineOf(seat) + BEGUN, 1);
    Atomics.wait(this.words, STEP, 0);
  }

  /** Whether the seat's worker is at the start or beyond. */
  hasBegun(seat: number): boolean {
    return Atomics.load(this.words, lineOf(seat) + BEGUN) !== 0;
  }

  /** Makes a seat ready for a new worker. */
  vacate(seat: number): void {
    Atomics.store(this.words, lineOf(seat) + BEGUN, 0);
    this.does(seat, Activity.starting);
  }

  get isDone(): boolean {
    return Atomics.load(this.words, DONE) !== 0;
  }

  /** From now on nobody begins another round. */
  finish(): void {
    Atomics.store(this.words, DONE, 1);
  }

  does(seat: number, activity: number): void {
    this.words[lineOf(seat) + ACTIVITY] = activity;
  }

  activityOf(seat: number): number {
    return Atomics.load(this.words, lineOf(seat) + ACTIVITY);
  }

  /** Adds to a count of the seat. Its worker is the only one who does. */
  count(seat: number, word: number, by = 1): void {
    const at = lineOf(seat) + word;
    Atomics.store(this.words, at, (this.words[at] as number) + by);
  }

  of(seat: number, word: number): number {
    return Atomics.load(this.words, lineOf(seat) + word);
  }

  total(word: number): number {
    let sum = 0;
    for (let seat = 0; seat < this.seats; seat++) sum += this.of(seat, word);
    return sum;
  }

  /** Notes that something came in the wrong order. What the first was is kept. */
  noteDisorder(seat: number, expected: number, found: number): void {
    const line = lineOf(seat);
    if (this.words[line + DISORDERS] === 0) {
      this.words[line + EXPECTED] = expected;
      this.words[line + FOUND] = found;
    }
    this.count(seat, DISORDERS);
  }

  /** A number that changes whenever a round is done or a worker begins. */
  motion(): number {
    return this.total(ROUNDS) + this.total(BEGUN) + Atomics.load(this.words, STEP);
  }
}

function lineOf(seat: number): number {
  return SEATS + LINE * seat;
}

function sizeOf(seats: number): number {
  return 4 * (SEATS + LINE * seats) + HISTOGRAM_BYTES;
}
