/**
 * What the checked kernel refuses to do, in words that name what was expected and what was found.
 */
import {
  FAULT_ADDRESS,
  FAULT_BACK,
  FAULT_BLOCK,
  FAULT_CONTROL,
  FAULT_FINISHED,
  FAULT_FREED,
  FAULT_FREED_TWICE,
  FAULT_GENERATION,
  FAULT_HELD,
  FAULT_KIND,
  FAULT_MOVED,
  FAULT_STRONG,
  FAULT_TAINTED,
  FAULT_USED,
  FAULT_WEAK,
  POISON_BYTE,
} from "./kernel/numbers.js";
import { KIND_NAMES } from "./token.js";

/** What the checked kernel hands over: one of numbers.ts's faults, where, and two numbers. All are unsigned. */
interface Fault {
  readonly reason: number;
  readonly ptr: number;
  readonly expected: number;
  readonly found: number;
}

/** Four bytes of a freed block. */
const POISON = POISON_BYTE * 0x01010101;

const kind = (found: number) => KIND_NAMES[found] ?? `${found}`;
const blockOf = (size: number) => (size === 0 ? "no block" : `one of ${size} bytes`);
const word = (value: number) => `0x${value.toString(16).padStart(8, "0")}`;
const content = (value: number) => (value === POISON ? `${word(value)}, which is freed memory` : word(value));

const words: Readonly<Record<number, (fault: Fault) => string>> = {
  [FAULT_ADDRESS]: explainAddress,
  [FAULT_TAINTED]: ({ ptr, expected: offset, found }) =>
    `block ${ptr} was written to after it was freed: found byte ${found} at offset ${offset}`,
  [FAULT_BLOCK]: ({ ptr, expected, found }) =>
    `expected a block of at least ${expected} bytes at ${ptr} but found ${blockOf(found)}`,
  [FAULT_FREED]: ({ ptr, found }) => `block ${ptr} of ${found} bytes is used after it was freed`,
  [FAULT_FREED_TWICE]: ({ ptr, found }) => `block ${ptr} of ${found} bytes was freed already`,
  [FAULT_CONTROL]: ({ ptr, found }) => `expected a control block at ${ptr} but found ${blockOf(found)}`,
  [FAULT_KIND]: ({ ptr, expected, found }) =>
    `expected control block ${ptr} to be of kind ${kind(expected)} but found ${kind(found)}`,
  [FAULT_STRONG]: ({ ptr, found }) =>
    `expected a strong count in control block ${ptr} but found ${found}: the object is gone`,
  [FAULT_WEAK]: ({ ptr, found }) => `expected a weak count in control block ${ptr} but found ${found}: it was freed`,
  [FAULT_HELD]: ({ ptr, expected, found }) =>
    `expected ${expected} strong counts in control block ${ptr} but found ${found}: the object is still held`,
  [FAULT_FINISHED]: ({ ptr }) => `expected a value in control block ${ptr} but found none: it was freed already`,
  [FAULT_BACK]: ({ ptr, expected, found }) =>
    `expected ${word(expected)} before value ${ptr}, its way back to a control block, but found ${content(found)}`,
  [FAULT_MOVED]: ({ ptr, expected: control, found }) =>
    `expected control block ${control} to lead to value ${ptr} but found ${found}`,
  [FAULT_GENERATION]: ({ ptr, expected, found }) =>
    `expected generation ${expected} in control block ${ptr} but found ${found}: the object is gone`,
  [FAULT_USED]: ({ ptr, expected: strong, found: weak }) =>
    `control block ${ptr} was handed out in use: expected no counts but found ${strong} strong and ${weak} weak`,
};

function explainAddress({ ptr, expected: align, found: end }: Fault): string {
  if (ptr === 0) return `null pointer dereferenced: required ${align} byte alignment but found 0`;
  if (ptr + align > end) return `${align} bytes at ${ptr} reach beyond the memory's ${end}`;
  // The largest power of two that divides a number is its lowest bit.
  return `required ${align} byte alignment but found ${(ptr & -ptr) >>> 0} at ${ptr}`;
}

/** A fault in one sentence. */
export function explain(fault: Fault): string {
  return words[fault.reason]?.(fault) ?? `fault ${fault.reason} at ${fault.ptr}`;
}
