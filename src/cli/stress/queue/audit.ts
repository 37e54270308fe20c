/**
 * The audit: holds what came out of the queue against what went in, round by round, while everybody rests.
 *
 * Without kills it is arithmetic: count, sum and xor of the serials on both sides. With kills a side may be missing words
 * that a dead worker did not get to write, so what counts is in each segment's words and marks:
 *
 *   offset   0 ............ confirmed ........ attempted ............
 *            certainly pushed    may be pushed      never pushed
 *   marked   must be, but for    may be             must not be
 *            a dead taker's last call
 */

import type { Check } from "../check.js";
import {
  DAMAGED,
  FAULTS,
  type Fault,
  type Ledger,
  NEVER_PUSHED,
  OUT_OF_ORDER,
  PUSHED,
  type Side,
  TAKEN,
  type Tally,
  TWICE,
} from "./ledger.js";

/** What the audit needs to know about the run. */
interface Conditions {
  readonly force: boolean;
  readonly tellsSerial: boolean;
}

export class Audit {
  readonly #ledger: Ledger;
  readonly #conditions: Conditions;
  /** Values that were certainly pushed. */
  pushed = 0;
  /** Values that may have been pushed. */
  attempted = 0;
  /** Values that were taken out, by consumers or by producers that displaced them. */
  taken = 0;
  /** Of those, the ones that were displaced. */
  displaced = 0;
  /** Of those that were certainly pushed, the ones that nobody noted. */
  lost = 0;
  rounds = 0;
  /** Marked, though nobody had said that it would be pushed. */
  #beyond = 0;
  /** Rounds whose sums or xors differ, in words. */
  #differences: string[] = [];

  constructor(ledger: Ledger, conditions: Conditions) {
    this.#ledger = ledger;
    this.#conditions = conditions;
  }

  get doubtful(): number {
    return this.attempted - this.pushed;
  }

  /** Takes the round that has just ended into account. */
  closeRound(): void {
    const { producers } = this.#ledger.shape;
    const tallies = (side: Side) =>
      Array.from({ length: this.#ledger.seats }, (_, seat) => this.#ledger.tallyOf(seat, side));
    const out = total(tallies(TAKEN));
    this.displaced += total(tallies(TAKEN).slice(0, producers)).count;
    this.rounds++;
    this.#closeSegments();
    if (this.#ledger.shape.marks) {
      if (!this.#conditions.tellsSerial) this.taken += out.count;
      return;
    }
    this.taken += out.count;
    this.#compare(total(tallies(PUSHED)), out);
  }

  /**
   * With at most `limit` values lost with those that were killed, `reported` of which were found with them. One that was found
   * may not be lost: it was noted already, as the one that is looked at where it lies, or it was never certain that it went in.
   */
  counts(limit: number, reported: number): Check {
    const { marks } = this.#ledger.shape;
    if (!marks) return { ok: this.taken === this.pushed, found: `${this.pushed} in, ${this.taken} out` };
    const lost = this.#conditions.tellsSerial ? this.lost : Math.max(0, this.pushed - this.taken);
    const found = `${lost} lost with the killed (limit ${limit}), ${reported} found with them`;
    return {
      ok: lost <= limit && reported <= limit && this.taken <= this.attempted,
      found: `${this.pushed} to ${this.attempted} in, ${this.taken} out, ${found}`,
    };
  }

  checksum(): Check {
    const kinds = [NEVER_PUSHED, DAMAGED, TWICE];
    const wrong = [...this.#differences, ...kinds.flatMap((kind) => this.#faults(kind))];
    if (this.#beyond > 0) wrong.push(`${this.#beyond} values came out that nobody had begun to push`);
    if (wrong.length > 0) return { ok: false, found: wrong.join("; ") };
    if (!this.#ledger.shape.marks) return { ok: true, found: "sum and xor agree" };
    if (!this.#conditions.tellsSerial) return { ok: true, found: "values of type bool can only be counted" };
    return { ok: true, found: "none came out twice, none that was not pushed" };
  }

  order(): Check {
    const wrong = this.#faults(OUT_OF_ORDER);
    if (wrong.length > 0) return { ok: false, found: wrong.join("; ") };
    if (!this.#conditions.tellsSerial) return { ok: true, found: "values of type bool have none to see" };
    const takers = this.#conditions.force ? "consumer, and every producer that displaced," : "consumer";
    return { ok: true, found: `every ${takers} saw each producer's values in order` };
  }

  /** Whether a taker found something wrong already. */
  get hasFaults(): boolean {
    for (let seat = 0; seat < this.#ledger.seats; seat++) {
      if (this.#ledger.faultOf(seat) !== undefined) return true;
    }
    return false;
  }

  #closeSegments(): void {
    const { marks, segmentBits } = this.#ledger.shape;
    const count = marks && this.#conditions.tellsSerial;
    for (let segment = 0; segment < this.#ledger.segmentsGiven; segment++) {
      const { attempted, confirmed } = this.#ledger.recordOf(segment);
      this.attempted += attempted;
      this.pushed += confirmed;
      if (!count) continue;
      const below = this.#ledger.marked(segment, 0, confirmed);
      const between = this.#ledger.marked(segment, confirmed, attempted);
      const beyond = this.#ledger.marked(segment, attempted, 2 ** segmentBits);
      this.taken += below + between + beyond;
      this.lost += confirmed - below;
      this.#beyond += beyond;
    }
  }

  #compare(into: Tally, out: Tally): void {
    const hex = (word: number) => (word >>> 0).toString(16).padStart(8, "0");
    for (const what of ["sum", "xor"] as const) {
      if (into[what] === out[what]) continue;
      this.#differences.push(`round ${this.rounds}: ${what} ${hex(into[what])} in, ${hex(out[what])} out`);
    }
  }

  /** A sentence for each taker that found faults of a kind. */
  #faults(kind: number): string[] {
    const { producers } = this.#ledger.shape;
    const sentences: string[] = [];
    for (let seat = 0; seat < this.#ledger.seats; seat++) {
      const faults = this.#ledger.faultsOf(seat, kind);
      if (faults === 0) continue;
      const first = this.#ledger.faultOf(seat) as Fault;
      const example = first.kind === kind ? `, first ${first.evidence}` : "";
      const who = seat < producers ? `producer ${seat + 1}` : `consumer ${seat - producers + 1}`;
      sentences.push(`${who}: ${faults} ${faults === 1 ? "value" : "values"} ${FAULTS[kind]}${example}`);
    }
    return sentences;
  }
}

function total(tallies: readonly Tally[]): Tally {
  const sums = { count: 0, sum: 0, xor: 0 };
  for (const { count, sum, xor } of tallies) {
    sums.count += count;
    sums.sum = (sums.sum + sum) | 0;
    sums.xor ^= xor;
  }
  return sums;
}
