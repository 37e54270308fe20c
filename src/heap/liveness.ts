/**
 * Which threads are dead, as far as one thread can prove it. A state machine without clock, events or memory of its own: the
 * registry feeds it (registry.ts), and a simulator does (test/death/simulator.ts).
 *
 *   the operating system has no such thread        proof; it is asked about each thread in a heap's table
 *   a worker that this thread started has ended    proof, where the host says so only after the worker's last step
 *   another thread has such proof, and says so     proof
 *
 * Nothing else is: no silence, no refused message, no closed port.
 *
 * Invariants
 *   - Where an exit is proof, the host's number names one thread for as long as the process lives. So what is known of the dead
 *     never becomes wrong, and may be told in any order, late, twice, or be lost.
 *   - The operating system gives a number to one living thread at a time, and again when that has ended. So a thread whose number
 *     is not there is dead; one whose number is there may be dead as well.
 *   - What ends is a thread, with all registrations that it has in any heap, made by whichever copy of the package: those of both
 *     its numbers. The end of one registration is written into the heap's table by its owner, and is no news of the thread.
 *   - Proof by an exit is passed on once, by the thread that saw it. A thread that may have missed that asks: when it opens a
 *     heap, about those in the heap's table that have no number of the operating system's.
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

/** Ended workers that are remembered; the oldest are forgotten first. What they owned was returned long ago. */
const MOST_REMEMBERED = 100_000;

export class Liveness {
  readonly #me: number;
  readonly #exitIsProof: boolean;
  /** The host's numbers of workers that have ended. */
  readonly #ended = new Set<number>();

  /** `me`: this thread's number. `exitIsProof`: the host says that a worker has ended only when it takes no further step. */
  constructor(me: number, exitIsProof: boolean) {
    this.#me = me;
    this.#exitIsProof = exitIsProof;
  }

  /** A worker that this thread has started has ended, its host says. */
  exited(thread: number): Consequences {
    if (!this.#exitIsProof) return { look: true, tell: undefined };
    this.#learn(thread);
    return { look: true, tell: { ended: [thread] } };
  }

  /** This thread has opened a heap, and found these in its table. */
  opened(found: readonly Registered[]): Consequences {
    const unseen = found.filter(({ osThread }) => osThread === 0).map(({ thread }) => thread);
    const asked = unseen.filter((thread) => thread !== this.#me && !this.#ended.has(thread));
    return { look: true, tell: asked.length > 0 ? { asked } : undefined };
  }

  /** Another thread tells something. */
  heard({ ended = [], asked = [] }: News): Consequences {
    const news = ended.filter((thread) => thread !== this.#me && !this.#ended.has(thread));
    for (const thread of news) this.#learn(thread);
    const known = asked.filter((thread) => this.#ended.has(thread));
    return { look: news.length > 0, tell: known.length > 0 ? { ended: known } : undefined };
  }

  /** Whether there is proof that a thread is dead. `sightOf` is asked about the operating system's thread. */
  isDead({ thread, osThread }: Registered, sightOf: (osThread: number) => Sight): boolean {
    return this.#ended.has(thread) || (osThread !== 0 && sightOf(osThread) === "gone");
  }

  /** Of the threads in a heap's table, those that are proven dead; each once, however many registrations it has. */
  deadAmong(found: readonly Registered[], sightOf: (osThread: number) => Sight): Registered[] {
    const dead = found.filter((one) => this.isDead(one, sightOf));
    return [...new Map(dead.map((one) => [`${one.thread} ${one.osThread}`, one])).values()];
  }

  #learn(thread: number): void {
    this.#ended.add(thread);
    if (this.#ended.size <= MOST_REMEMBERED) return;
    for (const oldest of this.#ended) {
      this.#ended.delete(oldest);
      return;
    }
  }
}
