/**
 * A thread with some handles, strong and weak, which does at random what can be done with them. Every block that it gets hold of, and
 * now and then one that it holds, must be what somebody wrote there.
 *
 *   main thread  --anchors-->  every thread
 *   Arcs         --a queue-->  another thread        the handle is given away
 *   tokens       --a queue-->  another thread        some with opens set aside, some that keep nothing alive
 *
 * What is certain is checked: while a thread holds a handle, its object can be cloned, downgraded and upgraded. What others may have
 * done meanwhile is not: a token may be of an object that is gone, as may the opens that a killed worker set aside.
 */
import { Arc, type ArcToken, ConcurrentQueue, Heap, TokenError, type Weak } from "../../index.js";
import { type ArcOptions, type ArcOrders, OPERATIONS, type Operation } from "./arc.js";
import { contentOf, fill, isIntact, LEAST, wordsOf } from "./content.js";
import type { Seat } from "./seat.js";

const POOL = 32;
const MAX_OPENS = 3;
/** Operations after which a saboteur begins. */
const TRIGGER = 500;

class Owner {
  readonly #seat: Seat<ArcOptions, ArcOrders>;
  readonly #arcs: ConcurrentQueue<Arc>;
  readonly #tokens: ConcurrentQueue<unknown>;
  readonly #anchors: number;
  /** Never empty: the first are of the anchors. */
  readonly #strong: Arc[];
  readonly #weak: Weak[] = [];
  /** Tokens with opens that this worker has set aside, and that may be left. */
  readonly #shared: ArcToken[] = [];

  constructor(seat: Seat<ArcOptions, ArcOrders>) {
    const { anchors, arcs, tokens } = seat.orders;
    this.#seat = seat;
    this.#arcs = ConcurrentQueue.open(arcs);
    this.#tokens = ConcurrentQueue.open(tokens);
    this.#anchors = anchors.length;
    this.#strong = anchors.map((token) => Arc.open(token));
  }

  work(): void {
    const seat = this.#seat;
    seat.awaitBeginning();
    for (let done = 0; !seat.isDone; done++) this.#doSomething(done === TRIGGER);
    seat.does("leaving");
    for (const handle of [...this.#strong, ...this.#weak]) handle.drop();
    // They would outlive this thread. By now it has cells to spare: this cannot fail for want of memory.
    for (const token of this.#shared) Heap.revoke(token);
    for (const queue of [this.#arcs, this.#tokens]) queue.drop();
  }

  #doSomething(isTrigger: boolean): void {
    const seat = this.#seat;
    const operation = OPERATIONS[seat.random.below(OPERATIONS.length)] as Operation;
    seat.does(`in ${operation}`);
    if (isTrigger && seat.isSaboteur) this.#cheat();
    try {
      if (!this.#does[operation]()) return;
      seat.count(operation);
      seat.count("operations");
    } catch (error) {
      // What others did decides whether a token is out of date.
      if (error instanceof TokenError) seat.count("staleTokens");
      else seat.refused(error);
    }
  }

  /** What each operation comes down to. False: there was nothing to do it with. */
  readonly #does: { readonly [operation in Operation]: () => boolean } = {
    create: () => this.#keep(Arc.create(contentOf(this.#number(), this.#size()), this.#place())),

    cyclic: () => {
      const number = this.#number();
      const init = (weak: Weak, bytes: Uint8Array<SharedArrayBuffer>) => {
        if (weak.upgrade() !== undefined) this.#gone();
        fill(wordsOf(bytes), number);
        this.#keepWeak(weak.clone());
      };
      return this.#keep(Arc.cyclic(this.#size(), init, this.#place()));
    },

    clone: () => this.#keep(this.#any().clone()),

    drop: () => this.#drop(this.#takeAny()),

    look: () => this.#look(this.#any()),

    downgrade: () => {
      const arc = this.#any();
      const weak = arc.downgrade();
      this.#keepWeak(weak);
      const again = weak.upgrade();
      // It is held here: by `arc`.
      if (again === undefined) this.#gone();
      return again !== undefined && this.#keep(again);
    },

    upgrade: () => {
      const weak = this.#weak[this.#seat.random.below(this.#weak.length)];
      if (weak === undefined) return false;
      const arc = weak.upgrade();
      return arc === undefined || this.#keep(arc);
    },

    dropWeak: () => this.#drop(this.#weak.pop()),

    share: () => {
      const opens = this.#seat.random.oneIn(3) ? undefined : 1 + this.#seat.random.below(MAX_OPENS);
      const token = this.#any().share({ light: true, ...(opens === undefined ? {} : { opens }) });
      if (opens !== undefined) this.#shared.push(token);
      if (this.#shared.length > POOL) {
        this.#useUp(this.#shared[0] as ArcToken);
        this.#shared.shift();
      }
      return this.#tokens.push(token);
    },

    open: () => {
      const token = this.#tokens.pop() as ArcToken | undefined;
      if (token === undefined) return false;
      // As often as its opens last, and once more than that now and then.
      for (let i = this.#seat.random.below(MAX_OPENS + 1); i >= 0; i--) this.#keep(Arc.open(token));
      return true;
    },

    push: () => {
      const arc = this.#takeAny();
      if (arc === undefined) return false;
      if (this.#arcs.push(arc)) return true;
      this.#keep(arc);
      return false;
    },

    pop: () => {
      const arc = this.#arcs.pop();
      return arc !== undefined && this.#keep(arc);
    },

    makeMut: () => {
      const arc = this.#takeAny();
      if (arc === undefined) return false;
      try {
        const words = wordsOf(arc.makeMut());
        this.#verify(words);
        fill(words, this.#number());
        return true;
      } finally {
        this.#keep(arc);
      }
    },

    intoInner: () => {
      const bytes = this.#takeAny()?.intoInner();
      return bytes !== undefined && this.#verify(wordsOf(bytes));
    },
  };

  // ── handles ──

  #any(): Arc {
    return this.#strong[this.#seat.random.below(this.#strong.length)] as Arc;
  }

  /** One that is no anchor's, and no longer in the pool. */
  #takeAny(): Arc | undefined {
    const anchors = this.#anchors;
    if (this.#strong.length === anchors) return undefined;
    const index = anchors + this.#seat.random.below(this.#strong.length - anchors);
    const arc = this.#strong[index];
    const last = this.#strong.pop() as Arc;
    if (index < this.#strong.length) this.#strong[index] = last;
    return arc;
  }

  /** Looks at what it got, and keeps it; too many is some other one too many. */
  #keep(arc: Arc): true {
    this.#look(arc);
    this.#strong.push(arc);
    if (this.#strong.length > POOL) this.#takeAny()?.drop();
    return true;
  }

  #keepWeak(weak: Weak): void {
    this.#weak.push(weak);
    if (this.#weak.length > POOL) this.#weak.shift()?.drop();
  }

  /** Takes the opens that nobody has taken, or gives them back. */
  #useUp(token: ArcToken): void {
    if (this.#seat.random.oneIn(2)) {
      Heap.revoke(token);
      return;
    }
    try {
      for (;;) this.#keep(Arc.open(token));
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
    }
  }

  #drop(handle: Arc | Weak | undefined): boolean {
    handle?.drop();
    return handle !== undefined;
  }

  #look(arc: Arc): true {
    return this.#verify(arc.view(Uint32Array));
  }

  #verify(words: Uint32Array): true {
    if (!isIntact(words)) this.#seat.fault("contents", `the block that says that it is number ${words[0]} is damaged`);
    return true;
  }

  // ── choices ──

  #number(): number {
    return this.#seat.random.below(2 ** 32);
  }

  /** A multiple of 4, of every magnitude; the largest are rare. */
  #size(): number {
    const most = this.#seat.options.size >>> this.#seat.random.below(8);
    return Math.max(LEAST, 4 * this.#seat.random.below(1 + most / 4));
  }

  #place() {
    return { heap: this.#arcs.heap, align: this.#seat.random.oneIn(2) ? 16 : this.#arcs.heap.alignment };
  }

  // ── faults ──

  #gone(): void {
    this.#seat.fault("liveness", "a block that was held was gone");
  }

  /**
   * Deliberate faults.
   *
   *   damage   changes a word of a block that others may hold     leak           keeps a count that no ledger has
   *   forget   drops a handle that it says it has                 crash, stall   throws, stops working
   */
  #cheat(): void {
    const arc = this.#any();
    if (this.#seat.cheats("damage")) {
      const words = arc.view(Uint32Array);
      words[1] = ~(words[1] as number);
      // No other thread may ever look at this one.
      this.#look(arc);
    }
    this.#seat.leak(arc);
    if (this.#seat.cheats("forget")) {
      const mine = Arc.create(LEAST, { heap: arc.heap });
      const weak = mine.downgrade();
      mine.drop();
      if (weak.upgrade() === undefined) this.#gone();
      weak.drop();
    }
    this.#seat.crashOrStall();
  }
}

export const parts = { thread: (seat: Seat<ArcOptions, ArcOrders>) => new Owner(seat).work() };
