/**
 * Programs about queues. A value that a dead thread was about to push belongs to it still, or to the queue. A value that it
 * popped belonged to it. The same is true of each value of a batch. Blocks that it was about to install or to free are freed. If
 * a thread dies while it disposes of a queue, another one completes that.
 */
import {
  ARCS,
  BLOCKS,
  BOUNDED,
  DISPLACED,
  INLINE,
  KIND_ARC,
  KIND_QUEUE,
  OK,
  OWN_ARC,
  OWN_BLOCK,
  OWN_SCRATCH,
  OWN_STRONG,
  OWN_VALUE,
  SINGLE,
  TAKEN_OUT,
  UNBOUNDED,
  VALUES_FROM,
} from "../../../heap/kernel/numbers.js";
import type { Program, Steps } from "../../program.js";
import { drop } from "./counts.js";
import { mourner, program, type Scene } from "./subject.js";

const SIZE = 16;

/** Which queue, about to begin a new block or lap, and how many slots its blocks have. */
interface Flavour {
  readonly name: string;
  readonly flavour: number;
  readonly capacity: number;
  readonly start: number;
  readonly slots: 1 | 3;
}
const FLAVOURS: readonly Flavour[] = [
  { name: "unbounded", flavour: UNBOUNDED, capacity: 0, start: 0, slots: 1 },
  { name: "bounded", flavour: BOUNDED, capacity: 2, start: 1, slots: 3 },
  { name: "single", flavour: SINGLE, capacity: 1, start: 0, slots: 3 },
];

/** What the slots of a queue stand for, and how threads come by it. */
interface Content {
  readonly content: number;
  /** What a cell is for that has what goes in, and one that has what came out. */
  readonly kinds: readonly [going: number, coming: number];
  make(cell: number): Steps<number>;
  /** Before the threads start, and for nobody. */
  makeNow(): number;
  /** Gives up what did not go in. */
  takeBack(value: number, cell: number): Steps;
  /** Gives up what came out, or what a slot has; by way of `handle`, if need be. */
  take(value: number, cell: number, handle: number): Steps;
}

type Kind = readonly [name: string, contentOf: (scene: Scene) => Content];

function* free(block: number, cell: number): Steps {
  yield ["free", block, cell];
}
function* forget(_value: number, cell: number): Steps {
  yield ["forget", cell];
}
const BLOCKS_IN: Kind = [
  "blocks",
  ({ kernel }) => ({
    content: BLOCKS,
    kinds: [OWN_BLOCK, OWN_VALUE],
    *make(cell) {
      return (yield ["alloc", SIZE, 16, cell]) >>> 0;
    },
    makeNow: () => kernel.alloc(SIZE, 16) >>> 0,
    takeBack: free,
    take: free,
  }),
];

const ARCS_IN: Kind = [
  "Arcs",
  (scene) => ({
    content: ARCS,
    kinds: [OWN_STRONG, OWN_ARC],
    *make(cell) {
      const control = (yield ["create", SIZE, 16, KIND_ARC, 1, cell]) >>> 0;
      return (yield ["valueOf", control]) >>> 0;
    },
    makeNow: () => scene.kernel.valueOf(scene.kernel.create(SIZE, 16, KIND_ARC, 1)) >>> 0,
    *takeBack(value, cell) {
      yield* drop((yield ["controlOf", value]) >>> 0, cell);
    },
    *take(value, cell, handle) {
      const control = (yield ["controlOf", value]) >>> 0;
      scene.empty(handle, OWN_STRONG);
      yield ["moveCount", control, cell, handle];
      yield* drop(control, handle);
    },
  }),
];

/** As blocks, but each lies in the slot itself. */
const VALUES_IN: Kind = [
  "short values",
  ({ slots }) => ({
    content: BLOCKS,
    kinds: [OWN_BLOCK, OWN_VALUE],
    // biome-ignore lint/correctness/useYield: it takes no step of the kernel
    *make(cell) {
      slots[cell / 8] = VALUES_FROM + 1;
      return VALUES_FROM + 1;
    },
    makeNow: () => VALUES_FROM + 1,
    takeBack: forget,
    take: forget,
  }),
];

const INLINE_IN: Kind = [
  "numbers",
  () => ({
    content: INLINE,
    kinds: [0, 0],
    // biome-ignore lint/correctness/useYield: there is nothing to do
    *make() {
      return 1;
    },
    makeNow: () => 1,
    *takeBack() {},
    *take() {},
  }),
];

type Name = "push" | "forcePush" | "pop" | "pushMany" | "popMany" | "drop";

/** What a thread does with a queue, each time with cells of its own. */
class User {
  readonly #scene: Scene;
  readonly #id: number;
  readonly #queue: number;
  readonly #content: Content;
  readonly #handle: number;
  /** The cell of its count of the queue. */
  readonly #count: number;
  readonly #control: number;

  constructor(scene: Scene, id: number, control: number, content: Content) {
    this.#scene = scene;
    this.#id = id;
    this.#control = control;
    this.#queue = scene.kernel.valueOf(control) >>> 0;
    this.#content = content;
    this.#handle = content.content === ARCS ? scene.cell(id, OWN_STRONG) : 0;
    this.#count = scene.owns(id, control);
  }

  #cell(kind: number): number {
    return kind === 0 ? 0 : this.#scene.cell(this.#id, kind);
  }

  *push(cell: number): Steps {
    const value = yield* this.#content.make(cell);
    if ((yield ["push", this.#queue, value, cell]) !== OK) yield* this.#content.takeBack(value, cell);
  }
  *forcePush(cell: number, out: number): Steps {
    const value = yield* this.#content.make(cell);
    const oldest = yield ["forcePush", this.#queue, value, cell, out];
    const status = yield ["status"];
    if (status === DISPLACED) yield* this.#content.take(oldest, out, this.#handle);
    else if (status !== OK) yield* this.#content.takeBack(value, cell);
  }
  *pop(cell: number): Steps {
    const value = yield ["pop", this.#queue, cell];
    if (!Number.isNaN(value)) yield* this.#content.take(value, cell, this.#handle);
  }

  /** Makes `count` values in the scratch, and pushes them. */
  *pushMany(scratch: number, cell: number, count: number): Steps {
    yield ["useScratch", scratch, cell, this.#content.content];
    for (let slot = scratch; slot < scratch + 8 * count; slot += 8) yield* this.#put(slot);
    const pushed = yield ["pushMany", this.#queue, scratch, count];
    yield* this.#takeAll(scratch, pushed, count);
  }
  *popMany(scratch: number, cell: number, most: number): Steps {
    const { content } = this.#content;
    yield ["useScratch", scratch, cell, content === INLINE ? content : content | TAKEN_OUT];
    yield* this.#takeAll(scratch, 0, yield ["popMany", this.#queue, scratch, most]);
  }
  *#put(slot: number): Steps {
    yield* this.#content.make(this.#handle === 0 ? slot : this.#handle);
    // As a handle parts with its count.
    if (this.#handle !== 0) yield ["detach", this.#handle, slot];
  }
  *#takeAll(scratch: number, from: number, to: number): Steps {
    for (let i = from; i < to; i++)
      yield* this.#content.take(this.#scene.slots[scratch / 8 + i] as number, scratch + 8 * i, this.#handle);
  }

  /** Operations one after the other, with their cells; "drop" is what a handle does at its end. */
  does(names: readonly Name[]): () => Steps {
    const [going, coming] = this.#content.kinds;
    const scratch = names.some((name) => name.endsWith("Many")) ? this.#cell(OWN_SCRATCH) : 0;
    const slots = scratch === 0 ? 0 : this.#scene.kernel.allocScratch(scratch) >>> 0;
    const cells = names.map((name) => [
      name.toLowerCase().endsWith("push") ? this.#cell(going) : 0,
      name === "pop" || name === "forcePush" ? this.#cell(coming) : 0,
    ]) as [number, number][];
    const run = function* (this: User): Steps {
      for (const [i, name] of names.entries()) {
        const [own, out] = cells[i] as [number, number];
        if (name === "push") yield* this.push(own);
        else if (name === "forcePush") yield* this.forcePush(own, out);
        else if (name === "pop") yield* this.pop(out);
        else if (name === "drop") yield* drop(this.#control, this.#count);
        else yield* this[name](slots, scratch, 2);
      }
    };
    return () => run.call(this);
  }
}

/**
 * A program on one queue: what one thread does until it is killed, perhaps what another does meanwhile, and the last one reaps
 * the first. `there`: values from the start.
 */
function on(
  { name, flavour, capacity, start, slots }: Flavour,
  [label, contentOf]: Kind,
  what: string,
  there: number,
  ...does: readonly (readonly Name[])[]
): Program {
  return program(
    `${name} of ${label}/${what}`,
    does.length + 1,
    (scene) => {
      const { kernel } = scene;
      const content = contentOf(scene);
      const control = scene.object(KIND_QUEUE, kernel.queueSize());
      const queue = kernel.valueOf(control) >>> 0;
      kernel.construct(queue, flavour, capacity, content.content, 0, BigInt(start));
      for (let i = 0; i < there; i++) kernel.push(queue, content.makeNow());
      const bodies = does.map((names, id) => ({ run: new User(scene, id, control, content).does(names) }));
      scene.letGo(control);
      return [...bodies, mourner(scene, 0)];
    },
    { slots },
  );
}

function ofFlavour(flavour: Flavour): Program[] {
  const most = flavour.capacity === 0 ? 2 : flavour.capacity;
  return [
    on(flavour, BLOCKS_IN, "one after the other", most, ["forcePush", "push", "pop", "pop"]),
    on(flavour, BLOCKS_IN, "in batches", 0, ["pushMany", "popMany"]),
    on(flavour, BLOCKS_IN, "dropped with the queue", most, ["drop"]),
    on(flavour, BLOCKS_IN, "with others", 1, ["push"], ["pop"]),
    on(flavour, ARCS_IN, "one after the other", most, ["forcePush", "push", "pop", "pop"]),
    on(flavour, ARCS_IN, "in batches", 0, ["pushMany", "popMany"]),
    on(flavour, ARCS_IN, "dropped with the queue", most, ["drop"], ["drop"]),
    on(flavour, ARCS_IN, "with others", 1, ["pop"], ["pop"]),
  ];
}

const [UNBOUNDED_OF_1] = FLAVOURS as [Flavour];

export const queuePrograms = [
  // Blocks are installed, and read up.
  on(UNBOUNDED_OF_1, INLINE_IN, "one after the other", 0, ["push", "push", "pop", "pop"]),
  on(UNBOUNDED_OF_1, INLINE_IN, "in batches", 1, ["pushMany", "popMany"]),
  on(UNBOUNDED_OF_1, INLINE_IN, "dropped", 1, ["pop", "drop"], ["drop"]),
  on(UNBOUNDED_OF_1, INLINE_IN, "with others", 0, ["push", "pop"], ["pop"]),
  on(UNBOUNDED_OF_1, VALUES_IN, "one after the other", 1, ["forcePush", "push", "pop", "pop"]),
  on(UNBOUNDED_OF_1, VALUES_IN, "in batches", 0, ["pushMany", "popMany"]),
  on(UNBOUNDED_OF_1, VALUES_IN, "dropped with the queue", 2, ["drop"]),
  on(UNBOUNDED_OF_1, VALUES_IN, "with others", 1, ["push"], ["pop"]),
  ...FLAVOURS.flatMap(ofFlavour),
];
