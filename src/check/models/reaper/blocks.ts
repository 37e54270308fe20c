/**
 * Programs about memory. A block belongs to exactly one cell, while it is being taken, while it is in use, and while it goes
 * back. In a batch it belongs to the slot that points to it.
 */
import { BLOCKS, OWN_BLOCK, OWN_SCRATCH, PAGE } from "../../../heap/kernel/numbers.js";
import type { Steps } from "../../program.js";
import { expect } from "./specification.js";
import { mourner, program } from "./subject.js";

const HALF = PAGE / 2;
const NODE = 48;

/** Takes blocks and gives some of them back. Positive: of that size, into that cell; 0: out of that cell. */
function* takes(steps: readonly (readonly [size: number, cell: number])[]): Steps {
  const blocks = new Map<number, number>();
  for (const [size, cell] of steps) {
    if (size > 0) blocks.set(cell, (yield ["alloc", size, 16, cell]) >>> 0);
    else if (blocks.get(cell) !== 0) yield ["free", blocks.get(cell) as number, cell];
  }
}

export const blockPrograms = [
  program("a block is taken and given back", 3, (scene) => {
    const [a, b] = [scene.cell(0, OWN_BLOCK), scene.cell(1, OWN_BLOCK)];
    // Of two that came back, one is ready when the other was taken.
    const used = [1, 2].map(() => scene.kernel.alloc(NODE, 16));
    for (const block of used) scene.kernel.free(block);
    return [
      {
        run: () =>
          takes([
            [NODE, a],
            [0, a],
            [NODE, a],
          ]),
      },
      {
        run: () =>
          takes([
            [NODE, b],
            [0, b],
          ]),
      },
      mourner(scene, 0),
    ];
  }),
  // One page beside that of the ledgers.
  program(
    "a block is carved out of a new page",
    3,
    (scene) => {
      const [a, b] = [scene.cell(0, OWN_BLOCK), scene.cell(1, OWN_BLOCK)];
      return [
        { run: () => takes([[HALF, a]]) },
        {
          run: () =>
            takes([
              [HALF, b],
              [0, b],
            ]),
        },
        mourner(scene, 0),
      ];
    },
    { pages: 2 },
  ),
  program("a run of pages", 3, (scene) => {
    const [a, b] = [scene.cell(0, OWN_BLOCK), scene.cell(1, OWN_BLOCK)];
    return [
      {
        run: () =>
          takes([
            [PAGE, a],
            [0, a],
          ]),
      },
      {
        run: () =>
          takes([
            [PAGE, b],
            [0, b],
          ]),
      },
      mourner(scene, 0),
    ];
  }),
  // Both blocks that there are can be had again when whoever had them was reaped.
  program(
    "what the dead had can be had again",
    2,
    (scene) => {
      const [a, a2] = [scene.cell(0, OWN_BLOCK), scene.cell(0, OWN_BLOCK)];
      const [b, b2] = [scene.cell(1, OWN_BLOCK), scene.cell(1, OWN_BLOCK)];
      return [
        {
          run: () =>
            takes([
              [HALF, a],
              [HALF, a2],
              [0, a],
            ]),
        },
        {
          mourns: 0,
          *run() {
            yield* scene.reap(0);
            for (const cell of [b, b2]) expect("is the heap exhausted", (yield ["alloc", HALF, 16, cell]) === 0, false);
          },
        },
      ];
    },
    { pages: 2 },
  ),
  program("a batch of blocks is made", 2, (scene) => {
    const { kernel } = scene;
    const cell = scene.cell(0, OWN_SCRATCH);
    const scratch = kernel.allocScratch(cell) >>> 0;
    // Numbers from before, which are no addresses.
    scene.slots.fill(77, scratch / 8, (scratch + kernel.scratchSize()) / 8);
    return [
      {
        *run() {
          yield ["useScratch", scratch, cell, BLOCKS];
          const first = (yield ["alloc", NODE, 16, scratch]) >>> 0;
          yield ["alloc", NODE, 16, scratch + 8];
          yield ["free", first, scratch];
          yield ["alloc", HALF, 16, scratch + 16];
        },
      },
      mourner(scene, 0),
    ];
  }),
  program("a scratch is taken and given back", 3, (scene) => {
    const [a, b] = [scene.cell(0, OWN_SCRATCH), scene.cell(1, OWN_SCRATCH)];
    function* run(cell: number): Steps {
      const scratch = (yield ["allocScratch", cell]) >>> 0;
      yield ["freeScratch", scratch, cell];
    }
    return [{ run: () => run(a) }, { run: () => run(b) }, mourner(scene, 0)];
  }),
  program("a ledger grows", 3, (scene) => {
    return [
      {
        *run() {
          yield ["alloc", NODE, 16, (yield ["addCells"]) >>> 0];
          yield ["addCells"];
        },
      },
      {
        *run() {
          yield ["addCells"];
        },
      },
      mourner(scene, 0),
    ];
  }),
];
