/**
 * This thread's account with a heap: its entry in the thread table, and the cells in which it stands, for others to see, what
 * it owns (kernel/threads.ts, kernel/cells.ts).
 *
 *   Count, Weak, ticket, listener, scratch, doorbell, payload under way  ->  one cell each
 *
 * Only the thread itself knows which cells are empty: they are in an array. A cell is taken before the kernel call that may fill
 * it, and given back after the call that has emptied it. A thread that is killed in between leaves an empty cell, which is harmless.
 *
 * An account lives as long as the heap's internals do on this thread: until the last handle and the heap's own are gone.
 */
import { OutOfMemoryError } from "./errors.js";
import { threadId, threads } from "./host.js";
import { type Kernel, withdraw } from "./instance.js";
import {
  CELL_BYTES,
  CELL_EXTRA,
  CELL_KIND,
  INLINE,
  LEDGER_CLASS,
  OWN_SCRATCH,
  OWN_TICKET,
  SLOT_BYTES,
} from "./kernel/numbers.js";
import { osThreadId } from "./osThread.js";
import { type Member, registry } from "./registry.js";

/** A thread's scratch for batches: slots, viewed as numbers. */
export interface Scratch {
  readonly ptr: number;
  readonly slots: Float64Array;
  /** The same slots, as 64-bit integers. */
  readonly bits: BigInt64Array;
  /** The scratch as integers of 32 bits, of either kind: what `toIntegers` leaves there. */
  readonly signed: Int32Array;
  readonly unsigned: Uint32Array;
  readonly cell: number;
  /** What the slots own; see kernel/scratch.ts. */
  state: number;
  /** Whether it holds values while a user's code may run. That code may call the library again, which must not use the scratch then. */
  busy: boolean;
}

/** Strong counts that were set aside. */
interface Ticket {
  readonly control: number;
  readonly generation: number;
  readonly cell: number;
}

/** This thread's open accounts. */
const accounts = new Set<Account>();
/** What the rooms above do first when the thread ends. */
const goodbyes: (() => void)[] = [];
/** Whether this thread ends with exit code 0. Then the opens that it has set aside outlive it. */
let ticketsStay = false;
/** Whether this thread has given up what it owned, because it ends. */
let isOver = false;

/**
 * Calls `giveBack` for things whose handles were collected. It stops when the thread has given up everything: after the last
 * exit handler of a worker that has thrown, Node still calls such functions.
 */
export function backstop<Held>(giveBack: (held: Held) => void): FinalizationRegistry<Held> {
  return new FinalizationRegistry((held) => {
    if (!isOver) giveBack(held);
  });
}

/** Has `goodbye` called when the thread ends in good order, before its cells are emptied. */
export function beforeTheEnd(goodbye: () => void): void {
  goodbyes.push(goodbye);
}

export class Account {
  readonly kernel: Kernel;
  readonly #buffer: SharedArrayBuffer;
  readonly #words: Uint32Array;
  /** Empty cells. */
  readonly #free: number[] = [];
  /** Cells that are not. */
  #used = 0;
  /** 0: closed. */
  #entry = 0;
  #closing = false;
  #scratch: Scratch | undefined;
  /** Tickets that were made here, the oldest first. */
  readonly #tickets: Ticket[] = [];
  /** The heap, for the registry, while the account is open. */
  readonly #member: Member;

  /** @throws {OutOfMemoryError} as many threads as there can be have the heap open. */
  constructor(kernel: Kernel, buffer: SharedArrayBuffer, member: Member) {
    this.kernel = kernel;
    this.#buffer = buffer;
    this.#words = new Uint32Array(buffer);
    this.#member = member;
    this.#enter();
    Account.settle();
  }

  #enter(): void {
    const { kernel } = this;
    const entry = kernel.enter(threadId, osThreadId) >>> 0;
    if (entry === 0) {
      throw new OutOfMemoryError(
        `${kernel.threadLimit()} threads have this heap open, which is as many as its table has room for`,
      );
    }
    kernel.use(entry);
    this.#entry = entry;
    accounts.add(this);
    registry.atEnd(Account.end);
    registry.join(this.#member);
  }

  /**
   * An empty cell, to be filled with something of that kind (kernel/numbers.ts).
   *
   * @throws {OutOfMemoryError} there is no memory for more cells; nothing has changed.
   */
  take(kind: number): number {
    const cell = this.#free.pop() ?? this.#more();
    this.#words[(cell + CELL_KIND) >>> 2] = kind;
    this.#used++;
    return cell;
  }

  /** A cell is empty again. */
  give(cell: number): void {
    this.#free.push(cell);
    if (--this.#used === 0 && this.#closing) this.close();
  }

  /**
   * Makes sure that `count` cells are empty, so that as many calls of `take` cannot fail.
   *
   * @throws {OutOfMemoryError} there is no memory for them.
   */
  reserve(count: number): void {
    while (this.#free.length < count) this.#free.push(this.#more());
  }

  #more(): number {
    if (this.#entry === 0) this.#enter();
    const { kernel } = this;
    const first = kernel.addCells() >>> 0;
    if (first === 0) {
      throw new OutOfMemoryError(`no block of ${kernel.classSize(LEDGER_CLASS)} bytes left for what this thread owns`);
    }
    for (let i = kernel.cellsPerBlock() - 1; i > 0; i--) this.#free.push(first + i * CELL_BYTES);
    return first;
  }

  /**
   * The thread's scratch, which the first call allocates. Undefined if the heap is exhausted, or the scratch is busy.
   */
  scratch(): Scratch | undefined {
    const scratch = this.#scratch ?? this.#newScratch();
    return scratch?.busy === true ? undefined : scratch;
  }

  #newScratch(): Scratch | undefined {
    const { kernel } = this;
    let cell: number;
    try {
      cell = this.take(OWN_SCRATCH);
    } catch {
      return undefined;
    }
    this.#words[(cell + CELL_EXTRA) >>> 2] = INLINE;
    const ptr = kernel.allocScratch(cell) >>> 0;
    if (ptr === 0) {
      this.give(cell);
      return undefined;
    }
    const buffer = this.#buffer;
    const slots = new Float64Array(buffer, ptr, kernel.scratchSize() / SLOT_BYTES);
    const bits = new BigInt64Array(buffer, ptr, slots.length);
    const signed = new Int32Array(buffer, ptr, slots.length);
    const unsigned = new Uint32Array(buffer, ptr, slots.length);
    this.#scratch = { ptr: ptr | 0, slots, bits, signed, unsigned, cell, state: INLINE, busy: false };
    return this.#scratch;
  }

  /** Prepares the scratch for slots that own what `state` says. */
  useScratch(scratch: Scratch, state: number): void {
    if (scratch.state === state) return;
    scratch.state = state;
    this.kernel.useScratch(scratch.ptr, scratch.cell, state);
  }

  #freeScratch(): void {
    const scratch = this.#scratch;
    if (scratch === undefined) return;
    this.#scratch = undefined;
    this.kernel.freeScratch(scratch.ptr, scratch.cell);
    this.give(scratch.cell);
  }

  /**
   * Sets `opens` strong counts of an object aside in a ticket, which is this thread's as long as there are some left in it.
   * Undefined: `ticketRefusal` says why.
   */
  newTicket(control: number, opens: number): Ticket | undefined {
    this.#forgetUsedUp();
    const { kernel } = this;
    const cell = this.take(OWN_TICKET);
    const ticket = kernel.newTicket(control, opens, cell) >>> 0;
    if (ticket === 0) {
      this.give(cell);
      return undefined;
    }
    const generation = kernel.generationOf(ticket) >>> 0;
    const made = { control: ticket, generation, cell };
    if (ticketsStay) this.#disown(made);
    else this.#tickets.push(made);
    return made;
  }

  /** From now on this thread does not own what is left in a ticket. */
  #disown({ cell }: Ticket): void {
    this.kernel.forget(cell);
    this.give(cell);
  }

  /** Forgets tickets that are used up. It looks at the oldest two for each new ticket, so the list stays short. */
  #forgetUsedUp(most = 2): void {
    for (let i = 0; i < most; i++) {
      const ticket = this.#tickets.shift();
      if (ticket === undefined) return;
      if (this.kernel.kindIfLive(ticket.control, ticket.generation) !== 0) {
        this.#tickets.push(ticket);
        continue;
      }
      this.#disown(ticket);
    }
  }

  /** The thread ends in good order: the opens that nobody has taken stay for those who have the tokens. */
  #keepTickets(): void {
    for (const ticket of this.#tickets.splice(0)) this.#disown(ticket);
  }

  /**
   * Closes the account as soon as the thread owns nothing any more. If tickets are all that it still owns, `settle` closes it
   * later.
   */
  closeWhenEmpty(): void {
    this.#closing = true;
    this.#forgetUsedUp(this.#tickets.length);
    this.#freeScratch();
    if (this.#used === 0) this.close();
  }

  /** Closes accounts of this thread that only tickets have kept open, if these are used up by now. */
  static settle(): void {
    for (const account of accounts) if (account.#closing) account.closeWhenEmpty();
  }

  /** Gives up what the thread owns, and its entry. */
  close(): void {
    if (this.#entry === 0) return;
    this.kernel.reap(this.#entry, threadId, osThreadId);
    this.#entry = 0;
    this.#free.length = 0;
    accounts.delete(this);
    registry.leave(this.#member);
  }

  /**
   * Closes the account in an exit handler. The program's code may still run after the last exit handler: promises that were
   * settled there, and finalization registries if the thread has thrown. That code must not touch what others own by now.
   */
  #closeForGood(): void {
    this.close();
    this.#scratch = undefined;
    withdraw(this.kernel);
  }

  /**
   * The thread ends. If later exit handlers may still use what it owns, it keeps that, and others return it when the thread is
   * gone.
   */
  static readonly end = (code: number, isLast: boolean): void => {
    for (const goodbye of goodbyes) goodbye();
    ticketsStay = code === 0;
    if (ticketsStay) for (const account of accounts) account.#keepTickets();
    // The main thread takes the whole program with it.
    if (threads?.isMainThread !== false || !isLast) return;
    isOver = true;
    for (const account of accounts) account.#closeForGood();
  };
}
