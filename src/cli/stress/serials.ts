/**
 * What became of each value of a run, on the board's words. Each says a serial number, which is handed out once:
 *
 *   serial       | segment | offset |
 *                     |        '------------ counts up with every value
 *                     '--------------------- handed out in ascending order, each to one sender
 *
 * So the serials that a thread sees of one sender ascend, whatever others take meanwhile.
 *
 *   words   | next segment | told |      told: the sum of what values said that do not say their serial
 *   owners[segment]      the seat of the sender that was given it; 0: nobody yet
 *   attempted[segment]   no value from this offset on ever went in
 *   confirmed[segment]   every value below this offset went in
 *   marks                one bit for every serial: somebody took it out
 *
 *   offset   0 ............ confirmed ........ attempted ............
 *            certainly in       may be in          never in
 *   marked   must be, but for    may be             must not be
 *            a dead thread's last call
 *
 * Who may write what: a sender the words of its segments, any thread that takes values the marks.
 */
import type { Board } from "./board.js";

export interface SerialsShape {
  /** How many serials there are: as many as are wanted, or as have marks and fit into the type of the values. */
  readonly items: number;
  /** A segment has two to this power serials; at least 32, so that two segments have no mark in one word. */
  readonly segmentBits: number;
  readonly segments: number;
}

/** Marks for more serials than two to this power would take more than 16 MiB. */
const MOST_BITS = 27;

/** @param bits values of the run can say serials of this many bits. */
export function shapeOf(wanted: number, segmentBits: number, bits = MOST_BITS): SerialsShape {
  const items = Math.min(wanted, 2 ** Math.min(bits, MOST_BITS));
  return { items, segmentBits, segments: Math.ceil(items / 2 ** segmentBits) };
}

/** What all segments say together. */
export interface Audit {
  confirmed: number;
  attempted: number;
  /** Serials that were certainly in and that nobody took out, and the first of them. */
  missing: number;
  first: number;
  /** Serials that somebody took out although nobody had said that they might go in. */
  beyond: number;
  /** What all values that were certainly in should have told. */
  told: number;
}

export class Serials {
  readonly shape: SerialsShape;
  readonly #head: Int32Array;
  /** Read for every value, therefore without atomics: a value proves that its owner was written. */
  readonly #owners: Int32Array;
  readonly #attempted: Int32Array;
  readonly #confirmed: Int32Array;
  readonly #marks: Int32Array;
  /** Marks that are not on the board yet, and the word that they belong to. */
  #bits = 0;
  #word = 0;

  constructor({ words }: Board, shape: SerialsShape) {
    const { segments } = shape;
    this.shape = shape;
    this.#head = words.subarray(0, 2);
    this.#owners = words.subarray(2, 2 + segments);
    this.#attempted = words.subarray(2 + segments, 2 + 2 * segments);
    this.#confirmed = words.subarray(2 + 2 * segments, 2 + 3 * segments);
    this.#marks = words.subarray(2 + 3 * segments);
  }

  static words({ segments, segmentBits }: SerialsShape): number {
    return 2 + 3 * segments + segments * 2 ** (segmentBits - 5);
  }

  // ── what goes in ──

  /** Hands out a segment: returns its number. Undefined: there is none left. */
  take(seat: number): number | undefined {
    const segment = Atomics.add(this.#head, 0, 1);
    if (segment >= this.shape.segments) return undefined;
    Atomics.store(this.#owners, segment, seat);
    return segment;
  }

  ownerOf(serial: number): number {
    return serial < 0 ? 0 : (this.#owners[serial >>> this.shape.segmentBits] ?? 0);
  }

  /** Before they go in: the values below `offset` may. */
  attempt(segment: number, offset: number): void {
    Atomics.store(this.#attempted, segment, offset);
  }

  /** After they went in: the values below `offset` did, and no others. */
  confirm(segment: number, offset: number): void {
    Atomics.store(this.#attempted, segment, offset);
    Atomics.store(this.#confirmed, segment, offset);
  }

  // ── what comes out ──

  /**
   * Notes that a value was taken out. The note is on the board after `flush` at the latest: neighbours, which mostly come together,
   * have their marks written at once. Returns a serial that was noted before; -1: there is none.
   */
  mark(serial: number): number {
    const bit = 1 << (serial & 31);
    const isNeighbour = serial >>> 5 === this.#word && (this.#bits & bit) === 0;
    const twice = isNeighbour ? -1 : this.flush();
    this.#word = serial >>> 5;
    this.#bits |= bit;
    return twice;
  }

  flush(): number {
    if (this.#bits === 0) return -1;
    const twice = Atomics.or(this.#marks, this.#word, this.#bits) & this.#bits;
    this.#bits = 0;
    return twice === 0 ? -1 : 32 * this.#word + 31 - Math.clz32(twice);
  }

  /** Notes what values said that do not say their serial. */
  tell(sum: number): void {
    Atomics.add(this.#head, 1, sum);
  }

  // ── the end: everybody is gone ──

  get told(): number {
    return this.#head[1] as number;
  }

  /** @param tells what the value of a serial says, for values that do not say their serial. */
  audit(tells: (serial: number) => number = () => 0): Audit {
    const { segments, segmentBits } = this.shape;
    const audit: Audit = { confirmed: 0, attempted: 0, missing: 0, first: -1, beyond: 0, told: 0 };
    for (let segment = 0; segment < Math.min(segments, this.#head[0] as number); segment++) {
      const [confirmed, attempted] = [this.#confirmed[segment] as number, this.#attempted[segment] as number];
      const first = segment * 2 ** segmentBits;
      audit.confirmed += confirmed;
      audit.attempted += attempted;
      for (let serial = first; serial < first + confirmed; serial++) {
        audit.told += tells(serial);
        if (this.#isMarked(serial)) continue;
        if (audit.missing++ === 0) audit.first = serial;
      }
      for (let serial = first + attempted; serial < first + 2 ** segmentBits; serial++) {
        if (this.#isMarked(serial)) audit.beyond++;
      }
    }
    return audit;
  }

  #isMarked(serial: number): boolean {
    return (((this.#marks[serial >>> 5] as number) >>> (serial & 31)) & 1) !== 0;
  }
}

/** What one sender has to send: serials in ascending order, segment after segment. Writes down what it may send and what it sent. */
export class Supply {
  readonly #serials: Serials;
  readonly #seat: number;
  #segment = -1;
  /** Of the segment: where it begins, and how many serials were sent, and are to be. */
  #first = 0;
  #sent = 0;
  #length = 0;

  constructor(serials: Serials, seat: number) {
    this.#serials = serials;
    this.#seat = seat;
  }

  /** The serial that is sent next. */
  get next(): number {
    return this.#first + this.#sent;
  }

  /** Serials that are left of the segment. Takes another one when there are none. 0: all are handed out. */
  left(): number {
    if (this.#sent === this.#length) this.#refill();
    return this.#length - this.#sent;
  }

  #refill(): void {
    const { items, segmentBits } = this.#serials.shape;
    const segment = this.#serials.take(this.#seat);
    if (segment === undefined) return;
    this.#segment = segment;
    this.#first = segment * 2 ** segmentBits;
    this.#sent = 0;
    this.#length = Math.min(2 ** segmentBits, items - this.#first);
  }

  /** The next `count` may be sent from now on. */
  attempt(count: number): void {
    this.#serials.attempt(this.#segment, this.#sent + count);
  }

  /** The next `by` were sent; `confirm` writes that down. */
  advance(by: number): void {
    this.#sent += by;
  }

  /** What was attempted is over: what `advance` said was sent, and the rest was not. */
  confirm(): void {
    this.#serials.confirm(this.#segment, this.#sent);
  }
}
