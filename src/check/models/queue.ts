/**
 * Models of the unbounded queue: whatever any number of threads do to it, each may only see what a plain array would have
 * shown. Blocks have 3 slots (or 1), and programs start where something is about to happen: one slot before a block's
 * end, with a block that has been used before.
 */
import type { Kernel } from "../../arc/instance.js";
import { CLOSED, EMPTY, INLINE, KIND_QUEUE, NO_MEMORY, OK, UNBOUNDED } from "../../arc/kernel/status.js";
import {
  type Call,
  CheckFailure,
  type Finish,
  type Operation,
  type Part,
  type Program,
  type Result,
  type Specification,
} from "../program.js";

/** A queue as a string: its items, one digit each, and a `!` when it is closed. */
const specification: Specification = {
  initial: "",
  step(state, { name, arg, result }) {
    const closed = state.endsWith("!");
    const items = closed ? state.slice(0, -1) : state;
    const unknown = result === undefined;
    switch (name) {
      case "push":
        if (result === "exhausted") return [state];
        if (closed) return result === "closed" ? [state] : [];
        return unknown || result === "ok" ? [items + String(arg)] : [];
      case "pop": {
        const rest = items.slice(1) + (closed ? "!" : "");
        if (items === "") return result === (closed ? "closed" : "empty") ? [state] : [];
        return unknown || items[0] === result ? [rest] : [];
      }
      case "close":
        return unknown || result === !closed ? [`${items}!`] : [];
      case "size":
        return unknown || result === items.length ? [state] : [];
      case "isEmpty":
        return unknown || result === (items === "") ? [state] : [];
      case "isClosed":
        return unknown || result === closed ? [state] : [];
      case "isFinished":
        return unknown || result === (closed && items === "") ? [state] : [];
    }
    throw new RangeError(`no such operation: ${name}`);
  },
};

/** The same for a heap that has room: no push may say that it is exhausted. */
const withoutExcuse: Specification["step"] = (state, part) =>
  part.result === "exhausted" ? [] : specification.step(state, part);

/** An operation that is one step of the specification. */
function single(name: string, arg: Result | undefined, run: () => Generator<Call, Result, number>): Operation {
  const label = `${name}(${arg ?? ""})`;
  return { label, run, parts: (result) => [{ name, arg, result }] };
}

const REASONS = new Map([
  [CLOSED, "closed"],
  [EMPTY, "empty"],
  [NO_MEMORY, "exhausted"],
]);
const why = (status: number) => REASONS.get(status) ?? `status ${status}`;

/** A queue of the model and the operations on it. Values are digits. */
class Queue {
  readonly #kernel: Kernel;
  readonly #slots: Float64Array;
  readonly #control: number;
  readonly #queue: number;
  #scratch: number;
  /** Blocks of the same size that somebody else has. */
  readonly #blocks: number[] = [];

  /** A queue whose first position is `start`, or a multiple of a block's positions further on. */
  constructor(kernel: Kernel, slots: Float64Array, start = 0) {
    this.#kernel = kernel;
    this.#slots = slots;
    this.#control = kernel.create(kernel.queueSize(), 16, KIND_QUEUE, 1);
    this.#queue = kernel.valueOf(this.#control);
    this.#scratch = kernel.allocScratch();
    if (kernel.construct(this.#queue, UNBOUNDED, 0, INLINE, 0, BigInt(start)) !== OK)
      throw new RangeError("a model's heap is too small");
    // A block that was used before lies ready: recycling is part of every program.
    // Behind it on the free list lies another, so that its link leads somewhere.
    const used = [kernel.alloc(kernel.blockSize(), 16), kernel.alloc(kernel.blockSize(), 16)];
    for (const block of used) {
      slots.fill(-1, block / 8 + 2, (block + kernel.blockSize()) / 8);
      kernel.free(block);
    }
  }

  /** Forgets the last schedule. */
  restart(): void {
    this.#blocks.length = 0;
  }

  /** Pushes before the threads start. */
  fill(items: readonly number[]): void {
    for (const item of items) this.#kernel.push(this.#queue, item);
  }

  /** Somebody else takes a block of the same size, for good. */
  takeBlock(): Operation {
    const blocks = this.#blocks;
    const size = this.#kernel.blockSize();
    return {
      label: "somebody else's alloc()",
      *run() {
        const block = yield ["alloc", size, 16];
        if (block !== 0) blocks.push(block);
        return block !== 0;
      },
      parts: () => [],
    };
  }

  /** Room for a batch of its own. */
  #room(count: number): number {
    const at = this.#scratch;
    this.#scratch += 8 * count;
    return at;
  }

  push(value: number): Operation {
    const queue = this.#queue;
    return single("push", value, function* () {
      const status = yield ["push", queue, value];
      return status === OK ? "ok" : why(status);
    });
  }

  pop(): Operation {
    const queue = this.#queue;
    return single("pop", undefined, function* () {
      const value = yield ["pop", queue];
      return Number.isNaN(value) ? why(yield ["status"]) : String(value);
    });
  }

  pushMany(...values: number[]): Operation {
    const queue = this.#queue;
    const source = this.#room(values.length);
    this.#slots.set(values, source / 8);
    return {
      label: `pushMany(${values.join(" ")})`,
      *run() {
        const pushed = yield ["pushMany", queue, source, values.length];
        return pushed === values.length ? `${pushed}` : `${pushed} ${why(yield ["status"])}`;
      },
      parts(result) {
        const [pushed, reason] = String(result ?? values.length).split(" ");
        const answer = result === undefined ? undefined : "ok";
        const parts: Part[] = values.slice(0, Number(pushed)).map((arg) => ({ name: "push", arg, result: answer }));
        return reason === undefined ? parts : [...parts, { name: "push", arg: 0, result: reason }];
      },
    };
  }

  popMany(max: number): Operation {
    const queue = this.#queue;
    const slots = this.#slots;
    const target = this.#room(max);
    return {
      label: `popMany(${max})`,
      *run() {
        const popped = yield ["popMany", queue, target, max];
        return popped === 0 ? why(yield ["status"]) : slots.slice(target / 8, target / 8 + popped).join(" ");
      },
      parts(result) {
        if (result === undefined) return Array.from({ length: max }, () => ({ name: "pop", result: undefined }));
        return String(result)
          .split(" ")
          .map((one) => ({ name: "pop", result: one }));
      },
    };
  }

  close(): Operation {
    return this.#ask("close");
  }
  isEmpty(): Operation {
    return this.#ask("isEmpty");
  }
  isClosed(): Operation {
    return this.#ask("isClosed");
  }
  isFinished(): Operation {
    return this.#ask("isFinished");
  }
  #ask(name: "close" | "isClosed" | "isEmpty" | "isFinished"): Operation {
    const queue = this.#queue;
    return single(name, undefined, function* () {
      return (yield [name, queue]) !== 0;
    });
  }

  size(): Operation {
    const queue = this.#queue;
    return single("size", undefined, function* () {
      return yield ["size", queue];
    });
  }

  /** One handle's `drop()`, as the host does it. Not a step of the specification. */
  drop(): Operation {
    const control = this.#control;
    const queue = this.#queue;
    return {
      label: "drop()",
      *run() {
        if ((yield ["release", control]) === 0) return "dropped";
        yield ["destroy", queue];
        yield ["finish", control];
        return "freed";
      },
      parts: () => [],
    };
  }

  /** Strong counts for `handles` handles in all. */
  handles(handles: number): void {
    this.#kernel.retain(this.#control, handles - 1);
  }

  freeScratch(): void {
    this.#kernel.freeScratch(this.#scratch & -this.#kernel.scratchSize());
  }

  /** What comes after the threads: everything left is popped, and everything is given back. */
  finish(count: number, kept: number): Finish {
    return {
      operations: Array.from({ length: count + 1 }, () => this.pop()),
      teardown: (kernel) => {
        // A block that somebody else has by then, and keeps: taking the queue apart must not touch it.
        this.#blocks.push(kernel.alloc(kernel.blockSize(), 16));
        kernel.release(this.#control);
        kernel.destroy(this.#queue);
        kernel.finish(this.#control);
        for (const block of this.#blocks) {
          if (block !== 0 && kernel.free(block) !== OK)
            throw new CheckFailure("double free", `block ${block} was somebody else's`);
        }
        this.freeScratch();
      },
      kept,
      leaksPerKill: LEAKS_PER_KILL,
    };
  }
}

/** How a program differs from the plain one. */
interface Options {
  /** The queue's first position. Unless told, one slot before a block's end: that is where things happen. */
  readonly start?: number;
  readonly kills?: number;
  readonly slots?: 1 | 3;
  /** Blocks that are left in the heap; as many as are asked for, unless told. */
  readonly room?: number;
  /** Whether pushes may be told that the heap is exhausted. */
  readonly tight?: boolean;
  /** Items that are there before the threads start. */
  readonly items?: readonly number[];
}

/** A program on one queue: each thread's operations, by what they do to it. */
function program(name: string, threads: (queue: Queue) => Operation[][], options: Options = {}): Program {
  const { start = LAST_SLOT, room, tight = false, items = [], ...rest } = options;
  return {
    name: `queue/${name}`,
    specification: { initial: items.join(""), step: tight ? specification.step : withoutExcuse },
    ...rest,
    setup(kernel, memory) {
      const queue = new Queue(kernel, memory, start);
      queue.fill(items);
      const operations = threads(queue);
      const kept = room === undefined ? 0 : leave(kernel, room);
      const threadsOf = operations.map((list) => () => {
        queue.restart();
        return list;
      });
      return { threads: threadsOf, finish: queue.finish(MOST_ITEMS, kept) };
    },
  };
}

/** Takes all blocks of the queue's class but `room`; answers how many. */
function leave(kernel: Kernel, room: number): number {
  const taken: number[] = [];
  for (;;) {
    const block = kernel.alloc(kernel.blockSize(), 16);
    if (block === 0) break;
    taken.push(block);
  }
  for (const block of taken.splice(0, room)) kernel.free(block);
  return taken.length;
}

/** The last slot of a block of 3. */
const LAST_SLOT = 2;
/** No program pushes more values than this. */
const MOST_ITEMS = 9;
/** A killed thread leaves at most one block behind: allocated and not installed, or read up and not freed. */
const LEAKS_PER_KILL = 1;

/** Handles that go while others are used: the last one takes the queue apart. */
const handles: Program = {
  name: "queue/last handle against a pop",
  setup(kernel, memory) {
    const queue = new Queue(kernel, memory, LAST_SLOT);
    queue.handles(3);
    const threads = [
      [queue.push(1), queue.drop()],
      [queue.pop(), queue.drop()],
      [queue.push(2), queue.drop()],
    ];
    return { threads: threads.map((list) => () => list), finish: { teardown: () => queue.freeScratch() } };
  },
};

export const queuePrograms: readonly Program[] = [
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
  handles,
];
