/**
 * Which threads are dead, as far as one thread can prove it. A state machine without clock, events or memory of its own: the
 * registry feeds it (registry.ts), and a simulator does (test/death/simulator.ts).
 *
 *   a worker that this thread started has ended    proof, where the host says so only after the worker's last step
 *   the operating system has no such thread        proof; it is asked about each thread in a heap's table
 *   it has, and that is this worker's own          proof: the number was the other's before; living threads do not share one
 *   another thread has proof, and says so          proof
 *
 * Nothing else is: no silence, no refused message, no closed port.
 *
 * Invariants
 *   - A thread's number names one thread for as long as the process lives. So what is known of the dead never becomes wrong, and
 *     may be told in any order, late, twice, or be lost.
 *   - What ends is a thread, with all registrations that it has in any heap, made by whichever copy of the package. The end of
 *     one registration is written into the heap's table by its owner, and is no news of the thread.
 *   - Proof is passed on once, by the thread that saw the end itself. A thread that may have missed that asks: when it
 *     opens a heap, about those in the heap's table.
 */
import type { Sight } from "./osThread.js";

/** A thread as it stands in a heap's table: the host's number, and the operating system's or 0. */
export interface Registered {
  readonly thread: number;
  readonly osThread: number;
}

/** What threads tell each other: who is dead, and who asks about whom. */
export interface News {
  readonly ended?: readonly number[];
  readonly asked?: readonly number[];
}

/** What is to be done about a piece of news. */
export interface Consequences {
  /** Whether heaps should be looked through now. */
  readonly look: boolean;
  /** What to tell the others. */
  readonly tell: News | undefined;
}

/** Dead threads that are remembered; the oldest are forgotten first. What they owned was returned long ago. */
const MOST_REMEMBERED = 100_000;

export class Liveness {
  readonly #me: Registered;
  readonly #exitIsProof: boolean;
  readonly #dead = new Set<number>();

  /**
   * `me`: with 0 for the operating system's number where other threads of the host's may run on the same one, as in the main
   * thread of programs that embed Node. `exitIsProof`: the host says that a worker has ended only when it takes no further step.
   */
  constructor(me: Registered, exitIsProof: boolean) {
    this.#me = me;
    this.#exitIsProof = exitIsProof;
  }

  /** A worker that this thread has started has ended, its host says. */
  exited(thread: number): Consequences {
    const tell = this.#exitIsProof ? { ended: [thread] } : undefined;
    if (this.#exitIsProof) this.#learn(thread);
    return { look: true, tell };
  }

  /** This thread has opened a heap, and found these in its table. */
  opened(found: readonly Registered[]): Consequences {
    const asked = found.filter(({ osThread }) => osThread === 0).map(({ thread }) => thread);
    const open = asked.filter((thread) => thread !== this.#me.thread && !this.#dead.has(thread));
    return { look: true, tell: open.length > 0 ? { asked: open } : undefined };
  }

  /** Another thread tells something. */
  heard({ ended = [], asked = [] }: News): Consequences {
    let look = false;
    for (const thread of ended) {
      if (thread === this.#me.thread || this.#dead.has(thread)) continue;
      this.#learn(thread);
      look = true;
    }
    const known = asked.filter((thread) => this.#dead.has(thread));
    return { look, tell: known.length > 0 ? { ended: known } : undefined };
  }

  /** Whether there is proof that a thread is dead. `sightOf` is asked about the operating system's thread. */
  isDead({ thread, osThread }: Registered, sightOf: (osThread: number) => Sight): boolean {
    if (thread === this.#me.thread) return false;
    if (this.#dead.has(thread)) return true;
    if (osThread === 0) return false;
    if (osThread !== this.#me.osThread && sightOf(osThread) !== "gone") return false;
    this.#learn(thread);
    return true;
  }

  /** Of the threads in a heap's table, those that are proven dead; each once, however many registrations it has. */
  deadAmong(found: readonly Registered[], sightOf: (osThread: number) => Sight): Set<number> {
    return new Set(found.filter((one) => this.isDead(one, sightOf)).map(({ thread }) => thread));
  }

  #learn(thread: number): void {
    this.#dead.add(thread);
    if (this.#dead.size <= MOST_REMEMBERED) return;
    for (const oldest of this.#dead) {
      this.#dead.delete(oldest);
      return;
    }
  }
}
