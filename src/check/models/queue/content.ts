/**
 * What lies in the slots of a queue, and how threads make it and give it up: digits, payload blocks with a digit in them, both of
 * these as a queue of payloads has them, or counts of Arcs.
 */
import {
  ARCS,
  BLOCKS,
  INLINE,
  KIND_ARC,
  OWN_ARC,
  OWN_BLOCK,
  OWN_STRONG,
  OWN_VALUE,
  VALUES_FROM,
} from "../../../heap/kernel/numbers.js";
import type { Steps } from "../../program.js";
import { GONE, makePayload, NOBODY, PAYLOAD_AT, takePayload } from "../payload.js";

/** The cells of a thread for one value: on its way in, what its maker keeps of it, on its way out, and when it has come. */
export interface Cells {
  readonly going: number;
  readonly kept: number;
  readonly coming: number;
  readonly come: number;
}
export const NO_CELLS: Cells = { going: NOBODY, kept: NOBODY, coming: NOBODY, come: NOBODY };

/** Turns digits into what a slot holds, and back. Whoever takes a value out of the queue owns what it stands for. */
export interface Content {
  readonly content: number;
  /** What the cells are for; 0: there is nothing to own. */
  readonly kinds: Cells;
  /** Where the digit stands behind the address that the value is; undefined: the value is the digit. */
  readonly at: number | undefined;
  make(digit: number, cells: Cells): Steps<number>;
  /** Gives up a value that did not go in, and returns the digit. */
  takeBack(value: number, cells: Cells): Steps<string>;
  /** After the value went in or was taken back: what its maker still has to do. */
  handOver(value: number, cells: Cells): Steps;
  /** Gives up a value that came out, and returns the digit. */
  take(value: number, cells: Cells): Steps<string>;
}

/** The digits themselves. */
export const inline: Content = {
  content: INLINE,
  kinds: NO_CELLS,
  at: undefined,
  // biome-ignore lint/correctness/useYield: there is nothing to do
  *make(digit) {
    return digit;
  },
  // biome-ignore lint/correctness/useYield: likewise
  *takeBack(value) {
    return String(value);
  },
  *handOver() {},
  // biome-ignore lint/correctness/useYield: likewise
  *take(value) {
    return String(value);
  },
};

/** Each value is a block with the digit in it. */
export function blocksIn(slots: Float64Array): Content {
  return {
    content: BLOCKS,
    kinds: { ...NO_CELLS, going: OWN_BLOCK, coming: OWN_VALUE },
    at: PAYLOAD_AT,
    make: (digit, { going }) => makePayload(slots, digit, going),
    takeBack: (block, { going }) => takePayload(slots, block, going),
    *handOver() {},
    take: (block, { coming }) => takePayload(slots, block, coming),
  };
}

/** Odd digits are blocks, even ones short values: numbers that lie in the slot themselves. */
export function mixedIn(slots: Float64Array): Content {
  const blocks = blocksIn(slots);
  function* empty(value: number, cell: number): Steps<string> {
    yield ["forget", cell];
    return String(value - VALUES_FROM);
  }
  return {
    ...blocks,
    *make(digit, cells) {
      if (digit % 2 === 1) return yield* blocks.make(digit, cells);
      const value = VALUES_FROM + digit;
      if (cells.going !== NOBODY) slots[cells.going / 8] = value;
      return value;
    },
    takeBack: (value, cells) => (value < VALUES_FROM ? blocks.takeBack(value, cells) : empty(value, cells.going)),
    take: (value, cells) => (value < VALUES_FROM ? blocks.take(value, cells) : empty(value, cells.coming)),
  };
}

/** Each value is a count of an Arc with the digit in it. Its maker has another one, and drops that afterwards. */
export function arcsIn(slots: Float64Array): Content {
  function* drop(value: number, cell: number, from = NOBODY): Steps<string> {
    const digit = String(slots[value / 8]);
    const control = yield ["controlOf", value];
    if (from !== NOBODY) yield ["moveCount", control, from, cell];
    if ((yield ["release", control, cell]) !== 0) {
      slots[value / 8] = GONE;
      yield ["finish", control, cell];
    }
    return digit;
  }
  return {
    content: ARCS,
    kinds: { going: OWN_STRONG, kept: OWN_STRONG, coming: OWN_ARC, come: OWN_STRONG },
    at: 0,
    *make(digit, { going, kept }) {
      // A cell owns one count.
      const control = yield ["create", 16, 16, KIND_ARC, kept === NOBODY ? 2 : 1, going];
      if (control === 0) throw new RangeError("a model's heap is too small");
      if (kept !== NOBODY) yield ["retain", control, 1, kept];
      const value = (yield ["valueOf", control]) >>> 0;
      slots[value / 8] = digit;
      return value;
    },
    takeBack: (value, { going }) => drop(value, going),
    *handOver(value, { kept }) {
      yield* drop(value, kept);
    },
    take: (value, { coming, come }) => drop(value, come, coming),
  };
}
