/**
 * A thread that awaits its listeners by a doorbell, as the host does. The names of its listeners rise in the order in which they
 * listened.
 *
 *   await a, awaitOrPass a     from now on a notification of the listener rings the bell. If it was notified before, it leaves at
 *                              once, and takes its notification or passes it on
 *   settle, drain              rests on the bell until every awaited listener was notified; takes what is ready now
 *   drop a, giveUp a           the listener leaves before the thread knows whether it was notified, and passes the notification on
 *                              or takes it; nothing, if it was notified before it was awaited
 *   close                      the last awaited listener has left
 *   settleOnceRaised a         `untilRaised` for a thread that must not block, and the end of its doorbell
 */
import { OWN_BLOCK, PASS, TAKE } from "../../../heap/kernel/numbers.js";
import { type Body, CheckFailure, type ModelKernel, type Operation, type Steps } from "../../program.js";
import { inTurn, type Words } from "../litmus.js";
import { type How, leaving, listOf, looking, markOf } from "./specification.js";

/** The thread whose doorbell it is (subject.ts). */
interface Owner {
  readonly event: {
    readonly kernel: ModelKernel;
    readonly nodes: ReadonlyMap<string, number>;
    leave(name: string, how: How): Steps<string>;
  };
  readonly hasAccount: boolean;
  cell(kind: number): number;
  leave(name: string, how: How): Operation;
  untilRaised(name: string, wait: Body): Body;
}

export class Doorbell {
  readonly #owner: Owner;
  readonly #cell: number;
  readonly #at: number;
  readonly #bell: number;
  /** Awaited listeners, by their ids. */
  readonly #awaited = new Map<number, string>();
  #isClosed = false;

  constructor(owner: Owner) {
    const { kernel } = owner.event;
    this.#owner = owner;
    this.#cell = owner.cell(OWN_BLOCK);
    this.#at = kernel.newDoorbell(this.#cell);
    this.#bell = kernel.bellOf(this.#at);
  }

  restart(): void {
    this.#awaited.clear();
    this.#isClosed = false;
  }

  /** What the words of a table mean; undefined: nothing here. */
  does([verb, name = ""]: Words): Body | undefined {
    switch (verb) {
      case "await":
        return [this.#await(name, TAKE)];
      case "awaitOrPass":
        return [this.#await(name, PASS)];
      case "settle":
        return [this.#settles("settle()", true)];
      case "drain":
        return [this.#settles("drain()", false)];
      case "giveUp":
        return [this.leave(name, TAKE)];
      case "close":
        return [this.#close()];
      case "settleOnceRaised":
        return inTurn([
          this.#owner.untilRaised(name, [this.#await(name, TAKE)]),
          [this.#settles("settle()", true), this.#close()],
        ]);
    }
    return undefined;
  }

  #await(name: string, how: How): Operation {
    return {
      label: `await(${name})`,
      run: () => this.#enlist(name, how),
      parts: (result) => {
        if (result === undefined) return [looking(name, undefined, true), leaving(name, how, undefined)];
        const [state, left] = String(result).split(", ");
        const look = looking(name, state, true);
        return left === undefined ? [look] : [look, leaving(name, how, left)];
      },
    };
  }
  *#enlist(name: string, how: How): Steps<string> {
    const { event } = this.#owner;
    const id = name.charCodeAt(0);
    this.#awaited.set(id, name);
    const state = markOf(yield ["enlist", event.nodes.get(name) as number, this.#at, id]);
    if (state === "none") return state;
    this.#awaited.delete(id);
    return `${state}, ${yield* event.leave(name, how)}`;
  }

  #settles(label: string, rests: boolean): Operation {
    let names: readonly string[] = [];
    return {
      label,
      run: () => {
        names = [...this.#awaited.values()];
        return this.#settle(rests);
      },
      // If it was killed, it had settled those first that listened first.
      parts: (result) =>
        result === undefined ? names.map((name) => leaving(name, TAKE, undefined)) : listOf(String(result), TAKE),
    };
  }
  *#settle(rests: boolean): Steps<string> {
    const settled: string[] = [];
    do {
      if (rests && this.#awaited.size > 0) yield ["restOn", this.#bell];
      let last = "";
      for (let node = (yield ["takeReady", this.#at]) >>> 0; node !== 0; ) {
        const after = (yield ["readyAfter", node]) >>> 0;
        const id = yield ["idOf", node];
        const name = this.#awaited.get(id);
        if (name === undefined) throw new CheckFailure("linearizability", `${id} is ready, and nobody awaits it`);
        if (name < last) throw new CheckFailure("linearizability", `${name} is ready after ${last}`);
        last = name;
        this.#awaited.delete(id);
        settled.push(`${name}:${yield* this.#owner.event.leave(name, TAKE)}`);
        node = after;
      }
    } while (rests && this.#awaited.size > 0);
    return settled.join(", ");
  }

  leave(name: string, how: How): Operation {
    const leave = this.#owner.leave(name, how);
    const awaited = this.#awaited;
    return {
      label: leave.label,
      *run() {
        return awaited.delete(name.charCodeAt(0)) ? yield* leave.run() : "gone";
      },
      parts: (result) => (result === "gone" ? [] : leave.parts(result)),
    };
  }

  #close(): Operation {
    return { label: "close()", run: () => this.#closeNow(), parts: () => [] };
  }
  *#closeNow(): Steps<string> {
    this.#isClosed = true;
    yield ["freeDoorbell", this.#at, this.#cell];
    return "closed";
  }

  /** Gives the doorbell back if nobody else does. */
  end(): void {
    if (!this.#isClosed && !this.#owner.hasAccount) this.#owner.event.kernel.freeDoorbell(this.#at);
  }
}
