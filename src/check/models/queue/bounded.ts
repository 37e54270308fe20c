/**
 * Programs about the bounded queue's ring: where it is full and empty, over the end of a group and of the ring, from one lap
 * into the next, and where an index wraps. Groups have 4 slots, or 2 where a program asks for blocks of one slot. A name's
 * number is the capacity.
 */
import { BOUNDED } from "../../../heap/kernel/numbers.js";
import type { Body, Program } from "../../program.js";
import { forcePushThenPop, handles, type Options, program, type Queue } from "./subject.js";

/** A program on a ring of `capacity` slots. */
function bounded(capacity: number, name: string, threads: (queue: Queue) => Body[], options: Options = {}): Program {
  return program(`bounded ${capacity}/${name}`, threads, { flavour: BOUNDED, capacity, ...options });
}

/** The last position before the one where an index begins at 0 again: 64 bits, one of them a flag, in whole laps. */
function lastPosition(capacity: number): bigint {
  const offsetBits = BigInt(32 - Math.clz32(capacity - 1));
  return BigInt(capacity) * (1n << (63n - offsetBits)) - 1n;
}

export const boundedPrograms: readonly Program[] = [
  // ── full and empty ──
  bounded(
    2,
    "over the end",
    (q) => [
      [q.push(1), q.push(2)],
      [q.push(3), q.pop()],
      [q.pop(), q.pop()],
    ],
    { start: 1 },
  ),
  bounded(
    2,
    "full and empty",
    (q) => [
      [q.push(2), q.push(3)],
      [q.pop(), q.pop()],
      [q.isFull(), q.isEmpty()],
    ],
    { start: 3, items: [1] },
  ),
  bounded(
    2,
    "always full or one less",
    (q) => [
      [q.pop(), q.push(3)],
      [q.push(4), q.pop()],
      [q.push(5), q.isFull()],
    ],
    { start: 2, items: [1, 2] },
  ),
  bounded(
    3,
    "pushers only",
    (q) => [
      [q.push(1), q.push(2)],
      [q.push(3), q.push(4)],
      [q.push(5), q.size()],
    ],
    { start: 5 },
  ),
  bounded(
    3,
    "poppers only",
    (q) => [
      [q.pop(), q.pop()],
      [q.pop(), q.pop()],
      [q.size(), q.isEmpty()],
    ],
    { start: 2, items: [1, 2, 3] },
  ),
  bounded(
    3,
    "over two groups",
    (q) => [
      [q.push(1), q.push(2)],
      [q.push(3), q.pop()],
      [q.pop(), q.pop()],
    ],
    { slots: 1, start: 1 },
  ),
  bounded(
    2,
    "round and round",
    (q) => [
      [q.push(1), q.pop(), q.push(2), q.pop()],
      [q.pop(), q.push(3), q.pop(), q.push(4)],
    ],
    { start: 1 },
  ),
  bounded(
    2,
    "size and emptiness",
    (q) => [
      [q.push(1), q.pop()],
      [q.push(2), q.pop()],
      [q.size(), q.isEmpty()],
    ],
    { start: 1 },
  ),
  bounded(
    2,
    "never empty",
    (q) => [
      [q.push(2), q.pop()],
      [q.push(3), q.isEmpty()],
      [q.isEmpty(), q.pop()],
    ],
    { start: 1, items: [1] },
  ),
  bounded(
    2,
    "never full",
    (q) => [
      [q.pop(), q.push(2)],
      [q.isFull(), q.isFull()],
      [q.size(), q.size()],
    ],
    { start: 1, items: [1] },
  ),

  // ── batches ──
  bounded(
    3,
    "batches over the end",
    (q) => [
      [q.pushMany(1, 2, 3), q.popMany(2)],
      [q.popMany(3), q.push(4)],
    ],
    { start: 2 },
  ),
  bounded(
    3,
    "batches over a group's end",
    (q) => [
      [q.pushMany(1, 2, 3), q.popMany(2)],
      [q.popMany(3), q.pushMany(4, 5)],
    ],
    { slots: 1, start: 4 },
  ),
  bounded(
    3,
    "batches against batches",
    (q) => [
      [q.pushMany(1, 2), q.pushMany(3, 4)],
      [q.popMany(2), q.popMany(4)],
      [q.pushMany(5, 6), q.popMany(1)],
    ],
    { slots: 1, start: 1 },
  ),
  bounded(
    2,
    "a batch that does not fit",
    (q) => [
      [q.pushMany(1, 2, 3), q.isFull()],
      [q.pop(), q.pushMany(4, 5)],
    ],
    { start: 3, items: [9] },
  ),
  bounded(
    8,
    "batches of two groups",
    (q) => [
      [q.pushMany(1, 2, 3, 4, 5, 6), q.popMany(4)],
      [q.popMany(6), q.pushMany(7, 8)],
    ],
    { start: 15 },
  ),

  // ── close ──
  bounded(
    2,
    "close against push and pop",
    (q) => [
      [q.push(1), q.push(2)],
      [q.close(), q.isFinished()],
      [q.pop(), q.pop()],
    ],
    { start: 1 },
  ),
  bounded(
    2,
    "close against a full ring",
    (q) => [
      [q.push(3), q.push(4)],
      [q.close(), q.close()],
      [q.pop(), q.isFinished()],
    ],
    { start: 1, items: [1, 2] },
  ),
  bounded(
    3,
    "close against a batch",
    (q) => [
      [q.pushMany(1, 2, 3), q.isClosed()],
      [q.close(), q.popMany(3)],
    ],
    { slots: 1, start: 2 },
  ),

  // ── forcePush ──
  bounded(
    2,
    "forcePush against pop",
    (q) => [
      [q.forcePush(3), q.forcePush(4)],
      [q.pop(), q.pop()],
      [q.pop(), q.size()],
    ],
    { start: 1, items: [1, 2] },
  ),
  bounded(
    2,
    "forcePush against forcePush",
    (q) => [
      [q.forcePush(3), q.forcePush(4)],
      [q.forcePush(5), q.forcePush(6)],
      [q.pop(), q.isFull()],
    ],
    { start: 3, items: [1] },
  ),
  bounded(
    2,
    "forcePush against push",
    (q) => [
      [q.forcePush(3), q.pop()],
      [q.push(4), q.push(5)],
      [q.forcePush(6), q.pop()],
    ],
    { start: 1, items: [1, 2] },
  ),
  bounded(
    3,
    "forcePush over two groups",
    (q) => [
      [q.forcePush(4), q.forcePush(5)],
      [q.pop(), q.push(6)],
      [q.forcePush(7), q.pop()],
    ],
    { slots: 1, start: 1, items: [1, 2, 3] },
  ),
  bounded(
    3,
    "forcePush against batches",
    (q) => [
      [q.forcePush(4), q.forcePush(5)],
      [q.popMany(3), q.pushMany(6, 7)],
    ],
    { slots: 1, start: 2, items: [1, 2, 3] },
  ),
  bounded(
    2,
    "forcePush against every look",
    (q) => [
      [q.forcePush(3), q.pop()],
      [q.size(), q.isFull()],
      [q.isEmpty(), q.size()],
    ],
    { start: 1, items: [1, 2] },
  ),
  bounded(
    2,
    "a look while one is displaced",
    (q) => [[q.forcePush(3)], [q.pop(), q.size()], [q.popMany(1), q.size()]],
    { start: 1, items: [1, 2] },
  ),
  bounded(
    2,
    "finished while one is displaced",
    (q) => [
      [q.forcePush(3), q.pop()],
      [q.close(), q.isFinished()],
    ],
    { start: 1, items: [1, 2] },
  ),
  bounded(
    2,
    "forcePush against close",
    (q) => [
      [q.forcePush(3), q.forcePush(4)],
      [q.close(), q.isClosed()],
      [q.pop(), q.isClosed()],
    ],
    { start: 1, items: [1, 2] },
  ),
  bounded(
    3,
    "forcePush against close",
    (q) => [
      [q.forcePush(4), q.isClosed()],
      [q.close(), q.pop()],
      [q.forcePush(5), q.isFinished()],
    ],
    { start: 2, items: [1, 2, 3] },
  ),
  bounded(
    8,
    "forcePush against close",
    (q) => [
      [q.forcePush(9), q.isClosed()],
      [q.close(), q.forcePush(0)],
      [q.pop(), q.isClosed()],
    ],
    { start: 15, items: [1, 2, 3, 4, 5, 6, 7, 8] },
  ),

  // ── what concurrent-queue's test of this name does: no pop of it may fail ──
  bounded(
    4,
    "linearizable",
    (q) => [
      [q.push(1), q.pop()],
      [q.push(2), q.pop()],
      forcePushThenPop(q.forcePush(3), q.pop()),
      forcePushThenPop(q.forcePush(4), q.pop()),
    ],
    { start: 7 },
  ),

  // ── kills ──
  bounded(
    2,
    "a pusher or popper is killed",
    (q) => [
      [q.push(1), q.push(2)],
      [q.pop(), q.push(3)],
      [q.pop(), q.pop()],
    ],
    { kills: 1, start: 1, items: [4] },
  ),
  bounded(
    3,
    "a batch is killed",
    (q) => [
      [q.pushMany(1, 2, 3), q.push(4)],
      [q.popMany(3), q.popMany(2)],
    ],
    { kills: 1, slots: 1, start: 2 },
  ),
  bounded(
    2,
    "a forcePush is killed",
    (q) => [
      [q.forcePush(3), q.forcePush(4)],
      [q.pop(), q.forcePush(5)],
      [q.push(6), q.size()],
    ],
    { kills: 1, start: 1, items: [1, 2] },
  ),
  bounded(
    2,
    "two are killed",
    (q) => [
      [q.forcePush(2), q.pop()],
      [q.push(3), q.popMany(2)],
    ],
    { kills: 2, start: 1, items: [1] },
  ),

  // ── an index wraps ──
  bounded(
    2,
    "the index wraps",
    (q) => [
      [q.push(1), q.push(2)],
      [q.push(3), q.pop()],
      [q.pop(), q.isEmpty()],
    ],
    { start: lastPosition(2) },
  ),
  bounded(
    3,
    "the index wraps under batches",
    (q) => [
      [q.pushMany(1, 2, 3), q.popMany(2)],
      [q.popMany(3), q.forcePush(4)],
    ],
    { slots: 1, start: lastPosition(3) },
  ),
  bounded(
    2,
    "the index wraps under forcePush",
    (q) => [
      [q.forcePush(3), q.isFull()],
      [q.pop(), q.push(4)],
      [q.close(), q.isFinished()],
    ],
    { start: lastPosition(2) - 1n, items: [1, 2] },
  ),

  // ── how far each end knows its way: groups of four, so that one look shows several ──
  bounded(
    3,
    "known for the tail",
    (q) => [
      [q.push(4), q.push(5), q.push(6)],
      [q.pop(), q.pop()],
      [q.push(7), q.size()],
    ],
    { start: 3, items: [1, 2] },
  ),
  bounded(
    3,
    "known for the head",
    (q) => [
      [q.pop(), q.pop(), q.pop()],
      [q.push(3), q.forcePush(4)],
      [q.pop(), q.size()],
    ],
    { start: 3, items: [1, 2] },
  ),

  handles("bounded 3/last handle against pushes", (q) => [[q.push(2)], [q.pop()], [q.forcePush(3)]], {
    flavour: BOUNDED,
    capacity: 3,
    slots: 1,
    start: 1,
    items: [1],
  }),
];
