/**
 * A side of a channel: all of its senders together, or all of its receivers.
 *
 *   value of 8 words
 *   0   queue        | control block of the queue that the messages wait in    |
 *   4   sendReady    | of the event that senders wait for: there is room       |
 *   8   recvReady    | of the event that receivers wait for: there are messages |
 *   12  closed       | of the event that the end of the channel is waited for  |
 *   16  other        | of the other side                                       |
 *   20  - : 96
 *
 * Invariants
 *   - The words never change once the side is made. The side owns a strong count of each of the first four, and a weak one
 *     of the fifth: so the other side's strong count can be read at any time.
 *   - Handles own strong counts of their side. The last one ends it: see `endSide` (side.ts).
 *
 * Who may call what: `constructSide` the thread that made the value, once; `partOf` whoever owns a count of the side.
 */
import { load32, store32 } from "../../arc/kernel/atomic";
import { verifyObject } from "../../arc/kernel/verify";

/** Bytes of a side's value. */
export function sideSize(): u32 {
  return 32;
}

/** Makes a zeroed value into a side. The counts of all these become its own. */
export function constructSide(
  side: usize,
  kind: u32,
  queue: usize,
  sendReady: usize,
  recvReady: usize,
  closed: usize,
  other: usize,
): void {
  if (BUILD == 1) verifyObject(side, kind);
  store32(side, <u32>queue);
  store32(side + 4, <u32>sendReady);
  store32(side + 8, <u32>recvReady);
  store32(side + 12, <u32>closed);
  store32(side + 16, <u32>other);
}

/** The control block in a side's word number `part`. Atomic: a token may lead here after the side is gone. */
export function partOf(side: usize, kind: u32, part: u32): usize {
  if (BUILD == 1) verifyObject(side, kind);
  return load32(side + (part << 2));
}
