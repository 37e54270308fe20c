/**
 * What queues of all flavours have in common: the cells of a queue's value.
 *
 *   queue value (cells lie one alignment unit apart)
 *   meta   | flavour : 8, content : 8, offset bits : 8 | type : 32 | capacity : 32 | ring : 32 |   never changes once made
 *   head   | what `pop` moves : 64  |
 *   tail   | what `push` moves : 64 |                the lowest bit of this word: the queue was closed
 *
 * `content` says what a slot holds: a value itself, a pointer to a payload block, or the pointer of an Arc whose count the
 * queue owns. So whoever takes a queue apart frees what is in it (see discard.ts) without knowing its
 * element type.
 */
import { load32, read32, store32, swap32 } from "../../heap/kernel/atomic";
import { unit } from "../../heap/kernel/header";

export const CLOSED_BIT: u64 = 1;

// Offsets in the meta cell.
const TYPE: usize = 4;
const CAPACITY: usize = 8;
const RING: usize = 12;

export function headOf(queue: usize): usize {
  return queue + unit;
}
export function tailOf(queue: usize): usize {
  return queue + 2 * unit;
}

/** Bytes of a queue's value. */
export function queueSize(): u32 {
  return 3 * <u32>unit;
}

export function describeQueue(queue: usize, flavour: u32, content: u32, type: u32, capacity: u32): void {
  store32(queue, flavour | (content << 8));
  store32(queue + TYPE, type);
  store32(queue + CAPACITY, capacity);
}

/** Notes how many bits an offset into a bounded queue's ring takes. */
export function describeOffsets(queue: usize, bits: u32): void {
  store32(queue, load32(queue) | (bits << 16));
}

/** Gives a bounded queue its ring, or takes it away (0). Returns the one that it had. */
export function swapRing(queue: usize, ring: usize): usize {
  return <usize>swap32(queue + RING, <u32>ring);
}

export function flavourOf(queue: usize): u32 {
  return read32(queue) & 0xff;
}
export function contentOf(queue: usize): u32 {
  return (read32(queue) >> 8) & 0xff;
}
export function offsetBitsOf(queue: usize): u64 {
  return <u64>(read32(queue) >> 16);
}
export function capacityOf(queue: usize): u32 {
  return read32(queue + CAPACITY);
}
export function ringOf(queue: usize): usize {
  return <usize>read32(queue + RING);
}

/** The tag of the element type that the queue was made with. Atomic: a token may lead here after the queue is gone. */
export function typeTag(queue: usize): u32 {
  return load32(queue + TYPE);
}

/** Why the last call of this thread that returned a value or a number of them did not go on. */
let reason: i32 = 0;
export function note(status: i32): void {
  reason = status;
}
export function status(): i32 {
  return reason;
}
