/**
 * A player of ping-pong: waits for its turn, looks whether it is the one that comes next, and hands it over. The turn is a
 * number that only ever grows by one, in shared memory; each player listens to an event of its own. The first player times
 * every round trip and decides when the game is over.
 */

import { Histogram } from "../histogram.js";
import { Activity } from "./activity.js";
import type { Assignment } from "./assignment.js";
import { Hand } from "./hand.js";
import { LIMIT, LISTENERS, NOTIFIED, OVER, ROUNDS, TURN } from "./ledger.js";

const NS_PER_MS = 1e6;
/** The turn with which a cheater begins. */
const TRIGGER = 100;

export class Player extends Hand {
  readonly #roundTrips: Histogram;

  constructor(assignment: Assignment) {
    super(assignment);
    this.#roundTrips = new Histogram(this.ledger.buffer, this.ledger.histogramAt);
  }

  protected async perform(): Promise<void> {
    const isFirst = this.seat === 0;
    let handedOverAt = 0;
    for (let turn = this.seat; await this.#comes(turn); turn += 2) {
      const now = performance.now();
      if (isFirst && turn > 0) this.#roundTrips.add(NS_PER_MS * (now - handedOverAt));
      if (isFirst && (this.ledger.isDone || turn / 2 >= (this.ledger.words[LIMIT] as number))) {
        this.#handOver(OVER);
        return;
      }
      this.count(ROUNDS);
      handedOverAt = performance.now();
      this.#handOver(this.#cheats(turn) ? turn + 3 : turn + 1);
    }
  }

  /** Waits for a turn: looks, listens, looks again, waits. False: the game is over. */
  async #comes(turn: number): Promise<boolean> {
    const event = this.event(this.seat);
    while (true) {
      this.does(Activity.looking);
      if (this.#isOn(turn)) break;
      const listener = event.listen();
      this.count(LISTENERS);
      if (this.#isOn(turn)) {
        listener.drop();
        break;
      }
      if (this.assignment.manner === "sync") {
        this.does(Activity.blocked);
        listener.waitSync();
      } else {
        this.does(Activity.awaiting);
        await listener.wait();
      }
      this.count(NOTIFIED);
    }
    const found = Atomics.load(this.ledger.words, TURN);
    if (found === OVER) return false;
    if (found === turn) return true;
    this.ledger.noteDisorder(this.seat, turn, found);
    this.#handOver(OVER);
    return false;
  }

  /** Whether there is something to do: it is that turn, or any but the one before it. */
  #isOn(turn: number): boolean {
    return Atomics.load(this.ledger.words, TURN) !== turn - 1;
  }

  #handOver(turn: number): void {
    this.does(Activity.notifying);
    Atomics.store(this.ledger.words, TURN, turn);
    this.event(1 - this.seat).notify(1);
  }

  #cheats(turn: number): boolean {
    return this.assignment.sabotage === "skip" && turn >= TRIGGER;
  }
}
