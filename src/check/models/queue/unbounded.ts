/**
 * Programs about the unbounded queue's blocks. They have 3 slots (or 1), and programs start where something is about to
 * happen: one slot before a block's end, with a block that has been used before.
 */
import type { Body, Program } from "../../program.js";
import { handles, type Options, program as programOf, type Queue } from "./subject.js";

/** The last slot of a block of 3. */
const LAST_SLOT = 2;

/** Unless told, a program starts one slot before a block's end: that is where things happen. */
function program(name: string, threads: (queue: Queue) => Body[], options: Options = {}): Program {
  return programOf(name, threads, { start: LAST_SLOT, ...options });
}

export const unboundedPrograms: readonly Program[] = [
  program("one slot before the end", (q) => [
    [q.push(1), q.push(2)],
    [q.push(3), q.pop()],
    [q.pop(), q.pop()],
  ]),
  program("pushers only", (q) => [
    [q.push(1), q.push(2)],
    [q.push(3), q.push(4)],
    [q.push(5), q.size()],
  ]),
  program(
    "poppers only",
    (q) => [
      [q.pushMany(1, 2, 3, 4), q.pop()],
      [q.pop(), q.pop()],
      [q.pop(), q.isEmpty()],
    ],
    { start: 1 },
  ),
  program("batches over the end", (q) => [
    [q.pushMany(1, 2, 3), q.popMany(2)],
    [q.popMany(3), q.push(4)],
  ]),
  program("batches against batches", (q) => [
    [q.pushMany(1, 2), q.pushMany(3, 4)],
    [q.popMany(2), q.popMany(4)],
    [q.pushMany(5, 6), q.popMany(1)],
  ]),
  program("close against push and pop", (q) => [
    [q.push(1), q.push(2)],
    [q.close(), q.isFinished()],
    [q.pop(), q.pop()],
  ]),
  program("close against the hole", (q) => [
    [q.pushMany(1, 2), q.size()],
    [q.close(), q.close()],
    [q.push(3), q.isClosed()],
  ]),
  program("size and emptiness", (q) => [
    [q.push(1), q.pop()],
    [q.push(2), q.pop()],
    [q.size(), q.isEmpty()],
  ]),
  program("blocks come back", (q) => [
    [q.push(1), q.pop(), q.push(2)],
    [q.pop(), q.push(3), q.pop()],
  ]),
  program(
    "blocks of one slot",
    (q) => [
      [q.push(1), q.pop()],
      [q.push(2), q.pop()],
      [q.pop(), q.push(3)],
    ],
    { slots: 1, start: 0 },
  ),
  program(
    "blocks of one slot come back",
    (q) => [
      [q.push(1), q.pop(), q.push(2)],
      [q.pop(), q.push(3), q.pop()],
    ],
    { slots: 1, start: 0 },
  ),
  program(
    "a pusher or popper is killed",
    (q) => [
      [q.push(1), q.push(2)],
      [q.pop(), q.push(3)],
      [q.pop(), q.pop()],
    ],
    { kills: 1 },
  ),
  program(
    "a batch is killed",
    (q) => [
      [q.pushMany(1, 2, 3), q.push(4)],
      [q.popMany(3), q.popMany(2)],
    ],
    { kills: 1 },
  ),
  program(
    "killed with blocks of one slot",
    (q) => [
      [q.push(1), q.pop()],
      [q.push(2), q.pop()],
    ],
    { kills: 2, slots: 1, start: 0 },
  ),
  program(
    "the heap is exhausted",
    (q) => [
      [q.push(1), q.push(2), q.push(3)],
      [q.pop(), q.push(4), q.pop()],
    ],
    { slots: 1, start: 0, room: 1, tight: true },
  ),
  program(
    "the heap is exhausted in a batch",
    (q) => [
      [q.pushMany(1, 2, 3), q.pop()],
      [q.pop(), q.pushMany(4, 5)],
    ],
    { slots: 1, start: 0, room: 1, tight: true },
  ),
  program(
    "never empty",
    (q) => [
      [q.push(2), q.pop()],
      [q.push(3), q.isEmpty()],
      [q.isEmpty(), q.pop()],
    ],
    { items: [1] },
  ),
  program(
    "a block that is not needed",
    (q) => [
      [q.push(1), q.takeBlock()],
      [q.push(2), q.size()],
    ],
    { room: 2 },
  ),
  handles("last handle against a pop", (q) => [[q.push(1)], [q.pop()], [q.push(2)]], { start: LAST_SLOT }),
];
