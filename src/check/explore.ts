/**
 * Which schedules are run.
 *
 * Exhaustive: depth-first over every choice of the scheduler, up to a bound on preemptions, that is on switching away from
 * a thread that could have gone on (Musuvathi and Qadeer, "Iterative context bounding", PLDI 2007: nearly every known
 * concurrency bug needs two or fewer). Switches when a thread ends, waits or is killed are free.
 *
 * Reduction: two prefixes of schedules with the same happens-before graph (which step of which thread came after which
 * other steps on the same word, and which operation began after which had ended) lead to the same memory, the same state
 * of every thread, the same races and the same history, since threads are deterministic. So of two such prefixes that also
 * have the same thread running, the same number of kills, and of which the second has no fewer preemptions behind it, the
 * second is given up: whatever can follow it followed the first one. (The same authors, "Partial-order reduction for
 * context-bounded state exploration", MSR-TR-2007-12. Unlike sleep sets it stays right under a bound, because what is
 * remembered is a state together with what may still be spent from it.) A prefix is remembered when its first choice is
 * made; depth-first order completes everything below it before any later prefix is met. What threads that wait have seen
 * is not in the graph: two prefixes may differ in whether a waiting thread may take another look at once, and that look
 * would find what it found before.
 * Graphs are compared by 64 bits of hash. A mutant that is missed is searched without the reduction, too.
 *
 * Random: PCT (Burckhardt et al., "A randomized scheduler with probabilistic guarantees of finding bugs", ASPLOS 2010):
 * threads have random priorities, the highest that can goes, and at a few random steps the running one drops below all.
 */
import type { Machine } from "./machine.js";
import type { CheckFailure } from "./program.js";
import { KILL, PRUNED, type Strategy } from "./strategy.js";

/** What a search may spend, and how it goes about it. */
interface SearchOptions {
  /** Preemptions in one schedule. */
  readonly bound: number;
  /** False: visit equal prefixes again. */
  readonly reduction?: boolean;
  /** Milliseconds after which to give up. */
  readonly timeMs?: number;
  /** Called now and then with what was done so far. */
  readonly onProgress?: (schedules: number, steps: number) => void;
}

/** What a search found. */
interface SearchResult {
  readonly schedules: number;
  readonly steps: number;
  /** Whether every schedule within the bound was covered. */
  readonly exhaustive: boolean;
  /** The check that failed. The machine's `schedule` is the one that it failed in. */
  readonly failure?: CheckFailure;
}

/** A choice that was made: how many there were, and which. */
interface Choice {
  readonly options: number;
  taken: number;
}

/** How often the clock is looked at, in schedules. */
const CLOCK_EVERY = 256;

/** Runs every schedule with at most `bound` preemptions. */
export function exhaust(machine: Machine, options: SearchOptions): SearchResult {
  const search = new DepthFirst(machine, options.bound, options.reduction ?? true);
  const deadline = performance.now() + (options.timeMs ?? Number.POSITIVE_INFINITY);
  let schedules = 0;
  let steps = 0;
  do {
    const run = machine.run(search);
    schedules++;
    steps += run.steps;
    if (run.failure !== undefined) {
      return { schedules, steps, exhaustive: false, failure: run.failure };
    }
    if (schedules % CLOCK_EVERY === 0) {
      options.onProgress?.(schedules, steps);
      if (performance.now() > deadline) return { schedules, steps, exhaustive: false };
    }
  } while (search.next());
  return { schedules, steps, exhaustive: true };
}

/** Depth-first search: repeats the choices of the last schedule up to the last one that has an alternative left. */
class DepthFirst implements Strategy {
  readonly #machine: Machine;
  readonly #bound: number;
  readonly #seen: GraphSet | undefined;
  readonly #choices: Choice[] = [];
  #depth = 0;
  #preemptions = 0;
  #kills = 0;

  constructor(machine: Machine, bound: number, reduction: boolean) {
    this.#machine = machine;
    this.#bound = bound;
    this.#seen = reduction ? new GraphSet() : undefined;
  }

  choose(running: number, ready: readonly number[], killable: boolean): number {
    const goesOn = running >= 0 && ready.includes(running);
    // Going on comes first, then the others, then being killed.
    const mayPreempt = !goesOn || this.#preemptions < this.#bound;
    const others = mayPreempt ? (goesOn ? ready.length - 1 : ready.length) : 0;
    const options = (goesOn ? 1 : 0) + others + (killable ? 1 : 0);
    const taken = options === 1 ? 0 : this.#take(options, running);
    if (goesOn && taken === 0) return running;
    if (killable && taken === options - 1) {
      this.#kills++;
      return KILL;
    }
    if (goesOn) this.#preemptions++;
    let index = taken - (goesOn ? 1 : 0);
    for (const id of ready) {
      if (goesOn && id === running) continue;
      if (index-- === 0) return id;
    }
    throw new RangeError(`no choice ${taken} among ${options}`);
  }

  #take(options: number, running: number): number {
    const known = this.#choices[this.#depth++];
    if (known !== undefined) return known.taken;
    if (this.#seen !== undefined) {
      const { graphLow, graphHigh } = this.#machine;
      if (
        !this.#seen.add(graphLow, graphHigh ^ Math.imul(running + 2 + 8 * this.#kills, 0x9e3779b1), this.#preemptions)
      ) {
        this.#depth--;
        throw PRUNED;
      }
    }
    this.#choices.push({ options, taken: 0 });
    return 0;
  }

  /** Moves on to the next schedule; false when there is none. */
  next(): boolean {
    this.#choices.length = this.#depth;
    this.#depth = 0;
    this.#preemptions = 0;
    this.#kills = 0;
    for (;;) {
      const last = this.#choices.at(-1);
      if (last === undefined) return false;
      if (++last.taken < last.options) return true;
      this.#choices.pop();
    }
  }
}

/** Graphs by hash, each with the fewest preemptions that it was reached with. Open addressing, three words an entry. */
class GraphSet {
  #entries = new Int32Array(3 << 12);
  #size = 0;

  /** False: the graph is known and was reached with as few preemptions. */
  add(low: number, high: number, preemptions: number): boolean {
    if (this.#size * 3 * 2 > this.#entries.length) this.#grow();
    const at = this.#find(low, high);
    const entries = this.#entries;
    const known = entries[at + 2] as number;
    if (known !== 0 && known - 1 <= preemptions) return false;
    if (known === 0) this.#size++;
    entries[at] = low;
    entries[at + 1] = high;
    entries[at + 2] = preemptions + 1;
    return true;
  }

  #find(low: number, high: number): number {
    const slots = this.#entries.length / 3;
    const entries = this.#entries;
    for (let slot = (low >>> 0) % slots; ; slot = slot + 1 === slots ? 0 : slot + 1) {
      const at = 3 * slot;
      if (entries[at + 2] === 0 || (entries[at] === low && entries[at + 1] === high)) return at;
    }
  }

  #grow(): void {
    const old = this.#entries;
    this.#entries = new Int32Array(old.length * 2);
    for (let at = 0; at < old.length; at += 3) {
      if (old[at + 2] !== 0)
        this.#entries.set(old.subarray(at, at + 3), this.#find(old[at] as number, old[at + 1] as number));
    }
  }
}

/** What a random search may spend. */
interface SampleOptions {
  readonly seed: number;
  /** Steps at which the running thread loses its turn; a bug that needs d such steps is hit with a known probability. */
  readonly changes: number;
  readonly timeMs: number;
  readonly onProgress?: (schedules: number, steps: number) => void;
}

/** Runs random schedules for a while. */
export function sample(machine: Machine, options: SampleOptions): SearchResult {
  const random = new Random(options.seed);
  const deadline = performance.now() + options.timeMs;
  let schedules = 0;
  let steps = 0;
  let longest = 16;
  for (;;) {
    const run = machine.run(new Priorities(random, machine.threads, options.changes, longest));
    schedules++;
    steps += run.steps;
    longest = Math.max(longest, run.steps);
    if (run.failure !== undefined) return { schedules, steps, exhaustive: false, failure: run.failure };
    if (schedules % CLOCK_EVERY !== 0) continue;
    options.onProgress?.(schedules, steps);
    if (performance.now() > deadline) return { schedules, steps, exhaustive: false };
  }
}

/** One random schedule: the ready thread with the highest priority runs, and at a few steps the running one drops. */
class Priorities implements Strategy {
  readonly #random: Random;
  readonly #priorities: number[];
  readonly #changes: ReadonlySet<number>;
  /** The step at which a thread that may be killed is; none if it is never reached. */
  readonly #killAt: number;
  #step = 0;
  #lowest = 0;

  constructor(random: Random, threads: number, changes: number, steps: number) {
    this.#random = random;
    this.#priorities = Array.from({ length: threads }, () => 1 + random.below(1 << 20));
    this.#changes = new Set(Array.from({ length: changes }, () => random.below(steps)));
    this.#killAt = random.below(2 * steps);
  }

  choose(running: number, ready: readonly number[], killable: boolean): number {
    const step = this.#step++;
    if (killable && step >= this.#killAt && this.#random.below(2) === 0) return KILL;
    if (running >= 0 && this.#changes.has(step)) this.#priorities[running] = --this.#lowest;
    return ready.reduce((a, b) => ((this.#priorities[b] as number) > (this.#priorities[a] as number) ? b : a));
  }
}

/** Marsaglia's xorshift32: enough for choices, and the same on every machine. */
class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed | 0 || 1;
  }
  below(limit: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % limit;
  }
}
