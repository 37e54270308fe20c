/**
 * A worker that sends: draws messages, sends them in its way, and says of each whether it went in.
 */
import { ClosedError, PartialSendError, Sender } from "../../../index.js";
import { Random } from "../../random.js";
import { OF_MESSAGES, Transit } from "../transit.js";
import type { Assignment } from "./assignment.js";
import { isGivenUp, limits } from "./fickle.js";
import { Ledger, REFUSED, SENT } from "./ledger.js";
import { BATCH, type Way } from "./options.js";
import { TRIGGER } from "./sabotage.js";

export class Sending {
  readonly #assignment: Assignment;
  readonly #seat: number;
  readonly #ledger: Ledger;
  readonly #random: Random;
  readonly #transit: Transit;
  readonly #sender: Sender<number>;
  #sent = 0;
  #isClosed = false;

  constructor(assignment: Assignment) {
    const { seat, seats, seed, incarnation, messages, ledger, sender, transit } = assignment;
    this.#assignment = assignment;
    this.#seat = seat;
    this.#ledger = new Ledger(seats, messages, ledger);
    this.#random = new Random(seed, seat, incarnation);
    this.#transit = new Transit(OF_MESSAGES, seats, seat, transit);
    this.#sender = Sender.open(sender);
  }

  async work(): Promise<void> {
    this.#ledger.awaitBeginning(this.#seat);
    const { way, sabotage } = this.#assignment;
    await (way === "batch" ? this.#sendBatches() : this.#sendEach(way));
    if (sabotage === "leak") this.#sender.heap.alloc(1);
    this.#sender.drop();
    this.#ledger.leave(this.#seat);
  }

  /** Until there are no messages, or the channel is closed. */
  async #sendEach(way: Exclude<Way, "batch">): Promise<void> {
    const writer = way === "stream" ? this.#sender.writable.getWriter() : undefined;
    while (!this.#isClosed) {
      const message = this.#draw();
      if (message === undefined) break;
      this.#note(message, await this.#attempt(() => this.#send(way, message, writer)));
    }
    if (!this.#isClosed) await writer?.close();
  }

  #draw(): number | undefined {
    const message = this.#ledger.draw(this.#seat);
    if (message !== undefined && message === this.#assignment.closesAt) this.#sender.close();
    return message;
  }

  #send(
    way: Exclude<Way, "batch">,
    message: number,
    writer: WritableStreamDefaultWriter<number> | undefined,
  ): Promise<void> | void {
    if (this.#assignment.sabotage === "lie" && this.#sent === TRIGGER) return;
    this.#transit.departs(message);
    if (writer !== undefined) return writer.write(message);
    if (way === "sync") return this.#sender.sendSync(message);
    return this.#sender.send(message, way === "fickle" ? limits(this.#random) : {});
  }

  async #sendBatches(): Promise<void> {
    while (!this.#isClosed) {
      const messages: number[] = [];
      for (let left = 1 + this.#random.below(BATCH); left > 0; left--) {
        const message = this.#draw();
        if (message === undefined) break;
        messages.push(message);
        this.#transit.departs(message);
      }
      if (messages.length === 0) return;
      let sent = 0;
      await this.#attempt(async () => {
        try {
          sent = await this.#sender.sendMany(messages, this.#random.oneIn(2) ? { timeoutMs: 20 } : {});
        } catch (error) {
          if (!(error instanceof PartialSendError)) throw error;
          ({ sent } = error);
          throw error.cause;
        }
      });
      messages.forEach((message, i) => {
        this.#note(message, i < sent);
      });
    }
  }

  /** Whether it was done; else somebody gave up, or the channel is closed. */
  async #attempt(act: () => Promise<void> | void): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      if (error instanceof ClosedError) this.#isClosed = true;
      else if (!isGivenUp(error)) throw error;
      return false;
    }
  }

  #note(message: number, isSent: boolean): void {
    const { sabotage } = this.#assignment;
    const cheats = isSent && this.#sent++ === TRIGGER;
    if (cheats && sabotage === "crash") throw new Error("sabotaged");
    this.#ledger.decide(this.#seat, message, isSent && !(cheats && sabotage === "retract") ? SENT : REFUSED);
  }
}
