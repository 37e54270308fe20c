/**
 * Looks at what one worker takes out. A value must be one that was encoded, its serial in a segment that a sender was given and above
 * the last serial of that sender that this worker saw. Each is marked right after the call that took it out, so that a second thread
 * that takes it finds the mark.
 */
import { inspect } from "node:util";
import { type Encoding, FAR } from "./encoding.js";
import type { Seat } from "./seat.js";
import type { Serials } from "./serials.js";

/** The value that a saboteur begins with. */
const TRIGGER = 100;

export class Verifier {
  readonly #seat: Seat<object, object>;
  readonly #encoding: Encoding;
  readonly #serials: Serials;
  /** The check that fails for what should not have come out. */
  readonly #check: string;
  readonly #last: Float64Array;
  #seen = 0;
  #withheld: unknown;
  #hasCheated = false;

  constructor(seat: Seat<object, object>, encoding: Encoding, serials: Serials, check: string) {
    this.#seat = seat;
    this.#encoding = encoding;
    this.#serials = serials;
    this.#check = check;
    this.#last = new Float64Array(1 + seat.board.shape.seats).fill(-1);
  }

  /** Takes the first `count` of these into account, in order, and lets go of them. Returns `count`. */
  receive(values: ArrayLike<unknown>, count = values.length): number {
    if (count === 0) return 0;
    const seen = this.#seat.isSaboteur ? this.#tamper(values, count) : values;
    const length = seen === values ? count : seen.length;
    if (this.#encoding.tellsSerial) {
      for (let i = 0; i < length; i++) this.#verify(seen[i]);
      this.#once(this.#serials.flush());
    } else {
      let sum = 0;
      for (let i = 0; i < length; i++) sum += this.#encoding.decode(seen[i]);
      this.#serials.tell(sum);
    }
    // What the run is measured by.
    this.#seat.count(this.#seat.board.shape.counts[0] as string, length);
    return count;
  }

  #verify(value: unknown): void {
    const serial = this.#encoding.decode(value);
    const owner = this.#serials.ownerOf(serial);
    if (owner === 0) {
      const isDamaged = serial < 0 && !this.#encoding.isInSlot;
      const what = isDamaged ? "came out damaged: that is not what went in" : "never went in";
      this.#fault(this.#check, value, serial, what);
    } else {
      this.#once(this.#serials.mark(serial));
      if (serial <= (this.#last[owner] as number)) this.#fault("order", value, serial, "came out of order, or twice");
      this.#last[owner] = serial;
      this.#seat.clock?.arrives(serial);
    }
    this.#encoding.release(value);
  }

  #once(twice: number): void {
    if (twice >= 0) this.#seat.fault(this.#check, `the value of serial ${twice} came out twice`);
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
   *   swallow    keeps a value to itself              duplicate      looks at a value twice
   *   swap       looks at two values of one sender    forge          looks at a value that nobody sent
   *              in the wrong order                   damage         changes a value
   *                                                   crash, stall   throws, stops working
   */
  #cheat(value: unknown): unknown[] {
    const seat = this.#seat;
    if (seat.cheats("swap")) return this.#swap(value);
    this.#hasCheated = true;
    seat.crashOrStall();
    if (seat.cheats("swallow")) return [];
    if (seat.cheats("duplicate")) return [value, value];
    if (seat.cheats("forge")) return [value, this.#encoding.encode(FAR)];
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
