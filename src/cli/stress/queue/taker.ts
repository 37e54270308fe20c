/**
 * Looks at what one worker takes out of the queue. A value must be one that was encoded, its serial in a segment that a
 * producer was given and above the last serial of that producer that this taker saw. In runs that kill, each is also marked
 * in the ledger right after the call that took it out, so that a second taker finds the mark.
 */
import { inspect } from "node:util";
import type { Transit } from "../transit.js";
import type { Assignment } from "./assignment.js";
import type { Encoding } from "./encoding.js";
import { DAMAGED, type Ledger, NEVER_PUSHED, OUT_OF_ORDER, TAKEN, type Tally, TWICE } from "./ledger.js";
import { Saboteur } from "./sabotage.js";

export class Taker {
  readonly #seat: number;
  readonly #ledger: Ledger;
  readonly #encoding: Encoding;
  readonly #transit: Transit;
  /** The last serial seen of each producer. */
  readonly #last: Float64Array;
  readonly #saboteur: Saboteur | undefined;
  #tally: Tally;

  constructor({ seat, shape, sabotage }: Assignment, ledger: Ledger, encoding: Encoding, transit: Transit) {
    this.#seat = seat;
    this.#ledger = ledger;
    this.#encoding = encoding;
    this.#transit = transit;
    this.#last = new Float64Array(shape.producers).fill(-1);
    this.#tally = ledger.tallyOf(seat, TAKEN);
    if (sabotage === undefined) return;
    const producerOf = (value: unknown) => ledger.owners[encoding.decode(value) >>> shape.segmentBits];
    this.#saboteur = new Saboteur(sabotage, encoding, producerOf);
  }

  /** Whether it is one that cheats. */
  get cheats(): boolean {
    return this.#saboteur !== undefined;
  }

  /** Whether it cheats by that, at the end. */
  get leaks(): boolean {
    return this.#saboteur?.leaks === true;
  }

  /** A round begins. */
  begins(): void {
    this.#last.fill(-1);
    this.#tally = this.#ledger.tallyOf(this.#seat, TAKEN);
  }

  /** Takes the first `count` of these into account, in order, and lets go of them. */
  receive(values: ArrayLike<unknown>, count: number): void {
    const seen = this.#saboteur?.tamper(values, count) ?? values;
    const length = seen === values ? count : seen.length;
    this.#tally.count = (this.#tally.count + length) | 0;
    if (this.#encoding.tellsSerial) this.#check(seen, length);
    else this.#add(seen, length);
    this.#ledger.publish(this.#seat, TAKEN, this.#tally);
  }

  /** Values that can only be counted. */
  #add(values: ArrayLike<unknown>, count: number): void {
    const tally = this.#tally;
    for (let i = 0; i < count; i++) {
      const told = this.#encoding.decode(values[i]);
      tally.sum = (tally.sum + told) | 0;
      tally.xor ^= told;
    }
  }

  #check(values: ArrayLike<unknown>, count: number): void {
    const encoding = this.#encoding;
    const tally = this.#tally;
    const { owners, shape } = this.#ledger;
    const { segmentBits, marks } = shape;
    const last = this.#last;
    for (let i = 0; i < count; i++) {
      const value = values[i];
      const serial = encoding.decode(value);
      const producer = serial < 0 ? -1 : (owners[serial >>> segmentBits] ?? -1);
      tally.sum = (tally.sum + serial) | 0;
      tally.xor ^= serial;
      if (producer < 0) {
        this.#fault(serial < 0 && encoding.blocks > 0 ? DAMAGED : NEVER_PUSHED, value, serial);
      } else {
        if (marks && !this.#ledger.mark(serial)) this.#fault(TWICE, value, serial);
        if (serial <= (last[producer] as number)) this.#fault(OUT_OF_ORDER, value, serial);
        last[producer] = serial;
        this.#transit.arrives(serial);
      }
      encoding.release(value);
    }
  }

  #fault(kind: number, value: unknown, serial: number): void {
    const number = serial < 0 ? "" : ` (serial ${serial})`;
    this.#ledger.noteFault(this.#seat, kind, `${inWords(value)}${number}`);
  }
}

/** Enough to know a value by, in one line. */
function inWords(value: unknown): string {
  return inspect(value, { depth: 1, breakLength: Infinity, maxStringLength: 24, maxArrayLength: 12 });
}
