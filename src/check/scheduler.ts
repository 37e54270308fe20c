/**
 * The scheduler: virtual threads in one real thread, and which of them takes the next step.
 *
 *   thread 0   body -> operation -> kernel call -> ... step ---.
 *   thread 1   body -> operation -> kernel call -> ... step ---+--> strategy: who goes on?
 *   thread 2   body -> operation -> kernel call -> ... step ---'
 *
 *   not begun --> ready <--> stuck, until another thread has written
 *                   |   <--> parked, until it is woken
 *                   '------> ended, or killed
 *
 * If another thread goes first, the kernel call under way is unwound (asyncify) into a stack of its own outside the heap, and
 * wound up again when its turn comes.
 *
 * Invariants
 *   - One thread runs; the call of any other is unwound, or has not begun.
 *   - The choices of the strategy, in order, are the schedule: the same choices repeat the run.
 *   - A thread is killed only where V8 could stop it: at a safepoint that it has passed since its last access, or parked.
 *   - A stuck thread goes on only when others have written since the look that it took last; its own writes are no news.
 */
import type { HappensBefore } from "./happensBefore.js";
import { CHANGED, type Memory, NONE } from "./memory.js";
import {
  type Body,
  type Call,
  CheckFailure,
  type Event,
  type ModelKernel,
  type Operation,
  type Program,
  type Result,
} from "./program.js";
import { KILL, type Strategy } from "./strategy.js";
import { type Asyncified, AT_REST, STACK, type Thread } from "./thread.js";

/** A schedule that is longer than this goes round in circles. */
const MAX_STEPS = 20_000;
/** asyncify's state while a call is being unwound. */
const UNWINDING = 1;

/** What a parked thread is told. */
const WOKEN = 0;
const CHANGED_BEFORE = 1;
const TIMED_OUT = 2;

/** What unwinds a killed thread's frames: unlike the others it is never wound up again. */
const KILLED = new Error("killed");

/** One step of a printed schedule. */
export interface Step {
  readonly thread: number;
  readonly text: string;
}

export class Scheduler {
  readonly threads: Thread[] = [];
  /** The thread that runs; undefined: the main instance. */
  running: Thread | undefined;
  /** Operations in the order in which they began. */
  history: Event[] = [];
  /** Steps that threads have taken, and threads that were killed. */
  steps = 0;
  kills = 0;
  readonly #program: Program;
  readonly #memory: Memory;
  readonly #happensBefore: HappensBefore;
  #strategy: Strategy | undefined;
  #trace: Step[] | undefined;
  /** Who goes on when the running thread has been unwound. */
  #chosen = 0;
  readonly #ready: number[] = [];
  readonly #schedule = new Int8Array(2 * MAX_STEPS);
  #answers = 0;
  /** Operations that have ended. */
  #ended = 0;
  /** Parked threads that woke without being woken, and those whose time was up. */
  #spurious = 0;
  #timeouts = 0;
  /** Writes that changed their word. */
  #writes = 0;

  constructor(program: Program, memory: Memory, happensBefore: HappensBefore) {
    this.#program = program;
    this.#memory = memory;
    this.#happensBefore = happensBefore;
  }

  /** One more thread, whose stack lies at `stack`. */
  add(kernel: Asyncified, buffer: ArrayBufferLike, stack: number, makeBody: () => Body, mourns = -1): void {
    const id = this.threads.length;
    const bounds = new Uint32Array(buffer, stack, 2);
    this.threads.push({ id, kernel, stack, bounds, makeBody, mourns, body: undefined, ...AT_REST });
  }

  reset(strategy: Strategy | undefined, trace: Step[] | undefined): void {
    this.#strategy = strategy;
    this.#trace = trace;
    this.running = undefined;
    this.history = [];
    this.steps = this.kills = this.#answers = this.#ended = this.#spurious = this.#timeouts = this.#writes = 0;
    for (const thread of this.threads) {
      // Where the stack is and where it ends, and then the stack itself. A run may have left it half wound up.
      thread.bounds[0] = thread.stack + 8;
      thread.bounds[1] = thread.stack + STACK;
      thread.body = thread.makeBody()[Symbol.iterator]();
      Object.assign(thread, AT_REST);
    }
  }

  /** The choices of the strategy in the last run, one after the other: enough to repeat it. */
  get schedule(): readonly number[] {
    return [...this.#schedule.subarray(0, this.#answers)];
  }

  get isTraced(): boolean {
    return this.#trace !== undefined;
  }
  /** Writes a step of a thread down. */
  note({ id }: Thread, text: string): void {
    this.#trace?.push({ thread: id, text });
  }

  // ── running threads ──

  /** Runs threads, as the strategy chooses, until all have ended or were killed. */
  run(): void {
    for (;;) {
      const ready = this.#findReady();
      if (ready.length === 0) {
        const stuck = this.threads.filter((thread) => !thread.ended && this.#hasBegun(thread));
        if (stuck.length === 0) break;
        const where = stuck.map(({ id, event }) => `thread ${id} in ${event?.operation.label}`).join(", ");
        throw new CheckFailure("deadlock", `nobody can move: ${where}`);
      }
      let next = this.#choose(-1, ready, false);
      while (next >= 0) next = this.#go(this.threads[next] as Thread);
    }
    this.settle();
    this.running = undefined;
  }

  /** Lets a thread run. Returns who goes on instead, or -1 if it cannot go on itself and nobody was chosen. */
  #go(thread: Thread): number {
    this.running = thread;
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
        this.settle();
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
    this.settle();
    thread.ended = true;
    thread.killed = true;
    this.kills++;
    this.#happensBefore.dies(thread.id);
    this.note(thread, "is killed");
    for (const other of this.threads) if (other.mourns === thread.id) this.#happensBefore.mourns(other.id, thread.id);
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
        thread.event = this.#begin(thread.id, value);
        this.#happensBefore.begins(thread.id);
        this.note(thread, `begins ${value.label}`);
        answer = undefined;
      }
      const step = (thread.operation as Generator<Call, Result, number>).next(answer as number);
      if (step.done !== true) {
        thread.call = step.value;
        thread.killable = true;
        return true;
      }
      const event = thread.event as Event;
      this.#end(event, step.value);
      this.#happensBefore.ends(thread.id);
      this.note(thread, `ends ${event.operation.label} = ${String(step.value)}`);
      thread.operation = undefined;
      answer = undefined;
    }
  }

  /** The main instance performs an operation: it is one of the history. */
  perform(kernel: ModelKernel, operation: Operation): void {
    const event = this.#begin(-1, operation);
    const steps = operation.run();
    let step = steps.next(0);
    while (step.done !== true) {
      const [name, ...args] = step.value;
      step = steps.next((kernel[name] as (...args: unknown[]) => number)(...args));
    }
    this.#end(event, step.value);
  }

  #begin(thread: number, operation: Operation): Event {
    const event = { thread, operation, result: undefined, begin: this.#ended, end: Number.POSITIVE_INFINITY };
    this.history.push(event);
    return event;
  }
  #end(event: Event, result: Result): void {
    event.result = result;
    event.end = this.#ended++;
  }

  // ── who may go on ──

  /** Has the strategy choose, and writes down its choice. */
  #choose(running: number, ready: readonly number[], killable: boolean): number {
    const next = (this.#strategy as Strategy).choose(running, ready, killable);
    if (this.#answers === this.#schedule.length) throw new CheckFailure("livelock", `no end after ${MAX_STEPS} steps`);
    this.#schedule[this.#answers++] = next;
    return next;
  }

  #findReady(): readonly number[] {
    this.#ready.length = 0;
    for (const thread of this.threads) if (this.#canGo(thread)) this.#ready.push(thread.id);
    if (this.#ready.length === 0) {
      for (const { id, ended, parked, timed } of this.threads) if (!ended && parked >= 0 && timed) this.#ready.push(id);
    }
    return this.#ready;
  }

  #hasBegun({ mourns }: Thread): boolean {
    return mourns < 0 || this.threads[mourns]?.killed === true;
  }

  #canGo(thread: Thread): boolean {
    if (thread.ended || !this.#hasBegun(thread)) return false;
    if (thread.parked >= 0 && !thread.woken) {
      const { timeouts = 1, spurious = 0 } = this.#program;
      return thread.timed ? this.#timeouts < timeouts : this.#spurious < spurious;
    }
    return thread.blockedAt < 0 || this.#writes - thread.writes > thread.blockedAt;
  }

  #isKillable(thread: Thread): boolean {
    const { kills = 0, mortals } = this.#program;
    return thread.killable && this.kills < kills && mortals?.includes(thread.id) !== false;
  }

  /** Looks what the running thread's last write did: only one that changed its word is news for threads that wait. */
  settle(): void {
    const { written } = this.#memory;
    const became = this.#memory.settle();
    if (became === NONE) return;
    const thread = this.running as Thread;
    this.#happensBefore.release(thread.id, written);
    if (became !== CHANGED) return;
    this.#writes++;
    thread.writes++;
  }

  // ── what the running thread is about to do ──

  /** The call of a thread that goes on has been wound up again. False: it was not unwound. */
  #isWoundUp(thread: Thread): boolean {
    if (!thread.unwound) return false;
    thread.kernel.asyncify_stop_rewind();
    thread.unwound = false;
    return true;
  }
  #unwind(thread: Thread, next: number): void {
    this.#chosen = next;
    thread.kernel.asyncify_start_unwind(thread.stack);
  }

  /** The thread is about to take a step. False: another one goes first, and this one is being unwound. */
  hasTurn(thread: Thread): boolean {
    if (this.#isWoundUp(thread)) return true;
    this.settle();
    if (++this.steps > MAX_STEPS) throw new CheckFailure("livelock", `no end after ${MAX_STEPS} steps`);
    const next = this.#choose(thread.id, this.#findReady(), this.#isKillable(thread));
    if (next === KILL) throw KILLED;
    if (next === thread.id) return true;
    this.#unwind(thread, next);
    return false;
  }

  /** The thread is about to do what is no step: it may be killed before. */
  survives(thread: Thread): void {
    this.settle();
    if (!this.#isKillable(thread)) return;
    if (this.#choose(thread.id, [thread.id], true) === KILL) throw KILLED;
    this.#happensBefore.survives(thread.id);
  }

  /** V8 could stop the thread for good here, and nowhere else; and a loop that waits begins its next look here. */
  safepoint(thread: Thread): void {
    thread.killable = true;
    this.settle();
    thread.seen = this.#writes - thread.writes;
  }

  /** The thread can go on only when another has written something. */
  stuck(thread: Thread, site: string | undefined): void {
    if (this.#isWoundUp(thread)) return;
    this.settle();
    this.note(thread, `waits for others           ${site}`);
    // Others may have written after the reads that brought the thread here: then another look is worth it at once.
    thread.blockedAt = thread.seen;
    const ready = this.#findReady();
    const next = ready.length === 0 ? -1 : this.#choose(-1, ready, false);
    if (next === thread.id) thread.blockedAt = -1;
    else this.#unwind(thread, next);
  }

  /**
   * The thread parks on a word unless that is no longer as expected, in one step with `look`, which may be unwound: then that
   * comes first. Returns what the thread is told when it goes on.
   */
  park(
    thread: Thread,
    ptr: number,
    expected: number,
    timed: boolean,
    site: string | undefined,
    look: () => void,
  ): number {
    if (thread.unwound && thread.parked >= 0) return this.#unpark(thread);
    look();
    if (thread.kernel.asyncify_get_state() === UNWINDING) return 0;
    if (this.#memory.words[ptr >>> 2] !== expected >>> 0) return CHANGED_BEFORE;
    thread.parked = ptr;
    thread.timed = timed;
    thread.woken = false;
    thread.killable = true;
    this.note(thread, `parks                         ${site}`);
    const ready = this.#findReady();
    // To be killed while it is parked, whenever that is, is to be killed as soon as it is.
    const next = ready.length === 0 ? -1 : this.#choose(-1, ready, this.#isKillable(thread));
    if (next === KILL && ready.length > 0) throw KILLED;
    this.#unwind(thread, next);
    return 0;
  }

  #unpark(thread: Thread): number {
    this.#isWoundUp(thread);
    const word = thread.parked >>> 3;
    thread.parked = -1;
    if (thread.woken) {
      this.#happensBefore.goesOn(thread.id, word);
      return WOKEN;
    }
    this.#happensBefore.goesOnByItself(thread.id);
    this.note(thread, thread.timed ? "is out of time" : "wakes without being woken");
    if (thread.timed) {
      this.#timeouts++;
      return TIMED_OUT;
    }
    this.#spurious++;
    return WOKEN;
  }

  /**
   * Wakes threads that are parked on a word, those first that come first. Returns how many. What the word holds, and whose
   * it is by now, is nothing to it.
   */
  wake(thread: Thread, ptr: number, count: number): number {
    this.#happensBefore.notifies(thread.id, ptr >>> 3);
    let woken = 0;
    for (const other of this.threads) {
      if (woken === count) break;
      if (other.parked !== ptr || other.woken || other.ended) continue;
      other.woken = true;
      this.#happensBefore.wakes(thread.id, other.id);
      woken++;
      this.note(thread, `wakes thread ${other.id}`);
    }
    return woken;
  }
}
