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
 *   - The words never change once the side is made, until it is ended. The side owns a strong count of each of the first four,
 *     and a weak one of the fifth: so the other side's strong count can be read at any time. A word is 0 before the side owns
 *     the count, and when it has given it up.
 *   - Handles own strong counts of their side. The last one disposes of it (reaper/kernel/dispose.ts): `closeSide` while it still owns
 *     everything, and then `takePart`, one after the other. So one thread may begin that, and another end it.
 *
 * Who may call what: `constructSide` the thread that made the value, once; `partOf` and `wakeSide` whoever owns a count of the
 * side; `closeSide` and `takePart` whoever gave the last one up.
 *
 * Windows: in `constructSide`, the CAS that takes a count .. the store to the working cell, and the store that gives it to the
 * side .. the one that clears that cell; in `takePart`, the exchange that takes it from the side .. the store to the cell.
 */
import { downgrade, retain, valueOf } from "../../arc/kernel/arc";
import { verifyObject } from "../../arc/kernel/verifyControl";
import { load32, store32, swap32 } from "../../heap/kernel/atomic";
import { clear, own, setKind } from "../../heap/kernel/cells";
import {
  KIND_RECEIVER,
  OWN_STRONG,
  OWN_WEAK,
  PART_CLOSED,
  PART_OTHER,
  PART_QUEUE,
  PART_RECV_READY,
  PART_SEND_READY,
} from "../../heap/kernel/numbers";
import { partCell } from "../../heap/kernel/threads";
import { notifyMany } from "../../listener/kernel/event";
import { close, drain } from "../../queue/kernel/queue";

/** All listeners. */
const ALL: u32 = 0xffffffff;

/** Bytes of a side's value. */
export function sideSize(): u32 {
  return 32;
}

/** Makes a zeroed value into a side, which takes counts of its own of all these. */
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
  ownPart(side, PART_QUEUE, queue);
  ownPart(side, PART_SEND_READY, sendReady);
  ownPart(side, PART_RECV_READY, recvReady);
  ownPart(side, PART_CLOSED, closed);
  ownPart(side, PART_OTHER, other);
}

function wordOf(side: usize, part: u32): usize {
  return side + ((<usize>part) << 2);
}

/** A side takes a count of something new, which has few. */
function ownPart(side: usize, part: u32, control: usize): void {
  const cell = partCell();
  const word = wordOf(side, part);
  setKind(cell, part == PART_OTHER ? OWN_WEAK : OWN_STRONG);
  if (part == PART_OTHER) downgrade(control, cell);
  else retain(control, 1, cell);
  store32(word, <u32>control);
  clear(cell);
}

/**
 * Takes one of the side's counts off it, for the working cell that is for such. Returns the control block that it is of; 0:
 * the side has none.
 */
export function takePart(side: usize, part: u32): usize {
  const cell = partCell();
  const word = wordOf(side, part);
  const control = <usize>load32(word);
  if (control == 0) return 0;
  setKind(cell, part == PART_OTHER ? OWN_WEAK : OWN_STRONG);
  swap32(word, 0);
  own(cell, control);
  return control;
}

function notifyAll(side: usize, part: u32): void {
  const control = <usize>load32(wordOf(side, part));
  if (control != 0) notifyMany(valueOf(control), ALL, false);
}

/**
 * Has everybody look again who waits for room or for messages, and, if `all`, for the end of the channel. Who goes away may
 * have been notified of something, or have changed something without telling: that is for the others then.
 */
export function wakeSide(side: usize, all: bool): void {
  notifyAll(side, PART_SEND_READY);
  notifyAll(side, PART_RECV_READY);
  if (all) notifyAll(side, PART_CLOSED);
}

/**
 * Closes the channel of a side whose last handle is gone. Without receivers nobody will take what is queued: it is freed now,
 * and not only when the last sender has noticed.
 */
export function closeSide(side: usize, kind: u32): void {
  const control = <usize>load32(wordOf(side, PART_QUEUE));
  // Taken apart that far already, or never made.
  if (control == 0) return;
  const queue = valueOf(control);
  close(queue);
  wakeSide(side, true);
  if (kind == KIND_RECEIVER) drain(queue);
}

/** The control block in a side's word number `part`. Atomic: a token may lead here after the side is gone. */
export function partOf(side: usize, kind: u32, part: u32): usize {
  if (BUILD == 1) verifyObject(side, kind);
  return load32(wordOf(side, part));
}
