/**
 * A worker at its seat: how it goes through the steps of a run, and what producers and consumers have in common. Both work
 * in bouts, short stretches after which the ledger knows what was done.
 */
import type { ConcurrentQueue } from "../../../index.js";
import { Random } from "../../random.js";
import { leak } from "../leak.js";
import { OF_VALUES, Transit } from "../transit.js";
import { Activity } from "./activity.js";
import type { Assignment } from "./assignment.js";
import { type Encoding, encodingOf } from "./encoding.js";
import { GATHER, LEAVE, Ledger, phaseOf, RUN } from "./ledger.js";
import { Taker } from "./taker.js";

/** Values of a bout where nobody is killed, and the ledger has time. */
const BOUT = 1024;
/** Bouts between two looks at the step where everybody may be killed, and a bout is one call. */
const CALLS = 16;
/** How often in a row who finds an empty queue, or a full one, tries again before it sleeps in between. */
const PATIENCE = 64;
/** How long who has nothing to do sleeps before it looks again. */
const NAP_MS = 1;
/** The first sleep after a queue that was empty or full: each is twice as long as the one before, up to a whole nap. */
const BLINK_MS = 1 / 32;
/** How long who has answered sleeps, unless the next step wakes it. */
const REST_MS = 250;

export abstract class Hand {
  protected readonly seat: number;
  protected readonly ledger: Ledger;
  protected readonly random: Random;
  protected readonly encoding: Encoding;
  protected readonly batch: number;
  /** At most this many values pass between two entries in the ledger. */
  protected readonly bout: number;
  /** Whether workers are killed in this run: then a bout is one call. */
  protected readonly killable: boolean;
  /** Bouts between two looks at the step. */
  protected readonly bouts: number;
  protected readonly taker: Taker;
  protected readonly transit: Transit;
  protected queue: ConcurrentQueue<unknown>;
  #step = 0;
  /** Tries in a row that came to nothing. */
  #tries = 0;

  constructor(assignment: Assignment, queue: ConcurrentQueue<unknown>) {
    const { seat, incarnation, seed, batch, shape, type, size } = assignment;
    this.seat = seat;
    this.ledger = new Ledger(shape, assignment.ledger);
    this.random = new Random(seed, seat, incarnation);
    this.encoding = encodingOf(type, { seed, size, heap: queue.heap });
    this.transit = new Transit(OF_VALUES, this.ledger.seats, seat, assignment.transit);
    this.taker = new Taker(assignment, this.ledger, this.encoding, this.transit);
    this.batch = batch;
    this.killable = shape.marks;
    this.bout = this.killable ? batch : Math.max(batch, BOUT);
    this.bouts = this.killable ? CALLS : 1;
    this.queue = queue;
  }

  /** Works until everybody is told to leave. */
  work(): void {
    this.#step = this.ledger.step;
    // One who comes in the middle of a run has not done the step that is on, but is there.
    this.ledger.answer(this.seat, this.#step - 1);
    while (phaseOf(this.#step) !== LEAVE) {
      if (!this.follows(phaseOf(this.#step))) this.#answer();
      this.#look();
    }
    this.does(Activity.leaving);
    this.#leave();
  }

  /** Does some of what the phase asks for. False: there is no more to do in it. */
  protected abstract follows(phase: number): boolean;

  /** What is new with a round. */
  protected abstract begins(): void;

  #leave(): void {
    if (this.taker.leaks) leak(this.queue);
    this.queue.drop();
  }

  protected does(activity: Activity): void {
    this.ledger.does(this.seat, activity);
  }

  /** Sleeps for a moment, not beyond the step. */
  protected nap(ms = NAP_MS): void {
    this.ledger.sleep(this.#step, ms);
  }

  /** The queue let nothing in, or nothing out: tries again, at once at first and then after a nap. */
  protected waits(activity: Activity): true {
    if (++this.#tries < PATIENCE) return true;
    this.does(activity);
    this.nap(Math.min(NAP_MS, BLINK_MS * 2 ** (this.#tries - PATIENCE)));
    return true;
  }

  /** It did. */
  protected proceeds(): void {
    this.#tries = 0;
  }

  /** Now and then, the handle is another one: the queue's count goes up and down while everybody works. */
  protected maybeReplaceHandle(): void {
    if (!this.random.oneIn(this.killable ? 8 : 64)) return;
    this.does(Activity.replacingHandle);
    const old = this.queue;
    this.queue = old.clone();
    old.drop();
  }

  /** Notes that the heap is exhausted, and sleeps. Any other error is not ours to handle. */
  protected refused(error: unknown): void {
    if ((error as { code?: unknown }).code !== "ERR_SHMOL_OUT_OF_MEMORY") throw error;
    this.ledger.noteRefusal(this.seat);
    this.does(Activity.waitingForMemory);
    this.nap();
  }

  /** Answers the step and sleeps until it is over. */
  #answer(): void {
    this.does(phaseOf(this.#step) === GATHER ? Activity.atTheStart : Activity.settled);
    this.ledger.answer(this.seat, this.#step);
    // The watching thread ends a run that is stuck, and with it this worker.
    while (this.ledger.step === this.#step) this.ledger.sleep(this.#step, REST_MS);
  }

  #look(): void {
    const step = this.ledger.step;
    if (step === this.#step) return;
    this.#step = step;
    if (phaseOf(step) !== RUN) return;
    this.begins();
  }
}
