/**
 * The crowd: a thread that awaits a thousand listeners at once, round after round. They must be settled in the order in
 * which they came, and by few wake-ups of the thread's doorbell.
 */
import { Doorbell, internals } from "../../../internals.js";
import { Activity } from "./activity.js";
import { Hand } from "./hand.js";
import { CALLED, DRAINS, LIMIT, LISTENERS, OVER, ROUNDS, SETTLED, WAKE_UPS } from "./ledger.js";

/** The round in which a cheater begins. */
const TRIGGER = 2;

export class Crowd extends Hand {
  protected async perform(): Promise<void> {
    const { words } = this.ledger;
    const limit = words[LIMIT] as number;
    for (let round = 0; round < limit && !this.ledger.isDone; round++) {
      await this.#listen(round);
      this.count(ROUNDS);
    }
    this.#call(OVER);
    this.does(Activity.leaving);
  }

  /** One round: everybody listens and is awaited, then the caller is told. */
  async #listen(round: number): Promise<void> {
    const { listeners } = this.assignment;
    const event = this.event(0);
    const doorbell = Doorbell.of(internals(event.heap));
    const { settled, wakeUps, drains } = doorbell;
    const cheats = round === TRIGGER && this.assignment.sabotage === "swap";
    let next = 0;
    const settle = (index: number) => {
      const said = cheats && index < 2 ? 1 - index : index;
      if (said !== next) this.ledger.noteDisorder(this.seat, next, said);
      next++;
    };
    this.does(Activity.listening);
    const waits: Promise<void>[] = [];
    for (let index = 0; index < listeners; index++) {
      this.count(LISTENERS);
      waits.push(
        event
          .listen()
          .wait()
          .then(() => settle(index)),
      );
    }
    this.does(Activity.awaitingTheCrowd);
    this.#call(round + 1);
    await Promise.all(waits);
    this.count(SETTLED, doorbell.settled - settled);
    this.count(WAKE_UPS, doorbell.wakeUps - wakeUps);
    this.count(DRAINS, doorbell.drains - drains);
  }

  #call(round: number): void {
    Atomics.store(this.ledger.words, CALLED, round);
    Atomics.notify(this.ledger.words, CALLED);
  }
}
