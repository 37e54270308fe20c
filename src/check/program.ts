/**
 * How a model is written down: a memory to start from, a few operations per thread, and what must be true at the end.
 */
import type { Kernel } from "../heap/instance.js";

/** The kernel's exports; the last arguments, cells mostly, may be left out, and are 0 then: nobody's. */
type Loose<K> = {
  [P in keyof K]: K[P] extends (...args: infer A extends unknown[]) => infer R ? (...args: Partial<A>) => R : never;
};

/** What the model kernel exports on top: JavaScript's own part of what is modelled (kernel/host.ts). */
export interface ModelKernel extends Loose<Kernel> {
  restOn(bell: number): void;
  raise(flag: number): void;
  isRaised(flag: number): number;
  tryWord(word: number): number;
  freeWord(word: number): void;
  increment(counter: number): number;
  peek(counter: number): number;
}

/** One kernel call: the export's name and its arguments. The generator that yields it gets the result back. */
export type Call = readonly [name: keyof ModelKernel, ...args: (number | bigint)[]];

/** Kernel calls, one after the other, and what comes of them. */
export type Steps<T = void> = Generator<Call, T, number>;

/** What an operation of a thread returned, in the words of its sequential specification. */
export type Result = string | number | boolean | readonly (string | number)[];

/** Tells whether an operation can have had a result: it had this one, or it is not known, because its thread was killed. */
export function answeredBy(result: Result | undefined): (answer: Result) => boolean {
  return (answer) => result === undefined || result === answer;
}

/** One atomic step of the sequential specification, and what it returned; undefined: not known, its thread was killed. */
export interface Part {
  readonly name: string;
  readonly arg?: Result | undefined;
  readonly result: Result | undefined;
}

/** One operation as a caller sees it: usually one kernel call, sometimes several, as in a handle's `drop()`. */
export interface Operation {
  /** As it prints: `push(1)`. */
  readonly label: string;
  /** The kernel calls that it makes; what it returns at the end. */
  run(): Steps<Result>;
  /** What it does in the specification's terms: one step, or, for a batch, several one after the other. */
  parts(result: Result | undefined): readonly Part[];
}

/** What a thread owns things by. */
export interface Account {
  /** The thread's number in the thread table, and its entry there. */
  readonly thread: number;
  readonly entry: number;
  /** One of its cells, empty, for what is of that kind (numbers.ts). Only in the setup. */
  cell(kind: number): number;
}

/** What a thread does: operations, one after the other. Any may look at what those before it returned. */
export type Body = Iterable<Operation>;

/** An operation that began, and, unless its thread was killed in it, ended. */
export interface Event {
  readonly thread: number;
  readonly operation: Operation;
  /** Undefined: its thread was killed; it may have happened or not. */
  result: Result | undefined;
  /** How many operations had ended when it began. */
  readonly begin: number;
  /** Its place among the operations that ended. */
  end: number;
}

/**
 * The sequential specification: all states that a step with that result may lead to, none if the result is wrong. For a
 * step whose result is not known: the states that it may lead to if it did happen. States are plain strings.
 */
export interface Specification {
  readonly initial: string;
  step(state: string, part: Part): readonly string[];
}

/** What a program is checked for beside linearizability, once all threads have ended or were killed. */
export interface Finish {
  /** What it means to the specification that these threads were reaped, if any was killed: comes first. */
  reaped?(dead: readonly number[]): Operation;
  /** Operations that the surviving world performs afterwards, such as popping what is left; part of the history. */
  readonly operations?: readonly Operation[];
  /** Then: gives everything back. Kernel calls that are not part of the history. */
  teardown?(kernel: ModelKernel): void;
  /** Blocks that setup took and nobody gives back. */
  readonly kept?: number;
  /**
   * Blocks that no cell owns, and that a killed thread's last call may have been about, for each such thread; 0 by default. Only
   * blocks of the kind that `heap.alloc` gives out are such: docs/proof.md says so.
   */
  readonly leaksPerKill?: number;
}

/** Threads that a program may have. */
export const MAX_THREADS = 4;

/** One program. */
export interface Program {
  readonly name: string;
  /** Slots in a queue's block, 3 or 1; 3 by default. */
  readonly slots?: 1 | 3;
  /** Pages of the heap beside the header's; 5 by default. */
  readonly pages?: number;
  /** Threads that may be killed in one schedule; 0 by default. */
  readonly kills?: number;
  /** The threads that may be; all by default. */
  readonly mortals?: readonly number[];
  /**
   * Threads that have an entry in the thread table, the first ones; none by default. Those that may be killed must. At the end those that were killed are
   * reaped before `finish`, and the others behind it: it is as if each of them ended in good order.
   */
  readonly accounts?: number;
  /** Parked threads that may wake in one schedule although nobody woke them; 0 by default. */
  readonly spurious?: number;
  /**
   * Time-outs in one schedule that come while others could still move; 1 by default. Time is up for everyone when nobody
   * else can.
   */
  readonly timeouts?: number;
  readonly specification?: Specification;
  /**
   * Prepares the memory, once; every schedule starts from it. `slots` is the memory as numbers of 8 bytes, `accounts` are
   * the threads' and, behind them, that of `kernel` itself. Returns the threads' bodies and what comes after.
   */
  setup(
    kernel: ModelKernel,
    slots: Float64Array,
    accounts: readonly Account[],
  ): {
    readonly threads: readonly (() => Body)[];
    /** Threads that begin when another one was killed, and not at all if it is not: by their number, that one's. */
    readonly mourns?: Readonly<Record<number, number>>;
    readonly finish?: Finish;
  };
}

/** A check that failed: which one, and what it saw. */
export class CheckFailure extends Error {
  readonly check: string;
  constructor(check: string, message: string) {
    super(message);
    this.check = check;
  }
}
