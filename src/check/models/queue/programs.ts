/**
 * Programs on queues. Whatever threads do with a queue, each of them may only see what an array would have shown.
 *
 * Blocks have 3 slots or 1, and the groups of a ring have 4 or 2. Each program starts just before something happens: one slot
 * before the end of a block that has been used before, at the end of a ring, or before an index wraps.
 */
import { BOUNDED, SINGLE, UNBOUNDED } from "../../../heap/kernel/numbers.js";
import type { Program } from "../../program.js";
import { type Common, queues } from "./subject.js";

/** The last slot of a block of 3. */
const LAST_SLOT = 2;

/** Blocks: their ends, their holes, and that they come back. */
const unbounded = queues(
  "",
  { flavour: UNBOUNDED, start: LAST_SLOT },
  `
  program                          | given                           | a                          | b                    | c
  one slot before the end          |                                 | push 1, push 2             | push 3, pop          | pop, pop
  pushers only                     |                                 | push 1, push 2             | push 3, push 4       | push 5, size
  poppers only                     | start 1                         | pushMany 1 2 3 4, pop      | pop, pop             | pop, isEmpty
  batches over the end             |                                 | pushMany 1 2 3, popMany 2  | popMany 3, push 4
  batches against batches          |                                 | pushMany 1 2, pushMany 3 4 | popMany 2, popMany 4 | pushMany 5 6, popMany 1
  close against push and pop       |                                 | push 1, push 2             | close, isFinished    | pop, pop
  close against the hole           |                                 | pushMany 1 2, size         | close, close         | push 3, isClosed
  size and emptiness               |                                 | push 1, pop                | push 2, pop          | size, isEmpty
  blocks come back                 |                                 | push 1, pop, push 2        | pop, push 3, pop
  blocks of one slot               | slots 1, start 0                | push 1, pop                | push 2, pop          | pop, push 3
  blocks of one slot come back     | slots 1, start 0                | push 1, pop, push 2        | pop, push 3, pop
  a pusher or popper is killed     | kills 1                         | push 1, push 2             | pop, push 3          | pop, pop
  a batch is killed                | kills 1                         | pushMany 1 2 3, push 4     | popMany 3, popMany 2
  killed with blocks of one slot   | slots 1, start 0, kills 2       | push 1, pop                | push 2, pop
  the heap is exhausted            | slots 1, start 0, room 1, tight | push 1, push 2, push 3     | pop, push 4, pop
  the heap is exhausted in a batch | slots 1, start 0, room 1, tight | pushMany 1 2 3, pop        | pop, pushMany 4 5
  never empty                      | items 1                         | push 2, pop                | push 3, isEmpty      | isEmpty, pop
  a block that is not needed       | room 2                          | push 1, takeBlock          | push 2, size
  last handle against a pop        | handles                         | push 1                     | pop                  | push 2
`,
);

/** The ring: full and empty, over its groups, its end, its laps and their wrap. */
const bounded = queues(
  "bounded #/",
  { flavour: BOUNDED },
  `
  program                         | given                                          | a                               | b                        | c                | d

  full and empty
  over the end                    | capacity 2, start 1                            | push 1, push 2                  | push 3, pop              | pop, pop
  full and empty                  | capacity 2, start 3, items 1                   | push 2, push 3                  | pop, pop                 | isFull, isEmpty
  always full or one less         | capacity 2, start 2, items 1 2                 | pop, push 3                     | push 4, pop              | push 5, isFull
  pushers only                    | capacity 3, start 5                            | push 1, push 2                  | push 3, push 4           | push 5, size
  poppers only                    | capacity 3, start 2, items 1 2 3               | pop, pop                        | pop, pop                 | size, isEmpty
  over two groups                 | capacity 3, slots 1, start 1                   | push 1, push 2                  | push 3, pop              | pop, pop
  round and round                 | capacity 2, start 1                            | push 1, pop, push 2, pop        | pop, push 3, pop, push 4
  size and emptiness              | capacity 2, start 1                            | push 1, pop                     | push 2, pop              | size, isEmpty
  never empty                     | capacity 2, start 1, items 1                   | push 2, pop                     | push 3, isEmpty          | isEmpty, pop
  never full                      | capacity 2, start 1, items 1                   | pop, push 2                     | isFull, isFull           | size, size

  batches
  batches over the end            | capacity 3, start 2                            | pushMany 1 2 3, popMany 2       | popMany 3, push 4
  batches over a group's end      | capacity 3, slots 1, start 4                   | pushMany 1 2 3, popMany 2       | popMany 3, pushMany 4 5
  batches against batches         | capacity 3, slots 1, start 1                   | pushMany 1 2, pushMany 3 4      | popMany 2, popMany 4     | pushMany 5 6, popMany 1
  a batch that does not fit       | capacity 2, start 3, items 9                   | pushMany 1 2 3, isFull          | pop, pushMany 4 5
  batches of two groups           | capacity 8, start 15                           | pushMany 1 2 3 4 5 6, popMany 4 | popMany 6, pushMany 7 8

  close
  close against push and pop      | capacity 2, start 1                            | push 1, push 2                  | close, isFinished        | pop, pop
  close against a full ring       | capacity 2, start 1, items 1 2                 | push 3, push 4                  | close, close             | pop, isFinished
  close against a batch           | capacity 3, slots 1, start 2                   | pushMany 1 2 3, isClosed        | close, popMany 3

  forcePush
  forcePush against pop           | capacity 2, start 1, items 1 2                 | forcePush 3, forcePush 4        | pop, pop                 | pop, size
  forcePush against forcePush     | capacity 2, start 3, items 1                   | forcePush 3, forcePush 4        | forcePush 5, forcePush 6 | pop, isFull
  forcePush against push          | capacity 2, start 1, items 1 2                 | forcePush 3, pop                | push 4, push 5           | forcePush 6, pop
  forcePush over two groups       | capacity 3, slots 1, start 1, items 1 2 3      | forcePush 4, forcePush 5        | pop, push 6              | forcePush 7, pop
  forcePush against batches       | capacity 3, slots 1, start 2, items 1 2 3      | forcePush 4, forcePush 5        | popMany 3, pushMany 6 7
  forcePush against every look    | capacity 2, start 1, items 1 2                 | forcePush 3, pop                | size, isFull             | isEmpty, size
  a look while one is displaced   | capacity 2, start 1, items 1 2                 | forcePush 3                     | pop, size                | popMany 1, size
  finished while one is displaced | capacity 2, start 1, items 1 2                 | forcePush 3, pop                | close, isFinished
  forcePush against close         | capacity 2, start 1, items 1 2                 | forcePush 3, forcePush 4        | close, isClosed          | pop, isClosed
  forcePush against close         | capacity 3, start 2, items 1 2 3               | forcePush 4, isClosed           | close, pop               | forcePush 5, isFinished
  forcePush against close         | capacity 8, start 15, items 1 2 3 4 5 6 7 8    | forcePush 9, isClosed           | close, forcePush 0       | pop, isClosed

  what concurrent-queue's test of this name does: no pop of it may fail
  linearizable                    | capacity 4, start 7                            | push 1, pop                     | push 2, pop              | forcePushOrPop 3 | forcePushOrPop 4

  kills
  a pusher or popper is killed    | capacity 2, start 1, items 4, kills 1          | push 1, push 2                  | pop, push 3              | pop, pop
  a batch is killed               | capacity 3, slots 1, start 2, kills 1          | pushMany 1 2 3, push 4          | popMany 3, popMany 2
  a forcePush is killed           | capacity 2, start 1, items 1 2, kills 1        | forcePush 3, forcePush 4        | pop, forcePush 5         | push 6, size
  two are killed                  | capacity 2, start 1, items 1, kills 2          | forcePush 2, pop                | push 3, popMany 2

  an index wraps
  the index wraps                 | capacity 2, start -1                           | push 1, push 2                  | push 3, pop              | pop, isEmpty
  the index wraps under batches   | capacity 3, slots 1, start -1                  | pushMany 1 2 3, popMany 2       | popMany 3, forcePush 4
  the index wraps under forcePush | capacity 2, start -2, items 1 2                | forcePush 3, isFull             | pop, push 4              | close, isFinished

  what is known to be ready, for head and tail: groups of four, so that one look shows several
  known for the tail              | capacity 3, start 3, items 1 2                 | push 4, push 5, push 6          | pop, pop                 | push 7, size
  known for the head              | capacity 3, start 3, items 1 2                 | pop, pop, pop                   | push 3, forcePush 4      | pop, size

  the last handle
  last handle against pushes      | handles, capacity 3, slots 1, start 1, items 1 | push 2                          | pop                      | forcePush 3
`,
);

/** Every queue of one: the single slot, and a ring of one, which must do the same. */
const ofOne = (prefix: string, common: Common) =>
  queues(
    prefix,
    { capacity: 1, ...common },
    `
    program                      | given            | a                         | b                 | c

    with push and pop
    push against pop             |                  | push 1, pop               | push 2, pop       | pop, push 3
    pushers only                 |                  | push 1, isFull            | push 2, size      | push 3, isEmpty
    poppers only                 | items 1          | pop, isFull               | pop, isEmpty      | pop, size
    one producer, one consumer   |                  | push 1, push 2, push 3    | pop, pop, pop
    empty is not full            | items 1          | isEmpty, push 2           | pop               | size, push 3
    batches                      |                  | pushMany 1 2 3, popMany 2 | popMany 3, pushMany 4 5
    close against push and pop   |                  | push 1, isFinished        | close, isClosed   | pop, pop
    close against the last pop   | items 1          | close, close              | pop, isFinished   | push 2, isFinished
    a pusher or popper is killed | kills 1          | push 1, pop               | pop, push 2       | push 3, size
    a batch is killed            | kills 1          | pushMany 1 2, popMany 2   | popMany 2, pushMany 3 4

    with forcePush: the value that comes out lies where the one that goes in will lie
    forcePush against pop        | items 1          | forcePush 2, forcePush 3  | pop, pop          | pop, size
    forcePush against forcePush  |                  | forcePush 2, forcePush 3  | forcePush 4, pop  | forcePush 5, isFull
    forcePush against push       | items 1          | forcePush 2, pop          | push 3, push 4    | forcePush 5, pop
    forcePush against every look | items 1          | forcePush 2, forcePush 3  | size, isFull      | isEmpty, isFinished
    forcePush against close      | items 1          | forcePush 2, isClosed     | close, isFinished | pop, forcePush 3
    linearizable                 |                  | forcePushOrPop 1          | forcePushOrPop 2  | forcePushOrPop 3
    a forcePush is killed        | items 1, kills 1 | forcePush 2, forcePush 3  | pop, forcePush 4  | push 5, isEmpty
    two are killed               | items 1, kills 2 | forcePush 2, pop          | push 3, forcePush 4
`,
  );

/**
 * What the slots stand for: payload blocks and counts of Arcs. Whoever takes a value out owns it and gives it back, whoever could
 * not put one in still owns it, and what nobody took goes with the queue. So at the end nothing is left, and nothing was given
 * back twice.
 */
const ofBlocks = (prefix: string, common: Common) =>
  queues(
    `${prefix} of blocks/`,
    { content: "blocks", ...common },
    `
    program                | given                   | a              | b           | c
    pushed and popped      |                         | push 1, pop    | pop, push 2
    in batches             | leave                   | pushMany 1 2 3 | popMany 2, pop
    displaced              | items 1, leave          | forcePush 2    | forcePush 3 | pop
    dropped with the queue | handles, items 1        | push 2         | pop
    one is killed          | items 1, leave, kills 1 | push 2, pop    | forcePush 3
    a batch is killed      | leave, kills 1          | pushMany 1 2   | popMany 2, pop
`,
  );

/** Likewise with short values among them, which lie in the slots themselves. */
const ofMixed = (prefix: string, common: Common) =>
  queues(
    `${prefix} of short values/`,
    { content: "mixed", ...common },
    `
    program                | given                   | a              | b
    pushed and popped      | leave                   | push 2, pop    | pop, push 1
    in batches             | leave                   | pushMany 1 2   | popMany 2, pop
    displaced              | items 2, leave          | forcePush 3    | forcePush 4
    dropped with the queue | handles, items 2        | push 4         | pop
    one is killed          | items 2, leave, kills 1 | push 1, pop    | forcePush 4
    a batch is killed      | leave, kills 1          | pushMany 1 2   | popMany 2, pop
`,
  );

const ofArcs = (prefix: string, common: Common) =>
  queues(
    `${prefix} of Arcs/`,
    { content: "Arcs", ...common },
    `
    program                | given                    | a           | b | c
    pushed and popped      | items 1, leave           | push 2      | pop, pop
    displaced              | items 1, leave           | forcePush 2 | forcePush 3
    dropped with the queue | handles, items 1 3, lent | push 2      | pop
    one is killed          | items 1, leave, kills 1  | forcePush 2 | pop
`,
  );

/** A queue of each flavour with room for two, or one, and about to begin a new block or lap. */
const FLAVOURS: Readonly<Record<string, Common>> = {
  unbounded: { flavour: UNBOUNDED, slots: 1 },
  bounded: { flavour: BOUNDED, capacity: 2, start: 1 },
  single: { flavour: SINGLE, capacity: 1 },
};
const ofFlavour = ([flavour, common]: [string, Common]) => [
  ...ofBlocks(flavour, common),
  ...ofMixed(flavour, common),
  ...ofArcs(flavour, common),
];

const others = [
  ...queues(
    "single/",
    { flavour: SINGLE, capacity: 1 },
    `
    program                    | given            | a      | b   | c
    last handle against pushes | handles, items 1 | push 2 | pop | forcePush 3
`,
  ),
  ...queues(
    "unbounded of blocks/",
    { flavour: UNBOUNDED, content: "blocks" },
    `
    program                   | given            | a      | b | c
    dropped with half a block | handles, items 1 | push 2 | pop
`,
  ),
];

export const queuePrograms: readonly Program[] = [
  ...unbounded,
  ...bounded,
  ...ofOne("single/", { flavour: SINGLE }),
  ...ofOne("bounded 1/", { flavour: BOUNDED, start: 1 }),
  ...Object.entries(FLAVOURS).flatMap(ofFlavour),
  ...others,
];
