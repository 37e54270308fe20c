/**
 * What became of each serial of a run, on the board's words. A serial is handed out once:
 *
 *   serial       | segment | offset |
 *                     |        '------------ counts up with every value
 *                     '--------------------- handed out in ascending order, each to one producer
 *
 * So the serials that a thread sees of one producer ascend, whatever others take meanwhile.
 *
 *   words   | next segment |
 *   owners[segment]      the seat of the producer that was given it; 0: nobody yet
 *   attempted[segment]   no value from this offset on was ever pushed
 *   confirmed[segment]   every value below this offset was pushed
 *   marks                one bit for every serial: somebody took it out. Only in runs that kill.
 *
 *   offset   0 ............ confirmed ........ attempted ............
 *            certainly pushed    may be pushed      never pushed
 *   marked   must be, but for    may be             must not be
 *            a dead thread's last call
 *
 * Who may write what: a producer the words of its segments, any thread that takes values the marks.
 */
import { type ElementType, serialBitsOf } from "./encoding.js";

export interface SerialsShape {
  readonly items: number;
  /** A segment has two to this power serials. */
  readonly segmentBits: number;
  readonly segments: number;
  /** Whether there is a mark for every serial. */
  readonly marks: boolean;
}

/** In runs that kill, serials have this many bits: their marks take 16 MiB. */
const MARKED_BITS = 27;

type Conditions = Readonly<Record<"producers" | "items" | "batch" | "kill", number> & { type: ElementType }>;

/** Large enough, in segments small enough to go round. */
export function shapeOf({ producers, items: wanted, batch, kill, type }: Conditions): SerialsShape {
  const marks = kill > 0;
  const items = Math.min(wanted, 2 ** serialBitsOf(type), marks ? 2 ** MARKED_BITS : Number.POSITIVE_INFINITY);
  const fair = Math.ceil(Math.log2(items / (8 * producers)));
  const segmentBits = Math.min(16, Math.max(6, Math.ceil(Math.log2(batch)), fair));
  return { items, segmentBits, segments: Math.ceil(items / 2 ** segmentBits), marks };
}

/** A part of the values that a producer pushes, in order. */
export interface Segment {
  readonly index: number;
  readonly first: number;
  readonly length: number;
}

/** What all segments say together. */
interface Audit {
  confirmed: number;
  attempted: number;
  /** Serials that somebody took out; of those that were certainly pushed, the ones that nobody did. */
  marked: number;
  missing: number;
  /** Marked, though nobody had said that it would be pushed. */
  beyond: number;
}

export class Serials {
  readonly shape: SerialsShape;
  /** Read for every value, therefore without atomics: a value proves that its owner was written. */
  readonly #owners: Int32Array;
  readonly #next: Int32Array;
  readonly #attempted: Int32Array;
  readonly #confirmed: Int32Array;
  readonly #marks: Int32Array;

  constructor(words: Int32Array, shape: SerialsShape) {
    const { segments } = shape;
    this.shape = shape;
    this.#next = words.subarray(0, 1);
    this.#owners = words.subarray(1, 1 + segments);
    this.#attempted = words.subarray(1 + segments, 1 + 2 * segments);
    this.#confirmed = words.subarray(1 + 2 * segments, 1 + 3 * segments);
    this.#marks = words.subarray(1 + 3 * segments);
  }

  static words({ segments, segmentBits, marks }: SerialsShape): number {
    return 1 + 3 * segments + (marks ? Math.ceil((segments * 2 ** segmentBits) / 32) : 0);
  }

  take(seat: number): Segment | undefined {
    const { items, segmentBits, segments } = this.shape;
    const index = Atomics.add(this.#next, 0, 1);
    if (index >= segments) return undefined;
    Atomics.store(this.#owners, index, seat);
    const first = index * 2 ** segmentBits;
    return { index, first, length: Math.min(2 ** segmentBits, items - first) };
  }

  ownerOf(serial: number): number {
    return serial < 0 ? 0 : (this.#owners[serial >>> this.shape.segmentBits] ?? 0);
  }

  /** Before they are pushed: the values below `offset` may be. */
  attempt(segment: number, offset: number): void {
    Atomics.store(this.#attempted, segment, offset);
  }

  /** After they were pushed: the values below `offset` are in the queue. */
  confirm(segment: number, offset: number): void {
    Atomics.store(this.#confirmed, segment, offset);
  }

  /** Notes that a value was taken out. False: it was noted before. */
  mark(serial: number): boolean {
    const bit = 1 << (serial & 31);
    return (Atomics.or(this.#marks, serial >>> 5, bit) & bit) === 0;
  }

  /** Everybody is gone. */
  audit(): Audit {
    const { segments, segmentBits, marks } = this.shape;
    const audit: Audit = { confirmed: 0, attempted: 0, marked: 0, missing: 0, beyond: 0 };
    for (let segment = 0; segment < Math.min(segments, this.#next[0] as number); segment++) {
      const [confirmed, attempted] = [this.#confirmed[segment] as number, this.#attempted[segment] as number];
      audit.confirmed += confirmed;
      audit.attempted += attempted;
      if (!marks) continue;
      const below = this.#markedIn(segment, 0, confirmed);
      const beyond = this.#markedIn(segment, attempted, 2 ** segmentBits);
      audit.marked += below + this.#markedIn(segment, confirmed, attempted) + beyond;
      audit.missing += confirmed - below;
      audit.beyond += beyond;
    }
    return audit;
  }

  /** How many values of a segment, from `from` up to, not including, `to`, were taken out. */
  #markedIn(segment: number, from: number, to: number): number {
    const first = segment * 2 ** this.shape.segmentBits;
    let count = 0;
    for (let serial = first + from; serial < first + to; serial++) {
      count += ((this.#marks[serial >>> 5] as number) >>> (serial & 31)) & 1;
    }
    return count;
  }
}
