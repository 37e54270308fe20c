/**
 * The crew: a run's worker threads, one at each seat. Starts them, kills and replaces them, and knows who ended and how.
 */
import { Worker } from "node:worker_threads";
import { Activity, describeActivity } from "./activity.js";
import type { Assignment } from "./assignment.js";
import { type Ledger, PUSHED, TAKEN } from "./ledger.js";
import type { SaboteurRole } from "./sabotage.js";

/** What all workers of a run are told alike. */
type Orders = Omit<Assignment, "role" | "seat" | "incarnation"> & { readonly saboteur: SaboteurRole };

/** The part of the crew that is at work when somebody is killed. */
const QUORUM = 0.75;

interface Seat {
  readonly role: Assignment["role"];
  readonly index: number;
  worker: Worker;
  incarnation: number;
  state: "working" | "killed" | "gone";
}

export class Crew {
  /** What went wrong with workers that nobody killed. */
  readonly failures: string[] = [];
  killedProducers = 0;
  killedConsumers = 0;
  /** Workers started so far. */
  hired = 0;
  readonly #orders: Orders;
  readonly #ledger: Ledger;
  readonly #seats: Seat[];
  /** Ended already: nobody is replaced any more. */
  #dismissed = false;

  constructor(orders: Orders, ledger: Ledger) {
    this.#orders = orders;
    this.#ledger = ledger;
    const { producers } = ledger.shape;
    this.#seats = Array.from({ length: ledger.seats }, (_, index) => this.#take(index, index < producers));
  }

  get kills(): number {
    return this.killedProducers + this.killedConsumers;
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

  /** Whether all producers, or all consumers, answered a step. */
  haveAnswered(step: number, role: Assignment["role"]): boolean {
    return this.#of(role).every(({ index }) => this.#ledger.hasAnswered(index, step));
  }

  /** Whether all that is left of the round is to empty the queue. */
  get areOutOfValues(): boolean {
    return this.#of("producer").every(({ index }) => this.#ledger.activityOf(index) === Activity.outOfValues);
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
    if (seat.role === "producer") this.killedProducers++;
    else this.killedConsumers++;
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

  /** What each was last doing, for a run that is stuck. */
  describe(): string[] {
    return this.#seats.map((seat) => {
      const { count } = this.#ledger.tallyOf(seat.index, seat.role === "producer" ? PUSHED : TAKEN);
      const doing =
        seat.state === "killed" ? "killed, but has not ended" : describeActivity(this.#ledger.activityOf(seat.index));
      return `${this.#name(seat)}: ${doing}, ${count} values this round`;
    });
  }

  #of(role: Assignment["role"]): Seat[] {
    return this.#seats.filter((seat) => seat.role === role);
  }

  #isAtWork({ state, index }: Seat): boolean {
    return state === "working" && this.#ledger.hasAnswered(index, 0);
  }

  #take(index: number, produces: boolean): Seat {
    const role = produces ? "producer" : "consumer";
    const seat: Seat = { role, index, incarnation: 0, state: "working", worker: this.#hire(role, index, 0) };
    this.#attend(seat);
    return seat;
  }

  #hire(role: Assignment["role"], seat: number, incarnation: number): Worker {
    this.hired++;
    this.#ledger.vacate(seat);
    const { sabotage, saboteur, ...orders } = this.#orders;
    const first = saboteur === "producer" ? 0 : this.#ledger.shape.producers;
    const cheats = seat === first && incarnation === 0;
    const assignment: Assignment = { ...orders, role, seat, incarnation, sabotage: cheats ? sabotage : undefined };
    return new Worker(new URL("./worker.js", import.meta.url), {
      name: `shmol stress ${role} ${seat}`,
      workerData: assignment,
    });
  }

  #attend(seat: Seat): void {
    seat.worker.once("error", (error) => {
      this.failures.push(`${this.#name(seat)} threw: ${error.stack ?? error.message}`);
      if (seat.state === "working") seat.state = "gone";
    });
    seat.worker.once("exit", (code) => this.#ended(seat, code));
  }

  #ended(seat: Seat, code: number): void {
    const { state } = seat;
    seat.state = "gone";
    if (this.#dismissed) return;
    if (state === "killed") {
      seat.incarnation++;
      seat.worker = this.#hire(seat.role, seat.index, seat.incarnation);
      seat.state = "working";
      this.#attend(seat);
    } else if (state === "working" && code !== 0) {
      this.failures.push(`${this.#name(seat)} ended with code ${code}`);
    }
  }

  #name({ role, index }: Seat): string {
    return role === "producer" ? `producer ${index + 1}` : `consumer ${index - this.#ledger.shape.producers + 1}`;
  }
}
