/**
 * The operations of the queue's programs: all that threads can do with a queue of any flavour in the model's memory. Values are
 * digits; content.ts says what lies in the slots for them.
 *
 *   push 1, forcePush 1, pop                   one value
 *   pushMany 1 2 3, popMany 2                  a batch
 *   forcePushOrPop 1                           and if that displaced none, a pop, which must find one
 *   close, isClosed, isFinished, size, isEmpty, isFull
 *   takeBlock                                  takes a block of the queue's size out of the heap, for good
 *
 * Cells own the values and blocks of a thread with an account, as on the host.
 */
import {
  BOUNDED,
  CLOSED,
  DISPLACED,
  EMPTY,
  FULL,
  KIND_QUEUE,
  NO_MEMORY,
  OK,
  OWN_SCRATCH,
  TAKEN_OUT,
  UNBOUNDED,
  VALUES_FROM,
} from "../../../heap/kernel/numbers.js";
import {
  type Account,
  type Body,
  CheckFailure,
  type Finish,
  type ModelKernel,
  type Operation,
  type Part,
  type Program,
  type Result,
  type Steps,
} from "../../program.js";
import { andThen, type Given, inTurn, litmus, type Words } from "../litmus.js";
import { NOBODY, now, occupy } from "../payload.js";
import { arcsIn, blocksIn, type Cells, type Content, inline, mixedIn, NO_CELLS } from "./content.js";
import { specificationOf } from "./specification.js";

const REASONS = new Map([
  [FULL, "full"],
  [CLOSED, "closed"],
  [EMPTY, "empty"],
  [NO_MEMORY, "exhausted"],
]);
const why = (status: number) => REASONS.get(status) ?? `status ${status}`;

/** An operation that is one step of the specification. */
function single(name: string, arg: Result | undefined, run: () => Steps<Result>): Operation {
  const label = `${name}(${arg ?? ""})`;
  return { label, run, parts: (result) => [{ name, arg, result }] };
}

// ── the queue ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Which queue. */
interface Kind {
  readonly flavour: number;
  /** 0: without limit. */
  readonly capacity: number;
  readonly content: "numbers" | "blocks" | "mixed" | "Arcs";
  /** The queue's first position. */
  readonly start: bigint;
}

/** A queue of the model. */
class Queue {
  readonly kernel: ModelKernel;
  readonly slots: Float64Array;
  readonly content: Content;
  readonly at: number;
  readonly control: number;
  /** Blocks of the same size that somebody else has. */
  readonly blocks: number[] = [];
  #scratch: number;
  /** Values that were there from the start, and of which the setup has a count until the end. */
  readonly #lent: number[] = [];
  /** Where the digits of the payloads stand that were there from the start. */
  readonly #filled: { readonly at: number; readonly digit: number }[] = [];

  constructor(kernel: ModelKernel, slots: Float64Array, { flavour, capacity, content, start }: Kind) {
    this.kernel = kernel;
    this.slots = slots;
    const contents = { numbers: () => inline, blocks: blocksIn, mixed: mixedIn, Arcs: arcsIn };
    this.content = contents[content](slots);
    this.control = kernel.create(kernel.queueSize(), 16, KIND_QUEUE, 1);
    this.at = kernel.valueOf(this.control);
    this.#scratch = kernel.allocScratch();
    // Memory that was used before lies ready: recycling is part of every program.
    if (flavour === BOUNDED) this.#leaveUsed(kernel.ringSize(capacity), 1);
    if (kernel.construct(this.at, flavour, capacity, this.content.content, 0, start) !== OK)
      throw new RangeError("a model's heap is too small");
    // Behind the block on the free list lies another, so that its link leads somewhere.
    if (flavour === UNBOUNDED) this.#leaveUsed(kernel.blockSize(), 2);
  }

  /** Leaves free blocks behind that are full of ones. */
  #leaveUsed(size: number, count: number): void {
    const used = Array.from({ length: count }, () => this.kernel.alloc(size, 16));
    for (const block of used) {
      this.slots.fill(-1, block / 8 + 2, (block + size) / 8);
      this.kernel.free(block);
    }
  }

  /** Forgets the last schedule. What it wrote into payloads the machine has not seen. */
  restart(): void {
    this.blocks.length = 0;
    for (const { at, digit } of this.#filled) this.slots[at] = digit;
  }

  /** Pushes before the threads start. `lent`: and keeps what the values' maker has, until `takeBack`. */
  fill(items: readonly number[], lent: boolean): void {
    const { content } = this;
    for (const digit of items) {
      const value = now(this.kernel, content.make(digit, NO_CELLS));
      this.kernel.push(this.at, value);
      if (lent) this.#lent.push(value);
      else now(this.kernel, content.handOver(value, NO_CELLS));
      if (content.at !== undefined && value < VALUES_FROM) this.#filled.push({ at: (value + content.at) / 8, digit });
    }
  }

  /** The maker of what was lent is the last one to have it. */
  takeBack(): void {
    for (const [i, value] of this.#lent.entries()) {
      const there = this.kernel.valueOf(this.kernel.controlOf(value)) >>> 0 === value;
      if (!there || this.slots[value / 8] !== this.#filled[i]?.digit)
        throw new CheckFailure("use after free", `the object at ${value} has an owner, and is gone`);
      now(this.kernel, this.content.handOver(value, NO_CELLS));
    }
  }

  /** Slots in the setup's scratch for a batch of numbers, or of somebody's who owns nothing. */
  batch(count: number): number {
    const at = this.#scratch;
    this.#scratch += 8 * count;
    if (this.#scratch % this.kernel.scratchSize() === 0) throw new RangeError("a model's scratch is small");
    return at;
  }
  freeScratch(): void {
    this.kernel.freeScratch(this.#scratch & -this.kernel.scratchSize());
  }

  /**
   * What comes after the threads: what the queue says of itself, then pops, and everything is given back. `pops` more than
   * there can be items shows how it ends; none leaves it to `destroy` to free what is left.
   */
  finish(pops: number, kept: number): Finish {
    const last = new User(this, undefined);
    const looks = [last.isClosed(), last.isFull(), last.size()];
    return {
      operations: [...looks, ...Array.from({ length: pops }, () => last.pop())],
      teardown: (kernel) => {
        // A block that somebody else has by then, and keeps: taking the queue apart must not touch it.
        this.blocks.push(kernel.alloc(kernel.blockSize(), 16));
        kernel.release(this.control);
        kernel.dispose(this.control);
        for (const block of this.blocks) {
          if (block !== 0 && kernel.free(block) !== OK)
            throw new CheckFailure("double free", `block ${block} was somebody else's`);
        }
        this.freeScratch();
      },
      kept,
    };
  }
}

// ── threads ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Slots for a batch, and the cell that owns it; `NOBODY`: its slots own nothing. */
interface Batch {
  readonly at: number;
  readonly cell: number;
}

/** A thread with its operations on the queue. */
class User {
  readonly #queue: Queue;
  readonly #account: Account | undefined;
  #scratch: Batch | undefined;

  constructor(queue: Queue, account: Account | undefined) {
    this.#queue = queue;
    this.#account = account;
  }

  /** What the words of a table mean. */
  does([verb, ...args]: Words): Body {
    const digits = args.map(Number);
    const [digit = 0] = digits;
    switch (verb) {
      case "push":
        return [this.push(digit)];
      case "forcePush":
        return [this.forcePush(digit)];
      case "forcePushOrPop":
        return this.forcePushOrPop(digit);
      case "pop":
        return [this.pop()];
      case "pushMany":
        return [this.pushMany(digits)];
      case "popMany":
        return [this.popMany(digit)];
      case "size":
        return [this.size()];
      case "takeBlock":
        return [this.takeBlock()];
      case "isFull":
        return [this.isFull()];
      case "isClosed":
        return [this.isClosed()];
      case "close":
      case "isEmpty":
      case "isFinished":
        return [this.#ask(verb)];
    }
    throw new RangeError(`no such operation: ${verb}`);
  }

  #cell(kind: number): number {
    return kind === 0 ? NOBODY : (this.#account?.cell(kind) ?? NOBODY);
  }
  /** Cells for what goes in, what comes out, or both. */
  #cells(goes: boolean, comes: boolean): Cells {
    const { going, kept, coming, come } = this.#queue.content.kinds;
    return {
      going: goes ? this.#cell(going) : NOBODY,
      kept: goes ? this.#cell(kept) : NOBODY,
      coming: comes ? this.#cell(coming) : NOBODY,
      come: comes ? this.#cell(come) : NOBODY,
    };
  }
  /** Slots for a batch. If its slots own what they have, it is the thread's own scratch. */
  #batch(count: number): Batch {
    const { kernel, content } = this.#queue;
    if (content === inline || this.#account === undefined) return { at: this.#queue.batch(count), cell: NOBODY };
    if (this.#scratch === undefined) {
      const cell = this.#cell(OWN_SCRATCH);
      this.#scratch = { at: kernel.allocScratch(cell) >>> 0, cell };
    }
    return this.#scratch;
  }

  push(digit: number): Operation {
    const { at: queue, content } = this.#queue;
    const cells = this.#cells(true, false);
    return single("push", digit, function* () {
      const value = yield* content.make(digit, cells);
      const status = yield ["push", queue, value, cells.going];
      if (status !== OK) yield* content.takeBack(value, cells);
      yield* content.handOver(value, cells);
      return status === OK ? "ok" : why(status);
    });
  }

  /** Returns `ok`, or which item is out for it. */
  forcePush(digit: number): Operation {
    const { at: queue, content } = this.#queue;
    const cells = this.#cells(true, true);
    return single("forcePush", digit, function* () {
      const value = yield* content.make(digit, cells);
      const displaced = yield ["forcePush", queue, value, cells.going, cells.coming];
      const status = yield ["status"];
      if (status === DISPLACED) {
        const item = yield* content.take(displaced, cells);
        yield* content.handOver(value, cells);
        return `${item} out`;
      }
      if (status !== OK) yield* content.takeBack(value, cells);
      yield* content.handOver(value, cells);
      return status === OK ? "ok" : why(status);
    });
  }

  /** Puts a value in, and takes one out if that displaced none: then there must be one, whatever others do. */
  forcePushOrPop(digit: number): Body {
    const pop = this.pop();
    return andThen(this.forcePush(digit), (result) => (result === "ok" ? [pop] : []));
  }

  pop(): Operation {
    const { at: queue, content } = this.#queue;
    const cells = this.#cells(false, true);
    return single("pop", undefined, function* () {
      const value = yield ["pop", queue, cells.coming];
      return Number.isNaN(value) ? why(yield ["status"]) : yield* content.take(value, cells);
    });
  }

  pushMany(digits: readonly number[]): Operation {
    const { at: queue, content, slots } = this.#queue;
    const { at: source, cell } = this.#batch(digits.length);
    return {
      label: `pushMany(${digits.join(" ")})`,
      *run() {
        if (cell !== NOBODY) yield ["useScratch", source, cell, content.content];
        const values: number[] = [];
        for (const [i, digit] of digits.entries()) values.push(yield* content.make(digit, slotOf(source, cell, i)));
        slots.set(values, source / 8);
        const pushed = yield ["pushMany", queue, source, digits.length];
        const reason = pushed === digits.length ? "" : ` ${why(yield ["status"])}`;
        for (const [i, value] of values.entries()) {
          if (i >= pushed) yield* content.takeBack(value, slotOf(source, cell, i));
          yield* content.handOver(value, NO_CELLS);
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
    const { at: queue, content, slots } = this.#queue;
    const { at: target, cell } = this.#batch(max);
    return {
      label: `popMany(${max})`,
      *run() {
        if (cell !== NOBODY) yield ["useScratch", target, cell, content.content | TAKEN_OUT];
        const popped = yield ["popMany", queue, target, max];
        if (popped === 0) return why(yield ["status"]);
        const values = slots.slice(target / 8, target / 8 + popped);
        const items: string[] = [];
        for (const [i, value] of values.entries()) items.push(yield* content.take(value, slotOf(target, cell, i)));
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

  isFull(): Operation {
    return this.#ask("isFull");
  }
  isClosed(): Operation {
    return this.#ask("isClosed");
  }
  #ask(name: "close" | "isClosed" | "isEmpty" | "isFull" | "isFinished"): Operation {
    const { at: queue } = this.#queue;
    return single(name, undefined, function* () {
      return (yield [name, queue]) !== 0;
    });
  }
  size(): Operation {
    const { at: queue } = this.#queue;
    return single("size", undefined, function* () {
      return yield ["size", queue];
    });
  }

  takeBlock(): Operation {
    const { blocks, kernel } = this.#queue;
    const size = kernel.blockSize();
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

  /** A handle's `drop()`, as the host does it. Not a step of the specification. */
  drop(): Operation {
    const { control } = this.#queue;
    return {
      label: "drop()",
      *run() {
        if ((yield ["release", control]) === 0) return "dropped";
        yield ["dispose", control];
        return "freed";
      },
      parts: () => [],
    };
  }
}

/** The slot of a batch as the cell of its value. */
function slotOf(at: number, cell: number, i: number): Cells {
  return cell === NOBODY ? NO_CELLS : { ...NO_CELLS, going: at + 8 * i, coming: at + 8 * i };
}

// ── the programs ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** No program pushes more values than this. */
const MOST_ITEMS = 9;

/** What the queues of a table have in common. */
export interface Common {
  readonly flavour: number;
  /** Unless the line says another one; 0: without limit. */
  readonly capacity?: number;
  readonly content?: Kind["content"];
  /** Unless the line says another one. */
  readonly start?: number;
  /** Slots of a block, or one less than a ring's group has. */
  readonly slots?: 1 | 3;
}

/**
 * Programs on one queue. In their names stands the capacity for `#`. Their conditions:
 *
 *   capacity 2     of a ring                                 slots 1     of a block, or one less than a ring's group has; 3
 *   start 3        the first position; -1: the last one before the index wraps
 *   items 1 2      what is in it, as far as there is room for it
 *   lent           the maker of the items outlives the queue with a count of each. Arcs only
 *   room 1         blocks that are left in the heap         tight       pushes may be told that it is exhausted
 *   leave          what is left at the end is for `destroy` to free, and not popped before
 *   handles        each thread drops a handle at its end: the last one takes the queue apart, with what is in it
 *   kills 1        threads that die
 */
export function queues(prefix: string, common: Common, table: string): Program[] {
  return litmus(table).map(({ name, given, threads }) => {
    const capacity = given.number("capacity") ?? common.capacity ?? 0;
    const start = given.number("start") ?? common.start ?? 0;
    const { flavour, content = "numbers", slots = 3 } = common;
    const kind = { flavour, capacity, content, start: start < 0 ? beforeWrap(capacity, start) : BigInt(start) };
    const of = given.has("handles") ? programOfHandles : programOfQueue;
    return {
      name: `queue/${prefix.replace("#", String(capacity))}${name}`,
      slots: given.number("slots") === 1 ? 1 : slots,
      ...of(kind, given.check(CONDITIONS), threads),
    };
  });
}
const CONDITIONS = "capacity slots start items lent room tight leave handles kills".split(" ");

/** A position before the one where an index begins at 0 again: 64 bits, one of them a flag, in whole laps. */
function beforeWrap(capacity: number, back: number): bigint {
  const offsetBits = BigInt(32 - Math.clz32(capacity - 1));
  return BigInt(capacity) * (1n << (63n - offsetBits)) + BigInt(back);
}

type Threads = readonly (readonly Words[])[];

function programOfQueue(kind: Kind, given: Given, threads: Threads): Omit<Program, "name"> {
  const capacity = kind.capacity === 0 ? Number.POSITIVE_INFINITY : kind.capacity;
  const items = given.numbers("items").slice(0, capacity);
  const kills = given.number("kills") ?? 0;
  return {
    specification: specificationOf(items, capacity, given.has("tight")),
    kills,
    accounts: kills > 0 ? threads.length : 0,
    setup(kernel, memory, accounts) {
      const queue = new Queue(kernel, memory, kind);
      queue.fill(items, false);
      const bodies = bodiesOf(queue, threads, accounts);
      const room = given.number("room");
      const kept = room === undefined ? 0 : occupy(kernel, kernel.blockSize(), room);
      const pops = given.has("leave") ? 0 : Math.min(capacity, MOST_ITEMS) + 1;
      return { threads: bodies, finish: queue.finish(pops, kept) };
    },
  };
}

function programOfHandles(kind: Kind, given: Given, threads: Threads): Omit<Program, "name"> {
  return {
    setup(kernel, memory) {
      const queue = new Queue(kernel, memory, kind);
      queue.fill(given.numbers("items").slice(0, kind.capacity || undefined), given.has("lent"));
      const bodies = bodiesOf(queue, threads, [], [new User(queue, undefined).drop()]);
      kernel.retain(queue.control, bodies.length - 1);
      return {
        threads: bodies,
        finish: {
          teardown: () => {
            queue.takeBack();
            queue.freeScratch();
          },
        },
      };
    },
  };
}

/** What the threads do, each with its account, if it has one. */
function bodiesOf(queue: Queue, threads: Threads, accounts: readonly Account[], last: Body = []): (() => Body)[] {
  return threads.map((operations, id) => {
    const user = new User(queue, accounts[id]);
    const body = inTurn([...operations.map((words) => user.does(words)), last]);
    return () => {
      queue.restart();
      return body;
    };
  });
}
