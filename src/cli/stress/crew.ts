/**
 * The crew: a run's worker threads, one at each seat. Starts them, kills and replaces them, and knows who ended and how.
 * What the seats are for is for those to say who extend it.
 */
import type { Worker } from "node:worker_threads";

/** The part of the crew that is at work when somebody is killed. */
const QUORUM = 0.75;

interface Seat {
  readonly index: number;
  worker: Worker;
  incarnation: number;
  state: "working" | "killed" | "gone";
}

export abstract class Crew {
  /** What went wrong with workers that nobody killed. */
  readonly failures: string[] = [];
  kills = 0;
  /** Workers started so far. */
  hired = 0;
  readonly #seats: Seat[] = [];
  /** Ended already: nobody is replaced any more. */
  #dismissed = false;

  /** Starts a worker for a seat that had so many before. */
  protected abstract hire(seat: number, incarnation: number): Worker;

  protected abstract nameOf(seat: number): string;

  /** Whether the seat's worker has begun to work. */
  protected abstract hasBegun(seat: number): boolean;

  /** The seat's worker was told to end, in the middle of whatever it does. */
  protected strikes(_seat: number): void {}

  /** A worker that was killed has ended. Nobody has its seat yet. */
  protected fell(_seat: number): void {}

  /** Starts a worker at each of so many seats. */
  protected assemble(seats: number): void {
    for (let index = 0; index < seats; index++) {
      const seat: Seat = { index, incarnation: 0, state: "working", worker: this.#start(index, 0) };
      this.#seats.push(seat);
      this.#attend(seat);
    }
  }

  /** Seats whose worker was told to end and has not ended yet. */
  get dying(): number {
    return this.#seats.filter(({ state }) => state === "killed").length;
  }

  /** Whether every seat has a worker that is at work. */
  get isComplete(): boolean {
    return this.#seats.every((seat) => this.#isAtWork(seat));
  }

  get areGone(): boolean {
    return this.#seats.every(({ state }) => state === "gone");
  }

  /**
   * Terminates the worker at one of the seats, as `pick` chooses among so many, in the middle of whatever it does. `early`:
   * it may not have begun to work yet. Otherwise most of the crew must be at work, so that there is always something going
   * on for a kill to hit. False: that is not so now.
   */
  kill(pick: (among: number) => number, early: boolean): boolean {
    const victims = this.#seats.filter((seat) => (early ? seat.state === "working" : this.#isAtWork(seat)));
    if (!early && victims.length < QUORUM * this.#seats.length) return false;
    const seat = victims[pick(victims.length)];
    if (seat === undefined) return false;
    seat.state = "killed";
    this.kills++;
    this.strikes(seat.index);
    void seat.worker.terminate();
    return true;
  }

  /** Ends everybody. Answers when they have ended, but after `ms` at the latest. */
  async dismiss(ms: number): Promise<void> {
    this.#dismissed = true;
    const ends = this.#seats.filter(({ state }) => state !== "gone").map(({ worker }) => worker.terminate());
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([Promise.all(ends), late]);
    clearTimeout(timer);
    // One that does not end must not keep the process.
    for (const { worker } of this.#seats) worker.unref();
  }

  /** Whether the seat's worker was told to end and has not ended yet. */
  protected isDying(seat: number): boolean {
    return this.#seats[seat]?.state === "killed";
  }

  #isAtWork({ state, index }: Seat): boolean {
    return state === "working" && this.hasBegun(index);
  }

  #start(seat: number, incarnation: number): Worker {
    this.hired++;
    return this.hire(seat, incarnation);
  }

  #attend(seat: Seat): void {
    seat.worker.once("error", (error) => {
      this.failures.push(`${this.nameOf(seat.index)} threw: ${error.stack ?? error.message}`);
      if (seat.state === "working") seat.state = "gone";
    });
    seat.worker.once("exit", (code) => this.#ended(seat, code));
  }

  #ended(seat: Seat, code: number): void {
    const { state } = seat;
    seat.state = "gone";
    if (this.#dismissed) return;
    if (state === "killed") {
      this.fell(seat.index);
      seat.incarnation++;
      seat.worker = this.#start(seat.index, seat.incarnation);
      seat.state = "working";
      this.#attend(seat);
    } else if (state === "working" && code !== 0) {
      this.failures.push(`${this.nameOf(seat.index)} ended with code ${code}`);
    }
  }
}
