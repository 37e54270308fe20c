/**
 * A once-cell, and threads that make its value.
 *
 *   make         waits for the value that another thread makes, or makes its own: its number, counted from 1
 *   makeAWhile   gives up after some time
 *   makeNot      the same as `make`, but cannot make the value: it lets go
 *   wait         waits for the value and makes none
 *   set          makes the value, or does nothing if there is one or a thread makes it
 *   get          the value, if there is one
 *
 * The specification is a plain object: the value, 0 for none, and which thread makes it.
 */
import { HELD, INLINE, KIND_ONCE_CELL, OWN_BLOCK, OWN_SETTING, STARVED } from "../../../heap/kernel/numbers.js";
import type { ModelKernel, Operation, Part, Result, Specification, Steps } from "../../program.js";
import type { Words } from "../litmus.js";
import { type Kind, Lock, type Thread } from "./subject.js";
import type { Goal } from "./waiting.js";

interface State {
  readonly value: number;
  readonly maker: number;
}

const NOBODY = -1;
/** Some time. */
const NS = 1000;
const SIZE = 16;

const specification: Specification = {
  initial: JSON.stringify({ value: 0, maker: NOBODY } satisfies State),
  step(text, part) {
    return step(JSON.parse(text) as State, part).map((state) => JSON.stringify(state));
  },
};

function step(state: State, { name, arg, result }: Part): State[] {
  const me = Number(arg);
  const { value, maker } = state;
  const when = (holds: boolean, change: Partial<State>) => (holds ? [{ ...state, ...change }] : []);
  if (name.startsWith("may ")) return [state, ...step(state, { name: name.slice(4), arg, result })];
  switch (name) {
    case "begin":
      return when(value === 0 && maker === NOBODY, { maker: me });
    case "made":
      return when(maker === me, { value: me + 1, maker: NOBODY });
    case "let go":
      return when(maker === me, { maker: NOBODY });
    case "got":
      return when(value === result, {});
    case "busy":
      return when(value !== 0 || maker !== NOBODY, {});
    case "word":
      return when(result === `${maker === NOBODY ? "" : "being made, "}${value === 0 ? "empty" : "set"}`, {});
    case "reap":
      return when(true, maker === me ? { maker: NOBODY } : {});
  }
  throw new RangeError(`no such step: ${name}`);
}

class OnceCell extends Lock {
  readonly #content: number;
  readonly #slot: number;
  /** Whose value a block is. */
  readonly #made = new Map<number, number>();

  constructor(kernel: ModelKernel, content: number) {
    super(kernel, KIND_ONCE_CELL, kernel.eventSize() + SIZE);
    kernel.constructEvent(this.at, content, 0, 0, 0);
    this.#content = content;
    this.#slot = this.at + (kernel.eventSize() >>> 0);
  }

  does(thread: Thread, [verb]: Words): Operation {
    switch (verb) {
      case "make":
        return this.#make(thread, verb, -1, true);
      case "makeAWhile":
        return this.#make(thread, verb, NS, true);
      case "makeNot":
        return this.#make(thread, verb, -1, false);
      case "wait":
        return this.#wait(thread);
      case "set":
        return this.#set(thread);
      case "get":
        return this.#get(thread);
    }
    throw new RangeError(`no such operation: ${verb}`);
  }

  cellKind(): number {
    return OWN_SETTING;
  }

  protected override *reads(): Steps<Result> {
    const word = yield ["wordAt", this.at, 0];
    return `${(word & HELD) === 0 ? "" : "being made, "}${(word & STARVED) === 0 ? "empty" : "set"}`;
  }

  *#isSet(): Steps<boolean> {
    return ((yield ["wordAt", this.at, 0]) & STARVED) !== 0;
  }

  /** The value: a number, or a block in which it stands. */
  *#value(): Steps<number> {
    const slot = yield ["peek", this.#slot];
    if (this.#content === INLINE) return slot;
    yield ["peek", slot];
    return this.#made.get(slot) ?? 0;
  }

  /** A cell for a block; 0: the values are numbers. */
  #cell(thread: Thread): number {
    return this.#content === INLINE ? 0 : thread.account.cell(OWN_BLOCK);
  }

  *#fill(thread: Thread, cell: number): Steps {
    const value = thread.id + 1;
    if (cell === 0) {
      yield ["fill", this.at, value, 0, thread.cell];
      return;
    }
    const block = (yield ["alloc", SIZE, 16, cell]) >>> 0;
    yield ["increment", block];
    this.#made.set(block, value);
    yield ["fill", this.at, block, cell, thread.cell];
  }

  #make(thread: Thread, verb: string, ns: number, succeeds: boolean): Operation {
    const { at } = this;
    const { cell } = thread;
    const blockCell = this.#cell(thread);
    let isSet = false;
    const goal: Goal = {
      event: at,
      tries: function* (this: OnceCell): Steps<boolean> {
        isSet = yield* this.#isSet();
        return isSet || (yield ["tryLock", at, cell, 0, OWN_SETTING]) !== 0;
      }.bind(this),
    };
    const run = function* (this: OnceCell): Steps<Result> {
      if (!((yield* goal.tries(0)) || (yield* thread.waiter.until(goal, ns)))) return "given up";
      if (isSet) return yield* this.#value();
      if (succeeds) yield* this.#fill(thread, blockCell);
      else yield ["letGo", at, cell, 0];
      return "mine";
    };
    const last = succeeds ? "made" : "let go";
    return {
      label: `${verb}()`,
      run: () => run.call(this),
      parts: (result) => {
        if (result === "given up") return [];
        if (result === undefined) return [part(thread, "may begin"), part(thread, `may ${last}`)];
        return result === "mine" ? [part(thread, "begin"), part(thread, last)] : [part(thread, "got", result)];
      },
    };
  }

  #wait(thread: Thread): Operation {
    const goal: Goal = { event: this.at, tries: () => this.#isSet() };
    const run = function* (this: OnceCell): Steps<Result> {
      if (!(yield* goal.tries(0))) yield* thread.waiter.until(goal);
      return yield* this.#value();
    };
    return {
      label: "wait()",
      run: () => run.call(this),
      parts: (result) => (result === undefined ? [] : [part(thread, "got", result)]),
    };
  }

  #set(thread: Thread): Operation {
    const blockCell = this.#cell(thread);
    const run = function* (this: OnceCell): Steps<Result> {
      if ((yield ["tryLock", this.at, thread.cell, 0, OWN_SETTING]) === 0) return false;
      yield* this.#fill(thread, blockCell);
      return true;
    };
    return {
      label: "set()",
      run: () => run.call(this),
      parts: (result) => {
        if (result === undefined) return [part(thread, "may begin"), part(thread, "may made")];
        return result === true ? [part(thread, "begin"), part(thread, "made")] : [part(thread, "busy")];
      },
    };
  }

  #get(thread: Thread): Operation {
    const run = function* (this: OnceCell): Steps<Result> {
      return (yield* this.#isSet()) ? yield* this.#value() : 0;
    };
    return {
      label: "get()",
      run: () => run.call(this),
      parts: (result) => [part(thread, "got", result)],
    };
  }
}

function part(thread: Thread, name: string, result?: Result): Part {
  return { name, arg: thread.id, result };
}

/** Once-cells of numbers (`INLINE`), or of blocks (`BLOCKS`). */
export const onceCell = (content: number): Kind => ({
  name: "onceCell",
  specification,
  make: (kernel) => new OnceCell(kernel, content),
  forHolders: [],
});
