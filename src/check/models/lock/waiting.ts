/**
 * How calls wait at a lock, step for step as src/lock/waiting.ts has it: listen, try, wait, and try again in the same place of the
 * list. A call that leaves has what it wanted, or passes a notification on.
 */
import { KEPT, OWN_BLOCK, OWN_LISTENER, PASS, TAKE } from "../../../heap/kernel/numbers.js";
import type { Account, ModelKernel, Steps } from "../../program.js";

/** What a call waits for. */
export interface Goal {
  /** The event that is notified when a try may succeed. */
  readonly event: number;
  /** To whose cell permits are granted. */
  readonly call?: number;
  /** It listens now, and has not looked. */
  listens?(): Steps;
  /** Whether it succeeded. */
  tries(node: number): Steps<boolean>;
  /** It was notified for nothing. */
  misses?(): Steps;
  /** It gives up. */
  endsInVain?(): Steps;
}

/** A thread's place to wait in: blocking, or behind a doorbell. */
export class Waiter {
  readonly #cell: number;
  readonly #doorbell: number;
  readonly #bell: number;

  constructor(kernel: ModelKernel, account: Account, awaits: boolean) {
    this.#cell = account.cell(OWN_LISTENER);
    this.#doorbell = awaits ? kernel.newDoorbell(account.cell(OWN_BLOCK)) >>> 0 : 0;
    this.#bell = awaits ? kernel.bellOf(this.#doorbell) >>> 0 : 0;
  }

  /** Waits until a try succeeds, of which one was in vain; for some time only, if `ns` is not negative. */
  *until(goal: Goal, ns = -1): Steps<boolean> {
    const node = (yield ["listen", goal.event, this.#cell, goal.call ?? 0]) >>> 0;
    if (goal.listens !== undefined) yield* goal.listens();
    for (let isLast = false; ; ) {
      // While the bell knows of it, it looks once: a notification that comes then goes on to another listener.
      const isEnlisted = isLast && this.#doorbell !== 0;
      if (yield* isEnlisted ? goal.tries(node) : this.#looks(goal, node)) {
        yield* this.#leaves(node, TAKE);
        return true;
      }
      if (isLast) break;
      isLast = !(yield* this.#waits(node, ns)) && ns >= 0;
    }
    yield* this.#leaves(node, PASS);
    if (goal.endsInVain !== undefined) yield* goal.endsInVain();
    return false;
  }

  *#leaves(node: number, how: number): Steps {
    const state = yield ["leave", node, how, 0];
    if ((state & KEPT) === 0) return;
    yield ["takeReady", this.#doorbell];
    yield ["nextEmptied"];
  }

  /** Tries as often as it is notified. */
  *#looks(goal: Goal, node: number): Steps<boolean> {
    for (;;) {
      if (yield* goal.tries(node)) return true;
      if ((yield ["again", node]) === 0) return false;
      if (goal.misses !== undefined) yield* goal.misses();
    }
  }

  /** False: it was not notified. One that awaits for some time may find that the time is up at any moment. */
  *#waits(node: number, ns: number): Steps<boolean> {
    if (this.#doorbell === 0) return (yield ["waitOn", node, ns]) !== 0;
    if ((yield ["enlist", node, this.#doorbell, 0]) !== 0) return true;
    if (ns >= 0) return false;
    for (;;) {
      yield ["restOn", this.#bell];
      if ((yield ["takeReady", this.#doorbell]) >>> 0 === node) return true;
    }
  }
}
