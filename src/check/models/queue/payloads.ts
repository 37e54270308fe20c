/**
 * Programs about what the slots stand for: payload blocks and counts of Arcs. Whoever takes a value out owns it and gives it
 * back, whoever could not put one in still owns it, and what nobody took goes with the queue. So at the end nothing is left,
 * and nothing was given back twice; a thread that was killed takes with it what its last call had in hand.
 */
import { BOUNDED, SINGLE, UNBOUNDED } from "../../../heap/kernel/numbers.js";
import type { Program } from "../../program.js";
import { handles, type Options, program } from "./subject.js";

/** A queue of each flavour with room for two, or one, and about to begin a new block or lap. */
const FLAVOURS: readonly (readonly [name: string, options: Options])[] = [
  ["unbounded", { flavour: UNBOUNDED, slots: 1 }],
  ["bounded", { flavour: BOUNDED, capacity: 2, start: 1 }],
  ["single", { flavour: SINGLE, capacity: 1 }],
];

function ofFlavour([flavour, options]: readonly [string, Options]): Program[] {
  const of = (content: "blocks" | "arcs", more: Options = {}): Options => ({ ...options, content, ...more });
  return [
    program(
      `${flavour} of blocks/pushed and popped`,
      (q) => [
        [q.push(1), q.pop()],
        [q.pop(), q.push(2)],
      ],
      of("blocks"),
    ),
    program(
      `${flavour} of blocks/in batches`,
      (q) => [[q.pushMany(1, 2, 3)], [q.popMany(2), q.pop()]],
      of("blocks", { leave: true }),
    ),
    program(
      `${flavour} of blocks/displaced`,
      (q) => [[q.forcePush(2)], [q.forcePush(3)], [q.pop()]],
      of("blocks", { items: [1], leave: true }),
    ),
    handles(
      `${flavour} of blocks/dropped with the queue`,
      (q) => [[q.push(2)], [q.pop()]],
      of("blocks", { items: [1] }),
    ),
    program(
      `${flavour} of blocks/one is killed`,
      (q) => [[q.push(2), q.pop()], [q.forcePush(3)]],
      of("blocks", { items: [1], kills: 1, leave: true }),
    ),
    program(
      `${flavour} of blocks/a batch is killed`,
      (q) => [[q.pushMany(1, 2)], [q.popMany(2), q.pop()]],
      of("blocks", { kills: 1, leave: true, values: 2 }),
    ),
    program(
      `${flavour} of Arcs/pushed and popped`,
      (q) => [[q.push(2)], [q.pop(), q.pop()]],
      of("arcs", { items: [1], leave: true }),
    ),
    program(
      `${flavour} of Arcs/displaced`,
      (q) => [[q.forcePush(2)], [q.forcePush(3)]],
      of("arcs", { items: [1], leave: true }),
    ),
    handles(
      `${flavour} of Arcs/dropped with the queue`,
      (q) => [[q.push(2)], [q.pop()]],
      of("arcs", { items: options.capacity === 1 ? [1] : [1, 3], lent: true }),
    ),
    // Two values: the maker's own count of the one that went in, and the one that is out for it.
    program(
      `${flavour} of Arcs/one is killed`,
      (q) => [[q.forcePush(2)], [q.pop()]],
      of("arcs", { items: [1], kills: 1, leave: true, values: 2 }),
    ),
  ];
}

export const payloadPrograms: readonly Program[] = [
  ...FLAVOURS.flatMap(ofFlavour),
  handles("unbounded of blocks/dropped with half a block", (q) => [[q.push(2)], [q.pop()]], {
    content: "blocks",
    items: [1],
  }),
];
