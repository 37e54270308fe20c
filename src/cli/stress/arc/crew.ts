/**
 * A run's crew: a worker at each seat, all of whom do the same.
 */
import { Worker } from "node:worker_threads";
import { Crew } from "../crew.js";
import { describeActivity } from "./activity.js";
import type { Assignment } from "./assignment.js";
import type { Ledger } from "./ledger.js";

/** What all workers are told alike. */
type Orders = Omit<Assignment, "seat" | "incarnation">;

export class ArcCrew extends Crew {
  readonly #orders: Orders;
  readonly #ledger: Ledger;

  constructor(orders: Orders, ledger: Ledger) {
    super();
    this.#orders = orders;
    this.#ledger = ledger;
    this.assemble(ledger.seats);
  }

  /** What each was last doing, for a run that is stuck. */
  describe(): string[] {
    return Array.from({ length: this.#ledger.seats }, (_, seat) => {
      const doing = this.isDying(seat) ? "killed, but has not ended" : describeActivity(this.#ledger.activityOf(seat));
      return `${this.nameOf(seat)}: ${doing}, ${this.#ledger.deedsOf(seat)} deeds`;
    });
  }

  protected override hire(seat: number, incarnation: number): Worker {
    this.#ledger.vacate(seat);
    const cheats = seat === 0 && incarnation === 0;
    const sabotage = cheats ? this.#orders.sabotage : undefined;
    const assignment: Assignment = { ...this.#orders, seat, incarnation, sabotage };
    return new Worker(new URL("./worker.js", import.meta.url), {
      name: `shmol stress arc ${seat + 1}`,
      workerData: assignment,
    });
  }

  protected override hasBegun(seat: number): boolean {
    return this.#ledger.hasBegun(seat);
  }

  protected override nameOf(seat: number): string {
    return `thread ${seat + 1}`;
  }
}
