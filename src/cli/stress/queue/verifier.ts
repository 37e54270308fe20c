/**
 * Looks at what one worker takes out of the queue. A value must be one that was encoded, its serial in a segment that a producer was
 * given and above the last serial of that producer that this worker saw. In runs that kill, each is also marked right after the call
 * that took it out, so that a second thread that takes it finds the mark.
 */
import { inspect } from "node:util";
import { COUNTS, type QueueOptions, type QueueOrders, SUMS } from "../queue.js";
import type { Seat } from "../seat.js";
import { type Encoding, FAR } from "./encoding.js";
import type { Serials } from "./serials.js";

export type QueueSeat = Seat<QueueOptions, QueueOrders>;

/** Two sums, in their words on the board. */
export class Sums {
  readonly #words: Int32Array;

  constructor({ board, number }: QueueSeat, side: "In" | "Out") {
    const at = COUNTS.length + SUMS.indexOf(`sum${side}`);
    this.#words = board.countsOf(number).subarray(at, at + 2);
  }

  add(told: number): void {
    this.#words[0] = (this.#words[0] as number) + told;
    this.#words[1] = (this.#words[1] as number) ^ told;
  }
}

const ITEMS = COUNTS.indexOf("items");
/** The value that a saboteur begins with. */
const TRIGGER = 100;

export class Verifier {
  readonly #seat: QueueSeat;
  readonly #encoding: Encoding;
  readonly #serials: Serials;
  readonly #last: Float64Array;
  readonly #sums: Sums;
  #seen = 0;
  #withheld: unknown;
  #hasCheated = false;

  constructor(seat: QueueSeat, encoding: Encoding, serials: Serials) {
    this.#seat = seat;
    this.#encoding = encoding;
    this.#serials = serials;
    this.#last = new Float64Array(1 + seat.board.shape.seats).fill(-1);
    this.#sums = new Sums(seat, "Out");
  }

  /** Takes the first `count` of these into account, in order, and lets go of them. */
  receive(values: ArrayLike<unknown>, count: number): void {
    const seen = this.#seat.isSaboteur ? this.#tamper(values, count) : values;
    const length = seen === values ? count : seen.length;
    for (let i = 0; i < length; i++) this.#check(seen[i]);
    this.#seat.count(ITEMS, length);
  }

  #check(value: unknown): void {
    const { blocks, tellsSerial } = this.#encoding;
    const serial = this.#encoding.decode(value);
    this.#sums.add(serial);
    if (!tellsSerial) return;
    const owner = this.#serials.ownerOf(serial);
    if (owner === 0) {
      const isDamaged = serial < 0 && blocks > 0;
      const what = isDamaged ? "came out damaged: that is not what was pushed" : "was never pushed";
      this.#fault("checksum", value, serial, what);
    } else {
      const { marks } = this.#serials.shape;
      if (marks && !this.#serials.mark(serial)) this.#fault("checksum", value, serial, "came out twice");
      if (serial <= (this.#last[owner] as number)) this.#fault("order", value, serial, "came out of order, or twice");
      this.#last[owner] = serial;
      this.#seat.clock.arrives(serial);
    }
    this.#encoding.release(value);
  }

  #fault(check: string, value: unknown, serial: number, what: string): void {
    const number = serial < 0 ? "" : ` (serial ${serial})`;
    this.#seat.fault(check, `${inWords(value)}${number} ${what}`);
  }

  /** The values as a saboteur gets to look at them. */
  #tamper(values: ArrayLike<unknown>, count: number): unknown[] {
    return Array.from({ length: count }, (_, i) => values[i]).flatMap((value) =>
      ++this.#seen < TRIGGER || this.#hasCheated ? [value] : this.#cheat(value),
    );
  }

  /**
   * Deliberate faults. A saboteur cheats once with what it took out, before it looks at it.
   *
   *   swallow    keeps a value to itself              duplicate   looks at a value twice
   *   swap       looks at two values of one producer  foreign     looks at a value that nobody pushed
   *              in the wrong order                   damage      changes a value
   *   crash, stall                                    leak        keeps a count that no ledger has, when it leaves
   */
  #cheat(value: unknown): unknown[] {
    const seat = this.#seat;
    if (seat.cheats("swap")) return this.#swap(value);
    this.#hasCheated = true;
    seat.crashOrStall();
    if (seat.cheats("swallow")) return [];
    if (seat.cheats("duplicate")) return [value, value];
    if (seat.cheats("foreign")) return [value, this.#encoding.encode(FAR)];
    return [seat.cheats("damage") ? this.#encoding.damaged(value) : value];
  }

  #swap(value: unknown): unknown[] {
    const withheld = this.#withheld;
    if (withheld === undefined) {
      this.#withheld = value;
      return [];
    }
    const ownerOf = (one: unknown) => this.#serials.ownerOf(this.#encoding.decode(one));
    if (ownerOf(withheld) !== ownerOf(value)) return [value];
    this.#hasCheated = true;
    return [value, withheld];
  }
}

/** Enough to know a value by, in one line. */
function inWords(value: unknown): string {
  return inspect(value, { depth: 1, breakLength: Infinity, maxStringLength: 24, maxArrayLength: 12 }).slice(0, 80);
}
