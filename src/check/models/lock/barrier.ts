/**
 * A barrier, and threads that come to it.
 *
 *   wait         waits until all have come
 *   waitAWhile   gives up after some time
 *   waitFirst    waits if nobody has gone on yet
 *   look         reads the word
 *
 * The specification is a plain object: which threads have come, and which may go on.
 */
import { CELL_EXTRA, INLINE, KIND_BARRIER, OWN_ARRIVAL } from "../../../heap/kernel/numbers.js";
import {
  answeredBy,
  type ModelKernel,
  type Operation,
  type Part,
  type Result,
  type Specification,
  type Steps,
} from "../../program.js";
import type { Words } from "../litmus.js";
import { type Kind, Lock, type Thread } from "./subject.js";
import type { Goal } from "./waiting.js";

interface State {
  readonly arrived: readonly number[];
  readonly free: readonly number[];
}

/** Some time. */
const NS = 1000;

const specificationOf = (n: number): Specification => ({
  initial: JSON.stringify({ arrived: [], free: [] } satisfies State),
  step(text, part) {
    return step(JSON.parse(text) as State, part, n).map((state) => JSON.stringify(state));
  },
});

function step(state: State, { name, arg, result }: Part, n: number): State[] {
  const me = Number(arg);
  const { arrived, free } = state;
  const when = (holds: boolean, next: State) => (holds ? [next] : []);
  const without = (ids: readonly number[]) => ids.filter((id) => id !== me);
  if (name.startsWith("may ")) return [state, ...step(state, { name: name.slice(4), arg, result }, n)];
  switch (name) {
    case "come":
      return when(arrived.length + 1 < n, { arrived: [...arrived, me], free });
    case "lead":
      return when(arrived.length + 1 >= n, { arrived: [], free: [...free, ...arrived] });
    case "goOn":
      return when(free.includes(me), { arrived, free: without(free) });
    case "giveUp":
      return when(arrived.includes(me), { arrived: without(arrived), free });
    case "word":
      return when(answeredBy(result)(`${arrived.length} have come`), state);
    case "reap":
      return [{ arrived: without(arrived), free: without(free) }];
  }
  throw new RangeError(`no such step: ${name}`);
}

class Barrier extends Lock {
  /** All of the memory, for what a thread's own cell says. */
  readonly #words: Uint32Array;

  constructor(kernel: ModelKernel, memory: Float64Array, n: number) {
    super(kernel, KIND_BARRIER, kernel.eventSize());
    kernel.constructEvent(this.at, INLINE, n, 0, 0);
    this.#words = new Uint32Array(memory.buffer);
  }

  does(thread: Thread, [verb]: Words): Operation {
    if (verb === "wait") return this.#wait(thread, verb, -1);
    if (verb === "waitFirst") return this.#waitFirst(thread);
    if (verb === "waitAWhile") return this.#wait(thread, verb, NS);
    if (verb === "look") return this.looks();
    throw new RangeError(`no such operation: ${verb}`);
  }

  cellKind(): number {
    return OWN_ARRIVAL;
  }

  protected override *reads(): Steps<Result> {
    return `${yield ["wordAt", this.at, 0]} have come`;
  }

  #waitFirst(thread: Thread): Operation {
    const { at } = this;
    const { label, run, parts } = this.#wait(thread, "waitFirst", -1);
    return {
      label,
      *run() {
        return (yield ["wordAt", at, 4]) === 0 ? yield* run() : "too late";
      },
      parts: (result) => (result === "too late" ? [] : parts(result)),
    };
  }

  #wait(thread: Thread, verb: string, ns: number): Operation {
    const { at } = this;
    const { cell } = thread;
    const words = this.#words;
    const goal: Goal = {
      event: at,
      *tries() {
        return (yield ["wordAt", at, 4]) >>> 0 !== words[(cell + CELL_EXTRA) >>> 2];
      },
    };
    const run = function* (): Steps<Result> {
      if ((yield ["arrive", at, cell]) !== 0) return "leads";
      yield* thread.waiter.until(goal, ns);
      return (yield ["depart", at, cell]) === 0 ? "goes on" : "gives up";
    };
    const part = (name: string): Part => ({ name, arg: thread.id, result: undefined });
    return {
      label: `${verb}()`,
      run,
      parts: (result) => {
        if (result === "leads") return [part("lead")];
        if (result === undefined) return [part("may come"), part("may lead"), part("may goOn")];
        return [part("come"), part(result === "gives up" ? "giveUp" : "goOn")];
      },
    };
  }
}

/** Barriers that so many threads must come to. */
export const barrier = (n: number): Kind => ({
  name: "barrier",
  specification: specificationOf(n),
  make: (kernel, memory) => new Barrier(kernel, memory, n),
  forHolders: [],
});
