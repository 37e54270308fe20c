/**
 * What lies where: an event, a listener's node, and a thread's doorbell.
 *
 *   event value (cells lie one alignment unit apart, and behind 32 bytes at least)
 *   meta     | content : 32 | type : 32 | order : 32 | offset : 32 |                 never changes once made
 *   list     | lock : 32, - | head : 32, tail : 32 | first : 32, - | serial : 64 |
 *   counts   | total : 32 | notified : 32 | word : 64 |                              the word is a lock's (lock/kernel/)
 *
 *   node (56 bytes, on a multiple of the unit)
 *   0   state : 32     what its listener waits on      24   event : 32
 *   8   serial : 64    of this listener                28   owner : 32   a doorbell; 0: the listener is not awaited
 *   16  prev : 32      towards the head                32   tag : 64     as a queue's slot would hold it
 *   20  next : 32      towards the tail                40   link : 32    the ready list's: what was pushed before it
 *                                                      44   id : 32      the owner's name for the listener
 *   52  call : 32      to whom permits are granted     48   cell : 32    the cell of its thread that owns it
 *
 *   doorbell (16 bytes, on a multiple of the unit; one thread's own)
 *   0   ready : 32     the node that was pushed last; 0: none
 *   8   bell : 32      1: somebody rang, and the owner has not looked since
 *
 * `content` and `type` say what a tag is, as a queue's say what an element is (queue/kernel/shape.ts). `order` is 1 if the listener that
 * came last is notified first. `offset` is where in its object the event lies: a lock may have several. Atomic and plain words
 * do not share 8 bytes, which is what the interleaving checker tells apart.
 */
import { load32, store32 } from "../../heap/kernel/atomic";
import { unit } from "../../heap/kernel/header";
import { DOORBELL_BYTES, NODE_BYTES } from "../../heap/kernel/numbers";

// Offsets in the meta cell.
const CONTENT: usize = 0;
const TYPE: usize = 4;
const ORDER: usize = 8;
const OFFSET: usize = 12;

// Offsets in the list cell, whose first word is the lock.
export const HEAD: usize = 8;
export const TAIL: usize = 12;
export const FIRST: usize = 16;
export const LAST_SERIAL: usize = 24;
const LIST: usize = 32;

// Offsets in a node, whose first word is the state.
export const SERIAL: usize = 8;
export const PREV: usize = 16;
export const NEXT: usize = 20;
export const EVENT: usize = 24;
export const OWNER: usize = 28;
export const TAG: usize = 32;
export const LINK: usize = 40;
export const ID: usize = LINK + 4;
export const OF_CELL: usize = 48;
export const CALL: usize = 52;
/** Bytes of a node. */
export const NODE: u32 = NODE_BYTES;

// Offset in a doorbell, whose first word is the ready list.
export const BELL: usize = 8;
/** Bytes of a doorbell. */
export const DOORBELL: u32 = DOORBELL_BYTES;

/** Beside NOTIFIED, ADDITIONAL and TAGGED in a node's state: its listener parks, so waking it is worth a call. */
export const PARKED: u32 = 16;
/** It has left the event, but is on its owner's ready list still. */
export const LEFT: u32 = 32;
/** In a node's link: not on the ready list, or its notifier is between pushing it and saying what lies below it. */
export const PENDING: u32 = 1;

export function listOf(event: usize): usize {
  return event + unit;
}
export function countsOf(event: usize): usize {
  return event + unit + max(unit, LIST);
}

/** Where a lock's own word lies. */
export function wordOf(event: usize): usize {
  return countsOf(event) + 8;
}
/** One call that is queued for permits, in the word of a semaphore (lock/kernel/semaphore.ts). */
export const QUEUED: u64 = 1 << 32;

/** Bytes of an event's value. */
export function eventSize(): u32 {
  return 2 * <u32>unit + max(<u32>unit, <u32>LIST);
}

export function describeEvent(event: usize, content: u32, type: u32, isNewestFirst: bool, offset: u32): void {
  store32(event + CONTENT, content);
  store32(event + TYPE, type);
  store32(event + ORDER, isNewestFirst ? 1 : 0);
  store32(event + OFFSET, offset);
}

/** The value of the object that an event is, or lies in. */
export function objectOf(event: usize): usize {
  return event - <usize>load32(event + OFFSET);
}

export function isNewestFirst(event: usize): bool {
  return load32(event + ORDER) != 0;
}

export function contentOf(event: usize): u32 {
  return load32(event + CONTENT);
}

/** The tag of the type that the event was made with. Atomic: a token may lead here after the event is gone. */
export function tagType(event: usize): u32 {
  return load32(event + TYPE);
}
