/**
 * The queue's crew: producers at the first seats, consumers at the others.
 */
import { Worker } from "node:worker_threads";
import { Crew } from "../crew.js";
import { Activity, describeActivity } from "./activity.js";
import type { Assignment } from "./assignment.js";
import { type Ledger, PUSHED, TAKEN } from "./ledger.js";
import type { SaboteurRole } from "./sabotage.js";

/** What all workers of a run are told alike. */
type Orders = Omit<Assignment, "role" | "seat" | "incarnation"> & { readonly saboteur: SaboteurRole };

export class QueueCrew extends Crew {
  killedProducers = 0;
  killedConsumers = 0;
  readonly #orders: Orders;
  readonly #ledger: Ledger;

  constructor(orders: Orders, ledger: Ledger) {
    super();
    this.#orders = orders;
    this.#ledger = ledger;
    this.assemble(ledger.seats);
  }

  /** Whether all producers, or all consumers, answered a step. */
  haveAnswered(step: number, role: Assignment["role"]): boolean {
    return this.#of(role).every((seat) => this.#ledger.hasAnswered(seat, step));
  }

  /** Whether all that is left of the round is to empty the queue. */
  get areOutOfValues(): boolean {
    return this.#of("producer").every((seat) => this.#ledger.activityOf(seat) === Activity.outOfValues);
  }

  /** What each was last doing, for a run that is stuck. */
  describe(): string[] {
    return Array.from({ length: this.#ledger.seats }, (_, seat) => {
      const { count } = this.#ledger.tallyOf(seat, this.#roleOf(seat) === "producer" ? PUSHED : TAKEN);
      const doing = this.isDying(seat) ? "killed, but has not ended" : describeActivity(this.#ledger.activityOf(seat));
      return `${this.nameOf(seat)}: ${doing}, ${count} values this round`;
    });
  }

  protected override hire(seat: number, incarnation: number): Worker {
    this.#ledger.vacate(seat);
    const role = this.#roleOf(seat);
    const { sabotage, saboteur, ...orders } = this.#orders;
    const first = saboteur === "producer" ? 0 : this.#ledger.shape.producers;
    const cheats = seat === first && incarnation === 0;
    const assignment: Assignment = { ...orders, role, seat, incarnation, sabotage: cheats ? sabotage : undefined };
    return new Worker(new URL("./worker.js", import.meta.url), {
      name: `shmol stress ${role} ${seat}`,
      workerData: assignment,
    });
  }

  protected override hasBegun(seat: number): boolean {
    return this.#ledger.hasAnswered(seat, 0);
  }

  protected override strikes(seat: number): void {
    if (this.#roleOf(seat) === "producer") this.killedProducers++;
    else this.killedConsumers++;
  }

  protected override nameOf(seat: number): string {
    const { producers } = this.#ledger.shape;
    return seat < producers ? `producer ${seat + 1}` : `consumer ${seat - producers + 1}`;
  }

  #roleOf(seat: number): Assignment["role"] {
    return seat < this.#ledger.shape.producers ? "producer" : "consumer";
  }

  #of(role: Assignment["role"]): number[] {
    const seats = Array.from({ length: this.#ledger.seats }, (_, seat) => seat);
    return seats.filter((seat) => this.#roleOf(seat) === role);
  }
}
