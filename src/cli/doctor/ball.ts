/**
 * A ball that two threads hand to each other: a word in the heap says whose turn it is, and each of them listens to an event of
 * its own. The thread that serves, whose turns are the even ones, also ends the game.
 */
import type { Heap, SharedEvent } from "../../index.js";

const OVER = -1;
/** Longer than any wait should be. */
const LIMITS = { timeoutMs: 3000 };

export class Ball {
  readonly #words: Int32Array;
  readonly #turn: number;
  readonly #mine: SharedEvent;
  readonly #theirs: SharedEvent;
  readonly #parity: 0 | 1;

  constructor(heap: Heap, turn: number, mine: SharedEvent, theirs: SharedEvent, parity: 0 | 1) {
    this.#words = new Int32Array(heap.buffer);
    this.#turn = turn >>> 2;
    this.#mine = mine;
    this.#theirs = theirs;
    this.#parity = parity;
  }

  /** Plays, blocking. Answers how often it had the ball. */
  playSync(isOver: () => boolean): number {
    for (let turns = 0; ; turns++) {
      while (!this.#isMine) {
        const listener = this.#mine.listen();
        if (this.#isMine) listener.drop();
        else listener.waitSync(LIMITS);
      }
      if (this.#hit(isOver)) return turns;
    }
  }

  /** Plays, and awaits. */
  async play(isOver: () => boolean): Promise<number> {
    for (let turns = 0; ; turns++) {
      while (!this.#isMine) {
        const listener = this.#mine.listen();
        if (this.#isMine) listener.drop();
        else await listener.wait(LIMITS);
      }
      if (this.#hit(isOver)) return turns;
    }
  }

  get #isMine(): boolean {
    const turn = Atomics.load(this.#words, this.#turn);
    return turn === OVER || turn % 2 === this.#parity;
  }

  /** True: the game is over. */
  #hit(isOver: () => boolean): boolean {
    if (Atomics.load(this.#words, this.#turn) === OVER) return true;
    const ends = isOver();
    if (ends) Atomics.store(this.#words, this.#turn, OVER);
    else Atomics.add(this.#words, this.#turn, 1);
    this.#theirs.notify(1);
    return ends;
  }
}
