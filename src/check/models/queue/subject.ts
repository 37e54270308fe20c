/**
 * What the queue's programs are made of: the specification, which is a plain array of limited length; a queue of any
 * flavour in the model's memory, with every operation on it; and what its slots stand for.
 */
import {
  ARCS,
  BLOCKS,
  BOUNDED,
  CLOSED,
  DISPLACED,
  EMPTY,
  FULL,
  INLINE,
  KIND_ARC,
  KIND_QUEUE,
  NO_MEMORY,
  OK,
  UNBOUNDED,
} from "../../../heap/kernel/numbers.js";
import {
  answeredBy,
  type Body,
  CheckFailure,
  type Finish,
  type ModelKernel,
  type Operation,
  type Part,
  type Program,
  type Result,
  type Specification,
  type Steps,
} from "../../program.js";
import { GONE, makePayload, now, occupy, PAYLOAD_AT, takePayload } from "../payload.js";

// ── the specification ────────────────────────────────────────────────────────────────────────────────────────────────

/** A queue as a string: its items, one digit each, and a `!` when it is closed. */
function specificationOf(items: readonly number[], capacity: number, tight: boolean): Specification {
  return {
    initial: items.join(""),
    step(state, { name, arg, result }) {
      const closed = state.endsWith("!");
      const items = closed ? state.slice(0, -1) : state;
      const full = items.length === capacity;
      const answered = answeredBy(result);
      const unless = (refusal: string | undefined, answer: string, next: string) => {
        // A heap that has room is no excuse.
        if (result === "exhausted") return tight ? [state] : [];
        if (refusal !== undefined) return result === refusal ? [state] : [];
        return answered(answer) ? [next] : [];
      };
      switch (name) {
        case "push":
          return unless(closed ? "closed" : full ? "full" : undefined, "ok", items + String(arg));
        case "forcePush":
          if (full) return unless(closed ? "closed" : undefined, `${items[0]} out`, items.slice(1) + String(arg));
          return unless(closed ? "closed" : undefined, "ok", items + String(arg));
        case "pop":
          if (items === "") return result === (closed ? "closed" : "empty") ? [state] : [];
          return answered(items[0] as string) ? [state.slice(1)] : [];
        case "close":
          return answered(!closed) ? [`${items}!`] : [];
        case "size":
          return answered(items.length) ? [state] : [];
        case "isEmpty":
          return answered(items === "") ? [state] : [];
        case "isFull":
          return answered(full) ? [state] : [];
        case "isClosed":
          return answered(closed) ? [state] : [];
        case "isFinished":
          return answered(closed && items === "") ? [state] : [];
      }
      throw new RangeError(`no such operation: ${name}`);
    },
  };
}

/** An operation that is one step of the specification. */
function single(name: string, arg: Result | undefined, run: () => Steps<Result>): Operation {
  const label = `${name}(${arg ?? ""})`;
  return { label, run, parts: (result) => [{ name, arg, result }] };
}

const REASONS = new Map([
  [FULL, "full"],
  [CLOSED, "closed"],
  [EMPTY, "empty"],
  [NO_MEMORY, "exhausted"],
]);
const why = (status: number) => REASONS.get(status) ?? `status ${status}`;

// ── what the slots stand for ─────────────────────────────────────────────────────────────────────────────────────────

/** Turns digits into what a slot holds, and back. Whoever takes a value out of the queue owns what it stands for. */
interface Content {
  readonly content: number;
  make(digit: number): Steps<number>;
  /** After the value went in: what its maker still has to do. */
  handOver(value: number): Steps;
  /** Gives back what the value stands for, and answers the digit. */
  take(value: number): Steps<string>;
  /** Blocks that a thread has of one value while it makes it or takes it. */
  readonly blocks: number;
  /** Where the digit stands behind the address that the value is; undefined: the value is the digit. */
  readonly at: number | undefined;
}

/** The digits themselves. */
const inline: Content = {
  content: INLINE,
  blocks: 0,
  at: undefined,
  // biome-ignore lint/correctness/useYield: there is nothing to do
  *make(digit) {
    return digit;
  },
  *handOver() {},
  // biome-ignore lint/correctness/useYield: likewise
  *take(value) {
    return String(value);
  },
};

/** Each value is a block with the digit in it. */
function blocksIn(slots: Float64Array): Content {
  return {
    content: BLOCKS,
    blocks: 1,
    at: PAYLOAD_AT,
    make: (digit) => makePayload(slots, digit),
    *handOver() {},
    take: (block) => takePayload(slots, block),
  };
}

/** Each value is a count of an Arc with the digit in it. Its maker has another one, and drops that afterwards. */
function arcsIn(slots: Float64Array): Content {
  function* drop(value: number): Steps<string> {
    const digit = String(slots[value / 8]);
    const control = yield ["controlOf", value];
    if ((yield ["release", control]) !== 0) {
      slots[value / 8] = GONE;
      yield ["finish", control];
    }
    return digit;
  }
  return {
    content: ARCS,
    blocks: 2,
    at: 0,
    *make(digit) {
      const control = yield ["create", 16, 16, KIND_ARC, 2];
      if (control === 0) throw new RangeError("a model's heap is too small");
      const value = (yield ["valueOf", control]) >>> 0;
      slots[value / 8] = digit;
      return value;
    },
    *handOver(value) {
      yield* drop(value);
    },
    take: drop,
  };
}

// ── the queue ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Which queue. */
interface Kind {
  /** Unbounded unless told. */
  readonly flavour?: number;
  /** Without limit unless told. */
  readonly capacity?: number;
  /** Numbers themselves unless told. */
  readonly content?: "blocks" | "arcs" | undefined;
  /** The queue's first position; 0 unless told. */
  readonly start?: number | bigint;
}

/** A queue of the model and the operations on it. Values are digits. */
export class Queue {
  readonly #kernel: ModelKernel;
  readonly #slots: Float64Array;
  readonly #flavour: number;
  readonly #content: Content;
  readonly #control: number;
  readonly #queue: number;
  #scratch: number;
  /** Blocks of the same size that somebody else has. */
  readonly #blocks: number[] = [];
  /** Values that were there from the start, and of which the setup has a count until the end. */
  readonly #lent: number[] = [];
  /** Where the digits of the payloads stand that were there from the start. */
  readonly #filled: { readonly at: number; readonly digit: number }[] = [];

  constructor(kernel: ModelKernel, slots: Float64Array, kind: Kind) {
    const { flavour = UNBOUNDED, capacity = 0, content, start = 0 } = kind;
    this.#kernel = kernel;
    this.#slots = slots;
    this.#flavour = flavour;
    this.#content = content === "blocks" ? blocksIn(slots) : content === "arcs" ? arcsIn(slots) : inline;
    this.#control = kernel.create(kernel.queueSize(), 16, KIND_QUEUE, 1);
    this.#queue = kernel.valueOf(this.#control);
    this.#scratch = kernel.allocScratch();
    // Memory that was used before lies ready: recycling is part of every program.
    if (flavour === BOUNDED) this.#leaveUsed(kernel.ringSize(capacity), 1);
    if (kernel.construct(this.#queue, flavour, capacity, this.#content.content, 0, BigInt(start)) !== OK)
      throw new RangeError("a model's heap is too small");
    // Behind the block on the free list lies another, so that its link leads somewhere.
    if (flavour === UNBOUNDED) this.#leaveUsed(kernel.blockSize(), 2);
  }

  /** Leaves free blocks behind that are full of ones. */
  #leaveUsed(size: number, count: number): void {
    const used = Array.from({ length: count }, () => this.#kernel.alloc(size, 16));
    for (const block of used) {
      this.#slots.fill(-1, block / 8 + 2, (block + size) / 8);
      this.#kernel.free(block);
    }
  }

  /** Forgets the last schedule. What it wrote into payloads the machine has not seen. */
  restart(): void {
    this.#blocks.length = 0;
    for (const { at, digit } of this.#filled) this.#slots[at] = digit;
  }

  /** Pushes before the threads start. `lent`: and keeps what the values' maker has, until `takeBack`. */
  fill(items: readonly number[], lent = false): void {
    for (const digit of items) {
      const value = now(this.#kernel, this.#content.make(digit));
      this.#kernel.push(this.#queue, value);
      if (lent) this.#lent.push(value);
      else now(this.#kernel, this.#content.handOver(value));
      if (this.#content.at !== undefined) this.#filled.push({ at: (value + this.#content.at) / 8, digit });
    }
  }

  /** The maker of what was lent is the last one to have it. */
  takeBack(): void {
    for (const [i, value] of this.#lent.entries()) {
      const there = this.#kernel.valueOf(this.#kernel.controlOf(value)) >>> 0 === value;
      if (!there || this.#slots[value / 8] !== this.#filled[i]?.digit)
        throw new CheckFailure("use after free", `the object at ${value} has an owner, and is gone`);
      now(this.#kernel, this.#content.handOver(value));
    }
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
    if (this.#scratch % this.#kernel.scratchSize() === 0) throw new RangeError("a model's scratch is small");
    return at;
  }

  push(digit: number): Operation {
    const queue = this.#queue;
    const content = this.#content;
    return single("push", digit, function* () {
      const value = yield* content.make(digit);
      const status = yield ["push", queue, value];
      if (status !== OK) yield* content.take(value);
      yield* content.handOver(value);
      return status === OK ? "ok" : why(status);
    });
  }

  /** Answers `ok`, or which item is out for it. */
  forcePush(digit: number): Operation {
    const queue = this.#queue;
    const content = this.#content;
    return single("forcePush", digit, function* () {
      const value = yield* content.make(digit);
      const displaced = yield ["forcePush", queue, value];
      const status = yield ["status"];
      if (status === DISPLACED) {
        const item = yield* content.take(displaced);
        yield* content.handOver(value);
        return `${item} out`;
      }
      if (status !== OK) yield* content.take(value);
      yield* content.handOver(value);
      return status === OK ? "ok" : why(status);
    });
  }

  pop(): Operation {
    const queue = this.#queue;
    const content = this.#content;
    return single("pop", undefined, function* () {
      const value = yield ["pop", queue];
      return Number.isNaN(value) ? why(yield ["status"]) : yield* content.take(value);
    });
  }

  pushMany(...digits: number[]): Operation {
    const queue = this.#queue;
    const content = this.#content;
    const slots = this.#slots;
    const source = this.#room(digits.length);
    return {
      label: `pushMany(${digits.join(" ")})`,
      *run() {
        const values: number[] = [];
        for (const digit of digits) values.push(yield* content.make(digit));
        slots.set(values, source / 8);
        const pushed = yield ["pushMany", queue, source, digits.length];
        const reason = pushed === digits.length ? "" : ` ${why(yield ["status"])}`;
        for (const [i, value] of values.entries()) {
          if (i >= pushed) yield* content.take(value);
          yield* content.handOver(value);
        }
        return `${pushed}${reason}`;
      },
      parts(result) {
        const [pushed, reason] = String(result ?? digits.length).split(" ");
        const answer = result === undefined ? undefined : "ok";
        const parts: Part[] = digits.slice(0, Number(pushed)).map((arg) => ({ name: "push", arg, result: answer }));
        // The kernel says why it stopped even if some went in, and it must be true then, too.
        return reason === undefined ? parts : [...parts, { name: "push", arg: 0, result: reason }];
      },
    };
  }

  popMany(max: number): Operation {
    const queue = this.#queue;
    const content = this.#content;
    const slots = this.#slots;
    const target = this.#room(max);
    return {
      label: `popMany(${max})`,
      *run() {
        const popped = yield ["popMany", queue, target, max];
        if (popped === 0) return why(yield ["status"]);
        const values = slots.slice(target / 8, target / 8 + popped);
        const items: string[] = [];
        for (const value of values) items.push(yield* content.take(value));
        return items.join(" ");
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
  isFull(): Operation {
    return this.#ask("isFull");
  }
  isClosed(): Operation {
    return this.#ask("isClosed");
  }
  isFinished(): Operation {
    return this.#ask("isFinished");
  }
  #ask(name: "close" | "isClosed" | "isEmpty" | "isFull" | "isFinished"): Operation {
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
    return {
      label: "drop()",
      *run() {
        if ((yield ["release", control]) === 0) return "dropped";
        yield ["end", control];
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

  /**
   * What comes after the threads: what the queue says of itself, then pops, and everything is given back. `pops` more than
   * there can be items shows how it ends; none leaves it to `destroy` to free what is left.
   */
  finish(pops: number, kept: number, leaksPerKill: number): Finish {
    return {
      operations: [this.isClosed(), this.isFull(), this.size(), ...Array.from({ length: pops }, () => this.pop())],
      teardown: (kernel) => {
        // A block that somebody else has by then, and keeps: taking the queue apart must not touch it.
        this.#blocks.push(kernel.alloc(kernel.blockSize(), 16));
        kernel.release(this.#control);
        kernel.end(this.#control);
        for (const block of this.#blocks) {
          if (block !== 0 && kernel.free(block) !== OK)
            throw new CheckFailure("double free", `block ${block} was somebody else's`);
        }
        this.freeScratch();
      },
      kept,
      leaksPerKill,
    };
  }

  /**
   * Blocks that a killed thread takes with it at most: of an unbounded queue one, allocated and not installed, or read up
   * and not freed; and `values` values that its last call was about to push or had popped.
   */
  leaksPerKill(values: number): number {
    return (this.#flavour === UNBOUNDED ? 1 : 0) + values * this.#content.blocks;
  }
}

/** Puts a value in, and takes one out if that displaced none: then there must be one, whatever others do. */
export function forcePushThenPop(push: Operation, pop: Operation): Body {
  function* body(): Generator<Operation, void, void> {
    let displaced = false;
    yield {
      ...push,
      *run() {
        const result = yield* push.run();
        displaced = result !== "ok";
        return result;
      },
    };
    if (!displaced) yield pop;
  }
  return { [Symbol.iterator]: body };
}

// ── the programs ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** How a program differs from the plain one. */
export interface Options extends Kind {
  readonly kills?: number;
  /** Slots of a block, or one less than a ring's group has. */
  readonly slots?: 1 | 3;
  /** Blocks that are left in the heap; as many as are asked for, unless told. */
  readonly room?: number;
  /** Whether pushes may be told that the heap is exhausted. */
  readonly tight?: boolean;
  /** Items that are there before the threads start. */
  readonly items?: readonly number[];
  /** Whether their maker outlives the queue with a count of each. Arcs only. */
  readonly lent?: boolean;
  /** Whether what is left is for `destroy` to free, and not popped before. */
  readonly leave?: boolean;
  /** The most values that one call pushes or pops: a thread that is killed takes those with it. */
  readonly values?: number;
}

/** No program pushes more values than this. */
const MOST_ITEMS = 9;

/** A program on one queue: each thread's operations, by what they do to it. */
export function program(name: string, threads: (queue: Queue) => Body[], options: Options = {}): Program {
  const { flavour, capacity, content, start, room, tight = false, items = [], leave, values = 1, ...rest } = options;
  const kind: Kind = { flavour: flavour ?? UNBOUNDED, capacity: capacity ?? 0, content, start: start ?? 0 };
  return {
    name: `queue/${name}`,
    specification: specificationOf(items, capacity ?? Number.POSITIVE_INFINITY, tight),
    ...rest,
    setup(kernel, memory) {
      const queue = new Queue(kernel, memory, kind);
      queue.fill(items);
      const operations = threads(queue);
      const kept = room === undefined ? 0 : occupy(kernel, kernel.blockSize(), room);
      const threadsOf = operations.map((list) => () => {
        queue.restart();
        return list;
      });
      const pops = leave === true ? 0 : Math.min(capacity ?? MOST_ITEMS, MOST_ITEMS) + 1;
      return { threads: threadsOf, finish: queue.finish(pops, kept, queue.leaksPerKill(values)) };
    },
  };
}

/** A program whose threads drop their handles at the end: the last one takes the queue apart, with what is in it. */
export function handles(name: string, threads: (queue: Queue) => Operation[][], options: Options = {}): Program {
  const { flavour, capacity, content, start, items = [], lent, kills, slots, values = 1 } = options;
  const kind: Kind = { flavour: flavour ?? UNBOUNDED, capacity: capacity ?? 0, content, start: start ?? 0 };
  return {
    name: `queue/${name}`,
    ...(kills === undefined ? {} : { kills }),
    ...(slots === undefined ? {} : { slots }),
    setup(kernel, memory) {
      const queue = new Queue(kernel, memory, kind);
      queue.fill(items, lent);
      const bodies = threads(queue).map((list) => [...list, queue.drop()]);
      queue.handles(bodies.length);
      return {
        threads: bodies.map((list) => () => {
          queue.restart();
          return list;
        }),
        finish: {
          teardown: () => {
            queue.takeBack();
            queue.freeScratch();
          },
          leaksPerKill: queue.leaksPerKill(values),
        },
      };
    },
  };
}
