/**
 * A readers-writer lock, and threads with every operation on it.
 *
 *   read, readAWhile, tryRead             is a reader; `see` is what only readers and writers do: a plain access; `endRead`
 *   write, writeAWhile, tryWrite          is the writer; `use` is what only the writer does: two plain accesses; `endWrite`
 *   upgradable                            is the upgradable reader; `endUpgradable`
 *   upgrade, upgradeAWhile, tryUpgrade    is the writer instead, or nothing
 *   downgrade                             the writer is the upgradable reader again
 *   downgradeToRead                       the upgradable reader is a reader like others
 *   clearPoison
 *   look                                  reads the word
 *
 * What stands behind an operation that has not succeeded is left out, up to the next one that succeeds.
 *
 * The specification is a plain object: the readers, which thread has the gate, which one keeps readers out, and whether that one writes.
 */
import { HELD, INLINE, KIND_RW_LOCK, OWN_LOCK, POISONED, STARVED } from "../../../heap/kernel/numbers.js";
import {
  answeredBy,
  type Call,
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
  readonly upgradable: number;
  /** Who keeps readers out; and whether it writes. */
  readonly writer: number;
  readonly writes: boolean;
  readonly isPoisoned: boolean;
}

const INITIAL: State = {
  readers: [],
  gate: NOBODY,
  upgradable: NOBODY,
  writer: NOBODY,
  writes: false,
  isPoisoned: false,
};

const specification: Specification = {
  initial: JSON.stringify(INITIAL),
  step(text, part) {
    return step(JSON.parse(text) as State, part).map((state) => JSON.stringify(state));
  },
};

function step(state: State, { name, arg, result }: Part): State[] {
  const me = Number(arg);
  const when = (holds: boolean, change: Partial<State>) => (holds ? [{ ...state, ...change }] : []);
  const others = state.readers.filter((id) => id !== me);
  const count = state.readers.length + Number(state.upgradable !== NOBODY);
  const isTold = answeredBy(result)(state.isPoisoned ? "poisoned" : "ok");
  if (name.startsWith("may ")) return [state, ...step(state, { name: name.slice(4), arg, result })];
  switch (name) {
    case "read":
      return when(state.writer === NOBODY && isTold, { readers: [...state.readers, me] });
    case "fail to read":
      return when(state.writer !== NOBODY, {});
    case "end read":
      return when(state.readers.includes(me), { readers: others });
    case "gate":
      return when(state.gate === NOBODY, { gate: me });
    case "leave gate":
      return when(state.gate === me, { gate: NOBODY });
    case "keep out":
      return when(state.gate === me && state.upgradable === NOBODY, { writer: me });
    case "write":
      return when(state.writer === me && count === 0 && isTold, { writes: true });
    case "let in":
      return when(state.writer === me, { writer: NOBODY, writes: false });
    case "is upgradable":
      return when(state.gate === me && state.writer === NOBODY && isTold, { upgradable: me });
    case "end upgradable":
      return when(state.upgradable === me, { upgradable: NOBODY });
    case "keep out instead":
      return when(state.upgradable === me, { upgradable: NOBODY, writer: me });
    case "fail to upgrade":
      return when(state.upgradable === me && count > 1, {});
    case "upgradable again":
      return when(state.writer === me, { writer: NOBODY, writes: false, upgradable: me });
    case "reads on":
      return when(state.upgradable === me && state.gate === me, {
        upgradable: NOBODY,
        gate: NOBODY,
        readers: [...state.readers, me],
      });
    case "clear":
      return [{ ...state, isPoisoned: false }];
    case "word":
      return when(answeredBy(result)(wordOf(count, state.writer !== NOBODY, state.isPoisoned)), {});
    case "reap":
      return [
        {
          readers: others,
          gate: state.gate === me ? NOBODY : state.gate,
          upgradable: state.upgradable === me ? NOBODY : state.upgradable,
          writer: state.writer === me ? NOBODY : state.writer,
          writes: state.writer === me ? false : state.writes,
          isPoisoned: state.isPoisoned || (state.writer === me && state.writes),
        },
      ];
  }
  throw new RangeError(`no such step: ${name}`);
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
        return { ...thread.uses(), label: "see()", run: () => call(["peek", this.counter], "") };
      case "endRead":
        return this.#steps(thread, verb, [["endRead", at, cell]], ["end read"]);
      case "write":
        return this.#write(thread, verb, -1);
      case "writeAWhile":
        return this.#write(thread, verb, NS);
      case "tryWrite":
        return this.#tryWrite(thread);
      case "use":
        return thread.uses();
      case "endWrite":
        return this.#steps(
          thread,
          verb,
          [
            ["endWrite", at, cell],
            ["unlock", at, cell],
          ],
          ["let in", "leave gate"],
        );
      case "upgradable":
        return this.#upgradable(thread);
      case "endUpgradable":
        return this.#steps(
          thread,
          verb,
          [
            ["endUpgradable", at, cell],
            ["unlock", at, cell],
          ],
          ["end upgradable", "leave gate"],
        );
      case "upgrade":
        return this.#upgrade(thread, verb, -1);
      case "upgradeAWhile":
        return this.#upgrade(thread, verb, NS);
      case "tryUpgrade":
        return this.#tryUpgrade(thread);
      case "downgrade":
        return this.#steps(thread, verb, [["downgradeWrite", at, cell]], ["upgradable again"]);
      case "downgradeToRead":
        return this.#steps(thread, verb, [["downgradeUpgradable", at, cell]], ["reads on"]);
      case "clearPoison":
        return this.#steps(thread, verb, [["absolve", this.#readable, cell]], ["clear"]);
    }
    throw new RangeError(`no such operation: ${verb}`);
  }

  cellKind(): number {
    return OWN_LOCK;
  }

  looks(): Operation {
    const readable = this.#readable;
    return {
      label: "look at the word",
      *run() {
        const word = yield ["wordAt", readable, 0];
        return wordOf(Math.floor((word >>> 0) / STARVED), (word & HELD) !== 0, (word & POISONED) !== 0);
      },
      parts: (result) => [{ name: "word", result }],
    };
  }

  /** Calls that cannot fail, each a step of the specification. */
  #steps(thread: Thread, verb: string, calls: readonly Call[], steps: readonly string[]): Operation {
    return {
      label: `${verb}()`,
      *run() {
        for (const one of calls) yield one;
        return "";
      },
      parts: (result) => steps.map((name) => part(thread, result === undefined ? `may ${name}` : name)),
    };
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
      parts: (result) => (result === "taken" ? [part(thread, "fail to read")] : [part(thread, "read", result)]),
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
      parts: (result) => {
        if (result === "given up") return [part(thread, "fail to read")];
        return [part(thread, result === undefined ? "may read" : "read", result)];
      },
    };
  }

  /** The mutex in it. */
  #gate(thread: Thread): Goal {
    const { at } = this;
    let isStarved = false;
    return {
      event: at,
      *tries() {
        return (yield ["tryLock", at, thread.cell, Number(isStarved)]) !== 0;
      },
      *misses() {
        if (isStarved) return;
        isStarved = true;
        yield ["starve", at, thread.cell];
      },
      *endsInVain() {
        if (isStarved) yield ["starveNoMore", at, thread.cell];
        isStarved = false;
      },
    };
  }

  *#gates(thread: Thread, ns: number): Steps<boolean> {
    const goal = this.#gate(thread);
    return (yield* goal.tries(0)) || (yield* thread.waiter.until(goal, ns));
  }

  /** Waits until the readers are gone, for whom the others are kept out by now. */
  #emptied(thread: Thread): Goal {
    const { at } = this;
    return {
      event: this.#empty,
      *tries() {
        return (yield ["isAlone", at, thread.cell]) !== 0;
      },
    };
  }

  *#told(): Steps<string> {
    return ((yield ["wordAt", this.#readable, 0]) & POISONED) === 0 ? "ok" : "poisoned";
  }

  #write(thread: Thread, verb: string, ns: number): Operation {
    const { at } = this;
    const { cell } = thread;
    const run = function* (this: RwLock): Steps<Result> {
      thread.has = false;
      if (!(yield* this.#gates(thread, ns))) return "given up";
      if ((yield ["beginWrite", at, cell]) === 0 && !(yield* thread.waiter.until(this.#emptied(thread), ns))) {
        yield ["endWrite", at, cell];
        yield ["unlock", at, cell];
        return "given up later";
      }
      thread.has = true;
      return yield* this.#told();
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
      if ((yield ["tryLock", at, cell, 0]) === 0) return "given up";
      if ((yield ["beginWrite", at, cell]) === 0) {
        yield ["endWrite", at, cell];
        yield ["unlock", at, cell];
        return "given up later";
      }
      thread.has = true;
      return yield* this.#told();
    };
    return { label: "tryWrite()", run: () => run.call(this), parts: (result) => writing(thread, result) };
  }

  #upgradable(thread: Thread): Operation {
    const { at } = this;
    const run = function* (this: RwLock): Steps<Result> {
      yield* this.#gates(thread, -1);
      yield ["beginUpgradable", at, thread.cell];
      thread.has = true;
      return yield* this.#told();
    };
    return {
      label: "upgradable()",
      run: () => run.call(this),
      parts: (result) => {
        const may = result === undefined ? "may " : "";
        return [part(thread, `${may}gate`), part(thread, `${may}is upgradable`, result)];
      },
    };
  }

  #upgrade(thread: Thread, verb: string, ns: number): Operation {
    const { at } = this;
    const { cell } = thread;
    const run = function* (this: RwLock): Steps<Result> {
      if ((yield ["upgradeReader", at, cell]) === 0 && !(yield* thread.waiter.until(this.#emptied(thread), ns))) {
        yield ["downgradeWrite", at, cell];
        yield* this.#ends(thread);
        return "given up";
      }
      return yield* this.#told();
    };
    return {
      label: `${verb}()`,
      run: () => run.call(this),
      parts: (result) => {
        if (result === undefined) return [part(thread, "may keep out instead"), part(thread, "may write")];
        if (result !== "given up") return [part(thread, "keep out instead"), part(thread, "write", result)];
        return ["keep out instead", "upgradable again", "end upgradable", "leave gate"].map((name) =>
          part(thread, name),
        );
      },
    };
  }

  /** The upgradable reader that was not upgraded ends. */
  *#ends(thread: Thread): Steps {
    thread.has = false;
    yield ["endUpgradable", this.at, thread.cell];
    yield ["unlock", this.at, thread.cell];
  }

  #tryUpgrade(thread: Thread): Operation {
    const run = function* (this: RwLock): Steps<Result> {
      if ((yield ["tryUpgrade", this.at, thread.cell]) !== 0) return true;
      yield* this.#ends(thread);
      return false;
    };
    return {
      label: "tryUpgrade()",
      run: () => run.call(this),
      parts: (result) => {
        if (result === undefined) return [part(thread, "may keep out instead"), part(thread, "may write")];
        if (result === false) {
          return ["may fail to upgrade", "end upgradable", "leave gate"].map((name) => part(thread, name));
        }
        return [part(thread, "keep out instead"), part(thread, "write")];
      },
    };
  }
}

function writing(thread: Thread, result: Result | undefined): Part[] {
  const steps = ["gate", "keep out", "write"];
  if (result === undefined) return steps.map((name) => part(thread, `may ${name}`));
  if (result === "given up") return [];
  if (result === "given up later")
    return ["gate", "keep out", "let in", "leave gate"].map((name) => part(thread, name));
  return steps.map((name) => part(thread, name, name === "write" ? result : undefined));
}

function part(thread: Thread, name: string, result?: Result): Part {
  return { name, arg: thread.id, result };
}

function* call(one: Call, result: Result): Steps<Result> {
  yield one;
  return result;
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
