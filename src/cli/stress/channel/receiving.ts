/**
 * A worker that receives, in its way, until the channel is closed and empty; notes each message, and whether those of each
 * sender come in order.
 */
import { ClosedError, Receiver } from "../../../index.js";
import { Random } from "../../random.js";
import { OF_MESSAGES, Transit } from "../transit.js";
import type { Assignment } from "./assignment.js";
import { isGivenUp, limits } from "./fickle.js";
import { DISORDERS, GIVEN_UP, Ledger } from "./ledger.js";
import { BATCH } from "./options.js";
import { TRIGGER } from "./sabotage.js";

export class Receiving {
  readonly #assignment: Assignment;
  readonly #seat: number;
  readonly #ledger: Ledger;
  readonly #random: Random;
  readonly #transit: Transit;
  readonly #receiver: Receiver<number>;
  /** The last message of each sender. */
  readonly #last: Int32Array;
  #received = 0;

  constructor(assignment: Assignment) {
    const { seat, seats, seed, incarnation, messages, ledger, receiver, transit } = assignment;
    this.#assignment = assignment;
    this.#seat = seat;
    this.#ledger = new Ledger(seats, messages, ledger);
    this.#random = new Random(seed, seat, incarnation);
    this.#transit = new Transit(OF_MESSAGES, seats, seat, transit);
    this.#receiver = Receiver.open(receiver);
    this.#last = new Int32Array(seats).fill(-1);
  }

  async work(): Promise<void> {
    this.#ledger.awaitBeginning(this.#seat);
    await this.#receiveAll();
    this.#receiver.drop();
    this.#ledger.leave(this.#seat);
  }

  async #receiveAll(): Promise<void> {
    switch (this.#assignment.way) {
      case "sync":
        for (const message of this.#receiver.blocking()) this.#note(message);
        return;
      case "async":
        for await (const message of this.#receiver) this.#note(message);
        return;
      case "stream":
        for await (const message of this.#receiver.readable as unknown as AsyncIterable<number>) this.#note(message);
        return;
      case "batch":
        return this.#receiveWhile(async () => {
          for (const message of await this.#receiver.recvMany(BATCH)) this.#note(message);
        });
      case "fickle":
        return this.#receiveWhile(async () => this.#note(await this.#receiver.recv(limits(this.#random))));
    }
  }

  async #receiveWhile(receive: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await receive();
      } catch (error) {
        if (error instanceof ClosedError) return;
        if (!isGivenUp(error)) throw error;
        this.#ledger.count(this.#seat, GIVEN_UP);
      }
    }
  }

  #note(message: number): void {
    const cheats = ++this.#received === TRIGGER;
    const sabotage = cheats ? this.#assignment.sabotage : undefined;
    if (sabotage === "swallow") return;
    if (sabotage === "stall") for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
    const sender = this.#ledger.senderOf(message);
    const last = this.#last[sender] as number;
    if (message <= last || sabotage === "swap") this.#ledger.count(this.#seat, DISORDERS);
    this.#last[sender] = message;
    this.#transit.arrives(message);
    this.#ledger.receive(this.#seat, message);
    if (sabotage === "duplicate") this.#ledger.receive(this.#seat, message);
    if (sabotage === "forge") this.#ledger.receive(this.#seat, this.#assignment.messages - 1);
  }
}
