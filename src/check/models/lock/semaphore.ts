/**
 * A semaphore, and threads with every operation on it.
 *
 *   acquire 2             waits until it has two permits
 *   acquireAWhile 2       gives up after some time
 *   tryAcquire 1          does not wait
 *   release               gives back what it has
 *   forget                has it no more, and nobody else has it
 *   add 1                 adds a permit
 *   close
 *
 * What stands behind an operation that has not succeeded is left out, up to the next one that takes permits.
 *
 * The specification is a plain object: how many permits there are, how many each thread has, and for how many each call waits, in their order. A call
 * that waits is first counted, which keeps others from taking permits, and then has its place in the list.
 */
import { GRANTED, INLINE, KIND_SEMAPHORE, OWN_PERMITS } from "../../../heap/kernel/numbers.js";
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
  readonly permits: number;
  readonly isClosed: boolean;
  /** What threads have, by their numbers. */
  readonly held: { readonly [id: number]: number };
  /** Threads whose calls are counted as queued. */
  readonly queued: readonly number[];
  /** Those of them that listen, and for how many permits. */
  readonly list: readonly (readonly [id: number, n: number])[];
}

/** Some time. */
const NS = 1000;
const CLOSED = 0x8000_0000;

const specificationOf = (permits: number): Specification => ({
  initial: JSON.stringify({ permits, isClosed: false, held: {}, queued: [], list: [] } satisfies State),
  step(text, part) {
    return step(JSON.parse(text) as State, part).map((state) => JSON.stringify(state));
  },
});

function step(state: State, { name, arg, result }: Part): State[] {
  const [me = 0, n = 0] = [JSON.parse(String(arg)) as number | number[]].flat();
  const when = (holds: boolean, next: State) => (holds ? [next] : []);
  const without = (): State => ({
    ...state,
    queued: state.queued.filter((id) => id !== me),
    list: state.list.filter(([id]) => id !== me),
  });
  const gives = (next: State): State => ({
    ...next,
    permits: next.permits + (next.held[me] ?? 0),
    held: { ...next.held, [me]: 0 },
  });
  const takes = (next: State): State => ({ ...next, permits: next.permits - n, held: { ...next.held, [me]: n } });
  switch (name) {
    case "take":
      return when(state.queued.length === 0 && state.permits >= n && !state.isClosed, takes(state));
    case "fail":
      return when(state.queued.length > 0 || state.permits < n || state.isClosed, state);
    case "queue":
      return [{ ...state, queued: [...state.queued, me] }];
    case "listen":
      return when(state.queued.includes(me), { ...state, list: [...state.list, [me, n]] });
    case "granted":
      return when(state.list[0]?.[0] === me && state.permits >= n, takes(without()));
    case "giveUp":
      return [without()];
    // It was killed in its call: it may have come to any of these.
    case "mayAcquire":
      return [
        state,
        ...step(state, { name: "take", arg, result }),
        ...(state.queued.includes(me) ? [] : step(state, { name: "queue", arg, result })),
      ];
    case "mayListen":
      return [state, ...(state.list.some(([id]) => id === me) ? [] : step(state, { name: "listen", arg, result }))];
    case "mayBeGranted":
      return [state, ...step(state, { name: "granted", arg, result })];
    case "release":
      return [gives(state)];
    case "forget":
      return [{ ...state, held: { ...state.held, [me]: 0 } }];
    case "add":
      return [{ ...state, permits: state.permits + n }];
    case "close":
      return when(answeredBy(result)(!state.isClosed), { ...state, isClosed: true });
    case "closed":
      return when(state.isClosed, without());
    case "word":
      return when(answeredBy(result)(`${state.permits} free, ${state.queued.length} queued`), state);
    case "reap":
      return [gives(without())];
  }
  throw new RangeError(`no such step: ${name}`);
}

class Semaphore extends Lock {
  constructor(kernel: ModelKernel, permits: number) {
    super(kernel, KIND_SEMAPHORE, kernel.eventSize());
    kernel.constructEvent(this.at, INLINE, 0, 0, 0);
    kernel.addPermits(this.at, permits);
  }

  does(thread: Thread, [verb, n]: Words): Operation {
    const { at } = this;
    switch (verb) {
      case "acquire":
        return this.#acquire(thread, Number(n), -1);
      case "acquireAWhile":
        return this.#acquire(thread, Number(n), NS);
      case "tryAcquire":
        return this.#tryAcquire(thread, Number(n));
      case "use":
        return thread.uses();
      case "release":
        return this.#step(thread, verb, 0, ["giveBack", at, thread.cell]);
      case "forget":
        return this.#step(thread, verb, 0, ["forget", thread.cell]);
      case "add":
        return this.#step(thread, verb, Number(n), ["addPermits", at, Number(n)]);
      case "close":
        return {
          ...thread.step(verb, ["shut", at], (answer) => answer !== 0),
          parts: (result) => [part(verb, thread, 0, result)],
        };
    }
    throw new RangeError(`no such operation: ${verb}`);
  }

  cellKind(): number {
    return OWN_PERMITS;
  }

  protected override *reads(): Steps<Result> {
    const permits = yield ["wordAt", this.at, 0];
    const queued = yield ["wordAt", this.at, 4];
    return `${permits >>> 0} free, ${queued & ~CLOSED} queued`;
  }

  override looks(): Operation {
    return { ...super.looks(), parts: (result) => [{ name: "word", arg: "[-1,0]", result }] };
  }

  #step(thread: Thread, verb: string, n: number, call: readonly [string, ...number[]]): Operation {
    const operation = thread.step(verb, call as never, () => "");
    return { ...operation, parts: () => [part(verb, thread, n)] };
  }

  #tryAcquire(thread: Thread, n: number): Operation {
    const { at } = this;
    return {
      label: `tryAcquire(${n})`,
      *run() {
        thread.has = (yield ["tryAcquire", at, n, thread.cell]) !== 0;
        return thread.has;
      },
      parts: (result) =>
        result === undefined ? [part("mayAcquire", thread, n)] : [part(result === true ? "take" : "fail", thread, n)],
    };
  }

  #acquire(thread: Thread, n: number, ns: number): Operation {
    const { at } = this;
    const { cell } = thread;
    let isClosed = false;
    const goal: Goal = {
      event: at,
      call: cell,
      *listens() {
        yield ["grant", at];
      },
      *tries(node) {
        if (((yield ["stateOf", node]) & GRANTED) !== 0) return true;
        isClosed = (yield ["wordAt", at, 4]) >>> 0 >= CLOSED;
        return isClosed;
      },
      *endsInVain() {
        yield ["giveBack", at, cell];
      },
    };
    const run = function* (waiter: Waiter): Steps<Result> {
      thread.has = true;
      if ((yield ["tryAcquire", at, n, cell]) !== 0) return "at once";
      yield ["queue", at, n, cell];
      isClosed = false;
      const found = yield* waiter.until(goal, ns);
      if (found && isClosed) yield* (goal.endsInVain as () => Steps)();
      thread.has = found && !isClosed;
      return thread.has ? "granted" : isClosed ? "closed" : "given up";
    };
    return {
      label: `acquire(${n})`,
      run: () => run(thread.waiter),
      parts: (result) => {
        if (result === "at once") return [part("take", thread, n)];
        if (result === undefined)
          return ["mayAcquire", "mayListen", "mayBeGranted"].map((name) => part(name, thread, n));
        const waits = [part("fail", thread, n), part("queue", thread, n), part("listen", thread, n)];
        if (result === "granted") return [...waits, part("granted", thread, n)];
        return [...waits, part(result === "closed" ? "closed" : "giveUp", thread, n)];
      },
    };
  }
}

function part(name: string, thread: Thread, n: number, result?: Result): Part {
  return { name, arg: JSON.stringify([thread.id, n]), result };
}

/** Semaphores with so many permits. */
export const semaphore = (permits: number): Kind => ({
  name: "semaphore",
  specification: specificationOf(permits),
  make: (kernel) => new Semaphore(kernel, permits),
  forHolders: ["use", "release", "forget"],
});
