/**
 * A contender for the mutex: takes it in every way that there is, counts up by a plain increment, gives it back.
 *
 * Deliberate faults:
 *
 *   barge      goes inside without the mutex                 miscount   counts a round twice
 *   leak       keeps a count that no ledger has              stall      stops working inside
 *   crash      throws inside
 */
import { DroppedError, Mutex, type MutexGuard, TimeoutError } from "../../index.js";
import type { Manner } from "./events.js";
import { COUNT, INSIDE, type LockOrders, repaired } from "./lock.js";
import { abortedSoon, GIVEN_UP, type Seat } from "./seat.js";
import type { Bytes } from "./shared.js";

// One in that many rounds is of that kind.
const ONLY_TRIES = 8;
const HAS_TIME_LIMIT = 8;
const HAS_SIGNAL = 8;
const DROPS = 64;
const LINGERS = 16;
const SLEEPS_INSIDE = 1024;
/** In runs that kill, so that some threads are killed there. */
const SLEEPS_INSIDE_UNDER_KILLS = 32;
/** The longest limits of time. Timers take whole milliseconds. */
const MAX_BLOCKED_MS = 0.5;
const MAX_AWAITED_MS = 2;
/** Iterations of a loop inside. */
const MAX_LINGER = 500;
const SLEEP_MS = 0.05;
/** Rounds after which a saboteur begins, and the part of its chances that it then takes. */
const TRIGGER = 100;
const CHEATS = 4;

class Contender {
  readonly #seat: Seat<object, LockOrders, Manner>;
  #mutex: Mutex<Bytes>;
  #rounds = 0;
  /** Of the last guard. */
  #words: Int32Array | undefined;

  constructor(seat: Seat<object, LockOrders, Manner>) {
    this.#seat = seat;
    this.#mutex = Mutex.open(seat.orders.mutex);
  }

  async work(): Promise<void> {
    this.#seat.awaitBeginning();
    while (!this.#seat.isDone) {
      const barges = this.#cheats("barge");
      const guard = barges ? undefined : await this.#take();
      if (guard !== undefined) this.#words = guard.view(Int32Array);
      else if (!barges) continue;
      this.#goInside(this.#words as Int32Array);
      guard?.unlock();
    }
    this.#seat.does("leaving");
    this.#seat.leak(this.#mutex);
    this.#mutex.drop();
  }

  /** Undefined: it gave up. */
  async #take(): Promise<MutexGuard<Bytes> | undefined> {
    const { manner, random, board, number } = this.#seat;
    const blocks = manner === "sync" || (manner === "mixed" && random.oneIn(2));
    try {
      if (random.oneIn(ONLY_TRIES)) {
        this.#seat.does("trying the mutex");
        this.#seat.count("tried");
        return this.#mutex.tryLock();
      }
      this.#seat.does(`waiting for the mutex, ${blocks ? "blocking" : "awaiting"}`);
      return blocks ? this.#mutex.lockSync(this.#limit(MAX_BLOCKED_MS)) : await this.#await();
    } catch (error) {
      if (error instanceof TimeoutError) this.#seat.count("timedOut");
      else if (error === GIVEN_UP) this.#seat.count("aborted");
      else if (error instanceof DroppedError) this.#reopen();
      else return repaired(error, board, number);
      return undefined;
    }
  }

  #await(): Promise<MutexGuard<Bytes>> {
    const { random } = this.#seat;
    const later = (act: () => void) => setTimeout(act, MAX_AWAITED_MS * random.fraction());
    const limit = this.#limit(MAX_AWAITED_MS);
    if (limit !== undefined) return this.#mutex.lock(limit);
    if (random.oneIn(HAS_SIGNAL)) return this.#mutex.lock({ signal: abortedSoon(later) });
    const taken = this.#mutex.lock();
    if (random.oneIn(DROPS)) this.#mutex.drop();
    return taken;
  }

  #reopen(): void {
    this.#seat.count("dropped");
    this.#mutex = Mutex.open(this.#seat.orders.mutex);
  }

  #limit(maxMs: number): { timeoutMs: number } | undefined {
    const { random } = this.#seat;
    return random.oneIn(HAS_TIME_LIMIT) ? { timeoutMs: maxMs * random.fraction() } : undefined;
  }

  #goInside(words: Int32Array): void {
    const { orders, board, number } = this.#seat;
    this.#seat.does("inside the mutex");
    if (words[INSIDE] !== 0) this.#overlap();
    words[INSIDE] = number;
    // Plain on purpose: nothing but the mutex keeps others from counting from the same number.
    const count = words[COUNT] as number;
    if (this.#cheats("crash") || this.#cheats("stall")) this.#seat.crashOrStall();
    if (count < orders.rounds) {
      this.#linger();
      words[COUNT] = count + (this.#cheats("miscount") ? 2 : 1);
      this.#seat.count("rounds");
      this.#rounds++;
    }
    if (count + 1 >= orders.rounds) board.finish();
    if (words[INSIDE] !== number) this.#overlap();
    words[INSIDE] = 0;
  }

  /** Takes its time now and then, so that others come while it is inside. */
  #linger(): void {
    const { random, options } = this.#seat;
    const sleeps = options.kill > 0 ? SLEEPS_INSIDE_UNDER_KILLS : SLEEPS_INSIDE;
    if (random.oneIn(sleeps)) this.#seat.sleep(SLEEP_MS);
    else if (random.oneIn(LINGERS)) for (let i = random.below(MAX_LINGER); i > 0; i--);
  }

  #overlap(): void {
    this.#seat.fault("exclusion", "it was not alone inside the mutex");
  }

  #cheats(how: string): boolean {
    return this.#seat.cheats(how) && this.#rounds >= TRIGGER && this.#seat.random.oneIn(CHEATS);
  }
}

export const parts = { contender: (seat: Seat<object, LockOrders, Manner>) => new Contender(seat).work() };
