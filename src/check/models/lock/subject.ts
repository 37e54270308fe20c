/**
 * What the programs of all locks are made of: a lock in the model's memory, a number that is only touched under it, and threads that
 * own what they have of the lock by their cells, as the host's do.
 *
 * Conditions of a program:
 *
 *   kills 1                threads that die
 *   mortals a              and which; all
 *   mourns c a             thread c begins when thread a was killed, and reaps it; and then those that are named besides
 *   outlives c a           thread c begins likewise, and reaps nobody
 *   awaits a, b            threads that await behind a doorbell; the others block
 *   spurious 1, timeouts 2 as for events (listener/subject.ts)
 */
import {
  type Account,
  type Body,
  type Call,
  CheckFailure,
  type Finish,
  type ModelKernel,
  type Operation,
  type Program,
  type Result,
  type Specification,
  type Steps,
} from "../../program.js";
import { litmus, type Words } from "../litmus.js";
import { Waiter } from "./waiting.js";

const CONDITIONS = "kills mortals mourns outlives awaits spurious timeouts".split(" ");
const idOf = (letter: string) => letter.charCodeAt(0) - "a".charCodeAt(0);

/** A lock of the model. */
export abstract class Lock {
  readonly kernel: ModelKernel;
  readonly at: number;
  /** A number that is only touched under the lock. */
  readonly counter: number;
  readonly #control: number;

  constructor(kernel: ModelKernel, kind: number, size: number) {
    this.kernel = kernel;
    this.#control = kernel.create(size, 16, kind, 1);
    this.at = kernel.valueOf(this.#control) >>> 0;
    this.counter = kernel.alloc(16, 16) >>> 0;
  }

  /** The kind of a thread's cell for what it has of the lock. */
  abstract cellKind(): number;
  /** What the words of a table mean. */
  abstract does(thread: Thread, words: Words): Operation;
  /** Reads the lock's words, and says what they mean. */
  protected abstract reads(): Steps<Result>;

  /** What the lock's words say in the end. */
  looks(): Operation {
    return {
      label: "look at the word",
      run: () => this.reads(),
      parts: (result) => [{ name: "word", result }],
    };
  }

  /** Nobody listens in the end. */
  #isQuiet(): Operation {
    const { at } = this;
    return {
      label: "count those that wait",
      *run() {
        const waiting = yield ["listenerCount", at];
        if (waiting !== 0) throw new CheckFailure("accounting", `${waiting} wait when all is over`);
        return "";
      },
      parts: () => [],
    };
  }

  takeApart(kernel: ModelKernel): void {
    kernel.release(this.#control);
    kernel.dispose(this.#control, 0);
    kernel.free(this.counter);
  }

  finish(): Finish {
    return {
      reaped: (dead) => ({
        label: "the dead are reaped",
        // biome-ignore lint/correctness/useYield: it is done by then
        *run() {
          return "";
        },
        parts: () => dead.map((id) => ({ name: "reap", arg: id, result: undefined })),
      }),
      operations: [this.looks(), this.#isQuiet()],
      teardown: (kernel) => this.takeApart(kernel),
    };
  }
}

/** A thread with its cell. */
export class Thread {
  readonly id: number;
  readonly lock: Lock;
  readonly account: Account;
  readonly cell: number;
  readonly waiter: Waiter;
  /** Whether it has what it wanted last. */
  has = false;

  constructor(id: number, lock: Lock, account: Account, awaits: boolean) {
    this.id = id;
    this.lock = lock;
    this.account = account;
    this.cell = account.cell(lock.cellKind());
    this.waiter = new Waiter(lock.kernel, account, awaits);
  }

  /** One call that is one step of the specification. */
  step(name: string, call: Call, read: (answer: number) => Result): Operation {
    return {
      label: `${name}()`,
      *run() {
        return read(yield call);
      },
      parts: (result) => [{ name, arg: this.id, result }],
    };
  }

  /** What only the holder does: two plain accesses. */
  uses(): Operation {
    const { counter } = this.lock;
    return {
      label: "use()",
      *run() {
        yield ["increment", counter];
        return "";
      },
      parts: () => [],
    };
  }

  /** Has another thread's belongings returned. */
  reaps(other: Account, dead: number): Operation {
    return {
      label: `reap thread ${dead}`,
      *run(): Steps<Result> {
        return (yield ["reap", other.entry, other.thread]) !== 0;
      },
      parts: () => [{ name: "reap", arg: dead, result: undefined }],
    };
  }
}

/** What a lock's file says of it. */
export interface Kind {
  readonly name: string;
  readonly specification: Specification;
  make(kernel: ModelKernel, memory: Float64Array): Lock;
  /** Operations that only those do who have something: others leave them out. */
  readonly forHolders: readonly string[];
}

/** Programs on one lock. */
export function programsOf({ name: kind, specification, make, forHolders }: Kind, table: string): Program[] {
  return litmus(table).map(({ name, given, threads }): Program => {
    given.check(CONDITIONS);
    const kills = given.number("kills") ?? 0;
    const awaits = given.all("awaits").flat().map(idOf);
    const mortals = given.all("mortals").flat().map(idOf);
    const mourning = given.all("mourns").map((letters) => letters.map(idOf));
    const outliving = given.all("outlives").map((letters) => letters.map(idOf));
    return {
      name: `lock/${kind}/${name}`,
      specification,
      kills,
      ...(mortals.length === 0 ? {} : { mortals }),
      accounts: threads.length,
      pages: 8,
      spurious: given.number("spurious") ?? 0,
      timeouts: given.number("timeouts") ?? 1,
      setup(kernel, memory, accounts) {
        const lock = make(kernel, memory);
        memory.fill(0, lock.counter / 8, lock.counter / 8 + 2);
        const users = threads.map((_, id) => new Thread(id, lock, accounts[id] as Account, awaits.includes(id)));
        const bodies = users.map((thread, id) => {
          const operations = (threads[id] as readonly Words[]).map((words) => ({
            isForHolders: forHolders.includes(words[0]),
            operation: lock.does(thread, words),
          }));
          const dead = mourning.find(([who]) => who === id)?.slice(1) ?? [];
          const first = dead.map((one) => thread.reaps(accounts[one] as Account, one));
          return function* (): Generator<Operation, void, void> {
            thread.has = false;
            yield* first;
            for (const { isForHolders, operation } of operations) if (thread.has || !isForHolders) yield operation;
          };
        });
        return {
          threads: bodies.map((body) => (): Body => body()),
          mourns: Object.fromEntries([...mourning, ...outliving].map(([who, whom]) => [who, whom])),
          finish: lock.finish(),
        };
      },
    };
  });
}
