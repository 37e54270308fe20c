/**
 * The machine: a program's memory, an instance of the model kernel for each of its threads, and what they are checked for.
 *
 *   kernel of a thread --- every access, safepoint, wait and wake-up ---> machine
 *                                                                           |
 *      scheduler.ts        who takes the next step -------------------------|
 *      memory.ts           what it finds, and whether it may ---------------|
 *      happensBefore.ts    what came before it, and who knows of it --------|
 *      accounts.ts         what threads own, and what becomes of it --------'
 *
 * The model kernel calls out before every access to shared memory (`point` before an atomic one, `touch` before a plain one), at
 * every place where V8 could stop a thread for good (`safepoint`), and where it can go on only when another thread has moved
 * (`stuck`). At a point the scheduler may let another thread go first.
 *
 * All atomics of WebAssembly are sequentially consistent, so an order of steps says everything about them. Plain accesses must be
 * ordered by the atomics around them, which races.ts checks.
 *
 * When a thread is killed, the threads that mourn it begin. All of its steps happened before theirs: the host's news of a death
 * guarantees that. At the end the main instance returns everything that is left of the dead.
 */
import { Accounts } from "./accounts.js";
import { HappensBefore } from "./happensBefore.js";
import { isLinearizable, keyOf } from "./history.js";
import { LOAD, Memory, READ, WRITE } from "./memory.js";
import { CheckFailure, type Finish, MAX_THREADS, type Program, type Specification } from "./program.js";
import { Scheduler, type Step } from "./scheduler.js";
import { PRUNED, type Strategy } from "./strategy.js";
import { type Asyncified, STACK, type Thread } from "./thread.js";
import { kernels, sites } from "./wasm/model.js";

const PAGE = 65536;
const KIND_NAMES = ["load", "store", "rmw", "read", "write"];

/** What a run left behind. */
interface Run {
  readonly steps: number;
  readonly failure: CheckFailure | undefined;
  readonly pruned: boolean;
}

export class Machine {
  readonly program: Program;
  /** The kernel's call sites, and those that some run reached. */
  readonly sites: readonly string[];
  readonly reached: Uint8Array;
  readonly #main: Asyncified;
  readonly #memory: Memory;
  readonly #happensBefore: HappensBefore;
  readonly #scheduler: Scheduler;
  readonly #accounts: Accounts;
  readonly #finish: Finish;
  /** Histories that were looked at, and whether they are linearizable. */
  readonly #verdicts = new Map<string, boolean>();
  /** Whether the program's setup is over: what that reaches counts for nothing. */
  #isSetUp = false;

  /** `kernel`: another model kernel than the built-in one, such as a mutant, and what its sites are called. */
  constructor(program: Program, kernel?: WebAssembly.Module, names: readonly string[] = sites) {
    this.program = program;
    this.sites = names;
    this.reached = new Uint8Array(names.length);
    const heapPages = 1 + (program.pages ?? 5);
    const heapEnd = heapPages * PAGE;
    const pages = heapPages + Math.ceil((MAX_THREADS * STACK) / PAGE);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    const { buffer } = memory;
    this.#memory = new Memory(buffer, heapEnd, names);
    this.#happensBefore = new HappensBefore(heapEnd / 8, names);
    this.#scheduler = new Scheduler(program, this.#memory, this.#happensBefore);
    const model = kernel ?? kernelOf(program.slots ?? 3);
    const instrument: WebAssembly.ModuleImports = {
      point: this.#point,
      touch: this.#touch,
      safepoint: this.#safepoint,
      stuck: this.#stuck,
      park: this.#park,
      wake: this.#wake,
      born: this.#born,
      died: this.#died,
    };
    const instantiate = () =>
      new WebAssembly.Instance(model, { env: { memory }, instrument }).exports as unknown as Asyncified;
    this.#main = instantiate();
    this.#main.init(heapPages, 16, 0, 1n, 0x123456789n);
    this.#main.attach(0);
    this.#accounts = new Accounts(this.#main, this.#memory.words, program.accounts ?? 0);
    const { threads, mourns = {}, finish = {} } = program.setup(this.#main, this.#memory.slots, this.#accounts.all);
    if (threads.length > MAX_THREADS)
      throw new RangeError(`a program has at most ${MAX_THREADS} threads: ${threads.length}`);
    this.#finish = finish;
    this.#isSetUp = true;
    for (const [id, body] of threads.entries()) {
      const instance = instantiate();
      instance.attach(id);
      const account = this.#accounts.of(id);
      if (account !== undefined) instance.use(account.entry);
      this.#scheduler.add(instance, buffer, heapEnd + id * STACK, body, mourns[id]);
    }
    this.#memory.keep();
  }

  /** The number of the program's threads. */
  get threads(): number {
    return this.#scheduler.threads.length;
  }

  /** The choices of the strategy in the last run, one after the other: enough to repeat it. */
  get schedule(): readonly number[] {
    return this.#scheduler.schedule;
  }

  /** A hash of the happens-before graph of the run so far; see explore.ts. Two words. */
  get graphLow(): number {
    return this.#happensBefore.low;
  }
  get graphHigh(): number {
    return this.#happensBefore.high;
  }

  /** Runs one schedule. With `trace`, its steps are written down there. */
  run(strategy: Strategy, trace?: Step[]): Run {
    this.#memory.reset();
    this.#happensBefore.reset();
    this.#scheduler.reset(strategy, trace);
    let failure: CheckFailure | undefined;
    let pruned = false;
    try {
      this.#scheduler.run();
      this.#checkEnd();
    } catch (error) {
      if (error === PRUNED) pruned = true;
      else failure = asFailure(error);
    }
    return { steps: this.#scheduler.steps, failure, pruned };
  }

  // ── what the kernel calls: threads while they run, and otherwise the main instance ─────────────────────────────────

  /** An atomic access is about to happen. */
  #point = (kind: number, pointer: number, size: number, site: number): void => {
    const thread = this.#scheduler.running;
    if (thread === undefined) this.#quiet(kind, pointer >>> 0, size, site);
    else if (this.#scheduler.hasTurn(thread)) this.#access(thread, kind, pointer >>> 0, size, site);
  };

  #access(thread: Thread, kind: number, ptr: number, size: number, site: number): void {
    thread.killable = false;
    this.reached[site] = 1;
    this.#memory.checkBounds(ptr, size, site);
    if (this.#scheduler.isTraced) this.#note(thread, kind, ptr, site);
    this.#happensBefore.atomic(thread.id, kind, ptr, site);
    if (kind !== LOAD) this.#memory.write(kind, ptr >>> 3, site);
  }

  /** A plain access is about to happen. Not a point: the atomics around it order it, or it is a race. */
  #touch = (kind: number, pointer: number, size: number, site: number): void => {
    const thread = this.#scheduler.running;
    const ptr = pointer >>> 0;
    if (thread === undefined) {
      this.#quiet(kind, ptr, size, site);
      return;
    }
    this.#scheduler.survives(thread);
    thread.killable = false;
    this.reached[site] = 1;
    const memory = this.#memory;
    memory.checkBounds(ptr, size, site);
    if (this.#scheduler.isTraced) this.#note(thread, kind, ptr, site);
    for (let word = ptr >>> 3; word << 3 < ptr + size; word++) {
      memory.checkPlain(word, site);
      this.#happensBefore.plain(thread.id, word, kind === WRITE, site);
      if (kind === WRITE) memory.soil(word);
    }
  };

  /** An access of the main instance's, before and after the threads run. */
  #quiet(kind: number, ptr: number, size: number, site: number): void {
    if (this.#isSetUp) this.reached[site] = 1;
    if (kind !== LOAD && kind !== READ) this.#memory.writeQuietly(ptr, size, site);
  }

  #safepoint = (): void => {
    const thread = this.#scheduler.running;
    if (thread !== undefined) this.#scheduler.safepoint(thread);
  };

  /** The thread can go on only when another has written something. */
  #stuck = (site: number): void => {
    const thread = this.#scheduler.running;
    if (thread === undefined) throw this.#waitsForNobody(site);
    this.reached[site] = 1;
    this.#scheduler.stuck(thread, this.sites[site]);
  };

  /** The thread parks unless the word has changed: `memory.atomic.wait32`. Looking at the word is a step like any load. */
  #park = (pointer: number, expected: number, timed: number, site: number): number => {
    const thread = this.#scheduler.running;
    if (thread === undefined) throw this.#waitsForNobody(site);
    const look = () => this.#point(LOAD, pointer, 4, site);
    return this.#scheduler.park(thread, pointer >>> 0, expected, timed !== 0, this.sites[site], look);
  };

  #waitsForNobody(site: number): CheckFailure {
    return new CheckFailure("deadlock", `the last thread waits for others: ${this.sites[site]}`);
  }

  /** Wakes threads that are parked on a word: `memory.atomic.notify`. A step of its own. */
  #wake = (pointer: number, count: number, site: number): number => {
    const thread = this.#scheduler.running;
    const ptr = pointer >>> 0;
    if (thread === undefined || !this.#scheduler.hasTurn(thread)) return 0;
    thread.killable = false;
    this.reached[site] = 1;
    this.#memory.checkBounds(ptr, 4, site);
    if (this.#scheduler.isTraced) this.#scheduler.note(thread, `notify ${ptr}`.padEnd(40) + this.sites[site]);
    return this.#scheduler.wake(thread, ptr, count >>> 0);
  };

  /** A block was handed out. */
  #born = (pointer: number, size: number): void => this.#memory.born(pointer >>> 0, size);

  /** A block was given back. */
  #died = (pointer: number, size: number): void => {
    const ptr = pointer >>> 0;
    this.#memory.died(ptr, size, this.#scheduler.kills > 0);
    const thread = this.#scheduler.running;
    if (thread !== undefined) this.#happensBefore.frees(thread.id, ptr, size);
  };

  /** Writes an access down. */
  #note(thread: Thread, kind: number, ptr: number, site: number): void {
    const access = `${KIND_NAMES[kind]} ${ptr}`.padEnd(14);
    this.#scheduler.note(thread, `${access} (was ${this.#memory.print(ptr >>> 3)})`.padEnd(40) + this.sites[site]);
  }

  // ── at the end ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** What must hold when every thread has ended: the history is one of the specification's, and all memory came back. */
  #checkEnd(): void {
    const { reaped, operations = [], teardown, kept = 0, leaksPerKill = 0 } = this.#finish;
    const { threads, kills } = this.#scheduler;
    const dead = threads.filter(({ killed }) => killed);
    this.#accounts.reap(dead);
    if (reaped !== undefined && dead.length > 0) this.#scheduler.perform(this.#main, reaped(dead.map(({ id }) => id)));
    for (const operation of operations) this.#scheduler.perform(this.#main, operation);
    const { specification } = this.program;
    if (specification !== undefined && !this.#isLinearizable(specification))
      throw new CheckFailure("linearizability", `no order of these explains their results: ${this.#printHistory()}`);
    teardown?.(this.#main);
    this.#accounts.reap(threads);
    const live = this.#memory.liveBlocks() - kept - this.#accounts.kept;
    const allowed = leaksPerKill * kills;
    if (live < 0 || live > allowed)
      throw new CheckFailure("accounting", `${live} blocks are left, ${allowed} may be (${kills} killed)`);
  }

  /** Whether the history is linearizable; the same history is looked at once. */
  #isLinearizable(specification: Specification): boolean {
    const { history } = this.#scheduler;
    const key = keyOf(history);
    let verdict = this.#verdicts.get(key);
    if (verdict === undefined) {
      verdict = isLinearizable(history, specification);
      this.#verdicts.set(key, verdict);
    }
    return verdict;
  }

  #printHistory(): string {
    return this.#scheduler.history
      .map(
        ({ thread, operation, result }) =>
          `${thread < 0 ? "" : `${thread}: `}${operation.label} = ${String(result ?? "killed")}`,
      )
      .join(", ");
  }
}

function asFailure(error: unknown): CheckFailure {
  if (error instanceof CheckFailure) return error;
  if (error instanceof WebAssembly.RuntimeError) return new CheckFailure("trap", error.message);
  throw error;
}

const compiled = new Map<number, WebAssembly.Module>();

/** The model kernel whose queues have blocks of `slots` slots. */
function kernelOf(slots: number): WebAssembly.Module {
  let module = compiled.get(slots);
  if (module === undefined) {
    module = new WebAssembly.Module(Uint8Array.from(atob(kernels[slots] as string), (char) => char.charCodeAt(0)));
    compiled.set(slots, module);
  }
  return module;
}
