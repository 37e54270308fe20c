/**
 * The channel's crew: senders at the first seats, receivers at the others, each with its way.
 */
import { Worker } from "node:worker_threads";
import { Crew } from "../crew.js";
import type { Assignment } from "./assignment.js";
import { GIVEN_UP, type Ledger, MESSAGES } from "./ledger.js";
import { type Settings, WAYS, type Way } from "./options.js";
import { saboteurOf } from "./sabotage.js";

/** What all workers of a run are told alike. */
type Orders = Omit<Assignment, "part" | "way" | "seat" | "incarnation">;

export class ChannelCrew extends Crew {
  killedReceivers = 0;
  readonly #settings: Settings;
  readonly #orders: Orders;
  readonly #ledger: Ledger;

  constructor(settings: Settings, orders: Orders, ledger: Ledger) {
    super();
    this.#settings = settings;
    this.#orders = orders;
    this.#ledger = ledger;
    this.assemble(ledger.seats);
  }

  /** Whether all senders are done. */
  get haveSent(): boolean {
    return Array.from({ length: this.#settings.senders }, (_, seat) => seat).every((seat) =>
      this.#ledger.hasLeft(seat),
    );
  }

  /** How far each has come, for a run that is stuck. */
  describe(): string[] {
    return Array.from({ length: this.#ledger.seats }, (_, seat) => {
      if (this.isDying(seat)) return `${this.nameOf(seat)} was killed, but has not ended`;
      const verb = this.#partOf(seat) === "sender" ? "sent" : "received";
      const [messages, givenUp] = [this.#ledger.of(seat, MESSAGES), this.#ledger.of(seat, GIVEN_UP)];
      return `${this.nameOf(seat)} has ${verb} ${messages} messages, and given up ${givenUp} times`;
    });
  }

  protected override hire(seat: number, incarnation: number): Worker {
    this.#ledger.vacate(seat);
    const part = this.#partOf(seat);
    const { sabotage } = this.#settings;
    const isFirst = seat === 0 || seat === this.#settings.senders;
    const cheats = incarnation === 0 && isFirst && sabotage !== undefined && saboteurOf(sabotage) === part;
    const assignment: Assignment = {
      ...{ ...this.#orders, part, way: this.#wayOf(seat), seat, incarnation },
      sabotage: cheats ? sabotage : undefined,
    };
    return new Worker(new URL("./worker.js", import.meta.url), {
      name: `shmol stress ${part} ${seat + 1}`,
      workerData: assignment,
    });
  }

  protected override hasBegun(seat: number): boolean {
    return this.#ledger.hasBegun(seat);
  }

  protected override fell(seat: number): void {
    if (this.#partOf(seat) === "receiver") this.killedReceivers++;
  }

  protected override nameOf(seat: number): string {
    return `${this.#partOf(seat)} ${seat + 1} (${this.#wayOf(seat)})`;
  }

  #partOf(seat: number): Assignment["part"] {
    return seat < this.#settings.senders ? "sender" : "receiver";
  }

  #wayOf(seat: number): Way {
    const { ends } = this.#settings;
    // The ways of receivers begin elsewhere, so that all kinds meet.
    const turn = this.#partOf(seat) === "sender" ? seat : seat - this.#settings.senders + 1;
    return ends === "mixed" ? (WAYS[turn % WAYS.length] as Way) : ends;
  }
}
