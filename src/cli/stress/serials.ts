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
  /** What values should have told that were certainly in, less what values told. */
  untold: number;
}

export class Serials {
  readonly shape: SerialsShape;
  readonly #head: Int32Array;
  /** Read for every value, therefore without atomics: a value proves that its owner was written. */
  readonly #owners: Int32Array;
  readonly #attempted: Int32Array;
  readonly #confirmed: Int32Array;
  readonly #marks: Int32Array;
  /** Of this thread: the segment that it sends from, the serial that is next, and where the segment ends. */
  #segment = 0;
  #next = 0;
  #end = 0;
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

  /** The seat whose worker was given the serial; 0: nobody yet. */
  ownerOf(serial: number): number {
    return serial < 0 ? 0 : (this.#owners[serial >>> this.shape.segmentBits] ?? 0);
  }

  // ── what goes in: one sender's serials, in ascending order ──

  /** The serial that is sent next. */
  get next(): number {
    return this.#next;
  }

  /** Serials that are left of the sender's segment. Takes another segment when that is over. 0: all are handed out. */
  left(seat: number): number {
    const { items, segmentBits, segments } = this.shape;
    if (this.#next < this.#end) return this.#end - this.#next;
    this.confirm();
    const segment = Atomics.add(this.#head, 0, 1);
    if (segment >= segments) return 0;
    Atomics.store(this.#owners, segment, seat);
    this.#segment = segment;
    this.#next = segment * 2 ** segmentBits;
    this.#end = Math.min(this.#next + 2 ** segmentBits, items);
    return this.#end - this.#next;
  }

  /** The next `count` may be sent from now on. */
  attempt(count: number): void {
    Atomics.store(this.#attempted, this.#segment, this.#offset + count);
  }

  /** The next `by` were sent; `confirm` writes that down. */
  advance(by: number): void {
    this.#next += by;
  }

  /** What was attempted is over: what `advance` said was sent, and the rest was not. */
  confirm(): void {
    if (this.#end === 0) return;
    Atomics.store(this.#attempted, this.#segment, this.#offset);
    Atomics.store(this.#confirmed, this.#segment, this.#offset);
  }

  get #offset(): number {
    return this.#next - this.#segment * 2 ** this.shape.segmentBits;
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

  /** @param tells what the value of a serial says, for values that do not say their serial. */
  audit(tells: (serial: number) => number = () => 0): Audit {
    const { segments, segmentBits } = this.shape;
    const audit: Audit = { confirmed: 0, attempted: 0, missing: 0, first: -1, beyond: 0, untold: 0 };
    for (let segment = 0; segment < Math.min(segments, this.#head[0] as number); segment++) {
      const [confirmed, attempted] = [this.#confirmed[segment] as number, this.#attempted[segment] as number];
      const first = segment * 2 ** segmentBits;
      audit.confirmed += confirmed;
      audit.attempted += attempted;
      for (let serial = first; serial < first + confirmed; serial++) {
        audit.untold += tells(serial);
        if (this.#isMarked(serial)) continue;
        if (audit.missing++ === 0) audit.first = serial;
      }
      for (let serial = first + attempted; serial < first + 2 ** segmentBits; serial++) {
        if (this.#isMarked(serial)) audit.beyond++;
      }
    }
    audit.untold -= this.#head[1] as number;
    return audit;
  }

  #isMarked(serial: number): boolean {
    return (((this.#marks[serial >>> 5] as number) >>> (serial & 31)) & 1) !== 0;
  }
}
