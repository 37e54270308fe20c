/**
 * Opens that were set aside and that nobody has taken, and what has them given back: the call of a user, the end of the workers
 * that they were for, or time.
 *
 *   Heap.revoke(token)               at once
 *   heap.watch(worker, token)        when all workers have ended that it was bound to, or this thread ends
 *   share({ opens, timeoutMs })      when the time is up: by a timer, and in between where this thread blocks
 *
 * Any thread that has the token may give them back, while others open it: each open is taken or given back, never both. A
 * `Leftover` has its cell from the start, so that nothing can fail when the end or the time comes.
 */
import type { Worker } from "node:worker_threads";
import { Account, beforeTheEnd } from "./account.js";
import { TokenError } from "./errors.js";
import { clearTimeout, MAX_DELAY_MS, now, setTimeout } from "./host.js";
import type { Kernel } from "./instance.js";
import { KIND_TICKET, OWN_TICKET } from "./kernel/numbers.js";
import { registry } from "./registry.js";
import type { TicketToken } from "./token.js";

type Ticket = TicketToken["ticket"];

/** What is needed of a heap that is open here. */
interface Inside {
  readonly heap: { readonly id: string };
  readonly kernel: Kernel;
  readonly account: Account;
}

/** What is left in a ticket, to be given back or forgotten, once. */
export class Leftover {
  readonly #inside: Inside;
  readonly #ticket: Ticket;
  /** 0: that was done. */
  #cell: number;

  /**
   * @throws {TokenError} it is no ticket.
   * @throws {OutOfMemoryError} there is no room to note what comes out of it.
   */
  constructor(inside: Inside, ticket: Ticket) {
    const found = inside.kernel.kindIfLive(ticket.control, ticket.generation);
    if (found !== 0 && found !== KIND_TICKET) {
      throw new TokenError(`the token's ticket ${ticket.control} is not one, but of kind ${found}`);
    }
    this.#inside = inside;
    this.#ticket = ticket;
    this.#cell = inside.account.take(OWN_TICKET);
  }

  /** Whether all of it was taken, or given back. */
  get isEmpty(): boolean {
    return this.#inside.kernel.kindIfLive(this.#ticket.control, this.#ticket.generation) === 0;
  }

  /** Gives it back. Returns the number of opens. */
  giveBack(): number {
    if (this.#cell === 0) return 0;
    const { kernel, account } = this.#inside;
    const { control, generation } = this.#ticket;
    const cell = this.#cell;
    account.loosen(cell);
    // Nothing in between where the call could be cut short: no call. From now on the account returns what the cell owns.
    this.#cell = 0;
    const count = kernel.revoke(control, generation, cell) >>> 0;
    account.give(cell);
    Account.settle();
    return count;
  }

  /** Leaves it to the threads that open it. */
  forget(): void {
    if (this.#cell === 0) return;
    this.#inside.account.give(this.#cell);
    this.#cell = 0;
    Account.settle();
  }
}

/** Adds one. Then looks at the two that were not looked at for longest, and removes those that are over, so the set stays small. */
function add<One>(all: Set<One>, one: One, isOver: (other: One) => boolean): void {
  for (let looks = 0; looks < 2; looks++) {
    const [other] = all;
    if (other === undefined) break;
    all.delete(other);
    if (!isOver(other)) all.add(other);
  }
  all.add(one);
}

// ── the end of workers ──

/** What is to be given back when the last of some workers has ended. */
class Bound extends Leftover {
  /** Equal for tokens that are of the same ticket. */
  readonly key: string;
  readonly workers = new Set<Worker>();

  constructor(inside: Inside, ticket: Ticket, key: string) {
    super(inside, ticket);
    this.key = key;
  }
}

const bound = new Map<string, Bound>();
/** What is bound to each worker that has not ended. */
const ofWorkers = new Map<Worker, Set<Bound>>();

/**
 * Gives back what is left in tickets when the worker has ended, or has ended already, and all others that they were bound to; or
 * when this thread ends.
 *
 * @throws {TokenError} one is no ticket; none is bound then.
 * @throws {OutOfMemoryError} likewise.
 */
export function revokeWith(worker: Worker, tickets: readonly (readonly [Inside, Ticket])[]): void {
  const all = new Map<string, Bound>();
  try {
    for (const [inside, ticket] of tickets) {
      const key = `${inside.heap.id} ${ticket.control} ${ticket.generation}`;
      if (!all.has(key)) all.set(key, bound.get(key) ?? new Bound(inside, ticket, key));
    }
  } catch (error) {
    for (const one of all.values()) if (one.workers.size === 0) one.forget();
    throw error;
  }
  const hasEnded = worker.threadId < 0;
  for (const one of all.values()) {
    if (hasEnded) unbind(worker, one);
    else bind(worker, one);
  }
}

function bind(worker: Worker, one: Bound): void {
  let mine = ofWorkers.get(worker);
  if (mine === undefined) {
    mine = new Set();
    ofWorkers.set(worker, mine);
    worker.once("exit", () => {
      for (const other of ofWorkers.get(worker) ?? []) unbind(worker, other);
      ofWorkers.delete(worker);
    });
    giveBackAtTheEnd();
  }

  if (mine.has(one)) return;
  bound.set(one.key, one);
  one.workers.add(worker);
  add(mine, one, (other) => {
    if (!other.isEmpty) return false;
    unbind(worker, other);
    return true;
  });
}

function unbind(worker: Worker, one: Bound): void {
  one.workers.delete(worker);
  if (one.workers.size > 0) return;
  bound.delete(one.key);
  one.giveBack();
}

// ── a time limit ──

/** Those with a time limit, and a time before which it is up for none of them. */
const timed = new Set<Timed>();
let earliest = Number.POSITIVE_INFINITY;

class Timed extends Leftover {
  readonly deadline: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(inside: Inside, ticket: Ticket, deadline: number) {
    super(inside, ticket);
    this.deadline = deadline;
  }

  /** Has it given back when its time is up. That does not keep this thread alive. */
  start(): void {
    this.#timer = setTimeout(() => this.#look(), Math.min(this.deadline - now(), MAX_DELAY_MS));
    (this.#timer as { unref?: () => void }).unref?.();
  }

  /** A timer may be early, and takes no more than some days. */
  #look(): void {
    if (now() < this.deadline) {
      this.start();
      return;
    }
    timed.delete(this);
    this.giveBack();
  }

  override forget(): void {
    clearTimeout(this.#timer);
    super.forget();
  }
}

/** Gives back what is left in a ticket after `timeoutMs` milliseconds. */
export function revokeAfter(inside: Inside, ticket: Ticket, timeoutMs: number): void {
  if (timeoutMs === Number.POSITIVE_INFINITY) return;
  const one = new Timed(inside, ticket, now() + timeoutMs);
  add(timed, one, (other) => {
    if (!other.isEmpty) return false;
    other.forget();
    return true;
  });
  earliest = Math.min(earliest, one.deadline);
  giveBackAtTheEnd();
  registry.whenBlocked(revokeOverdue);
  one.start();
}

/** Gives back what is left in tickets whose time is up. For blocked threads, whose timers cannot fire: one look at a clock. */
export function revokeOverdue(): void {
  if (timed.size === 0) return;
  const time = now();
  if (time < earliest) return;
  earliest = Number.POSITIVE_INFINITY;
  for (const one of timed) {
    if (one.deadline <= time) {
      timed.delete(one);
      one.giveBack();
    } else {
      earliest = Math.min(earliest, one.deadline);
    }
  }
}

// ── the end of this thread ──

let givesBackAtTheEnd = false;

/** Sees to it that this thread gives back, when it ends, what is overdue and what is bound to its workers, which end with it. */
function giveBackAtTheEnd(): void {
  if (givesBackAtTheEnd) return;
  givesBackAtTheEnd = true;
  beforeTheEnd(() => {
    revokeOverdue();
    for (const one of bound.values()) one.giveBack();
  });
}
