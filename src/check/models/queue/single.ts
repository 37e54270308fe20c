/**
 * Programs about queues of one: the single slot, and what the door makes of a ring of one, which is the same.
 */
import { BOUNDED, SINGLE } from "../../../heap/kernel/numbers.js";
import type { Body, Program } from "../../program.js";
import { forcePushThenPop, handles, type Options, program, type Queue } from "./subject.js";

type Make = (name: string, threads: (queue: Queue) => Body[], options?: Options) => Program;

const single: Make = (name, threads, options = {}) =>
  program(`single/${name}`, threads, { flavour: SINGLE, capacity: 1, ...options });

const ringOfOne: Make = (name, threads, options = {}) =>
  program(`bounded 1/${name}`, threads, { flavour: BOUNDED, capacity: 1, start: 1, ...options });

/** What every queue of one must do. */
function withoutDisplacing(make: Make): Program[] {
  return [
    make("push against pop", (q) => [
      [q.push(1), q.pop()],
      [q.push(2), q.pop()],
      [q.pop(), q.push(3)],
    ]),
    make("pushers only", (q) => [
      [q.push(1), q.isFull()],
      [q.push(2), q.size()],
      [q.push(3), q.isEmpty()],
    ]),
    make(
      "poppers only",
      (q) => [
        [q.pop(), q.isFull()],
        [q.pop(), q.isEmpty()],
        [q.pop(), q.size()],
      ],
      { items: [1] },
    ),
    make("one producer, one consumer", (q) => [
      [q.push(1), q.push(2), q.push(3)],
      [q.pop(), q.pop(), q.pop()],
    ]),
    make("empty is not full", (q) => [[q.isEmpty(), q.push(2)], [q.pop()], [q.size(), q.push(3)]], { items: [1] }),
    make("batches", (q) => [
      [q.pushMany(1, 2, 3), q.popMany(2)],
      [q.popMany(3), q.pushMany(4, 5)],
    ]),
    make("close against push and pop", (q) => [
      [q.push(1), q.isFinished()],
      [q.close(), q.isClosed()],
      [q.pop(), q.pop()],
    ]),
    make(
      "close against the last pop",
      (q) => [
        [q.close(), q.close()],
        [q.pop(), q.isFinished()],
        [q.push(2), q.isFinished()],
      ],
      { items: [1] },
    ),
    make(
      "a pusher or popper is killed",
      (q) => [
        [q.push(1), q.pop()],
        [q.pop(), q.push(2)],
        [q.push(3), q.size()],
      ],
      { kills: 1 },
    ),
    make(
      "a batch is killed",
      (q) => [
        [q.pushMany(1, 2), q.popMany(2)],
        [q.popMany(2), q.pushMany(3, 4)],
      ],
      { kills: 1 },
    ),
  ];
}

/** And with forcePush: the value that comes out lies where the one that goes in will lie. */
function displacing(make: Make): Program[] {
  return [
    make(
      "forcePush against pop",
      (q) => [
        [q.forcePush(2), q.forcePush(3)],
        [q.pop(), q.pop()],
        [q.pop(), q.size()],
      ],
      { items: [1] },
    ),
    make("forcePush against forcePush", (q) => [
      [q.forcePush(2), q.forcePush(3)],
      [q.forcePush(4), q.pop()],
      [q.forcePush(5), q.isFull()],
    ]),
    make(
      "forcePush against push",
      (q) => [
        [q.forcePush(2), q.pop()],
        [q.push(3), q.push(4)],
        [q.forcePush(5), q.pop()],
      ],
      { items: [1] },
    ),
    make(
      "forcePush against every look",
      (q) => [
        [q.forcePush(2), q.forcePush(3)],
        [q.size(), q.isFull()],
        [q.isEmpty(), q.isFinished()],
      ],
      { items: [1] },
    ),
    make(
      "forcePush against close",
      (q) => [
        [q.forcePush(2), q.isClosed()],
        [q.close(), q.isFinished()],
        [q.pop(), q.forcePush(3)],
      ],
      { items: [1] },
    ),
    make("linearizable", (q) => [
      forcePushThenPop(q.forcePush(1), q.pop()),
      forcePushThenPop(q.forcePush(2), q.pop()),
      forcePushThenPop(q.forcePush(3), q.pop()),
    ]),
    make(
      "a forcePush is killed",
      (q) => [
        [q.forcePush(2), q.forcePush(3)],
        [q.pop(), q.forcePush(4)],
        [q.push(5), q.isEmpty()],
      ],
      { kills: 1, items: [1] },
    ),
    make(
      "two are killed",
      (q) => [
        [q.forcePush(2), q.pop()],
        [q.push(3), q.forcePush(4)],
      ],
      { kills: 2, items: [1] },
    ),
  ];
}

export const singlePrograms: readonly Program[] = [
  ...withoutDisplacing(single),
  ...displacing(single),
  handles("single/last handle against pushes", (q) => [[q.push(2)], [q.pop()], [q.forcePush(3)]], {
    flavour: SINGLE,
    capacity: 1,
    items: [1],
  }),
  ...withoutDisplacing(ringOfOne),
  ...displacing(ringOfOne),
];
