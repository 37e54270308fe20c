/**
 * A world of threads that open a heap, drop it, and die, without a single real thread: the state machine of
 * src/heap/liveness.ts runs in it as it is, and everything around it is a model. A state is an array of numbers, and a step makes the
 * next one of it, so a search can go back and try another step (search.ts).
 *
 *   what is modelled                      after
 *   the thread table                      src/heap/kernel/threads.ts: enter, claim, adopt, vacate
 *   how the dead are reaped               src/reaper/kernel/reap.ts, src/heap/reaping.ts
 *   one registry a thread, or two         src/heap/registry.ts
 *   the host: exits, news, numbers        Node, Deno, a host without numbers of the system's threads
 *
 * Steps of different threads come in any order. A thread may die between any two of its own, except between taking an entry and
 * writing its number there, which is a window of the kernel's. News that were sent are delivered in any order, late, again and
 * again, or never: they stay under way until nobody is left who could hear them.
 *
 * Invariants, each checked in every state or at the step that could break it
 *   taken       no entry of a living thread is claimed by another
 *   twice       no entry is returned by two threads, or by a thread in another's name
 *   verdict     a thread is said to be dead only after its last step
 *   told        likewise to others
 *   forgotten   an entry that a dead reaper had claimed leads to a reaper that lives, or to one whose death can be seen
 *   unsaid      what a registry has had proof of, by an exit, it goes on saying
 *   unseen      where the system has no such thread any more, a registry that looks says so
 *   untold      who has had proof tells it; who opens a heap asks, and is told by those who know
 *   kept        when a registry has proof, and no look is under way or due, nothing of the dead one is left in the table
 */
import type { Consequences, Liveness, News, Registered } from "../../dist/heap/liveness.js";
import type { Sight } from "../../dist/internals.js";

/** All numbers of a state, in places that the world's fields name. */
export type State = Uint16Array;
/** A step, as a number: its kind and what it is about. */
export type Step = number;

export const INVARIANTS = [
  "taken",
  "twice",
  "verdict",
  "told",
  "forgotten",
  "unsaid",
  "unseen",
  "untold",
  "kept",
] as const;
export type Invariant = (typeof INVARIANTS)[number];

/** An invariant that does not hold. */
export class Violation extends Error {
  readonly invariant: Invariant;
  constructor(invariant: Invariant, what: string) {
    super(`${invariant}: ${what}`);
    this.invariant = invariant;
  }
}

/** A kind of host, and a program on it. */
export interface Setup {
  readonly name: string;
  /** Who has started each thread; undefined: one that has not loaded the package. */
  readonly parents: readonly (number | undefined)[];
  /**
   * What the host calls each thread, where these are not all different numbers. It is assumed then that the system does not use a
   * number again while a look is under way that has read it. Linux gives out all other numbers first.
   */
  readonly numbers?: readonly number[];
  /** Threads that never end. */
  readonly immortal?: readonly number[];
  /** When a worker's `exit` comes: only when its thread is gone, or also while that still runs. */
  readonly exits: "when gone" | "early";
  /** Whether the system's threads have numbers that can be looked up. */
  readonly sees: boolean;
  /** Threads that cannot look, and have no number of the system's. */
  readonly blind?: readonly number[];
  /** Whether a look may find that nothing can be seen at the moment. */
  readonly blinks?: boolean;
  /** Which thread of the system's a thread runs on, where that is another one's. */
  readonly carriers?: Readonly<Record<number, number>>;
  /** Copies of the package on each thread that do not find each other's registry: 1 or 2. */
  readonly copies: readonly number[];
  /** How often each thread opens the heap. */
  readonly opens: readonly number[];
  /** Entries in the thread table, of which a thread takes the first that is free; or one for each of a thread's registrations. */
  readonly entries: number | "one each";
  /** News that can be under way at once; more are lost. */
  readonly news: number;
  /**
   * Where others may come between two steps of a thread. "fine": also while it enters the table, between two entries that it
   * reads, and before it judges what it has read. "middle": it reads the table at once. "coarse": it enters the table, or reads
   * and judges it, at once; what it returns then, it returns step by step.
   */
  readonly grain: "fine" | "middle" | "coarse";
}

export type LivenessClass = new (me: number, exitIsProof: boolean) => Liveness;

/** What a thread was until its last step, and after. */
const UNBORN = 0;
const LIVES = 1;
/** It takes no more steps; the system has its thread still. */
const STOPPED = 2;
const GONE = 3;

/** What a thread is in the middle of. */
const IDLE = 0;
/** Between the claim of an entry and the store of its numbers. */
const ENTERING = 1;
/** Reads the table of the heap that it has opened. */
const OPENING = 2;
/** Reads the table in order to look for dead threads. */
const READING = 3;
/** Has read it. */
const JUDGING = 4;
/** Returns what the dead owned. */
const RETURNING = 5;
/** Gives up its own. */
const CLOSING = 6;

/** Phases of an entry. */
const FREE = 0;
const LIVE = 1;
const REAPED = 2;

/** Of an entry that was free, or was not read. */
const NOTHING = 0xffff;

/** Registrations that a thread can have at once, and so registries. */
const SLOTS = 2;
/** More than any thread's number: that of a free entry. */
const NOBODY: Registered = { thread: 0xffffffff, osThread: 0 };

/** Kinds of steps; see NAMES. */
const START = 0;
const STOP = 1;
const GO = 2;
const VANISH = 3;
const EXIT = 4;
const OPEN = 5;
const LOOK = 6;
const DROP = 7;
const DROP_WHEN_TOLD = 8;
const DELIVER = 9;
const BLINK = 10;
const END = 11;

/** How likely kinds of steps are in random histories. */
export const WEIGHTS: Readonly<Record<number, number>> = {
  [START]: 6,
  [STOP]: 1,
  [GO]: 16,
  [VANISH]: 3,
  [EXIT]: 4,
  [OPEN]: 6,
  [LOOK]: 4,
  [DROP]: 2,
  [DROP_WHEN_TOLD]: 1,
  [DELIVER]: 4,
  [BLINK]: 1,
  [END]: 1,
};
const NAMES: Readonly<Record<number, (a: number, b: number) => string>> = {
  [START]: (t, os) => `thread ${t} starts${os === 0 ? "" : `, as the system's ${os}`}`,
  [STOP]: (t) => `thread ${t} takes no further step`,
  [GO]: (t) => `thread ${t} goes on`,
  [VANISH]: (t) => `the system has thread ${t} no more`,
  [EXIT]: (t, c) => `its parent hears that thread ${t} has ended, in registry ${c}`,
  [OPEN]: (t, slot) => `thread ${t} opens the heap: its registration ${slot}`,
  [LOOK]: (t, slot) => `thread ${t} looks, by its registration ${slot}`,
  [DROP]: (t, slot) => `thread ${t} drops its registration ${slot}`,
  [DROP_WHEN_TOLD]: (t, slot) => `thread ${t} drops its registration ${slot}, told of what was returned`,
  [DELIVER]: (n, r) => `thread ${threadOf(r)} hears news ${n}, in registry ${r % SLOTS}`,
  [BLINK]: (t) => `thread ${t} goes on, and can see nothing at the moment`,
  [END]: (t) => `the host says that thread ${t} has ended, which runs still`,
};

const KINDS = 16;
const MOST = 64;
const step = (kind: number, a: number, b = 0): Step => (b * MOST + a) * KINDS + kind;
const partsOf = (of: Step): [a: number, b: number] => [Math.trunc(of / KINDS) % MOST, Math.trunc(of / KINDS / MOST)];
export const kindOf = (of: Step) => of % KINDS;

/** A step in words. */
export function inWords(of: Step): string {
  return (NAMES[kindOf(of)] as (a: number, b: number) => string)(...partsOf(of));
}

/** Numbers of a state that belong together, one for each thread, say. */
class Field {
  readonly at: number;
  constructor(at: number) {
    this.at = at;
  }
  get(s: State, i: number): number {
    return s[this.at + i] as number;
  }
  set(s: State, i: number, value: number): void {
    s[this.at + i] = value;
  }
}

export class World {
  readonly setup: Setup;
  readonly threads: number;
  readonly entries: number;
  /** A snapshot of each state that a state machine was in, by number; 0: none. */
  readonly #minds: object[] = [{}];
  readonly #mindNumbers = new Map<string, number>();
  /** What a state machine in some state did when asked something: its next state, and its answer. */
  readonly #thoughts = new Map<string, { mind: number; answer: unknown }>();
  readonly #Liveness: LivenessClass;
  /** The host's numbers, each once. Sets of them are bits in this order. */
  readonly #numbers: readonly number[];
  #size = 0;

  // Of each thread.
  readonly life: Field;
  /** The system's number; 0: it has none, or had one that stands nowhere any more. */
  readonly osThread: Field;
  /** How often it will open the heap yet. */
  readonly opens: Field;
  readonly activity: Field;
  /** Which of its registrations that is about, and the entry of that as it was. */
  readonly slot: Field;
  readonly by: Field;
  readonly position: Field;
  /** Which of what it has read names dead threads that it has not come to yet, a bit each. */
  readonly dead: Field;
  /** The registries of the parent that have not heard yet that it has ended. */
  readonly exits: Field;
  /** Whether that was announced while it lives. */
  readonly ending: Field;
  /** How many entries it is reaping, and which. */
  readonly depth: Field;
  readonly stack: Field;
  /** What it has read of each entry: whose number, and 16 times whose number of the system's, as a thread + 1. */
  readonly found: Field;
  /** The entries of its registrations, + 1. */
  readonly entry: Field;

  // Of each registry. That of a thread's registration `slot` is SLOTS * thread + slot, or the first one if there is only one.
  readonly mind: Field;
  /** The host's numbers of those of whose end it has had proof by an exit. */
  readonly knows: Field;
  /** Whether it hears news: from the first time that it has a heap open, or has something to tell. */
  readonly hears: Field;

  // Of each entry of the table.
  readonly phase: Field;
  readonly reaper: Field;
  /** Whose numbers stand in it, as a thread + 1. */
  readonly identity: Field;
  /** Whose it is, whatever stands in it. */
  readonly owner: Field;

  // Of each piece of news: who is dead, about whom somebody asks, and the registries that can hear it.
  readonly ended: Field;
  readonly asked: Field;
  readonly to: Field;

  constructor(setup: Setup, Liveness: LivenessClass) {
    this.setup = setup;
    this.#Liveness = Liveness;
    const threads = setup.parents.length;
    this.threads = threads;
    this.entries = setup.entries === "one each" ? SLOTS * threads : setup.entries;
    this.#numbers = [...new Set(setup.parents.map((_, thread) => this.#numberOf(thread)))];
    const field = (length: number) => {
      const made = new Field(this.#size);
      this.#size += length;
      return made;
    };
    this.life = field(threads);
    this.osThread = field(threads);
    this.opens = field(threads);
    this.activity = field(threads);
    this.slot = field(threads);
    this.by = field(threads);
    this.position = field(threads);
    this.dead = field(threads);
    this.exits = field(threads);
    this.ending = field(threads);
    this.depth = field(threads);
    this.stack = field(threads * this.entries);
    this.found = field(threads * this.entries);
    this.entry = field(threads * SLOTS);
    this.mind = field(threads * SLOTS);
    this.knows = field(threads * SLOTS);
    this.hears = field(threads * SLOTS);
    this.phase = field(this.entries);
    this.reaper = field(this.entries);
    this.identity = field(this.entries);
    this.owner = field(this.entries);
    this.ended = field(setup.news);
    this.asked = field(setup.news);
    this.to = field(setup.news);
  }

  /** The main thread runs. */
  get initial(): State {
    const s = new Uint16Array(2 * Math.ceil(this.#size / 2));
    for (let t = 0; t < this.threads; t++) this.#forgetTable(s, t);
    this.#start(s, 0, this.setup.sees ? 1 : 0);
    return s;
  }

  // ── which steps there are ────────────────────────────────────────────────────────────────────────────────────────────

  /** Every step that can come next. */
  stepsFrom(s: State): Step[] {
    const steps: Step[] = [];
    for (let t = 0; t < this.threads; t++) this.#stepsOf(s, t, steps);
    for (let n = 0; n < this.setup.news; n++) {
      for (let r = 0; r < this.threads * SLOTS; r++) {
        if ((this.to.get(s, n) & (1 << r)) === 0) continue;
        if (this.activity.get(s, threadOf(r)) === IDLE) steps.push(step(DELIVER, n, r));
      }
    }
    return steps;
  }

  #stepsOf(s: State, t: number, steps: Step[]): void {
    const life = this.life.get(s, t);
    const parent = this.setup.parents[t];
    if (life === UNBORN) {
      if (parent !== undefined && this.life.get(s, parent) !== LIVES) return;
      for (const number of this.#numbersToStartWith(s, t)) steps.push(step(START, t, number));
    }
    if (life === STOPPED && this.setup.sees && this.#mayVanish(s, t)) steps.push(step(VANISH, t));
    if (parent !== undefined && this.activity.get(s, parent) === IDLE) {
      for (let c = 0; c < SLOTS; c++) if ((this.exits.get(s, t) & (1 << c)) !== 0) steps.push(step(EXIT, t, c));
    }
    if (life === LIVES) this.#stepsOfLiving(s, t, steps);
  }

  #stepsOfLiving(s: State, t: number, steps: Step[]): void {
    const activity = this.activity.get(s, t);
    if (this.setup.immortal?.includes(t) !== true) {
      if (activity !== ENTERING) steps.push(step(STOP, t));
      if (this.setup.exits === "early" && this.ending.get(s, t) === 0) steps.push(step(END, t));
    }
    if (activity !== IDLE) steps.push(step(GO, t));
    if (activity === JUDGING && this.setup.blinks === true) steps.push(step(BLINK, t));
    for (let slot = 0; slot < SLOTS; slot++) {
      const isOpen = this.entry.get(s, SLOTS * t + slot) !== 0;
      if (activity === RETURNING && isOpen && this.depth.get(s, t) === 0) steps.push(step(DROP_WHEN_TOLD, t, slot));
      if (activity !== IDLE) continue;
      if (isOpen) steps.push(step(LOOK, t, slot), step(DROP, t, slot));
      else if (this.opens.get(s, t) > 0 && this.#freeEntry(s, t, slot) >= 0 && this.#isNext(s, t, slot))
        steps.push(step(OPEN, t, slot));
    }
  }

  /** The system's number for a new thread: one that was another's before and stands in the table still, or a new one. */
  #numbersToStartWith(s: State, t: number): number[] {
    const carrier = this.setup.carriers?.[t];
    if (carrier !== undefined) return this.life.get(s, carrier) === LIVES ? [this.osThread.get(s, carrier)] : [];
    if (!this.setup.sees) return [0];
    const numbers = [];
    for (let number = 1; ; number++) {
      let isKnown = false;
      let isUsed = false;
      for (let other = 0; other < this.threads; other++) {
        if (this.osThread.get(s, other) !== number) continue;
        isKnown = true;
        if (this.#hasOsThread(s, other)) isUsed = true;
        if (this.setup.numbers !== undefined && this.#wasRead(s, other + 1)) isUsed = true;
      }
      if (!isUsed) numbers.push(number);
      if (!isKnown) return numbers;
    }
  }

  /** A thread ends behind those that it has started, where the host joins them. */
  #mayVanish(s: State, t: number): boolean {
    if (this.setup.exits === "early") return true;
    return this.setup.parents.every((parent, child) => parent !== t || !this.#hasOsThread(s, child));
  }

  /** Which of its registrations a thread makes first is of no consequence, unless they are of different copies. */
  #isNext(s: State, t: number, slot: number): boolean {
    return slot === 0 || this.copiesOn(t) === 2 || this.entry.get(s, SLOTS * t) !== 0;
  }

  #freeEntry(s: State, t: number, slot: number): number {
    if (this.setup.entries === "one each") {
      const e = SLOTS * t + slot;
      return this.phase.get(s, e) === FREE ? e : -1;
    }
    for (let e = 0; e < this.entries; e++) if (this.phase.get(s, e) === FREE) return e;
    return -1;
  }

  // ── what a step does ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** Makes a step in a state. */
  take(s: State, of: Step): void {
    const [a, b] = partsOf(of);
    const kind = kindOf(of);
    if (kind === START) this.#start(s, a, b);
    else if (kind === STOP) this.#stop(s, a);
    else if (kind === VANISH) this.#vanish(s, a);
    else if (kind === EXIT) this.#exit(s, a, b);
    else if (kind === END) this.#announceExit(s, a);
    else if (kind === OPEN) this.#open(s, a, b);
    else if (kind === LOOK) this.#look(s, a, b);
    else if (kind === DROP) this.#drop(s, a, b);
    else if (kind === DROP_WHEN_TOLD) this.#dropWhenTold(s, a, b);
    else if (kind === GO) this.#go(s, a, false);
    else if (kind === BLINK) this.#go(s, a, true);
    else this.#deliver(s, a, b);
    this.#forgetNumbers(s);
    this.#sortNews(s);
  }

  #start(s: State, t: number, osThread: number): void {
    this.life.set(s, t, LIVES);
    this.osThread.set(s, t, osThread);
    this.opens.set(s, t, this.setup.opens[t] as number);
    for (let c = 0; c < this.copiesOn(t); c++) {
      const mind = new this.#Liveness(this.#numberOf(t), this.setup.exits === "when gone");
      this.mind.set(s, SLOTS * t + c, this.#numberOfMind(mind));
    }
  }

  /** It has taken its last step. What it had in hand stays in the table. */
  #stop(s: State, t: number): void {
    this.life.set(s, t, STOPPED);
    for (const field of [this.opens, this.activity, this.slot, this.by, this.position, this.dead, this.depth])
      field.set(s, t, 0);
    this.#forgetTable(s, t);
    for (let r = SLOTS * t; r < SLOTS * (t + 1); r++) {
      for (const field of [this.entry, this.mind, this.knows, this.hears]) field.set(s, r, 0);
      this.#silence(s, r);
    }
    for (let child = 0; child < this.threads; child++) {
      if (this.setup.parents[child] === t) this.exits.set(s, child, 0);
    }
    if (this.setup.exits === "early" ? this.ending.get(s, t) === 0 : !this.setup.sees) this.#announceExit(s, t);
    this.ending.set(s, t, 0);
  }

  /** The system has no such thread any more. */
  #vanish(s: State, t: number): void {
    this.life.set(s, t, GONE);
    if (this.setup.exits === "when gone") this.#announceExit(s, t);
    this.ending.set(s, t, 0);
  }

  #announceExit(s: State, t: number): void {
    this.ending.set(s, t, 1);
    const parent = this.setup.parents[t];
    if (parent !== undefined && this.life.get(s, parent) === LIVES)
      this.exits.set(s, t, (1 << this.copiesOn(parent)) - 1);
  }

  /** A registry of the parent's hears that a worker has ended. */
  #exit(s: State, t: number, c: number): void {
    const r = SLOTS * (this.setup.parents[t] as number) + c;
    this.exits.set(s, t, this.exits.get(s, t) & ~(1 << c));
    const number = this.#numberOf(t);
    const consequences = this.#think(s, r, `exited ${number}`, (mind) => mind.exited(number));
    const proven = this.setup.exits === "when gone" ? this.#bit(number) : 0;
    this.#learns(s, r, proven);
    if (!this.#consider(s, r, consequences)) return;
    for (let q = 0; q < this.threads * SLOTS; q++)
      if (q !== r && this.#shouldHear(s, q)) this.#mustBeTold(s, q, proven);
  }

  // ── what threads do ──────────────────────────────────────────────────────────────────────────────────────────────────

  #open(s: State, t: number, slot: number): void {
    const e = this.#freeEntry(s, t, slot);
    this.phase.set(s, e, LIVE);
    this.owner.set(s, e, t + 1);
    this.entry.set(s, SLOTS * t + slot, e + 1);
    this.opens.set(s, t, this.opens.get(s, t) - 1);
    this.#begin(s, t, slot, ENTERING);
    if (this.setup.grain === "coarse") this.#enter(s, t);
  }

  #look(s: State, t: number, slot: number): void {
    this.#begin(s, t, slot, READING);
    this.#read(s, t);
  }

  #drop(s: State, t: number, slot: number): void {
    this.#begin(s, t, slot, CLOSING);
    const e = this.by.get(s, t);
    if (this.phase.get(s, e) !== LIVE) throw new Violation("taken", `entry ${e} is thread ${t}'s, which lives`);
    this.#hold(s, t, e);
  }

  /** A listener that is told what was returned drops the heap, in the middle of the look. */
  #dropWhenTold(s: State, t: number, slot: number): void {
    this.#free(s, this.entry.get(s, SLOTS * t + slot) - 1);
    this.entry.set(s, SLOTS * t + slot, 0);
  }

  #begin(s: State, t: number, slot: number, activity: number): void {
    this.activity.set(s, t, activity);
    this.slot.set(s, t, slot);
    this.by.set(s, t, this.entry.get(s, SLOTS * t + slot) - 1);
    this.position.set(s, t, 0);
  }

  #end(s: State, t: number): void {
    for (const field of [this.activity, this.slot, this.by, this.position, this.dead]) field.set(s, t, 0);
    this.#forgetTable(s, t);
  }

  /** The next step of what a thread is in the middle of. */
  #go(s: State, t: number, blinks: boolean): void {
    const activity = this.activity.get(s, t);
    if (activity === ENTERING) this.#enter(s, t);
    else if (activity === OPENING || activity === READING) this.#read(s, t);
    else if (activity === JUDGING) this.#judge(s, t, blinks);
    else if (this.depth.get(s, t) > 0) this.#clean(s, t);
    else this.#returnNext(s, t);
  }

  /** The second half of entering, and what the registry does then. */
  #enter(s: State, t: number): void {
    this.identity.set(s, this.by.get(s, t), t + 1);
    this.#listen(s, this.#registryOf(t, this.slot.get(s, t)));
    this.activity.set(s, t, OPENING);
    if (this.setup.grain !== "fine") this.#read(s, t);
  }

  /** Reads the table: the next entry of it, or all. Both numbers in an entry are one word. */
  #read(s: State, t: number): void {
    const { entries } = this;
    const { grain } = this.setup;
    let e = this.position.get(s, t);
    do {
      const at = t * entries + e;
      const isFree = this.phase.get(s, e) === FREE;
      this.found.set(s, at, isFree ? NOTHING : 17 * this.identity.get(s, e));
      e++;
    } while (e < entries && grain !== "fine");
    this.position.set(s, t, e);
    if (e < entries) return;
    if (this.activity.get(s, t) === OPENING) {
      this.#opened(s, t);
      return;
    }
    this.activity.set(s, t, JUDGING);
    if (grain === "coarse") this.#judge(s, t, false);
  }

  #opened(s: State, t: number): void {
    const r = this.#registryOf(t, this.slot.get(s, t));
    const found = this.#foundBy(s, t);
    const key = `opened ${keyOf(found)}`;
    const consequences = this.#think(s, r, key, (mind) => mind.opened(found));
    this.#end(s, t);
    if (!this.#consider(s, r, consequences)) return;
    // About these it should ask those who know.
    const open = this.#bits(found.filter(({ osThread }) => osThread === 0).map(({ thread }) => thread));
    for (let q = 0; q < this.threads * SLOTS; q++) {
      if (q === r || !this.#shouldHear(s, q)) continue;
      let missing = open & this.knows.get(s, q) & ~this.knows.get(s, r);
      for (let n = 0; n < this.setup.news; n++)
        if ((this.to.get(s, n) & (1 << q)) !== 0) missing &= ~this.asked.get(s, n);
      if (missing !== 0)
        throw new Violation(
          "untold",
          `thread ${t} does not ask thread ${threadOf(q)} about ${this.#numbersOf(missing)}`,
        );
    }
  }

  #judge(s: State, t: number, blinks: boolean): void {
    const r = this.#registryOf(t, this.slot.get(s, t));
    const found = this.#foundBy(s, t);
    const sightOf = (osThread: number) => (blinks ? "unknown" : this.sightOf(s, t, osThread));
    const key = `among ${keyOf(found)} ${found.map(({ osThread }) => sightOf(osThread)[0]).join("")}`;
    const verdict = this.#think(s, r, key, (mind) => mind.deadAmong(found, sightOf).map((one) => keyOf([one])));
    for (const one of found) {
      if (verdict.includes(keyOf([one]))) this.#mustBeDead(s, t, one);
      else if (sightOf(one.osThread) === "gone")
        throw new Violation("unseen", `thread ${t} looks, and does not see that thread ${keyOf([one])} is dead`);
    }
    let dead = 0;
    for (let e = 0; e < this.entries; e++) {
      const one = this.#registeredAs(s, this.found.get(s, t * this.entries + e));
      if (one !== undefined && verdict.includes(keyOf([one]))) dead |= 1 << e;
    }
    if (dead === 0) {
      this.#end(s, t);
      return;
    }
    this.dead.set(s, t, dead);
    this.position.set(s, t, 0);
    this.activity.set(s, t, RETURNING);
  }

  /** Claims the next entry of a dead thread; at the end of the table, of the next such thread. */
  #returnNext(s: State, t: number): void {
    // The registry knows which heaps are still open.
    const isOpen = this.entry.get(s, SLOTS * t + this.slot.get(s, t)) !== 0;
    while (isOpen && this.dead.get(s, t) !== 0) {
      const first = 31 - Math.clz32(this.dead.get(s, t));
      const words = this.found.get(s, t * this.entries + first);
      for (let e = this.position.get(s, t); e < this.entries; e++) {
        if (!this.#claim(s, t, e, words)) continue;
        this.position.set(s, t, e + 1);
        return;
      }
      this.dead.set(s, t, this.dead.get(s, t) & ~(1 << first));
      this.position.set(s, t, 0);
    }
    const r = this.#registryOf(t, this.slot.get(s, t));
    this.#end(s, t);
    if (!isOpen) this.#lookThrough(s, r);
  }

  /** The kernel's `claim`: one compare-and-swap on a word that was read before the thread's numbers. */
  #claim(s: State, t: number, e: number, words: number): boolean {
    const one = this.#registeredAs(s, words) as Registered;
    const { thread, osThread } = this.#registered(s, this.identity.get(s, e));
    if (thread !== one.thread || osThread !== one.osThread) return false;
    const phase = this.phase.get(s, e);
    const isReapedByItself = phase === REAPED && this.reaper.get(s, e) === e;
    if (phase !== LIVE && !isReapedByItself) return false;
    const owner = this.owner.get(s, e) - 1;
    if (owner >= 0 && this.life.get(s, owner) === LIVES)
      throw new Violation("taken", `thread ${t} claims entry ${e} of thread ${owner}, which lives`);
    this.#hold(s, t, e);
    return true;
  }

  #hold(s: State, t: number, e: number): void {
    const by = this.by.get(s, t);
    if (this.owner.get(s, by) !== t + 1)
      throw new Violation("twice", `thread ${t} reaps entry ${e} by entry ${by}, which is not its own any more`);
    for (let other = 0; other < this.threads; other++) {
      if (other !== t && this.#reaps(s, other, e))
        throw new Violation("twice", `thread ${t} takes entry ${e}, which thread ${other} is reaping`);
    }
    this.phase.set(s, e, REAPED);
    this.reaper.set(s, e, by);
    const depth = this.depth.get(s, t);
    this.stack.set(s, t * this.entries + depth, e + 1);
    this.depth.set(s, t, depth + 1);
  }

  /** The kernel's `cleanAll`: adopts an entry that the owner of the one in hand was reaping, or else vacates that one. */
  #clean(s: State, t: number): void {
    const depth = this.depth.get(s, t) - 1;
    const at = t * this.entries + depth;
    const e = this.stack.get(s, at) - 1;
    for (let other = 0; other < this.entries; other++) {
      const isLeft = this.phase.get(s, other) === REAPED && this.reaper.get(s, other) === e;
      if (other === e || !isLeft) continue;
      this.#hold(s, t, other);
      return;
    }
    if (this.phase.get(s, e) !== REAPED || this.reaper.get(s, e) !== this.by.get(s, t))
      throw new Violation("twice", `thread ${t} returns entry ${e} after another has`);
    this.#free(s, e);
    this.stack.set(s, at, 0);
    this.depth.set(s, t, depth);
    if (this.activity.get(s, t) === CLOSING) this.#leave(s, t);
  }

  /**
   * Its own entry is vacated. Its registry hears on, even if no heap is open there any more: others may ask for its proof. One
   * that can see the dead hears on for a second only, which makes no difference, as news may never come.
   */
  #leave(s: State, t: number): void {
    this.entry.set(s, SLOTS * t + this.slot.get(s, t), 0);
    this.#end(s, t);
  }

  /** The kernel's `vacate`. */
  #free(s: State, e: number): void {
    this.identity.set(s, e, 0);
    for (const field of [this.phase, this.owner, this.reaper]) field.set(s, e, 0);
  }

  // ── news ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** False: what was to be told is lost. */
  #consider(s: State, r: number, { look, tell }: Consequences): boolean {
    const isTold = tell === undefined || this.#tell(s, r, tell);
    if (look) this.#lookThrough(s, r);
    return isTold;
  }

  /** Looks at what is open in a registry. */
  #lookThrough(s: State, r: number): void {
    const t = threadOf(r);
    for (let slot = 0; slot < SLOTS; slot++) {
      if (this.#registryOf(t, slot) !== r || this.entry.get(s, SLOTS * t + slot) === 0) continue;
      this.#look(s, t, slot);
      return;
    }
  }

  /** Sends news to everybody who hears them now. False: too many are under way. */
  #tell(s: State, r: number, { ended = [], asked = [] }: News): boolean {
    for (const number of ended) this.#mustHaveEnded(s, r, number);
    let to = 0;
    for (let q = 0; q < this.threads * SLOTS; q++) if (q !== r && this.hears.get(s, q) === 1) to |= 1 << q;
    if (!this.canSee(threadOf(r))) this.#listen(s, r);
    if (to === 0) return true;
    // Of those that never end there is nothing to be said.
    const mortals = asked.filter((number) => !this.setup.immortal?.some((t) => this.#numberOf(t) === number));
    const content = [this.#bits(ended), this.#bits(mortals)] as const;
    if (content[0] === 0 && content[1] === 0) return true;
    for (let n = 0; n < this.setup.news; n++) {
      const isFree = this.to.get(s, n) === 0;
      const isSame = this.ended.get(s, n) === content[0] && this.asked.get(s, n) === content[1];
      if (!isFree && !isSame) continue;
      this.ended.set(s, n, content[0]);
      this.asked.set(s, n, content[1]);
      this.to.set(s, n, this.to.get(s, n) | to);
      return true;
    }
    return false;
  }

  #deliver(s: State, n: number, r: number): void {
    const [ended, asked] = [this.ended.get(s, n), this.asked.get(s, n)];
    const news = { ended: this.#numbersOf(ended), asked: this.#numbersOf(asked) };
    const consequences = this.#think(s, r, `heard ${ended} ${asked}`, (mind) => mind.heard(news));
    this.#learns(s, r, ended);
    if (!this.#consider(s, r, consequences)) return;
    // Whoever it was that asked.
    for (let q = 0; q < this.threads * SLOTS; q++)
      if (this.#shouldHear(s, q)) this.#mustBeTold(s, q, asked & this.knows.get(s, r));
  }

  /** Who has proof has told it, so it knows or will hear it. */
  #mustBeTold(s: State, r: number, dead: number): void {
    let missing = dead & ~this.knows.get(s, r) & ~this.#bit(this.#numberOf(threadOf(r)));
    for (let n = 0; n < this.setup.news && missing !== 0; n++) {
      if ((this.to.get(s, n) & (1 << r)) !== 0) missing &= ~this.ended.get(s, n);
    }
    if (missing !== 0)
      throw new Violation("untold", `nobody tells thread ${threadOf(r)} that ${this.#numbersOf(missing)} is dead`);
  }

  /** A registry hears no more. */
  #silence(s: State, r: number): void {
    for (let n = 0; n < this.setup.news; n++) {
      const to = this.to.get(s, n) & ~(1 << r);
      this.to.set(s, n, to);
      if (to === 0) for (const field of [this.ended, this.asked]) field.set(s, n, 0);
    }
  }

  #listen(s: State, r: number): void {
    this.hears.set(s, r, 1);
  }

  /** A number of the system's that stands nowhere any more is like a new one. */
  #forgetNumbers(s: State): void {
    for (let t = 0; t < this.threads; t++) {
      if (this.life.get(s, t) !== GONE || this.osThread.get(s, t) === 0 || this.#standsSomewhere(s, t + 1)) continue;
      this.osThread.set(s, t, 0);
    }
  }

  #standsSomewhere(s: State, identity: number): boolean {
    for (let e = 0; e < this.entries; e++) if (this.identity.get(s, e) === identity) return true;
    return this.#wasRead(s, identity);
  }

  /** Whether a look is under way that has read it. */
  #wasRead(s: State, identity: number): boolean {
    for (let at = 0; at < this.threads * this.entries; at++) {
      const words = this.found.get(s, at);
      if (words !== NOTHING && (words % 16 === identity || words >>> 4 === identity)) return true;
    }
    return false;
  }

  /** Of news that are on the way, which one came first is of no consequence. */
  #sortNews(s: State): void {
    const fields = [this.to, this.ended, this.asked];
    const isBefore = (m: number, n: number) => {
      for (const field of fields) {
        const difference = field.get(s, m) - field.get(s, n);
        if (difference !== 0) return difference > 0;
      }
      return false;
    };
    for (let n = 1; n < this.setup.news; n++) {
      for (let m = n; m > 0 && isBefore(m, m - 1); m--) {
        for (const field of fields) {
          const value = field.get(s, m);
          field.set(s, m, field.get(s, m - 1));
          field.set(s, m - 1, value);
        }
      }
    }
  }

  // ── what is known, and what should be ────────────────────────────────────────────────────────────────────────────────

  /** Whether nothing is under way: no look, no exit that the parent has not heard of. News may have been lost. */
  isQuiet(s: State): boolean {
    for (let t = 0; t < this.threads; t++) {
      if (this.activity.get(s, t) !== IDLE || this.exits.get(s, t) !== 0) return false;
    }
    return true;
  }

  /** @throws {Violation} an invariant does not hold that can be seen from a state. */
  check(s: State): void {
    for (let e = 0; e < this.entries; e++) if (this.phase.get(s, e) !== FREE) this.#checkEntry(s, e);
    for (let r = 0; r < this.threads * SLOTS; r++) if (this.mind.get(s, r) !== 0) this.#checkRegistry(s, r);
  }

  /**
   * Brings all that is under way to its end, and has every thread look once more. News are delivered once more, or lost.
   *
   * @throws {Violation} an invariant does not hold on the way, or something is left of a thread whose death somebody could know.
   */
  settle(s: State, areNewsLost: boolean): void {
    const settling = [GO, VANISH, EXIT, ...(areNewsLost ? [] : [DELIVER])];
    const make = (steps: readonly Step[]) => {
      for (const of of steps) {
        if (!this.stepsFrom(s).includes(of)) continue;
        this.take(s, of);
        this.check(s);
      }
    };
    for (let before = ""; before !== s.join(); ) {
      before = s.join();
      make(this.#orphansIn(s).map((t) => step(STOP, t)));
      for (const kind of settling) make(this.stepsFrom(s).filter((of) => kindOf(of) === kind));
    }
    for (const look of this.stepsFrom(s).filter((of) => kindOf(of) === LOOK)) {
      make([look]);
      for (let goes: Step[] = [look]; goes.length > 0; make(goes))
        goes = this.stepsFrom(s).filter((of) => kindOf(of) === GO);
    }
    this.#checkSettled(s);
  }

  /** Threads whose parent is dead: the host ends them. */
  #orphansIn(s: State): number[] {
    const isOrphan = (parent: number | undefined, t: number) =>
      parent !== undefined && this.life.get(s, t) === LIVES && this.life.get(s, parent) >= STOPPED;
    return this.setup.parents.flatMap((parent, t) => (isOrphan(parent, t) ? [t] : []));
  }

  #checkSettled(s: State): void {
    for (let e = 0; e < this.entries; e++) {
      if (this.phase.get(s, e) === FREE) continue;
      const dead = this.owner.get(s, this.#chainOf(s, e).at(-1) as number) - 1;
      if (this.life.get(s, dead) === LIVES) continue;
      for (let r = 0; r < this.threads * SLOTS; r++) {
        if (!this.#hasMember(s, r)) continue;
        const knows = (this.knows.get(s, r) & this.#bit(this.#numberOf(dead))) !== 0;
        if (knows || this.#canSeeGone(s, threadOf(r), dead))
          throw new Violation(
            "kept",
            `thread ${threadOf(r)} has looked, and left entry ${e} of thread ${dead}, which is dead`,
          );
      }
    }
  }

  /** An entry's owner has it returned; or, if that was begun, the owner of the entry by which it was begun; and so on. */
  #chainOf(s: State, e: number): number[] {
    const chain = [e];
    for (let at = e; chain.length <= this.entries; chain.push(at)) {
      if (this.phase.get(s, at) === FREE) throw new Violation("forgotten", `entry ${e} has a reaper that is not there`);
      const reaper = this.reaper.get(s, at);
      if (this.phase.get(s, at) === LIVE || reaper === at) return chain;
      at = reaper;
    }
    throw new Violation("forgotten", `entry ${e} has reapers that wait for each other`);
  }

  #checkEntry(s: State, e: number): void {
    const chain = this.#chainOf(s, e);
    const charge = chain.at(-1) as number;
    const thread = this.owner.get(s, charge) - 1;
    if (this.life.get(s, thread) === LIVES) {
      const begun = this.phase.get(s, charge) === LIVE ? chain.at(-2) : charge;
      if (begun !== undefined && !this.#reaps(s, thread, begun))
        throw new Violation("forgotten", `entry ${e} is reaped by thread ${thread}, which does not know of it`);
      return;
    }
    const me = this.#registered(s, this.identity.get(s, charge));
    for (let t = 0; t < this.threads; t++) {
      if (this.life.get(s, t) !== LIVES || this.activity.get(s, t) !== IDLE) continue;
      for (let slot = 0; slot < SLOTS; slot++) {
        if (this.entry.get(s, SLOTS * t + slot) === 0) continue;
        const r = this.#registryOf(t, slot);
        if ((this.knows.get(s, r) & this.#bit(me.thread)) !== 0)
          throw new Violation("kept", `thread ${t} knows that thread ${thread} is dead, and leaves entry ${e}`);
        if (this.#canSeeGone(s, t, thread) && !this.#says(s, r, me))
          throw new Violation("unseen", `thread ${t} could see that thread ${thread} is dead, and does not`);
      }
    }
  }

  #checkRegistry(s: State, r: number): void {
    const knows = this.knows.get(s, r);
    for (const thread of this.#numbersOf(knows)) {
      if (!this.#says(s, r, { thread, osThread: 0 }))
        throw new Violation("unsaid", `thread ${threadOf(r)} had proof that ${thread} is dead, and has forgotten it`);
    }
  }

  /** Both numbers are those of a thread that takes no more steps, and of none that does. */
  #mustBeDead(s: State, by: number, one: Registered): void {
    let isAnybodys = false;
    for (let t = 0; t < this.threads; t++) {
      const life = this.life.get(s, t);
      if (life === UNBORN || this.#numberOf(t) !== one.thread || this.#registeredOs(s, t) !== one.osThread) continue;
      if (life === LIVES) throw new Violation("verdict", `thread ${by} finds that thread ${t} is dead, which lives`);
      isAnybodys = true;
    }
    if (!isAnybodys)
      throw new Violation("verdict", `thread ${by} finds that ${keyOf([one])} is dead, which is no thread`);
  }

  /** The host calls a thread so that takes no more steps, and none that does, or will. */
  #mustHaveEnded(s: State, r: number, number: number): void {
    for (let t = 0; t < this.threads; t++) {
      if (this.#numberOf(t) === number && this.life.get(s, t) < STOPPED)
        throw new Violation("told", `thread ${threadOf(r)} tells that ${number} is dead, which is thread ${t}`);
    }
    if (!this.#numbers.includes(number))
      throw new Violation("told", `thread ${threadOf(r)} tells that ${number} is dead, which is nobody`);
  }

  /** What the system shows thread `t` of its thread with that number. */
  sightOf(s: State, t: number, osThread: number): Sight {
    if (osThread === 0 || !this.canSee(t)) return "unknown";
    for (let other = 0; other < this.threads; other++) {
      if (this.osThread.get(s, other) === osThread && this.#hasOsThread(s, other)) return "there";
    }
    return "gone";
  }

  canSee(t: number): boolean {
    return this.setup.sees && this.setup.blind?.includes(t) !== true;
  }

  /** Whether thread `t` can see that `dead` is: the system has no thread of that number. */
  #canSeeGone(s: State, t: number, dead: number): boolean {
    return this.sightOf(s, t, this.#registeredOs(s, dead)) === "gone";
  }

  /** The system's number of a thread as it stands in the table. */
  #registeredOs(s: State, t: number): number {
    return this.canSee(t) ? this.osThread.get(s, t) : 0;
  }

  #registered(s: State, identity: number): Registered {
    if (identity === 0) return NOBODY;
    return { thread: this.#numberOf(identity - 1), osThread: this.#registeredOs(s, identity - 1) };
  }

  #foundBy(s: State, t: number): Registered[] {
    const found: Registered[] = [];
    for (let at = t * this.entries; at < (t + 1) * this.entries; at++) {
      const one = this.#registeredAs(s, this.found.get(s, at));
      if (one !== undefined) found.push(one);
    }
    return found;
  }

  /** What a thread has read of an entry. */
  #registeredAs(s: State, words: number): Registered | undefined {
    if (words === NOTHING) return undefined;
    const { thread } = this.#registered(s, words % 16);
    const { osThread } = this.#registered(s, words >>> 4);
    return { thread, osThread };
  }

  #forgetTable(s: State, t: number): void {
    for (let at = t * this.entries; at < (t + 1) * this.entries; at++) {
      this.found.set(s, at, NOTHING);
      this.stack.set(s, at, 0);
    }
  }

  #hasOsThread(s: State, t: number): boolean {
    const life = this.life.get(s, t);
    return life === LIVES || life === STOPPED;
  }

  #reaps(s: State, t: number, e: number): boolean {
    for (let i = 0; i < this.depth.get(s, t); i++) {
      if (this.stack.get(s, t * this.entries + i) === e + 1) return true;
    }
    return false;
  }

  #registryOf(t: number, slot: number): number {
    return SLOTS * t + (this.copiesOn(t) === 1 ? 0 : slot);
  }

  copiesOn(t: number): number {
    return this.setup.copies[t] as number;
  }

  #hasMember(s: State, r: number): boolean {
    if (this.copiesOn(threadOf(r)) === 2) return this.entry.get(s, r) !== 0;
    return r % SLOTS === 0 && (this.entry.get(s, r) !== 0 || this.entry.get(s, r + 1) !== 0);
  }

  /** Whether news should reach a registry: a heap is open there, or was, and the thread cannot see the dead by itself. */
  #shouldHear(s: State, r: number): boolean {
    return this.hears.get(s, r) !== 0 && (this.#hasMember(s, r) || !this.canSee(threadOf(r)));
  }

  #learns(s: State, r: number, dead: number): void {
    this.knows.set(s, r, this.knows.get(s, r) | (dead & ~this.#bit(this.#numberOf(threadOf(r)))));
  }

  #numberOf(t: number): number {
    return this.setup.numbers?.[t] ?? t;
  }

  #bit(number: number): number {
    const i = this.#numbers.indexOf(number);
    return i < 0 ? 0 : 1 << i;
  }

  #bits(numbers: readonly number[]): number {
    return numbers.reduce((bits, number) => bits | this.#bit(number), 0);
  }

  #numbersOf(bits: number): number[] {
    return this.#numbers.filter((_, i) => (bits & (1 << i)) !== 0);
  }

  // ── state machines ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Asks a registry's state machine, and keeps the state that it is in afterwards. */
  #think<T>(s: State, r: number, key: string, ask: (mind: Liveness) => T): T {
    const before = this.mind.get(s, r);
    const whole = `${before} ${key}`;
    let thought = this.#thoughts.get(whole);
    if (thought === undefined) {
      const mind = copyOf(this.#minds[before] as object) as Liveness;
      const answer = ask(mind);
      thought = { mind: this.#numberOfMind(mind), answer };
      this.#thoughts.set(whole, thought);
    }
    this.mind.set(s, r, thought.mind);
    return thought.answer as T;
  }

  /** What a state machine would say now, of a thread that is gone. */
  #says(s: State, r: number, one: Registered): boolean {
    const before = this.mind.get(s, r);
    const sight = this.sightOf(s, threadOf(r), one.osThread);
    const says = this.#think(s, r, `is ${one.thread} ${one.osThread} ${sight}`, (mind) =>
      mind.isDead(one, () => sight),
    );
    this.mind.set(s, r, before);
    return says;
  }

  #numberOfMind(mind: object): number {
    const key = JSON.stringify(mind, (_, value) => (value instanceof Set ? [...value] : value));
    let number = this.#mindNumbers.get(key);
    if (number === undefined) {
      number = this.#minds.push(copyOf(mind)) - 1;
      this.#mindNumbers.set(key, number);
    }
    return number;
  }
}

const threadOf = (r: number) => Math.trunc(r / SLOTS);

const keyOf = (found: readonly Registered[]) => found.map(({ thread, osThread }) => `${thread}:${osThread}`).join();

/** A state machine in the same state. Its private fields are plain ones here; see load.ts. */
function copyOf(mind: object): object {
  const copy = Object.create(Object.getPrototypeOf(mind));
  for (const [name, value] of Object.entries(mind)) copy[name] = value instanceof Set ? new Set(value) : value;
  return copy;
}
