/**
 * This thread's account with a heap: its entry in the thread table, and the cells in which it stands, for others to see, what
 * it owns (kernel/threads.ts, kernel/cells.ts).
 *
 *   Count, Weak, ticket, listener, scratch, doorbell, payload under way  ->  one cell each
 *
 * Only the thread itself knows which cells are empty: they are in an array. A cell is taken before the kernel call that may fill
 * it, and given back after the call that has emptied it. A thread that is killed in between leaves an empty cell, which is harmless.
 *
 * A call can also be cut short on a thread that lives on: its stack overflows, or the time-out of a `node:vm` context ends it,
 * and then not even a `finally` runs. What it has left stands in its cells, and is returned (remains.ts):
 *
 *   in a hand          by the next call, which finds its hand full: while code of users runs, no call has anything there
 *   everything else    in a microtask, when no call is under way, or by `Heap.stats`. Until then a cell may be of a call that
 *                      goes on outside of this one. What is seen to be there for longer than it should asks for that: `#watch`
 *
 * An account lives as long as the heap's internals do on this thread: until the last handle and the heap's own are gone.
 */
import { type Backed, backstop } from "./backstop.js";
import { OutOfMemoryError } from "./errors.js";
import { threadId, threads } from "./host.js";
import { type Kernel, withdraw } from "./instance.js";
import {
  ARCS,
  CELL_BYTES,
  CELL_EXTRA,
  CELL_KIND,
  INLINE,
  LEDGER_CLASS,
  OWN_ARC,
  OWN_BLOCK,
  OWN_SCRATCH,
  OWN_TICKET,
  OWN_VALUE,
  QUEUE_CELL,
  SLOT_BYTES,
  TAKEN_OUT,
  WORK_AT,
  WORKING_CELLS,
} from "./kernel/numbers.js";
import { osThreadId } from "./osThread.js";
import { type Member, registry } from "./registry.js";
import { Remains } from "./remains.js";

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
  /** While a batch is under way, or has ended otherwise than by returning: its slots may own something. */
  open: boolean;
}

/** Strong counts that were set aside. */
interface Ticket {
  readonly control: number;
  readonly generation: number;
  readonly cell: number;
}

/** This thread's open accounts. */
const accounts = new Set<Account>();
/** What the components above do first when the thread ends. */
const goodbyes: (() => void)[] = [];
/** Whether this thread ends with exit code 0. Then the opens that it has set aside outlive it. */
let ticketsStay = false;

/** Has `goodbye` called when the thread ends in good order, before its cells are emptied. */
export function beforeTheEnd(goodbye: () => void): void {
  goodbyes.push(goodbye);
}

/** Throws a RangeError if there is little room on the stack: a reaping that was cut short itself is left until the thread ends. */
function needStack(depth = 1000): number {
  return depth === 0 ? 0 : needStack(depth - 1) + 1;
}

/** Which hand: what goes in, or what comes out. */
export const IN = 0;
export const OUT = 1;

export class Account implements Backed {
  readonly kernel: Kernel;
  readonly #buffer: SharedArrayBuffer;
  readonly #words: Uint32Array;
  readonly #numbers: Float64Array;
  /** Empty cells. */
  readonly #free: number[] = [];
  /** How many there are when the thread owns nothing. */
  #most = 0;
  /** The hands' cells, by kind and direction; 0: not there yet. */
  readonly #hands: number[] = [0, 0, 0, 0, 0, 0, 0, 0];
  /** The working cell for a queue's block, as an index of `#numbers`. */
  #queueCell = 0;
  /** Calls that are under way, or were cut short. */
  #calls = 0;
  /**
   * The cell of a count or a listener that is being made or given up, from `begin` or `loosen` on: no handle has it. 0: there is none,
   * as from `give` on, or when it has its handle. That says a store to this field, and no method: a call could be cut short.
   */
  loose = 0;
  /** Other such cells: calls have left them that were cut short. */
  readonly #left: number[] = [];
  /** Cells of values that are shown to code of users. */
  readonly #lent: number[] = [];
  /** Whether `#afterwards` is going to be called. */
  #isWatched = false;
  readonly #remains: Remains;
  /** 0: closed. */
  #entry = 0;
  #closing = false;
  backing: object | undefined;
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
    this.#numbers = new Float64Array(buffer);
    this.#member = member;
    this.#remains = new Remains(kernel, this.#words, this.#numbers);
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
    this.#queueCell = (entry + WORK_AT + QUEUE_CELL * CELL_BYTES) >>> 3;
    accounts.add(this);
    registry.atExit(Account.exit);
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
    return cell;
  }

  /** A cell is empty again. */
  give(cell: number): void {
    // First: a call that is cut short in between must not leave it in both lists.
    if (this.loose === cell) this.loose = 0;
    this.#free.push(cell);
    if (this.#closing) this.#closeIfIdle();
  }

  #closeIfIdle(): void {
    if (this.#free.length < this.#most) return;
    if (this.#calls === 0) this.close();
    else this.#watch();
  }

  /**
   * The cell for what a call has in hand that begins now, until `handBack`: for a payload that goes in or comes out. It is to be
   * empty whenever code of users runs, which may call in turn.
   *
   * @throws {OutOfMemoryError} there is no memory for more cells; nothing has changed.
   */
  hand(kind: number, direction: number): number {
    const at = 2 * kind + direction;
    const cell = this.#hands[at] as number;
    if (cell === 0) return this.#newHand(kind, at);
    if (this.#numbers[cell >>> 3] !== 0) this.recover();
    else this.tidy();
    if (this.#calls++ > 0) this.#watch();
    return cell;
  }

  /** Returns a queue's block that a call of this thread has left that was cut short: the next one would write over it. */
  tidy(): void {
    if (this.#numbers[this.#queueCell] !== 0) this.recover();
  }

  #newHand(kind: number, at: number): number {
    const cell = this.take(kind);
    // It keeps no account open.
    this.#most--;
    this.#hands[at] = cell;
    this.#calls++;
    return cell;
  }

  /** Moves what a hand has to a cell of its own, where it stays when the call has ended. Throws as `take`, with the hand full. */
  putDown(hand: number): number {
    const cell = this.take(this.#words[(hand + CELL_KIND) >>> 2] as number);
    // Nothing in between where the thread could be stopped.
    this.#numbers[cell >>> 3] = this.#numbers[hand >>> 3] as number;
    this.#numbers[hand >>> 3] = 0;
    return cell;
  }

  /** The call has ended; its hand is empty. */
  handBack(): void {
    if (--this.#calls === 0 && this.#closing) this.#closeIfIdle();
  }

  /** An empty cell for something that a handle is to have: until then no code of users runs. Throws as `take`. */
  begin(kind: number): number {
    if (this.loose !== 0) this.recover();
    const cell = this.take(kind);
    this.loose = cell;
    return cell;
  }

  /** Whether this thread owns that thing, with that extra number in the cell. Takes a look at each of its cells. */
  owns(what: number, kind: number, extra: number): boolean {
    return this.#entry !== 0 && this.kernel.holds(this.#entry, kind, what, extra) !== 0;
  }

  /** Whether something is in a cell of this thread. */
  isFull(cell: number): boolean {
    return this.#numbers[cell >>> 3] !== 0;
  }

  /** A word of 32 bits of a cell, at that many bytes. */
  wordOf(cell: number, at: number): number {
    return this.#words[(cell + at) >>> 2] as number;
  }

  /** No handle has what is in `cell` any more: it is given up now. */
  loosen(cell: number): void {
    if (this.loose !== 0 && this.loose !== cell) this.recover();
    this.loose = cell;
  }

  /** An empty cell for a value that is shown to code of users, until `endLoan`. Throws as `take`. */
  lend(kind: number): number {
    this.tidy();
    if (this.#lent.length > 0) this.#watch();
    const cell = this.take(kind);
    this.#lent[this.#lent.length] = cell;
    return cell;
  }

  /** What was shown is to have a handle: from now on it is `loose`. */
  takeBack(cell: number): void {
    if (this.loose !== 0) this.recover();
    this.#lent.splice(this.#lent.lastIndexOf(cell), 1);
    // Nothing in between where the call could be cut short: no call.
    this.loose = cell;
  }

  endLoan(cell: number): void {
    // Where the stack had no room to free what it owns.
    if (this.#numbers[cell >>> 3] !== 0) {
      this.#watch();
      return;
    }
    this.#lent.splice(this.#lent.lastIndexOf(cell), 1);
    this.give(cell);
  }

  /** Returns what calls of this thread have left that were cut short, but for what those may have that are under way. */
  recover(): void {
    if (this.#entry === 0) return;
    needStack();
    const scratch = this.#scratch;
    if (scratch?.open === true && !scratch.busy) this.#empty(scratch);
    for (const cell of this.#hands) if (cell !== 0) this.#remains.take(cell);
    for (let i = 0; i < WORKING_CELLS; i++) this.#remains.take(this.#entry + WORK_AT + i * CELL_BYTES);
    if (this.loose !== 0) {
      this.#left.push(this.loose);
      this.loose = 0;
    }
    this.#recoverCells(this.#left);
    this.#remains.bury();
    // Calls that were cut short may have left the kinds of working cells as those of a middle.
    this.kernel.use(this.#entry);
  }

  #recoverCells(cells: number[]): void {
    for (let cell = cells.at(-1); cell !== undefined; cell = cells.at(-1)) {
      const isEmpty = this.#remains.take(cell);
      cells.pop();
      if (!isEmpty) continue;
      this.#free.push(cell);
    }
  }

  /** There may be calls that were cut short: that is seen when none is under way. */
  #watch(): void {
    if (this.#isWatched) return;
    queueMicrotask(() => this.#afterwards());
    // Not before: that may be what the stack has no room for.
    this.#isWatched = true;
  }

  #afterwards(): void {
    this.#isWatched = false;
    this.#calls = 0;
    this.#recoverCells(this.#lent);
    if (this.#scratch !== undefined) this.#scratch.busy = false;
    this.recover();
    if (this.#closing) this.#closeIfIdle();
  }

  /** Gives up what a batch that did not return has left in the slots. */
  #empty(scratch: Scratch): void {
    needStack();
    const { ptr, slots, state } = scratch;
    if (state !== INLINE) {
      const kind = (state & ~TAKEN_OUT) === ARCS ? OWN_ARC : (state & TAKEN_OUT) === 0 ? OWN_BLOCK : OWN_VALUE;
      for (let i = 0; i < slots.length; i++) this.#remains.take((ptr >>> 0) + SLOT_BYTES * i, kind);
      this.#remains.bury();
    }
    // Not before: this may be cut short as well, and is to be done again then.
    scratch.open = false;
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
    const count = kernel.cellsPerBlock();
    for (let i = count - 1; i > 0; i--) this.#free.push(first + i * CELL_BYTES);
    this.#most += count;
    return first;
  }

  /**
   * The thread's scratch, which the first call allocates. Undefined if the heap is exhausted, or the scratch is busy.
   */
  scratch(): Scratch | undefined {
    const scratch = this.#scratch ?? this.#newScratch();
    if (scratch?.busy !== true) return scratch;
    this.#watch();
    return undefined;
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
    this.#scratch = { ptr: ptr | 0, slots, bits, signed, unsigned, cell, state: INLINE, busy: false, open: false };
    return this.#scratch;
  }

  /** Prepares the scratch for a batch whose slots own what `state` says. It is `open` until the batch has returned. */
  useScratch(scratch: Scratch, state: number): void {
    if (scratch.open) this.#empty(scratch);
    this.tidy();
    if (scratch.state !== state) {
      // What numbers have left in the slots is wiped first.
      this.kernel.useScratch(scratch.ptr, scratch.cell, state);
      scratch.state = state;
    }
    scratch.open = state !== INLINE;
  }

  #freeScratch(): void {
    const scratch = this.#scratch;
    if (scratch === undefined) return;
    this.#scratch = undefined;
    if (scratch.open && !scratch.busy) this.#empty(scratch);
    this.kernel.freeScratch(scratch.ptr, scratch.cell);
    this.give(scratch.cell);
  }

  /**
   * Sets `opens` strong counts of an object aside in a ticket. A call that is cut short before `keepTicket` has it given back.
   * Undefined: `ticketRefusal` says why.
   */
  newTicket(control: number, opens: number): Ticket | undefined {
    this.#forgetUsedUp();
    const { kernel } = this;
    const cell = this.begin(OWN_TICKET);
    const ticket = kernel.newTicket(control, opens, cell) >>> 0;
    if (ticket === 0) {
      this.give(cell);
      return undefined;
    }
    return { control: ticket, generation: kernel.generationOf(ticket) >>> 0, cell };
  }

  /** The ticket has its token. It is this thread's as long as there are some opens left in it. */
  keepTicket(ticket: Ticket): void {
    if (ticketsStay) {
      this.#disown(ticket);
      return;
    }
    // Nothing in between where the call could be cut short: no call.
    this.#tickets[this.#tickets.length] = ticket;
    this.loose = 0;
  }

  /** From now on this thread does not own what is left in a ticket. */
  #disown({ cell }: Ticket): void {
    this.kernel.forget(cell);
    this.give(cell);
  }

  /** Forgets tickets that are used up. It looks at the oldest two for each new ticket, so the list stays short. */
  #forgetUsedUp(most = 2): void {
    const tickets = this.#tickets;
    if (this.loose !== 0) this.recover();
    for (let i = Math.min(most, tickets.length); i > 0; i--) {
      const { control, generation, cell } = tickets[0] as Ticket;
      const isLive = this.kernel.kindIfLive(control, generation) !== 0;
      const ticket = tickets.shift() as Ticket;
      // Nothing in between where the call could be cut short: no call.
      if (isLive) {
        tickets[tickets.length] = ticket;
      } else {
        this.loose = cell;
        this.#disown(ticket);
      }
    }
  }

  /** The thread ends in good order: the opens that nobody has taken stay for those who have the tokens. */
  #keepTickets(): void {
    for (const ticket of this.#tickets.splice(0)) this.#disown(ticket);
  }

  /** The heap was collected. */
  collected(): void {
    this.closeWhenEmpty();
  }

  /**
   * Closes the account as soon as the thread owns nothing any more. If tickets are all that it still owns, `settle` closes it
   * later.
   */
  closeWhenEmpty(): void {
    this.#closing = true;
    this.#forgetUsedUp(this.#tickets.length);
    this.#freeScratch();
    this.#closeIfIdle();
  }

  /** Closes accounts of this thread that only tickets have kept open, if these are used up by now. */
  static settle(): void {
    for (const account of accounts) if (account.#closing) account.closeWhenEmpty();
  }

  /** Gives up what the thread owns, and its entry. */
  close(): void {
    if (this.#entry === 0) return;
    this.#remains.bury();
    this.kernel.reap(this.#entry, threadId, osThreadId);
    this.#entry = 0;
    this.#hands.fill(0);
    this.loose = 0;
    this.#left.length = 0;
    this.#free.length = 0;
    this.#most = 0;
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
  static readonly exit = (code: number, isLast: boolean): void => {
    for (const goodbye of goodbyes) goodbye();
    ticketsStay = code === 0;
    if (ticketsStay) for (const account of accounts) account.#keepTickets();
    // The main thread takes the whole program with it.
    if (threads?.isMainThread !== false || !isLast) return;
    backstop.end();
    for (const account of accounts) account.#closeForGood();
  };
}
