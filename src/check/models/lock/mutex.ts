/**
 * A mutex, and threads with every operation on it.
 *
 *   lock            waits until it has the mutex; starves as soon as it was notified for nothing
 *   lockPatiently   the same, and never starves
 *   lockAWhile      gives up after some time
 *   tryLock         does not wait
 *   use             what only the holder does: two plain accesses
 *   unlock, clearPoison
 *   look            reads the mutex's word
 *   breakLock       takes the mutex from the thread that has it
 *
 * What stands behind an operation that has not succeeded is left out, up to the next one that takes the mutex.
 *
 * The specification is a plain object: which thread has the mutex, whether it is poisoned, and which threads starve.
 */
import { HELD, INLINE, KIND_MUTEX, OWN_LOCK, POISONED, STARVED } from "../../../heap/kernel/numbers.js";
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
import type { Goal, Waiter } from "./waiting.js";

interface State {
  /** The number of the thread that has the mutex; -1: nobody. */
  readonly holder: number;
  readonly isPoisoned: boolean;
  readonly starved: readonly number[];
}

const NOBODY = -1;
/** Some time. */
const NS = 1000;

const specification: Specification = {
  initial: JSON.stringify({ holder: NOBODY, isPoisoned: false, starved: [] } satisfies State),
  step(text, part) {
    return step(JSON.parse(text) as State, part).map((state) => JSON.stringify(state));
  },
};

function step(state: State, { name, arg, result }: Part): State[] {
  const me = Number(arg);
  const when = (holds: boolean, next: State) => (holds ? [next] : []);
  const answered = answeredBy(result);
  const isFree = state.holder === NOBODY;
  const others = state.starved.filter((id) => id !== me);
  switch (name) {
    case "starve":
      return [{ ...state, starved: [...state.starved, me] }];
    case "mayStarve":
      return [state, { ...state, starved: [...state.starved, me] }];
    case "take": {
      const isIn = state.starved.length === 0 || state.starved.includes(me);
      const how = answered(state.isPoisoned ? "poisoned" : "ok");
      return when(isFree && isIn && how, { ...state, holder: me, starved: others });
    }
    case "fail":
      return when(!isFree || state.starved.length > 0, state);
    case "giveUp":
      return [{ ...state, starved: others }];
    case "unlock":
      return when(state.holder === me && answered(true), { ...state, holder: NOBODY }).concat(
        when(state.holder !== me && answered(false), state),
      );
    case "clearPoison":
      return [state.holder === me ? { ...state, isPoisoned: false } : state];
    case "breakLock":
      return when(!isFree && answered(true), { ...state, holder: NOBODY, isPoisoned: true }).concat(
        when(isFree && answered(false), state),
      );
    case "word":
      return when(
        answered(`${isFree ? "free" : "held"}${state.isPoisoned ? ", poisoned" : ""}, ${state.starved.length} starve`),
        state,
      );
    case "reap":
      return state.holder === me
        ? [{ holder: NOBODY, isPoisoned: true, starved: others }]
        : [{ ...state, starved: others }];
  }
  throw new RangeError(`no such step: ${name}`);
}

class Mutex extends Lock {
  constructor(kernel: ModelKernel) {
    super(kernel, KIND_MUTEX, kernel.eventSize());
    kernel.constructEvent(this.at, INLINE, 0, 0, 0);
  }

  does(thread: Thread, [verb]: Words): Operation {
    switch (verb) {
      case "lock":
        return this.#lock(thread, verb, -1, true);
      case "lockPatiently":
        return this.#lock(thread, verb, -1, false);
      case "lockAWhile":
        return this.#lock(thread, verb, NS, true);
      case "tryLock":
        return this.#tryLock(thread);
      case "use":
        return thread.uses();
      case "look":
        return this.looks();
      case "unlock":
        return thread.step(verb, ["letGo", this.at, thread.cell, 0], (answer) => answer !== 0);
      case "clearPoison":
        return thread.step(verb, ["absolve", this.at, thread.cell], () => true);
      case "breakLock":
        return thread.step(verb, ["breakLock", this.at, 1], (answer) => answer !== 0);
    }
    throw new RangeError(`no such operation: ${verb}`);
  }

  cellKind(): number {
    return OWN_LOCK;
  }

  protected override *reads(): Steps<Result> {
    const word = yield ["wordAt", this.at, 0];
    const isFree = (word & HELD) === 0;
    return `${isFree ? "free" : "held"}${(word & POISONED) === 0 ? "" : ", poisoned"}, ${Math.floor(word / STARVED)} starve`;
  }

  #tryLock(thread: Thread): Operation {
    const { at } = this;
    return {
      label: "tryLock()",
      *run() {
        const found = yield ["tryLock", at, thread.cell, 0, OWN_LOCK];
        thread.has = found !== 0;
        return found === 0 ? "taken" : nameOf(found);
      },
      parts: (result) =>
        result === "taken"
          ? [{ name: "fail", arg: thread.id, result: undefined }]
          : [{ name: "take", arg: thread.id, result }],
    };
  }

  #lock(thread: Thread, verb: string, ns: number, starves: boolean): Operation {
    const { at } = this;
    let isStarved = false;
    let found = 0;
    const goal: Goal = {
      event: at,
      *tries() {
        found = yield ["tryLock", at, thread.cell, Number(isStarved), OWN_LOCK];
        return found !== 0;
      },
      *misses() {
        if (!starves || isStarved) return;
        isStarved = true;
        yield ["starve", at, thread.cell];
      },
      *endsInVain() {
        if (isStarved) yield ["letGo", at, thread.cell, 0];
      },
    };
    const run = function* (waiter: Waiter): Steps<Result> {
      isStarved = false;
      thread.has = (yield* goal.tries(0)) || (yield* waiter.until(goal, ns));
      return `${isStarved ? "starved, " : ""}${thread.has ? nameOf(found) : "given up"}`;
    };
    return {
      label: `${verb}()`,
      run: () => run(thread.waiter),
      parts: (result) => {
        const starve = { name: "starve", arg: thread.id, result: undefined };
        const take = (answer: Result | undefined) => ({ name: "take", arg: thread.id, result: answer });
        // If it was killed, it may have gone so far or not.
        if (result === undefined) return [{ ...starve, name: "mayStarve" }, take(undefined)];
        const outcome = String(result).split(", ").at(-1) as string;
        const last = outcome === "given up" ? { name: "giveUp", arg: thread.id, result: undefined } : take(outcome);
        return isStarved ? [starve, last] : [last];
      },
    };
  }
}

function nameOf(found: number): string {
  return (found & POISONED) === 0 ? "ok" : (found & HELD) === 0 ? "not held" : "poisoned";
}

export const mutex: Kind = {
  name: "mutex",
  specification,
  make: (kernel) => new Mutex(kernel),
  forHolders: ["use", "unlock", "clearPoison"],
};
