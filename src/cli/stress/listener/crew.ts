/**
 * A trial's crew: a worker at each seat, with its part and its manner.
 */
import { Worker } from "node:worker_threads";
import { Crew } from "../crew.js";
import { describeActivity } from "./activity.js";
import type { Assignment, Manner, Part } from "./assignment.js";
import { type Ledger, LISTENERS } from "./ledger.js";

/** What all workers of a trial are told alike. */
type Orders = Omit<Assignment, "part" | "manner" | "seat" | "incarnation">;

/** Who sits at a seat. */
export interface Role {
  readonly part: Part;
  readonly manner: Manner;
}

export class ListenerCrew extends Crew {
  readonly #roles: readonly Role[];
  readonly #orders: Orders;
  readonly #ledger: Ledger;
  readonly #onDeath: (seat: number) => void;
  /** When each was first seen doing what it does. */
  readonly #since: { activity: number; listener: number; at: number }[] = [];

  /** `onDeath` is called when a worker that was killed has ended, before another one has its seat. */
  constructor(roles: readonly Role[], orders: Orders, ledger: Ledger, onDeath: (seat: number) => void) {
    super();
    this.#roles = roles;
    this.#orders = orders;
    this.#ledger = ledger;
    this.#onDeath = onDeath;
    this.assemble(roles.length);
  }

  /** Looks at what everybody does, so that `describe` can say for how long. */
  look(): void {
    for (let seat = 0; seat < this.#roles.length; seat++) {
      const activity = this.#ledger.activityOf(seat);
      const listener = this.#ledger.of(seat, LISTENERS);
      const last = this.#since[seat];
      if (last?.activity === activity && last.listener === listener) continue;
      this.#since[seat] = { activity, listener, at: performance.now() };
    }
  }

  /** What each is doing, and for how long, for a trial that is stuck. */
  describe(forWhat: string): string[] {
    return this.#since.map(({ activity, listener, at }, seat) => {
      if (this.isDying(seat)) return `${this.nameOf(seat)} was killed, but has not ended`;
      const seconds = ((performance.now() - at) / 1000).toFixed(1);
      return `${this.nameOf(seat)} ${describeActivity(activity, listener, forWhat, seconds)}`;
    });
  }

  protected override hire(seat: number, incarnation: number): Worker {
    this.#ledger.vacate(seat);
    const { part, manner } = this.#roles[seat] as Role;
    // Of contenders only one cheats; of the others, the one whose part it is.
    const cheats = incarnation === 0 && (part !== "contender" || seat === 0);
    const sabotage = cheats ? this.#orders.sabotage : undefined;
    const assignment: Assignment = { ...this.#orders, part, manner, seat, incarnation, sabotage };
    return new Worker(new URL("./worker.js", import.meta.url), {
      name: `shmol stress ${part} ${seat + 1}`,
      workerData: assignment,
    });
  }

  protected override hasBegun(seat: number): boolean {
    return this.#ledger.hasBegun(seat);
  }

  protected override fell(seat: number): void {
    this.#onDeath(seat);
  }

  protected override nameOf(seat: number): string {
    return `thread ${seat + 1} (${this.#roles[seat]?.manner})`;
  }
}
