/**
 * The machine: virtual threads on one memory, in one real thread.
 *
 *   thread 0   body -> operation -> kernel call -> ... point() ---.
 *   thread 1   body -> operation -> kernel call -> ... point() ---+--> scheduler: who goes on?
 *   thread 2   body -> operation -> kernel call -> ... point() ---'
 *
 * Each virtual thread is an instance of the model kernel. The model kernel calls out before every access to shared memory
 * (`point` before an atomic one, `touch` before a plain one), at every place where V8 could stop a thread for good
 * (`safepoint`), and where it can go on only when another thread has moved (`stuck`). At a point the scheduler may let
 * another thread go first: then the instance is unwound (asyncify) into a stack of its own outside the heap, and wound up
 * again when its turn comes.
 *
 * All wasm atomics are sequentially consistent, so interleavings are the whole story for them. Plain accesses must be
 * ordered by the atomics around them; races.ts holds them to that. A run starts from the memory that the program's setup
 * left: the words that a run changed are put back before the next.
 *
 * A thread that is killed is told to those that mourn it, which only then begin: whatever it did came before, for that is
 * what a host's news of a death is. The main instance returns what is left of the dead at the end.
 */
import { isLinearizable, keyOf } from "./history.js";
import {
  type Account,
  type Body,
  type Call,
  CheckFailure,
  type Event,
  type Finish,
  MAX_THREADS,
  type ModelKernel,
  type Operation,
  type Program,
  type Result,
  type Specification,
} from "./program.js";
import { Races } from "./races.js";
import { kernels, sites } from "./wasm/model.js";

/** The kinds of access; the numbers are atomic.ts's. */
const LOAD = 0;
const STORE = 1;
const RMW = 2;
const READ = 3;
const WRITE = 4;

const PAGE = 65536;
/** Bytes for an unwound thread's stack. */
const STACK = 16384;
/** A schedule that is longer than this goes round in circles. */
const MAX_STEPS = 20_000;

/** What a parked thread is told. */
const WOKEN = 0;
const CHANGED = 1;
const TIMED_OUT = 2;
/** asyncify's state while a call is being unwound. */
const UNWINDING = 1;
/** What the checker knows of a word: nothing, part of a block in use, part of a free one. */
const LIVE = 1;
const FREE = 2;
/** How much of a block is watched. */
const MARKED_BYTES = 1024;
/** The header's word that says where the allocator's counters are, and how many each thread has. */
const AT_STRIPES = 44;
const CLASSES = 76;
/** Where the working cells lie in an entry of the thread table, and the words of 4 bytes from one to the next. */
const WORK = 32;
const WORKING_CELLS = 6;
const CELL_WORDS = 4;
/** The word of a cell that says of what kind it is. */
const KIND = 2;
const KIND_NAMES = ["load", "store", "rmw", "read", "write"];

/** The allocator alone writes to free blocks; the header alone reads its fixed words. */
const ALLOCATOR = "src/heap/kernel/alloc.ts";
const HEADER = "src/heap/kernel/header.ts";
const FIXED_WORDS = 64;

/** What decides who runs. */
export interface Scheduler {
  /**
   * Thread `running` is about to take a step and may go on (`running` is in `ready`), or cannot (it has ended, is stuck or
   * was killed). Answers the thread to run, or `KILL`: only if `killable`.
   */
  choose(running: number, ready: readonly number[], killable: boolean): number;
}
export const KILL = -1;
/** What `choose` throws to give a schedule up because all that follows is known. */
export const PRUNED = new Error("pruned");
/** What unwinds a killed thread's frames: unlike the others it is never wound up again. */
const KILLED = new Error("killed");

interface Asyncified extends ModelKernel {
  asyncify_start_unwind(stack: number): void;
  asyncify_stop_unwind(): void;
  asyncify_start_rewind(stack: number): void;
  asyncify_stop_rewind(): void;
  asyncify_get_state(): number;
}

/** A virtual thread. */
interface Thread {
  readonly id: number;
  readonly kernel: Asyncified;
  readonly stack: number;
  /** The thread whose death it waits for before it begins; -1: none. */
  readonly mourns: number;
  body: Iterator<Operation> | undefined;
  operation: Generator<Call, Result, number> | undefined;
  event: Event | undefined;
  /** The kernel call under way. */
  call: Call | undefined;
  unwound: boolean;
  ended: boolean;
  killed: boolean;
  /** Whether V8 could stop the thread between its last step and its next one. */
  killable: boolean;
  /** Writes of others that the thread had seen when it began the loop iteration that it is in. */
  seen: number;
  /** Cannot go on before others have written more than this; negative: can. */
  blockedAt: number;
  /** The word that it is parked on, or -1; whether it was woken; whether it would wake by itself some time. */
  parked: number;
  woken: boolean;
  timed: boolean;
  /** Its own writes, which do not count as somebody else's. */
  writes: number;
}

/** One step of a printed schedule. */
export interface Step {
  readonly thread: number;
  readonly text: string;
}

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
  /** A hash of the happens-before graph of the run so far; see explore.ts. Two words. */
  graphLow = 0;
  graphHigh = 0;

  readonly #main: Asyncified;
  readonly #threads: Thread[] = [];
  readonly #stacks: Uint32Array[] = [];
  readonly #bodies: readonly (() => Body)[];
  /** What the threads own things by, and, behind them, the main instance. */
  readonly #accounts: readonly Account[];
  readonly #finish: Finish;
  readonly #words: Uint32Array;
  readonly #image: Uint32Array;
  /** Words (of 8 bytes) that this run has written, each once. */
  readonly #dirty: number[] = [];
  readonly #dirtyIn: Uint32Array;
  readonly #races: Races;
  readonly #blocks: Uint8Array;
  readonly #blocksImage: Uint8Array;
  readonly #blocksDirty: number[] = [];
  /** Where the allocator counts the blocks that each thread took, as words of 4 bytes; and a thread's distance. */
  readonly #counters: number;
  readonly #counterStride: number;
  readonly #verdicts = new Map<string, boolean>();

  /** The number of this run; stamps say in which run a word was last used. */
  #run = 0;
  #running: Thread | undefined;
  #scheduler: Scheduler | undefined;
  /** What the scheduler chose when the running thread was unwound. */
  #chosen = 0;
  readonly #ready: number[] = [];
  readonly #schedule = new Int8Array(2 * MAX_STEPS);
  #answers = 0;
  #history: Event[] = [];
  #ended = 0;
  #kills = 0;
  #spurious = 0;
  #timeouts = 0;
  #steps = 0;
  #writes = 0;
  #trace: Step[] | undefined;
  /** A write whose effect is not known yet: its thread, its word and what stood there before. */
  #writer: Thread | undefined;
  #word = 0;
  #kind = 0;
  #low = 0;
  #high = 0;
  // The happens-before hash: each thread's last step; each word's last write and the reads since; what has ended.
  readonly #last = new Int32Array(2 * MAX_THREADS);
  readonly #hashes: Int32Array;
  readonly #hashedIn: Uint32Array;
  #endedLow = 0;
  #endedHigh = 0;

  /** `kernel`: another model kernel than the built-in one, such as a mutant, and what its sites are called. */
  constructor(program: Program, kernel?: WebAssembly.Module, names: readonly string[] = sites) {
    this.program = program;
    this.sites = names;
    this.reached = new Uint8Array(names.length);
    const heapPages = 1 + (program.pages ?? 5);
    const heapEnd = heapPages * PAGE;
    const pages = heapPages + Math.ceil((MAX_THREADS * STACK) / PAGE);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    const words = heapEnd / 8;
    const model = kernel ?? kernelOf(program.slots ?? 3);
    this.#words = new Uint32Array(memory.buffer, 0, words * 2);
    this.#dirtyIn = new Uint32Array(words);
    this.#blocks = new Uint8Array(words);
    this.#hashes = new Int32Array(words * 4);
    this.#hashedIn = new Uint32Array(words);
    this.#races = new Races(words);
    const instantiate = (instrument: WebAssembly.ModuleImports) =>
      new WebAssembly.Instance(model, { env: { memory }, instrument }).exports as unknown as Asyncified;
    const blocks = { born: this.#born, died: this.#died, safepoint() {} };
    const alone = {
      point: this.#quiet,
      touch: this.#quiet,
      stuck: this.#stuckMain,
      park: this.#stuckMain,
      wake: () => 0,
    };
    this.#main = instantiate({ ...blocks, ...alone });
    this.#main.init(heapPages, 16, 0, 1n, 0x123456789n);
    this.#main.attach(0);
    this.#accounts = this.#openAccounts(program.accounts ?? 0);
    const {
      threads,
      mourns = {},
      finish = {},
    } = program.setup(this.#main, new Float64Array(memory.buffer, 0, words), this.#accounts);
    if (threads.length > MAX_THREADS)
      throw new RangeError(`a program has at most ${MAX_THREADS} threads: ${threads.length}`);
    this.#bodies = threads;
    this.#finish = finish;
    const calls = {
      point: this.#point,
      touch: this.#touch,
      stuck: this.#stuck,
      safepoint: this.#safepoint,
      park: this.#park,
      wake: this.#wake,
    };
    for (const id of threads.keys()) {
      const kernel = instantiate({ ...blocks, ...calls });
      const stack = heapEnd + id * STACK;
      this.#stacks.push(new Uint32Array(memory.buffer, stack, 2));
      this.#attach(kernel, id);
      this.#threads.push(newThread(id, kernel, stack, mourns[id]));
    }
    this.#counters = (this.#words[AT_STRIPES / 4] as number) / 4;
    this.#counterStride = 2 * CLASSES + ((2 * CLASSES) % 4);
    this.#image = this.#words.slice();
    this.#blocksImage = this.#blocks.slice();
  }

  /** The number of the program's threads. */
  get threads(): number {
    return this.#bodies.length;
  }

  /** Runs one schedule. With `trace`, its steps are written down there. */
  run(scheduler: Scheduler, trace?: Step[]): Run {
    this.#reset(scheduler, trace);
    let failure: CheckFailure | undefined;
    let pruned = false;
    try {
      this.#runThreads();
      this.#settle();
      this.#running = undefined;
      this.#checkEnd();
    } catch (error) {
      if (error === PRUNED) pruned = true;
      else failure = asFailure(error);
    }
    return { steps: this.#steps, failure, pruned };
  }

  /** Puts everything back to where the program's setup left it. */
  #reset(scheduler: Scheduler, trace: Step[] | undefined): void {
    for (const word of this.#dirty) {
      this.#words[2 * word] = this.#image[2 * word] as number;
      this.#words[2 * word + 1] = this.#image[2 * word + 1] as number;
    }
    this.#dirty.length = 0;
    for (const word of this.#blocksDirty) this.#blocks[word] = this.#blocksImage[word] as number;
    this.#blocksDirty.length = 0;
    this.#run++;
    this.#races.reset();
    this.#scheduler = scheduler;
    this.#trace = trace;
    this.#history = [];
    this.#ended = 0;
    this.#kills = 0;
    this.#steps = 0;
    this.#answers = 0;
    this.#spurious = 0;
    this.#timeouts = 0;
    this.#writes = 0;
    this.#writer = undefined;
    this.graphLow = 0;
    this.graphHigh = 0;
    this.#endedLow = 0;
    this.#endedHigh = 0;
    for (const thread of this.#threads) {
      const { id, stack } = thread;
      // asyncify's stack: where it is and where it ends, and then the stack itself. A run may have left it half wound up.
      this.#stacks[id]?.set([stack + 8, stack + STACK]);
      this.#last[2 * id] = id + 1;
      this.#last[2 * id + 1] = ~id;
      thread.body = (this.#bodies[id] as () => Body)()[Symbol.iterator]();
      Object.assign(thread, AT_REST);
    }
  }

  /** Runs threads, as the scheduler chooses, until all have ended or were killed. */
  #runThreads(): void {
    for (;;) {
      const ready = this.#findReady();
      if (ready.length === 0) {
        const stuck = this.#threads.filter((thread) => !thread.ended && this.#hasBegun(thread));
        if (stuck.length === 0) return;
        const where = stuck.map(({ id, event }) => `thread ${id} in ${event?.operation.label}`).join(", ");
        throw new CheckFailure("deadlock", `nobody can move: ${where}`);
      }
      let next = this.#choose(-1, ready, false);
      while (next >= 0) next = this.#go(this.#threads[next] as Thread);
    }
  }

  /** Lets a thread run. Answers who goes on instead, or -1 if it cannot go on itself and nobody was chosen. */
  #go(thread: Thread): number {
    this.#running = thread;
    thread.blockedAt = -1;
    try {
      for (;;) {
        if (thread.call === undefined && !this.#advance(thread, undefined)) return -1;
        const [name, ...args] = thread.call as Call;
        const { kernel } = thread;
        if (thread.unwound) kernel.asyncify_start_rewind(thread.stack);
        const result = (kernel[name] as (...args: unknown[]) => number)(...args);
        if (kernel.asyncify_get_state() === UNWINDING) {
          kernel.asyncify_stop_unwind();
          thread.unwound = true;
          return this.#chosen;
        }
        thread.call = undefined;
        this.#settle();
        if (!this.#advance(thread, result)) return -1;
      }
    } catch (error) {
      if (error !== KILLED) throw error;
      this.#bury(thread);
      return -1;
    }
  }

  /** A thread was killed. Those that mourn it know all that it did. */
  #bury(thread: Thread): void {
    this.#settle();
    thread.ended = true;
    thread.killed = true;
    this.#kills++;
    this.#hash(thread, 7, 0, 0, 0);
    this.#trace?.push({ thread: thread.id, text: "is killed" });
    for (const other of this.#threads) {
      if (other.mourns !== thread.id) continue;
      this.#races.wake(thread.id, other.id);
      const at = 2 * thread.id;
      this.#hash(other, 7, 1, this.#last[at] as number, this.#last[at + 1] as number);
    }
  }

  /** Brings a thread to its next kernel call, through the ends and beginnings of operations. False: it has ended. */
  #advance(thread: Thread, result: number | undefined): boolean {
    let answer = result;
    for (;;) {
      if (thread.operation === undefined) {
        const { value, done } = (thread.body as Iterator<Operation>).next();
        if (done === true) {
          thread.ended = true;
          return false;
        }
        thread.operation = value.run();
        thread.event = {
          thread: thread.id,
          operation: value,
          result: undefined,
          begin: this.#ended,
          end: Number.POSITIVE_INFINITY,
        };
        this.#history.push(thread.event);
        this.#hash(thread, 5, 0, this.#endedLow, this.#endedHigh);
        this.#trace?.push({ thread: thread.id, text: `begins ${value.label}` });
        answer = undefined;
      }
      const step = (thread.operation as Generator<Call, Result, number>).next(answer as number);
      if (step.done !== true) {
        thread.call = step.value;
        thread.killable = true;
        return true;
      }
      const event = thread.event as Event;
      event.result = step.value;
      event.end = this.#ended++;
      this.#hash(thread, 6, 0, 0, 0);
      this.#endedLow = (this.#endedLow + (this.#last[2 * thread.id] as number)) | 0;
      this.#endedHigh = (this.#endedHigh + (this.#last[2 * thread.id + 1] as number)) | 0;
      this.#trace?.push({ thread: thread.id, text: `ends ${event.operation.label} = ${String(step.value)}` });
      thread.operation = undefined;
      answer = undefined;
    }
  }

  /** Asks the scheduler, and writes its answer down: a schedule is the list of these. */
  #choose(running: number, ready: readonly number[], killable: boolean): number {
    const next = (this.#scheduler as Scheduler).choose(running, ready, killable);
    if (this.#answers === this.#schedule.length) throw new CheckFailure("livelock", `no end after ${MAX_STEPS} steps`);
    this.#schedule[this.#answers++] = next;
    return next;
  }

  /** What the scheduler answered in the last run, one after the other: enough to repeat it. */
  get schedule(): readonly number[] {
    return [...this.#schedule.subarray(0, this.#answers)];
  }

  #findReady(): readonly number[] {
    this.#ready.length = 0;
    for (const thread of this.#threads) if (this.#canGo(thread)) this.#ready.push(thread.id);
    if (this.#ready.length === 0) {
      for (const { id, ended, parked, timed } of this.#threads)
        if (!ended && parked >= 0 && timed) this.#ready.push(id);
    }
    return this.#ready;
  }

  #hasBegun({ mourns }: Thread): boolean {
    return mourns < 0 || this.#threads[mourns]?.killed === true;
  }

  #canGo(thread: Thread): boolean {
    if (thread.ended || !this.#hasBegun(thread)) return false;
    if (thread.parked >= 0 && !thread.woken) {
      const { timeouts = 1, spurious = 0 } = this.program;
      return thread.timed ? this.#timeouts < timeouts : this.#spurious < spurious;
    }
    return thread.blockedAt < 0 || this.#writes - thread.writes > thread.blockedAt;
  }

  // ── what the kernel calls ──────────────────────────────────────────────────────────────────────────────────────────

  /** An atomic access is about to happen. */
  #point = (kind: number, ptr: number, size: number, site: number): void => {
    const thread = this.#running as Thread;
    if (this.#hasTurn(thread)) this.#access(thread, kind, ptr >>> 0, size, site);
  };

  /** The thread is about to take a step. False: another one goes first, and this one is being unwound. */
  #hasTurn(thread: Thread): boolean {
    if (thread.unwound) {
      thread.kernel.asyncify_stop_rewind();
      thread.unwound = false;
      return true;
    }
    this.#settle();
    if (++this.#steps > MAX_STEPS) throw new CheckFailure("livelock", `no end after ${MAX_STEPS} steps`);
    const next = this.#choose(thread.id, this.#findReady(), this.#isKillable(thread));
    if (next === KILL) throw KILLED;
    if (next === thread.id) return true;
    this.#chosen = next;
    thread.kernel.asyncify_start_unwind(thread.stack);
    return false;
  }

  #isKillable(thread: Thread): boolean {
    const { kills = 0, mortals } = this.program;
    return thread.killable && this.#kills < kills && mortals?.includes(thread.id) !== false;
  }

  /** A plain access is about to happen. Not a point: the atomics around it order it, or it is a race. */
  #touch = (kind: number, pointer: number, size: number, site: number): void => {
    const thread = this.#running as Thread;
    this.#settle();
    if (this.#isKillable(thread)) {
      if (this.#choose(thread.id, [thread.id], true) === KILL) throw KILLED;
      // Not having been killed here is a step: the choice that follows must not look like this one.
      this.#hash(thread, READ, 0, 0, 0);
    }
    thread.killable = false;
    this.reached[site] = 1;
    const ptr = pointer >>> 0;
    this.#checkBounds(ptr, size, site);
    if (this.#trace !== undefined) this.#note(thread, kind, ptr, site);
    for (let word = ptr >>> 3; word << 3 < ptr + size; word++) {
      if (this.#blocks[word] === FREE) throw this.#useAfterFree(word << 3, site);
      const other = this.#races.plain(thread.id, word, kind === WRITE);
      if (other >= 0) throw race(thread.id, other, word << 3, this.sites[site]);
      if (kind === WRITE) this.#soil(word);
    }
  };

  /** The thread can go on only when another has written something. */
  #stuck = (site: number): void => {
    const thread = this.#running as Thread;
    if (thread.unwound) {
      thread.kernel.asyncify_stop_rewind();
      thread.unwound = false;
      return;
    }
    this.#settle();
    this.reached[site] = 1;
    this.#trace?.push({ thread: thread.id, text: `waits for others           ${this.sites[site]}` });
    // Others may have written after the reads that brought the thread here: then another look is worth it at once.
    thread.blockedAt = thread.seen;
    const ready = this.#findReady();
    if (ready.length === 0) {
      this.#chosen = -1;
    } else {
      const next = this.#choose(-1, ready, false);
      if (next === thread.id) {
        thread.blockedAt = -1;
        return;
      }
      this.#chosen = next;
    }
    thread.kernel.asyncify_start_unwind(thread.stack);
  };

  /** The thread parks unless the word has changed: `memory.atomic.wait32`. */
  #park = (pointer: number, expected: number, timed: number, site: number): number => {
    const thread = this.#running as Thread;
    if (thread.unwound && thread.parked >= 0) {
      thread.kernel.asyncify_stop_rewind();
      thread.unwound = false;
      const word = thread.parked >>> 3;
      thread.parked = -1;
      if (thread.woken) {
        this.#hashAccess(thread, LOAD, word, false);
        return WOKEN;
      }
      this.#hash(thread, 4, 0, 0, 0);
      this.#trace?.push({ thread: thread.id, text: thread.timed ? "is out of time" : "wakes without being woken" });
      if (thread.timed) {
        this.#timeouts++;
        return TIMED_OUT;
      }
      this.#spurious++;
      return WOKEN;
    }
    // Looking at the word is a step like any load; to compare and to park is one with it.
    this.#point(LOAD, pointer, 4, site);
    if (thread.kernel.asyncify_get_state() === UNWINDING) return 0;
    if ((this.#words[pointer >>> 2] as number) !== expected >>> 0) return CHANGED;
    thread.parked = pointer >>> 0;
    thread.timed = timed !== 0;
    thread.woken = false;
    thread.killable = true;
    this.#trace?.push({ thread: thread.id, text: `parks                         ${this.sites[site]}` });
    const ready = this.#findReady();
    // To be killed while it is parked, whenever that is, is to be killed as soon as it is.
    const next = ready.length === 0 ? -1 : this.#choose(-1, ready, this.#isKillable(thread));
    if (next === KILL && ready.length > 0) throw KILLED;
    this.#chosen = next;
    thread.kernel.asyncify_start_unwind(thread.stack);
    return 0;
  };

  /**
   * Wakes threads that are parked on a word, those first that come first: `memory.atomic.notify`. A step of its own. What the
   * word holds, and whose it is by now, is nothing to it.
   */
  #wake = (pointer: number, count: number, site: number): number => {
    const thread = this.#running as Thread;
    const ptr = pointer >>> 0;
    if (!this.#hasTurn(thread)) return 0;
    thread.killable = false;
    this.reached[site] = 1;
    this.#checkBounds(ptr, 4, site);
    this.#trace?.push({ thread: thread.id, text: `notify ${ptr}`.padEnd(40) + this.sites[site] });
    this.#hashAccess(thread, RMW, ptr >>> 3, true);
    let woken = 0;
    for (const other of this.#threads) {
      if (woken === count >>> 0) break;
      if (other.parked !== ptr || other.woken || other.ended) continue;
      other.woken = true;
      this.#races.wake(thread.id, other.id);
      woken++;
      this.#trace?.push({ thread: thread.id, text: `wakes thread ${other.id}` });
    }
    return woken;
  };

  /** V8 could stop the thread for good here, and nowhere else; and a loop that waits begins its next look here. */
  #safepoint = (): void => {
    const thread = this.#running as Thread;
    thread.killable = true;
    this.#settle();
    thread.seen = this.#writes - thread.writes;
  };

  /** A block was handed out. */
  #born = (pointer: number, size: number): void => {
    const ptr = pointer >>> 0;
    if (this.#blocks[ptr >>> 3] === LIVE)
      throw new CheckFailure("double allocation", `block ${ptr} was handed out twice`);
    this.#mark(ptr, size, LIVE);
  };

  /** A block was given back. */
  #died = (pointer: number, size: number): void => {
    const ptr = pointer >>> 0;
    const state = this.#blocks[ptr >>> 3];
    // Whoever was killed with a block that nobody had before has not told of it; his reaper returns it all the same.
    const isUntold = state === 0 && this.#kills > 0;
    // Size 0: the allocator refused it, and nobody but the kernel itself can have been wrong.
    if (size === 0 || (state !== LIVE && !isUntold))
      throw new CheckFailure("double free", `block ${ptr} is not in use`);
    this.#mark(ptr, size, FREE);
    const thread = this.#running;
    if (thread === undefined) return;
    // A plain access is no step of its own, so nobody frees the block just before it: that it is not ordered must do.
    for (let word = ptr >>> 3; word << 3 < ptr + Math.min(size, MARKED_BYTES); word++) {
      const other = this.#races.freed(thread.id, word);
      if (other < 0) continue;
      throw new CheckFailure(
        "use after free",
        `thread ${other} at ${word << 3} while thread ${thread.id} frees ${ptr}`,
      );
    }
  };

  /** The main thread's accesses, before and after the others run: only what must be put back is noted. */
  #quiet = (kind: number, pointer: number, size: number, site: number): void => {
    if (this.#run > 0) this.reached[site] = 1;
    if (kind === LOAD || kind === READ) return;
    const ptr = pointer >>> 0;
    const allocates = this.sites[site]?.startsWith(ALLOCATOR);
    for (let word = ptr >>> 3; word << 3 < ptr + size; word++) {
      if (this.#blocks[word] === FREE && !allocates) throw this.#useAfterFree(word << 3, site);
      this.#soil(word);
    }
  };

  #stuckMain = (site: number): void => {
    throw new CheckFailure("deadlock", `the last thread waits for others: ${this.sites[site]}`);
  };

  // ── bookkeeping ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Notes an atomic access that happens now. */
  #access(thread: Thread, kind: number, ptr: number, size: number, site: number): void {
    thread.killable = false;
    this.reached[site] = 1;
    this.#checkBounds(ptr, size, site);
    if (this.#trace !== undefined) this.#note(thread, kind, ptr, site);
    const word = ptr >>> 3;
    const writes = kind !== LOAD;
    const other = this.#races.atomic(thread.id, word, kind !== STORE, writes);
    if (other >= 0) throw race(thread.id, other, ptr, this.sites[site]);
    this.#hashAccess(thread, kind, word, writes);
    if (!writes) return;
    if (this.#blocks[word] === FREE && !this.sites[site]?.startsWith(ALLOCATOR)) throw this.#useAfterFree(ptr, site);
    this.#soil(word);
    this.#writer = thread;
    this.#kind = kind;
    this.#word = word;
    this.#low = this.#words[2 * word] as number;
    this.#high = this.#words[2 * word + 1] as number;
  }

  /** Looks what the last write did: only one that changed its word is news for threads that wait. */
  #settle(): void {
    const thread = this.#writer;
    if (thread === undefined) return;
    this.#writer = undefined;
    const word = this.#word;
    const changed = this.#words[2 * word] !== this.#low || this.#words[2 * word + 1] !== this.#high;
    // A compare-and-swap that failed wrote nothing, so nobody learns anything from it.
    if (changed || this.#kind === STORE) this.#races.release(thread.id, word);
    if (!changed) return;
    this.#writes++;
    thread.writes++;
  }

  #hashAccess(thread: Thread, kind: number, word: number, writes: boolean): void {
    const at = word * 4;
    const hashes = this.#hashes;
    if (this.#hashedIn[word] !== this.#run) {
      this.#hashedIn[word] = this.#run;
      hashes.fill(0, at, at + 4);
    }
    if (writes) {
      this.#hash(
        thread,
        kind,
        word,
        mix(hashes[at] as number, hashes[at + 2] as number),
        mix(hashes[at + 1] as number, hashes[at + 3] as number),
      );
      hashes[at] = this.#last[2 * thread.id] as number;
      hashes[at + 1] = this.#last[2 * thread.id + 1] as number;
      hashes[at + 2] = 0;
      hashes[at + 3] = 0;
    } else {
      this.#hash(thread, kind, word, hashes[at] as number, hashes[at + 1] as number);
      hashes[at + 2] = ((hashes[at + 2] as number) + (this.#last[2 * thread.id] as number)) | 0;
      hashes[at + 3] = ((hashes[at + 3] as number) + (this.#last[2 * thread.id + 1] as number)) | 0;
    }
  }

  /** Adds a step of `thread` to the happens-before graph: what it is, and what it comes after. */
  #hash(thread: Thread, kind: number, word: number, afterLow: number, afterHigh: number): void {
    const at = 2 * thread.id;
    const what = (word << 3) | kind;
    const low = mix(mix((this.#last[at] as number) ^ 0x9e3779b9, what), afterLow);
    const high = mix(mix((this.#last[at + 1] as number) ^ 0x7f4a7c15, what), afterHigh);
    this.#last[at] = low;
    this.#last[at + 1] = high;
    this.graphLow = (this.graphLow + low) | 0;
    this.graphHigh = (this.graphHigh + high) | 0;
  }

  /** Notes that a word is about to change, so that the next run finds it as this one did. */
  #soil(word: number): void {
    if (this.#dirtyIn[word] === this.#run) return;
    this.#dirtyIn[word] = this.#run;
    this.#dirty.push(word);
  }

  /** Marks a block's first words; no program looks at more of one. */
  #mark(ptr: number, size: number, state: number): void {
    const end = (ptr + Math.min(size, MARKED_BYTES)) >>> 3;
    for (let word = ptr >>> 3; word < end; word++) {
      this.#blocks[word] = state;
      this.#blocksDirty.push(word);
    }
  }

  #checkBounds(ptr: number, size: number, site: number): void {
    if (ptr < FIXED_WORDS && !this.sites[site]?.startsWith(HEADER))
      throw new CheckFailure("bounds", `null pointer dereferenced: ${ptr}, ${this.sites[site]}`);
    if (ptr + size > this.#words.byteLength)
      throw new CheckFailure("bounds", `beyond the heap: ${ptr}, ${this.sites[site]}`);
  }

  #useAfterFree(ptr: number, site: number): CheckFailure {
    return new CheckFailure("use after free", `${ptr} lies in a free block, ${this.sites[site]}`);
  }

  #note(thread: Thread, kind: number, ptr: number, site: number): void {
    const value = `${(this.#words[(ptr >>> 3) * 2 + 1] ?? 0).toString(16)}:${(this.#words[(ptr >>> 3) * 2] ?? 0).toString(16)}`;
    const access = `${KIND_NAMES[kind]} ${ptr}`.padEnd(14);
    this.#trace?.push({ thread: thread.id, text: `${access} (was ${value})`.padEnd(40) + this.sites[site] });
  }

  // ── at the end ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** What must hold when every thread has ended: the history is one of the specification's, and all memory came back. */
  #checkEnd(): void {
    const { operations = [], teardown, kept = 0, leaksPerKill = 0 } = this.#finish;
    const dead = this.#threads.filter(({ killed }) => killed);
    this.#reap(dead);
    for (const operation of operations) this.#performNow(operation);
    const { specification } = this.program;
    if (specification !== undefined && !this.#linearizable(specification)) {
      throw new CheckFailure("linearizability", `no order of these explains their results: ${this.#printHistory()}`);
    }
    teardown?.(this.#main);
    this.#reap(this.#threads);
    // The main instance's own cells stay.
    const live = this.#liveBlocks() - kept - Math.min(this.#accounts.length, 1);
    const allowed = leaksPerKill * this.#kills;
    if (live < 0 || live > allowed) {
      throw new CheckFailure("accounting", `${live} blocks are left, ${allowed} may be (${this.#kills} killed)`);
    }
  }

  /** Returns what threads own: killed ones, or such as end in good order, whose working cells are empty therefore. */
  #reap(threads: readonly Thread[]): void {
    for (const { id, killed } of threads) {
      const account = this.#accountOf(id);
      if (account === undefined || !this.#isInTable(account)) continue;
      for (let cell = 0; cell < WORKING_CELLS && !killed; cell++) {
        const at = (account.entry + WORK) / 4 + cell * CELL_WORDS;
        if (((this.#words[at] as number) | (this.#words[at + 1] as number)) !== 0)
          throw new CheckFailure("accounting", `thread ${id} has ended, and its working cell ${cell} is not empty`);
      }
      this.#main.reap(account.entry, account.thread);
    }
    // Somebody's reaper may have been reaped behind him.
    for (const { id } of threads) {
      const account = this.#accountOf(id);
      if (account !== undefined && this.#isInTable(account))
        throw new CheckFailure("accounting", `nobody has reaped thread ${id}`);
    }
  }

  /** Whether the entry is still the account's. The threads of models have no number of an operating system's. */
  #isInTable({ entry, thread }: Account): boolean {
    return this.#main.identityOf(entry) === BigInt(thread);
  }

  #performNow(operation: Operation): void {
    const steps = operation.run();
    let step = steps.next(0);
    while (step.done !== true) {
      const [name, ...args] = step.value;
      step = steps.next((this.#main[name] as (...args: unknown[]) => number)(...args));
    }
    const place = this.#ended++;
    this.#history.push({ thread: -1, operation, result: step.value, begin: place, end: place });
  }

  /** Whether the history is linearizable; the same history is looked at once. */
  #linearizable(specification: Specification): boolean {
    const key = keyOf(this.#history);
    let verdict = this.#verdicts.get(key);
    if (verdict === undefined) {
      verdict = isLinearizable(this.#history, specification);
      this.#verdicts.set(key, verdict);
    }
    return verdict;
  }

  #printHistory(): string {
    return this.#history
      .map(
        ({ thread, operation, result }) =>
          `${thread < 0 ? "" : `${thread}: `}${operation.label} = ${String(result ?? "killed")}`,
      )
      .join(", ");
  }

  /** Blocks in use, from the allocator's own counters. */
  #liveBlocks(): number {
    let live = 0;
    for (let stripe = 0; stripe < MAX_THREADS; stripe++) {
      const from = this.#counters + stripe * this.#counterStride;
      for (let at = from; at < from + 2 * CLASSES; at += 2) live = (live + (this.#words[at] as number)) | 0;
    }
    return live;
  }

  /** Takes entries in the thread table, with some cells each, for so many threads and, last, for the main instance. */
  #openAccounts(threads: number): Account[] {
    const kernel = this.#main;
    const open = (thread: number): Account => {
      const entry = kernel.enter(thread) >>> 0;
      kernel.use(entry);
      let next = kernel.addCells() >>> 0;
      let left = kernel.cellsPerBlock();
      const cell = (kind: number) => {
        if (left-- === 0) throw new RangeError("a model's threads have few cells");
        const at = next / 4;
        this.#words[at + KIND] = kind;
        next += 4 * CELL_WORDS;
        return 4 * at;
      };
      return { thread, entry, cell };
    };
    return threads === 0 ? [] : Array.from({ length: threads + 1 }, (_, i) => open(i + 1));
  }

  #accountOf(id: number): Account | undefined {
    return id < this.#accounts.length - 1 ? this.#accounts[id] : undefined;
  }

  /** Attaches a thread's instance; its reads of the header are nobody's steps. */
  #attach(kernel: Asyncified, id: number): void {
    const quietly: Scheduler = { choose: (running) => running };
    this.#scheduler = quietly;
    this.#running = newThread(id, kernel, 0);
    kernel.attach(id);
    const account = this.#accountOf(id);
    if (account !== undefined) kernel.use(account.entry);
    this.#running = undefined;
  }
}

/** A thread that has not begun. */
const AT_REST = {
  operation: undefined,
  event: undefined,
  call: undefined,
  unwound: false,
  ended: false,
  killed: false,
  killable: false,
  seen: 0,
  blockedAt: -1,
  writes: 0,
  parked: -1,
  woken: false,
  timed: false,
};

function newThread(id: number, kernel: Asyncified, stack: number, mourns = -1): Thread {
  return { id, kernel, stack, mourns, body: undefined, ...AT_REST };
}

/** Two words into one, so that each bit of both counts (a round of MurmurHash3's finalizer). */
function mix(a: number, b: number): number {
  const h = Math.imul(a ^ Math.imul(b, 0x85ebca6b), 0xc2b2ae35);
  return h ^ (h >>> 15);
}

function race(thread: number, other: number, ptr: number, site: string | undefined): CheckFailure {
  return new CheckFailure("race", `thread ${thread} and thread ${other} at ${ptr} without order: ${site}`);
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
