/**
 * A worker at its seat: what players, contenders, the crowd and its caller have in common.
 */
import { SharedEvent } from "../../../index.js";
import { Random } from "../../random.js";
import type { Activity } from "./activity.js";
import type { Assignment } from "./assignment.js";
import { Ledger } from "./ledger.js";

export abstract class Hand {
  protected readonly assignment: Assignment;
  protected readonly seat: number;
  protected readonly ledger: Ledger;
  protected readonly random: Random;
  protected readonly events: readonly SharedEvent[];

  constructor(assignment: Assignment) {
    const { seat, incarnation, seed, seats, ledger, events } = assignment;
    this.assignment = assignment;
    this.seat = seat;
    this.ledger = new Ledger(seats, ledger);
    this.random = new Random(seed, seat, incarnation);
    this.events = events.map((token) => SharedEvent.open(token));
  }

  /** Works until the trial is over. */
  async work(): Promise<void> {
    this.ledger.awaitBeginning(this.seat);
    await this.perform();
    this.leave();
  }

  protected abstract perform(): Promise<void> | void;

  protected leave(): void {
    for (const event of this.events) event.drop();
  }

  /** The event at a place in the assignment's list. */
  protected event(index: number): SharedEvent {
    return this.events[index] as SharedEvent;
  }

  protected does(activity: Activity): void {
    this.ledger.does(this.seat, activity);
  }

  protected count(word: number, by = 1): void {
    this.ledger.count(this.seat, word, by);
  }
}
