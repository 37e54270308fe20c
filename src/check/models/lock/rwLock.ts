/**
 * A readers-writer lock, and threads with every operation on it.
 *
 *   read, readAWhile, tryRead             is a reader; `see` is what only readers and writers do: a plain access; `endRead`
 *   write, writeAWhile, tryWrite          is the writer; `use` is what only the writer does: two plain accesses; `endWrite`
 *   upgradable                            is the upgradable reader; `endUpgradable`
 *   upgrade, upgradeAWhile, tryUpgrade    is the writer instead, or nothing
 *   downgrade                             the writer is the upgradable reader again
 *   downgradeToRead                       the writer, or the upgradable reader, is a reader like others
 *   clearPoison
 *   look                                  reads the word
 *   breakLock                             takes the lock from all threads that have it
 *
 * What stands behind an operation that has not succeeded is left out, up to the next one that succeeds.
 *
 * The specification is a plain object: the readers, which thread has the gate, which one keeps readers out, and whether that one writes.
 */
import {
  ALONE,
  INLINE,
  KIND_RW_LOCK,
  LOST,
  OWN_READ,
  OWN_UPGRADABLE,
  POISONED,
  WRITER,
} from "../../../heap/kernel/numbers.js";
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

const NOBODY = -1;
/** Some time. */
const NS = 1000;
const EVENTS = 3;

interface State {
  readonly readers: readonly number[];
  readonly gate: number;
  /** Which thread keeps readers out; and whether it writes. */
  readonly writer: number;
  readonly writes: boolean;
  readonly isPoisoned: boolean;
}

const INITIAL: State = { readers: [], gate: NOBODY, writer: NOBODY, writes: false, isPoisoned: false };

const specification: Specification = {
  initial: JSON.stringify(INITIAL),
  step(text, part) {
    return step(JSON.parse(text) as State, part).map((state) => JSON.stringify(state));
  },
};

function step(state: State, { name, arg, result }: Part): State[] {
  const me = Number(arg);
  const when = (holds: boolean, change: Partial<State>) => (holds ? [{ ...state, ...change }] : []);
  const answered = answeredBy(result);
  const { readers, gate, writer } = state;
  const has = gate === me || readers.includes(me);
  if (name.startsWith("may ")) return [state, ...step(state, { name: name.slice(4), arg, result })];
  switch (name) {
    case "read":
      return when(writer === NOBODY, { readers: [...readers, me] });
    case "fail to read":
      return when(writer !== NOBODY, {});
    case "gate":
      return when(gate === NOBODY, { gate: me });
    case "keep out":
      return when(gate === me, { writer: me });
    case "write":
      return when(writer === me && readers.length === 0, { writes: true });
    case "fail to write":
      return when(gate === me && readers.length > 0, {});
    case "told":
      return when(answered(state.isPoisoned ? "poisoned" : "ok"), {});
    case "upgradable again":
      return when(gate === me && answered(true), { writer: NOBODY, writes: false }).concat(
        when(!has && answered(false), {}),
      );
    case "reads on":
      return when(gate === me && answered(true), {
        writer: NOBODY,
        writes: false,
        gate: NOBODY,
        readers: [...readers, me],
      }).concat(when(!has && answered(false), {}));
    case "let go":
      return when(has && answered(true), without(state, me)).concat(when(!has && answered(false), {}));
    case "lost":
      return when(!has, {});
    case "clear":
      return when(true, has ? { isPoisoned: false } : {});
    case "break": {
      const wasTaken = gate !== NOBODY || readers.length > 0;
      const isPoisoned = state.isPoisoned || (writer !== NOBODY && readers.length === 0);
      return when(answered(wasTaken), { ...INITIAL, isPoisoned });
    }
    case "word":
      return when(answered(wordOf(readers.length, writer !== NOBODY, state.isPoisoned)), {});
    case "reap":
      return when(true, {
        ...without(state, me),
        isPoisoned: state.isPoisoned || (writer === me && state.writes),
      });
  }
  throw new RangeError(`no such step: ${name}`);
}

/** What is left of a state when a thread has nothing any more. */
function without({ readers, gate, writer, writes }: State, me: number): Partial<State> {
  return {
    readers: readers.filter((id) => id !== me),
    gate: gate === me ? NOBODY : gate,
    writer: writer === me ? NOBODY : writer,
    writes: writer === me ? false : writes,
  };
}

function wordOf(readers: number, hasWriter: boolean, isPoisoned: boolean): string {
  return `${readers} readers${hasWriter ? ", a writer" : ""}${isPoisoned ? ", poisoned" : ""}`;
}

class RwLock extends Lock {
  readonly #readable: number;
  readonly #empty: number;

  constructor(kernel: ModelKernel) {
    const one = kernel.eventSize() >>> 0;
    super(kernel, KIND_RW_LOCK, EVENTS * one);
    for (let i = 0; i < EVENTS; i++) kernel.constructEvent(this.at + i * one, INLINE, 0, 0, i * one);
    this.#readable = this.at + one;
    this.#empty = this.at + 2 * one;
  }

  does(thread: Thread, [verb]: Words): Operation {
    const { at } = this;
    const { cell } = thread;
    switch (verb) {
      case "read":
        return this.#read(thread, verb, -1);
      case "readAWhile":
        return this.#read(thread, verb, NS);
      case "tryRead":
        return this.#tryRead(thread);
      case "look":
        return this.looks();
      case "see":
        return { ...thread.uses(), label: "see()", run: () => this.#sees() };
      case "write":
        return this.#write(thread, verb, -1);
      case "writeAWhile":
        return this.#write(thread, verb, NS);
      case "tryWrite":
        return this.#tryWrite(thread);
      case "use":
        return thread.uses();
      case "endRead":
      case "endWrite":
      case "endUpgradable":
        return maybe(thread, verb, "let go", ["letGo", at, cell, 0]);
      case "upgradable":
        return this.#upgradable(thread);
      case "upgrade":
        return this.#upgrade(thread, verb, -1);
      case "upgradeAWhile":
        return this.#upgrade(thread, verb, NS);
      case "tryUpgrade":
        return this.#tryUpgrade(thread);
      case "downgrade":
        return maybe(thread, verb, "upgradable again", ["stepDown", at, cell, OWN_UPGRADABLE]);
      case "downgradeToRead":
        return maybe(thread, verb, "reads on", ["stepDown", at, cell, OWN_READ]);
      case "clearPoison":
        return maybe(thread, verb, "clear", ["absolve", at, cell]);
      case "breakLock":
        return maybe(thread, verb, "break", ["breakLock", at, 0]);
    }
    throw new RangeError(`no such operation: ${verb}`);
  }

  cellKind(): number {
    return OWN_UPGRADABLE;
  }

  protected override *reads(): Steps<Result> {
    const word = yield ["wordAt", this.at, 0];
    const upper = yield ["wordAt", this.at, 4];
    return wordOf(upper & 0xffff, (word & WRITER) !== 0, (word & POISONED) !== 0);
  }

  *#sees(): Steps<Result> {
    yield ["peek", this.counter];
    return "";
  }

  #tryRead(thread: Thread): Operation {
    const { at } = this;
    return {
      label: "tryRead()",
      *run() {
        const found = yield ["tryRead", at, thread.cell];
        thread.has = found !== 0;
        return thread.has ? nameOf(found) : "taken";
      },
      parts: (result) =>
        result === "taken" ? [part(thread, "fail to read")] : steps(thread, result, ["read", "told"]),
    };
  }

  #read(thread: Thread, verb: string, ns: number): Operation {
    const { at } = this;
    let found = 0;
    const goal: Goal = {
      event: this.#readable,
      *tries() {
        found = yield ["tryRead", at, thread.cell];
        return found !== 0;
      },
    };
    return {
      label: `${verb}()`,
      *run() {
        thread.has = (yield* goal.tries(0)) || (yield* thread.waiter.until(goal, ns));
        return thread.has ? nameOf(found) : "given up";
      },
      parts: (result) =>
        result === "given up" ? [part(thread, "fail to read")] : steps(thread, result, ["read", "told"]),
    };
  }

  /** The mutex in it. */
  #gate(thread: Thread): Goal {
    const { at } = this;
    let isStarved = false;
    return {
      event: at,
      *tries() {
        return (yield ["tryLock", at, thread.cell, Number(isStarved), OWN_UPGRADABLE]) !== 0;
      },
      *misses() {
        if (isStarved) return;
        isStarved = true;
        yield ["starve", at, thread.cell];
      },
      *endsInVain() {
        if (isStarved) yield ["letGo", at, thread.cell, 0];
        isStarved = false;
      },
    };
  }

  *#gates(thread: Thread, ns: number): Steps<boolean> {
    const goal = this.#gate(thread);
    return (yield* goal.tries(0)) || (yield* thread.waiter.until(goal, ns));
  }

  /** Keeps the others out, and waits until the readers are gone: ALONE, LOST, or 0, if that took too long. */
  *#alone(thread: Thread, ns: number): Steps<number> {
    const { at } = this;
    const { cell, waiter } = thread;
    let found = yield ["beginWrite", at, cell, 0];
    const goal: Goal = {
      event: this.#empty,
      *tries() {
        found = yield ["isAlone", at, cell];
        return found !== 0;
      },
    };
    if (found === 0) yield* waiter.until(goal, ns);
    return found;
  }

  *#told(): Steps<string> {
    return ((yield ["wordAt", this.at, 0]) & POISONED) === 0 ? "ok" : "poisoned";
  }

  #write(thread: Thread, verb: string, ns: number): Operation {
    const { at } = this;
    const run = function* (this: RwLock): Steps<Result> {
      thread.has = false;
      if (!(yield* this.#gates(thread, ns))) return "given up";
      const found = yield* this.#alone(thread, ns);
      thread.has = found === ALONE;
      if (thread.has) return yield* this.#told();
      yield ["letGo", at, thread.cell, 0];
      return found === LOST ? "lost" : "given up later";
    };
    return {
      label: `${verb}()`,
      run: () => run.call(this),
      parts: (result) => writing(thread, result),
    };
  }

  #tryWrite(thread: Thread): Operation {
    const { at } = this;
    const { cell } = thread;
    const run = function* (this: RwLock): Steps<Result> {
      thread.has = false;
      if ((yield ["tryLock", at, cell, 0, OWN_UPGRADABLE]) === 0) return "given up";
      const found = yield ["beginWrite", at, cell, 1];
      thread.has = found === ALONE;
      if (thread.has) return yield* this.#told();
      yield ["letGo", at, cell, 0];
      return found === LOST ? "lost" : "not alone";
    };
    return { label: "tryWrite()", run: () => run.call(this), parts: (result) => writing(thread, result) };
  }

  #upgradable(thread: Thread): Operation {
    const run = function* (this: RwLock): Steps<Result> {
      thread.has = yield* this.#gates(thread, -1);
      return yield* this.#told();
    };
    return {
      label: "upgradable()",
      run: () => run.call(this),
      parts: (result) => steps(thread, result, ["gate", "told"]),
    };
  }

  #upgrade(thread: Thread, verb: string, ns: number): Operation {
    const { at } = this;
    const { cell } = thread;
    const run = function* (this: RwLock): Steps<Result> {
      const found = yield* this.#alone(thread, ns);
      if (found === ALONE) return yield* this.#told();
      thread.has = false;
      if (found === 0) yield ["stepDown", at, cell, OWN_UPGRADABLE];
      yield ["letGo", at, cell, 0];
      return found === LOST ? "lost" : "given up";
    };
    return {
      label: `${verb}()`,
      run: () => run.call(this),
      parts: (result) => {
        if (result === "lost") return steps(thread, undefined, ["keep out"]).concat(part(thread, "lost"));
        if (result !== "given up") return steps(thread, result, ["keep out", "write", "told"]);
        return steps(thread, result, ["keep out", "upgradable again"]).concat(steps(thread, undefined, ["let go"]));
      },
    };
  }

  #tryUpgrade(thread: Thread): Operation {
    const { at } = this;
    const { cell } = thread;
    const run = function* (): Steps<Result> {
      if ((yield ["beginWrite", at, cell, 1]) === ALONE) return true;
      thread.has = false;
      yield ["letGo", at, cell, 0];
      return false;
    };
    return {
      label: "tryUpgrade()",
      run,
      parts: (result) => {
        if (result === false) return [part(thread, "fail to write"), part(thread, "let go")];
        return steps(thread, result, ["keep out", "write"]);
      },
    };
  }
}

/** A call that is one step, or none if its thread was killed. */
function maybe(thread: Thread, verb: string, name: string, call: Parameters<Thread["step"]>[1]): Operation {
  const { label, run } = thread.step(verb, call, (answer) => answer !== 0);
  return {
    label,
    run,
    parts: (result) => [
      part(thread, result === undefined ? `may ${name}` : name, name === "clear" ? undefined : result),
    ],
  };
}

/** Steps of a call, the last of which has its result. A thread that was killed may have come so far or not. */
function steps(thread: Thread, result: Result | undefined, names: readonly string[]): Part[] {
  if (result === undefined) return names.map((name) => part(thread, `may ${name}`));
  return names.map((name, i) => part(thread, name, name === "told" && i === names.length - 1 ? result : undefined));
}

function writing(thread: Thread, result: Result | undefined): Part[] {
  switch (result) {
    case "given up":
      return [];
    case "given up later":
      return ["gate", "keep out", "let go"].map((name) => part(thread, name));
    case "not alone":
      return ["gate", "fail to write", "let go"].map((name) => part(thread, name));
    case "lost":
      return ["gate", "may keep out", "lost"].map((name) => part(thread, name));
    default:
      return steps(thread, result, ["gate", "keep out", "write", "told"]);
  }
}

function part(thread: Thread, name: string, result?: Result): Part {
  return { name, arg: thread.id, result };
}

function nameOf(found: number): string {
  return (found & POISONED) === 0 ? "ok" : "poisoned";
}

export const rwLock: Kind = {
  name: "rwLock",
  specification,
  make: (kernel) => new RwLock(kernel),
  forHolders:
    "see use endRead endWrite endUpgradable upgrade upgradeAWhile tryUpgrade downgrade downgradeToRead clearPoison".split(
      " ",
    ),
};
