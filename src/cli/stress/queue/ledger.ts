/**
 * The ledger: what the workers of a run tell each other and the thread that watches them, in a SharedArrayBuffer of its
 * own. Nothing in it comes from the queue or from the heap under test, so it stays true whatever becomes of those.
 *
 *   line (128 bytes)
 *   0      | step |
 *   1      | next segment | segments of this round | values in the last of them |
 *   2 ...  | activity | answered | refusals | fulls | pushed: count, sum, xor | taken: likewise | first fault's kind |
 *          | faults of each kind ... |                                                                     one a seat
 *
 *   owner[segment]       the producer that was given it; -1: nobody yet
 *   attempted[segment]   no value from this offset on was ever pushed
 *   confirmed[segment]   every value below this offset was pushed
 *   evidence[seat]       the value of the seat's first fault, in words
 *   marks                one bit for every serial: somebody took it out. Only in runs that kill.
 *
 * Producers take values, too, where they push by force: those that they displaced.
 *
 * A seat is a producer's or a consumer's place. When its worker is killed, the one that replaces it finds the seat's line as
 * it was left and counts on from there.
 *
 * A step is a round's number and a phase. It only ever grows, so workers answer "done with this step" by its number:
 *
 *   gather -> run -> settle -> drain -> run (next round) -> settle -> drain -> leave
 *             |      |         '-- consumers empty the queue, then answer
 *             |      '------------ producers stop, then answer
 *             '------------------- everybody works
 *
 * Who may write what: the watching thread the step, the segments of a round and, while everybody rests, all the rest; a
 * worker its seat's line and its segments' words; any taker the marks.
 */
export const GATHER = 0;
export const RUN = 1;
export const SETTLE = 2;
export const DRAIN = 3;
export const LEAVE = 4;

/** Steps of one round. */
const PHASES = 8;

/** The phase of a step. */
export function phaseOf(step: number): number {
  return step % PHASES;
}

/** What can be wrong with a value, by number; the words follow "value ... ". */
export const FAULTS = [
  "",
  "was never pushed",
  "came out of order, or twice",
  "came out twice",
  "came out damaged: its checksum does not match its content",
] as const;
export const NEVER_PUSHED = 1;
export const OUT_OF_ORDER = 2;
export const TWICE = 3;
export const DAMAGED = 4;

/** The two tallies of a seat, by their place in its line. */
export const PUSHED = 4;
export const TAKEN = 7;
export type Side = typeof PUSHED | typeof TAKEN;

/** The measures of a ledger. Workers get them together with the buffer. */
export interface LedgerShape {
  readonly producers: number;
  readonly consumers: number;
  readonly segments: number;
  /** A segment has two to this power values. */
  readonly segmentBits: number;
  /** Whether there is a bit for every value. */
  readonly marks: boolean;
}

/** Words of a line. */
const LINE = 32;
const STEP = 0;
const NEXT_SEGMENT = LINE;
const SEGMENT_LIMIT = LINE + 1;
const LAST_LENGTH = LINE + 2;
const SEATS = 2 * LINE;
// Words of a seat's line.
const ACTIVITY = 0;
const ANSWERED = 1;
const REFUSALS = 2;
const FULLS = 3;
const FIRST_FAULT = 10;
/** One word for each kind of fault; kinds count from 1. */
const FAULT_COUNTS = 10;
// Words of a tally.
const COUNT = 0;
const SUM = 1;
const XOR = 2;

/** Bytes for a piece of evidence: its length, and UTF-8. */
const EVIDENCE = 128;

/** A part of the values that a producer pushes, in order. */
export interface Segment {
  readonly index: number;
  /** The serial of its first value. */
  readonly first: number;
  /** How many values of it are to be pushed. */
  readonly length: number;
}

/** How many values passed through one seat in this round, and the sum and xor of their serials, all modulo 2^32. */
export interface Tally {
  count: number;
  sum: number;
  xor: number;
}

/** What one segment's words say. */
interface SegmentRecord {
  readonly attempted: number;
  readonly confirmed: number;
}

/** The first thing that a taker found wrong. */
export interface Fault {
  readonly kind: number;
  /** The value, in words. */
  readonly evidence: string;
}

/** One thread's view of the ledger. */
export class Ledger {
  readonly buffer: SharedArrayBuffer;
  readonly shape: LedgerShape;
  /** Who was given which segment. Read for every value, therefore without ceremony: a value proves that it was written. */
  readonly owners: Int32Array;
  readonly #words: Int32Array;
  readonly #attempted: Int32Array;
  readonly #confirmed: Int32Array;
  readonly #evidence: Uint8Array;
  readonly #marks: Int32Array;

  constructor(shape: LedgerShape, buffer = new SharedArrayBuffer(sizeOf(shape))) {
    this.buffer = buffer;
    this.shape = shape;
    const seats = shape.producers + shape.consumers;
    let at = 0;
    const words = (count: number) => {
      const part = new Int32Array(buffer, at, count);
      at += 4 * count;
      return part;
    };
    this.#words = words(SEATS + LINE * seats);
    this.#evidence = new Uint8Array(buffer, at, EVIDENCE * seats);
    at += EVIDENCE * seats;
    this.owners = words(shape.segments);
    this.#attempted = words(shape.segments);
    this.#confirmed = words(shape.segments);
    this.#marks = words(marksOf(shape));
  }

  // ── steps ──

  /** The step that is on. */
  get step(): number {
    return Atomics.load(this.#words, STEP);
  }

  /** Goes on to the next phase, or with RUN to the next round, and wakes everybody who waits for it. */
  advance(phase: number): number {
    const round = Math.floor(this.step / PHASES) + (phase === RUN ? 1 : 0);
    const step = round * PHASES + phase;
    Atomics.store(this.#words, STEP, step);
    Atomics.notify(this.#words, STEP);
    return step;
  }

  /** Sleeps until `step` is over, but `ms` at the most. */
  sleep(step: number, ms: number): void {
    Atomics.wait(this.#words, STEP, step, ms);
  }

  /** Says that the seat has done what `step` asks for. */
  answer(seat: number, step: number): void {
    Atomics.store(this.#words, lineOf(seat) + ANSWERED, step + 1);
  }

  /** Whether the seat has answered `step` or a later one. */
  hasAnswered(seat: number, step: number): boolean {
    return Atomics.load(this.#words, lineOf(seat) + ANSWERED) > step;
  }

  /** Makes a seat ready for a new worker, who has not answered anything. */
  vacate(seat: number): void {
    Atomics.store(this.#words, lineOf(seat) + ANSWERED, 0);
    this.does(seat, 0);
  }

  // ── seats ──

  /** Notes what the seat's worker is about to do. */
  does(seat: number, activity: number): void {
    this.#words[lineOf(seat) + ACTIVITY] = activity;
  }

  activityOf(seat: number): number {
    return Atomics.load(this.#words, lineOf(seat) + ACTIVITY);
  }

  tallyOf(seat: number, side: Side): Tally {
    const at = lineOf(seat) + side;
    const [count, sum, xor] = [COUNT, SUM, XOR].map((word) => Atomics.load(this.#words, at + word));
    return { count: (count as number) >>> 0, sum: sum as number, xor: xor as number };
  }

  publish(seat: number, side: Side, { count, sum, xor }: Tally): void {
    const at = lineOf(seat) + side;
    this.#words[at + SUM] = sum;
    this.#words[at + XOR] = xor;
    Atomics.store(this.#words, at + COUNT, count);
  }

  /** Notes that the heap refused the seat's worker a block. */
  noteRefusal(seat: number): void {
    Atomics.add(this.#words, lineOf(seat) + REFUSALS, 1);
  }

  /** How often that was. */
  refusals(): number {
    return this.#total(REFUSALS);
  }

  /** Notes that nothing went in, for the queue was full. */
  noteFull(seat: number): void {
    Atomics.add(this.#words, lineOf(seat) + FULLS, 1);
  }

  /** How often that was. */
  fulls(): number {
    return this.#total(FULLS);
  }

  #total(word: number): number {
    let sum = 0;
    for (let seat = 0; seat < this.seats; seat++) sum += Atomics.load(this.#words, lineOf(seat) + word) >>> 0;
    return sum;
  }

  /** Notes that something is wrong with a value. The seat's first fault is kept as evidence, the others are counted. */
  noteFault(seat: number, kind: number, evidence: string): void {
    const line = lineOf(seat);
    if (Atomics.load(this.#words, line + FIRST_FAULT) === 0) {
      const bytes = new TextEncoder().encode(evidence).subarray(0, EVIDENCE - 1);
      this.#evidence[EVIDENCE * seat] = bytes.length;
      this.#evidence.set(bytes, EVIDENCE * seat + 1);
      Atomics.store(this.#words, line + FIRST_FAULT, kind);
    }
    Atomics.add(this.#words, line + FAULT_COUNTS + kind, 1);
  }

  /** The seat's first fault. */
  faultOf(seat: number): Fault | undefined {
    const kind = Atomics.load(this.#words, lineOf(seat) + FIRST_FAULT);
    if (kind === 0) return undefined;
    const start = EVIDENCE * seat + 1;
    const bytes = this.#evidence.slice(start, start + (this.#evidence[start - 1] as number));
    return { kind, evidence: new TextDecoder().decode(bytes) };
  }

  /** How many faults of a kind the seat found. */
  faultsOf(seat: number, kind: number): number {
    return Atomics.load(this.#words, lineOf(seat) + FAULT_COUNTS + kind);
  }

  /** A number that changes whenever a value passes or a worker answers. */
  motion(): number {
    let sum = 0;
    for (let seat = 0; seat < this.seats; seat++) {
      const line = lineOf(seat);
      for (const word of [PUSHED + COUNT, TAKEN + COUNT, ANSWERED]) sum += Atomics.load(this.#words, line + word);
    }
    return sum + this.step;
  }

  // ── segments ──

  /** Lays out a round of `items` values. Everybody rests. */
  beginRound(items: number): void {
    const used = this.segmentsGiven;
    const length = 2 ** this.shape.segmentBits;
    const segments = Math.ceil(items / length);
    this.#attempted.fill(0, 0, used);
    this.#confirmed.fill(0, 0, used);
    this.#marks.fill(0, 0, Math.ceil((used * length) / 32));
    this.owners.fill(-1);
    for (let seat = 0; seat < this.seats; seat++) {
      for (const side of [PUSHED, TAKEN] as const) this.publish(seat, side, { count: 0, sum: 0, xor: 0 });
    }
    Atomics.store(this.#words, NEXT_SEGMENT, 0);
    Atomics.store(this.#words, SEGMENT_LIMIT, segments);
    Atomics.store(this.#words, LAST_LENGTH, items - (segments - 1) * length);
  }

  /** The next values to push; undefined when this round has no more. */
  takeSegment(producer: number): Segment | undefined {
    const limit = Atomics.load(this.#words, SEGMENT_LIMIT);
    if (Atomics.load(this.#words, NEXT_SEGMENT) >= limit) return undefined;
    const index = Atomics.add(this.#words, NEXT_SEGMENT, 1);
    if (index >= limit) return undefined;
    Atomics.store(this.owners, index, producer);
    const whole = 2 ** this.shape.segmentBits;
    const length = index === limit - 1 ? Atomics.load(this.#words, LAST_LENGTH) : whole;
    return { index, first: index * whole, length };
  }

  /** How many segments of this round were given to somebody. */
  get segmentsGiven(): number {
    return Math.min(Atomics.load(this.#words, NEXT_SEGMENT), Atomics.load(this.#words, SEGMENT_LIMIT));
  }

  /** How many values of this round may have been pushed. */
  attempted(): number {
    let sum = 0;
    for (let segment = 0; segment < this.segmentsGiven; segment++) sum += Atomics.load(this.#attempted, segment);
    return sum;
  }

  /** Says, before it pushes them, that the owner may push the values below `offset`. */
  attempt(segment: number, offset: number): void {
    Atomics.store(this.#attempted, segment, offset);
  }

  /** Says, after it pushed them, that the values below `offset` are in the queue. */
  confirm(segment: number, offset: number): void {
    Atomics.store(this.#confirmed, segment, offset);
  }

  recordOf(segment: number): SegmentRecord {
    return { attempted: this.#attempted[segment] as number, confirmed: this.#confirmed[segment] as number };
  }

  // ── marks ──

  /** Notes that a value was taken out. False: it was noted before. */
  mark(serial: number): boolean {
    const bit = 1 << (serial & 31);
    return (Atomics.or(this.#marks, serial >>> 5, bit) & bit) === 0;
  }

  /** How many values of a segment, from `from` up to, not including, `to`, were taken out. */
  marked(segment: number, from: number, to: number): number {
    const first = segment * 2 ** this.shape.segmentBits;
    let count = 0;
    for (let serial = first + from; serial < first + to; ) {
      const word = this.#marks[serial >>> 5] as number;
      const bit = serial & 31;
      const length = Math.min(32 - bit, first + to - serial);
      count += ones((word >>> bit) & (0xffffffff >>> (32 - length)));
      serial += length;
    }
    return count;
  }

  /** Producers come first. */
  get seats(): number {
    return this.shape.producers + this.shape.consumers;
  }
}

function lineOf(seat: number): number {
  return SEATS + LINE * seat;
}

/** Words of the marks. */
function marksOf({ segments, segmentBits, marks }: LedgerShape): number {
  return marks ? Math.ceil((segments * 2 ** segmentBits) / 32) : 0;
}

function sizeOf(shape: LedgerShape): number {
  const seats = shape.producers + shape.consumers;
  return 4 * (SEATS + LINE * seats) + EVIDENCE * seats + 4 * (3 * shape.segments + marksOf(shape));
}

/** How many bits of a word are set. */
function ones(word: number): number {
  let sums = word - ((word >>> 1) & 0x55555555);
  sums = (sums & 0x33333333) + ((sums >>> 2) & 0x33333333);
  return Math.imul((sums + (sums >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
