/**
 * A worker at its seat: has some handles, strong and weak, and does at random what can be done with them. Every block that it
 * gets hold of, and now and then one that it holds, must be what somebody wrote there.
 *
 *   watching thread  --anchors-->  everybody
 *   Arcs             --a queue-->  somebody else        the handle is given away
 *   tokens           --a queue-->  somebody else        some with opens set aside, some that keep nothing alive
 *
 * What is certain is checked: while somebody holds a handle its object can be cloned, downgraded and upgraded. What others may
 * have done meanwhile is not: a token may be of an object that is gone, as may the opens that a killed worker set aside.
 */
import { Arc, type ArcToken, ConcurrentQueue, Heap, TokenError, type Weak } from "../../../index.js";
import { Random } from "../../random.js";
import { leak } from "../leak.js";
import { activityOf, DEEDS, type Deed, LEAVING } from "./activity.js";
import type { Assignment } from "./assignment.js";
import { contentOf, fill, isIntact, LEAST, wordsOf } from "./content.js";
import { DEED, GONE, Ledger, REFUSALS, STALE } from "./ledger.js";
import type { Sabotage } from "./sabotage.js";

/** The most handles that a worker keeps of either kind. */
const POOL = 32;
/** The most opens that are set aside at once. */
const MAX_OPENS = 3;
/** Deeds after which a cheater cheats. */
const TRIGGER = 500;
const NAP_MS = 1;

export class Hand {
  readonly #assignment: Assignment;
  readonly #ledger: Ledger;
  readonly #random: Random;
  readonly #arcs: ConcurrentQueue<Arc>;
  readonly #tokens: ConcurrentQueue<unknown>;
  /** Never empty: the first are of the anchors. */
  readonly #strong: Arc[];
  readonly #weak: Weak[] = [];
  /** Tokens with opens that this worker has set aside, and that may be left. */
  readonly #shared: ArcToken[] = [];
  /** Nobody ever notifies here: somewhere to sleep. */
  readonly #bed = new Int32Array(new SharedArrayBuffer(4));
  #deeds = 0;

  constructor(assignment: Assignment) {
    const { seats, seed, seat, incarnation, ledger, anchors, arcs, tokens } = assignment;
    this.#assignment = assignment;
    this.#ledger = new Ledger(seats, ledger);
    this.#random = new Random(seed, seat, incarnation);
    this.#arcs = ConcurrentQueue.open(arcs);
    this.#tokens = ConcurrentQueue.open(tokens);
    this.#strong = anchors.map((token) => Arc.open(token));
  }

  /** Works until everybody is told to leave. */
  work(): void {
    const { seat } = this.#assignment;
    this.#ledger.awaitBeginning(seat);
    while (!this.#ledger.isDone) this.#doSomething();
    this.#ledger.does(seat, LEAVING);
    for (const handle of [...this.#strong, ...this.#weak]) handle.drop();
    // They would outlive this thread. By now it has cells to spare: this cannot fail for want of memory.
    for (const token of this.#shared) Heap.revoke(token);
    for (const queue of [this.#arcs, this.#tokens]) queue.drop();
  }

  #doSomething(): void {
    const { seat, sabotage } = this.#assignment;
    const deed = this.#random.below(DEEDS.length);
    this.#ledger.does(seat, activityOf(deed));
    if (sabotage !== undefined && ++this.#deeds === TRIGGER) this.#cheat(sabotage);
    try {
      if (this.#does[DEEDS[deed] as Deed]()) this.#ledger.count(seat, DEED + deed);
    } catch (error) {
      this.#refused(error);
    }
  }

  /** What each deed comes down to. False: there was nothing to do it with. */
  readonly #does: { readonly [deed in Deed]: () => boolean } = {
    create: () => this.#keep(Arc.create(contentOf(this.#number(), this.#size()), this.#place())),

    cyclic: () => {
      const number = this.#number();
      const init = (weak: Weak, bytes: Uint8Array<SharedArrayBuffer>) => {
        if (weak.upgrade() !== undefined) this.#note(GONE);
        fill(new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4), number);
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
      if (again === undefined) this.#note(GONE);
      return again !== undefined && this.#keep(again);
    },

    upgrade: () => {
      const weak = this.#weak[this.#random.below(this.#weak.length)];
      if (weak === undefined) return false;
      const arc = weak.upgrade();
      return arc === undefined || this.#keep(arc);
    },

    dropWeak: () => this.#drop(this.#weak.pop()),

    share: () => {
      const opens = this.#random.oneIn(3) ? undefined : 1 + this.#random.below(MAX_OPENS);
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
      for (let i = this.#random.below(MAX_OPENS + 1); i >= 0; i--) this.#keep(Arc.open(token));
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
        const bytes = arc.makeMut();
        const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
        this.#verify(words);
        fill(words, this.#number());
        return true;
      } finally {
        this.#keep(arc);
      }
    },

    intoInner: () => {
      const bytes = this.#takeAny()?.intoInner();
      if (bytes === undefined) return false;
      return this.#verify(new Uint32Array(bytes.buffer));
    },
  };

  // ── handles ──

  #any(): Arc {
    return this.#strong[this.#random.below(this.#strong.length)] as Arc;
  }

  /** One that is no anchor's, and no longer in the pool. */
  #takeAny(): Arc | undefined {
    const anchors = this.#assignment.anchors.length;
    if (this.#strong.length === anchors) return undefined;
    const index = anchors + this.#random.below(this.#strong.length - anchors);
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
    if (this.#random.oneIn(2)) {
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
    return this.#verify(wordsOf(arc));
  }

  #verify(words: Uint32Array): true {
    if (!isIntact(words)) this.#ledger.noteDamage(this.#assignment.seat, words[0] as number);
    return true;
  }

  // ── choices ──

  #number(): number {
    return this.#random.below(2 ** 32);
  }

  /** A multiple of 4, of every magnitude; the largest are rare. */
  #size(): number {
    const most = this.#assignment.size >>> this.#random.below(8);
    return Math.max(LEAST, 4 * this.#random.below(1 + most / 4));
  }

  #place() {
    return { heap: this.#arcs.heap, align: this.#random.oneIn(2) ? 16 : this.#arcs.heap.alignment };
  }

  // ── what goes wrong ──

  #note(word: number): void {
    this.#ledger.count(this.#assignment.seat, word);
  }

  /** Tokens may be out of date, and the heap exhausted. Any other error is not ours to handle. */
  #refused(error: unknown): void {
    if (error instanceof TokenError) {
      this.#note(STALE);
      return;
    }
    if ((error as { code?: unknown }).code !== "ERR_SHMOL_OUT_OF_MEMORY") throw error;
    this.#note(REFUSALS);
    Atomics.wait(this.#bed, 0, 0, NAP_MS);
  }

  #cheat(sabotage: Sabotage): void {
    const arc = this.#any();
    if (sabotage === "damage") {
      const words = wordsOf(arc);
      words[1] = ~(words[1] as number);
      // Nobody else may ever look at this one.
      this.#look(arc);
    } else if (sabotage === "leak") {
      leak(arc);
    } else if (sabotage === "forget") {
      const mine = Arc.create(LEAST, { heap: arc.heap });
      const weak = mine.downgrade();
      mine.drop();
      if (weak.upgrade() === undefined) this.#note(GONE);
      weak.drop();
    } else if (sabotage === "stall") {
      for (;;) Atomics.wait(this.#bed, 0, 0, 1000);
    } else {
      throw new Error("sabotaged");
    }
  }
}
