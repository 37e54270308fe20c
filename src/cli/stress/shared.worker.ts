/**
 * A thread that reads, writes, upgrades, and takes permits, in every way that there is.
 *
 * Deliberate faults:
 *
 *   tear     writes without the lock         mint   adds a permit
 *   freeze   stops working while it writes   leak   keeps a count that no ledger has
 */
import { RwLock, Semaphore, TimeoutError } from "../../index.js";
import type { Manner } from "./events.js";
import { abortedSoon, GIVEN_UP, type Seat } from "./seat.js";
import { type Bytes, type BytesGuard, PERMITS, type SharedOrders, seenTo } from "./shared.js";

// One in that many rounds is of that kind.
const WRITES = 4;
const UPGRADES = 8;
const ACQUIRES = 3;
const ONLY_TRIES = 8;
const HAS_TIME_LIMIT = 8;
const HAS_SIGNAL = 8;
const LINGERS = 64;
/** The longest limits of time. Timers take whole milliseconds. */
const MAX_MS = 2;
const SLEEP_MS = 0.05;
/** Rounds after which a saboteur begins. */
const TRIGGER = 100;

class Sharer {
  readonly #seat: Seat<object, SharedOrders, Manner>;
  readonly #lock: RwLock<Bytes>;
  readonly #semaphore: Semaphore;
  /** Of the last guard of a writer. */
  #numbers: Int32Array | undefined;
  #rounds = 0;

  constructor(seat: Seat<object, SharedOrders, Manner>) {
    this.#seat = seat;
    this.#lock = RwLock.open(seat.orders.lock);
    this.#semaphore = Semaphore.open(seat.orders.semaphore);
  }

  async work(): Promise<void> {
    const { board, orders, random } = this.#seat;
    this.#seat.awaitBeginning();
    while (!this.#seat.isDone) {
      try {
        if (random.oneIn(ACQUIRES)) await this.#acquire();
        else if (random.oneIn(UPGRADES)) await this.#upgrade();
        else if (random.oneIn(WRITES)) await this.#write();
        else await this.#read();
        this.#seat.count("rounds");
        this.#rounds++;
      } catch (error) {
        if (error instanceof TimeoutError) this.#seat.count("timedOut");
        else if (error === GIVEN_UP) this.#seat.count("aborted");
        else throw error;
      }
      if (board.total("rounds") >= orders.rounds) board.finish();
    }
    this.#seat.does("leaving");
    this.#seat.leak(this.#lock);
    this.#lock.drop();
    this.#semaphore.drop();
  }

  /** Calls one of three forms of a method. Undefined: it only tried. */
  #ask<G>(what: string, tries: () => G | undefined, blocks: (limit: Limit) => G, awaits: (limit: Limit) => Promise<G>) {
    const { manner, random } = this.#seat;
    if (random.oneIn(ONLY_TRIES)) {
      this.#seat.does(`trying to ${what}`);
      this.#seat.count("tried");
      return tries();
    }
    const isSync = manner === "sync" || (manner === "mixed" && random.oneIn(2));
    this.#seat.does(`waiting to ${what}, ${isSync ? "blocking" : "awaiting"}`);
    if (random.oneIn(HAS_TIME_LIMIT)) {
      const limit = { timeoutMs: MAX_MS * random.fraction() };
      return isSync ? blocks(limit) : awaits(limit);
    }
    const later = (act: () => void) => setTimeout(act, MAX_MS * random.fraction());
    if (isSync) return blocks({});
    return awaits(random.oneIn(HAS_SIGNAL) ? { signal: abortedSoon(later) } : {});
  }

  async #guard(
    writes: boolean,
    ask: () => BytesGuard | undefined | Promise<BytesGuard>,
  ): Promise<BytesGuard | undefined> {
    try {
      return await ask();
    } catch (error) {
      return seenTo(error, writes, this.#seat.board, this.#seat.number);
    }
  }

  async #read(): Promise<void> {
    const lock = this.#lock;
    const guard = await this.#guard(false, () =>
      this.#ask(
        "read",
        () => lock.tryRead(),
        () => lock.readSync(),
        (limit) => lock.read(limit),
      ),
    );
    if (guard === undefined) return;
    this.#look(guard.view(Int32Array));
    guard.unlock();
    this.#seat.count("read");
  }

  async #write(): Promise<void> {
    const lock = this.#lock;
    const tears = this.#cheats("tear");
    const guard = tears
      ? undefined
      : await this.#guard(true, () =>
          this.#ask(
            "write",
            () => lock.tryWrite(),
            (limit) => lock.writeSync(limit),
            (limit) => lock.write(limit),
          ),
        );
    if (guard !== undefined) this.#numbers = guard.view(Int32Array);
    else if (!tears) return;
    this.#change(this.#numbers as Int32Array);
    guard?.unlock();
  }

  /** A reader that was poisoned by a dead writer is seen to as one that only reads. */
  async #upgrade(): Promise<void> {
    const lock = this.#lock;
    const guard = await this.#guard(false, () => lock.tryUpgradableRead());
    if (guard === undefined || !("tryUpgrade" in guard)) return;
    this.#look(guard.view(Int32Array));
    const writer = (guard as { tryUpgrade(): BytesGuard | undefined }).tryUpgrade();
    if (writer === undefined) {
      guard.unlock();
      return;
    }
    this.#change(writer.view(Int32Array));
    const reader = (writer as { downgrade?(): BytesGuard }).downgrade?.() ?? writer;
    this.#look(reader.view(Int32Array));
    reader.unlock();
  }

  async #acquire(): Promise<void> {
    const semaphore = this.#semaphore;
    const n = 1 + this.#seat.random.below(PERMITS);
    const guard = await this.#ask(
      `take ${n} permits`,
      () => semaphore.tryAcquire(n),
      (limit) => semaphore.acquireSync(n, limit),
      (limit) => semaphore.acquire(n, limit),
    );
    if (guard === undefined) return;
    this.#seat.does(`with ${n} permits`);
    this.#linger();
    guard.release();
    if (this.#cheats("mint")) semaphore.addPermits(1);
    this.#seat.count("acquired");
  }

  #look(numbers: Int32Array): void {
    this.#seat.does("reading");
    const left = numbers[0];
    this.#linger();
    if (numbers[1] !== left) this.#torn(left, numbers[1]);
  }

  #change(numbers: Int32Array): void {
    this.#seat.does("writing");
    // Plain on purpose: nothing but the lock keeps others from it.
    const next = (numbers[0] as number) + 1;
    if (numbers[1] !== next - 1) this.#torn(next - 1, numbers[1]);
    numbers[0] = next;
    this.#linger();
    while (this.#cheats("freeze")) this.#seat.sleep(1000);
    numbers[1] = next;
    this.#seat.count("written");
  }

  #torn(left: unknown, right: unknown): void {
    this.#seat.fault("torn", `it found ${left} and ${right}`);
  }

  #linger(): void {
    if (this.#seat.random.oneIn(LINGERS)) this.#seat.sleep(SLEEP_MS);
  }

  #cheats(how: string): boolean {
    return this.#seat.cheats(how) && this.#rounds >= TRIGGER;
  }
}

type Limit = { timeoutMs?: number; signal?: AbortSignal };

export const parts = { sharer: (seat: Seat<object, SharedOrders, Manner>) => new Sharer(seat).work() };
