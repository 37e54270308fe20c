/** Barrier: threads that wait for each other, and then all go on. */
import { Count } from "../arc/counted.js";
import { brand } from "../heap/handle.js";
import { CELL_EXTRA, INLINE, KIND_BARRIER, MAX_COUNT, OWN_ARRIVAL } from "../heap/kernel/numbers.js";
import { optionsOf } from "../heap/options.js";
import { checkInteger, type ObjectToken, type ShareOptions } from "../heap/token.js";
import type { WaitOptions, WaitSyncOptions } from "../listener/listener.js";
import { Core, coreOf, Lock, type LockOptions, newLock } from "./lock.js";
import { Ask, limitsOf, timeoutOf, UNLIMITED, until, untilSync } from "./waiting.js";

/** The token of a barrier; see {@link Barrier.share}. */
export type BarrierToken = ObjectToken<"barrier">;

/** What a barrier was at one moment; see {@link Barrier.stats}. */
export interface BarrierStats {
  /** How many calls must come so that all go on. */
  readonly parties: number;
  /** Calls that had come, and waited for the others. */
  readonly waiting: number;
  /** How often all have gone on. */
  readonly generation: number;
}

/** A call that waits for the others. */
class PassAsk extends Ask<boolean> {
  protected readonly late = "not all had come to the barrier";
  readonly #core: Core;
  readonly #cell: number;

  constructor(core: Core) {
    super(core);
    this.#core = core;
    this.#cell = core.account.take(OWN_ARRIVAL);
  }

  /** Comes to the barrier. Whether it was the last one. */
  arrives(): boolean {
    const { kernel, account, lock } = this.#core;
    if (kernel.arrive(lock, this.#cell) === 0) return false;
    account.give(this.#cell);
    return true;
  }

  tries(): boolean {
    const { kernel, account, lock } = this.#core;
    return kernel.wordAt(lock, 4) >>> 0 !== account.wordOf(this.#cell, CELL_EXTRA);
  }

  giveUp(): void {
    const { kernel, account, lock } = this.#core;
    kernel.depart(lock, this.#cell);
    account.give(this.#cell);
  }

  result(): boolean {
    this.giveUp();
    return false;
  }
}

/**
 * A place where threads wait until a number of them has come: std's and async-lock's `Barrier` for JavaScript threads. Then all go on, and
 * one of them leads. At once it can be used again, for the next round.
 *
 * A call that gives up, by a time-out, a signal or a dropped handle, and a call whose thread dies, does not count any more, unless all had
 * come by then.
 *
 * Each thread has a handle of its own, by `open`ing a token that another thread `share`d. One thread may wait several times at once.
 *
 * @example
 * ```js
 * import { Worker } from "node:worker_threads";
 * import { Barrier } from "shmol";
 *
 * const barrier = Barrier.create(3);
 * const workerData = barrier.share({ opens: 2 });
 * const url = new URL("./worker.mjs", import.meta.url);
 * const workers = [new Worker(url, { workerData }), new Worker(url, { workerData })];
 * const leads = [barrier.wait(), ...workers.map((one) => new Promise((resolve) => one.once("message", resolve)))];
 * console.log((await Promise.all(leads)).filter(Boolean).length); // 1
 * ```
 * ```js
 * // worker.mjs
 * import { parentPort, workerData } from "node:worker_threads";
 * import { Barrier } from "shmol";
 *
 * const barrier = Barrier.open(workerData);
 * parentPort.postMessage(barrier.waitSync());
 * barrier.drop();
 * ```
 */
export class Barrier extends Lock<Core> {
  private constructor(core: Core) {
    super(core, "Barrier");
  }

  static {
    brand(Barrier, "Barrier");
  }

  /**
   * A new barrier.
   *
   * @param parties how many calls must come so that all go on, from 0 to 2^31 - 1. With 0 or 1 no call waits, and each leads.
   * @throws {TypeMismatchError} `parties` is no such number.
   * @throws {OutOfMemoryError} nothing was taken.
   */
  static create(parties: number, options?: LockOptions): Barrier {
    checkInteger(parties, "parties", 0, MAX_COUNT);
    const { heap } = optionsOf(options, ["heap"]);
    const content = { content: INLINE, type: parties };
    return new Barrier(new Core(newLock(heap, KIND_BARRIER, { ...content, events: 1, align: undefined })));
  }

  /**
   * A handle for the barrier that a token names.
   *
   * @throws {TokenError} the barrier is gone, the token's opens are used up, or it is not a barrier's token.
   */
  static open(token: BarrierToken): Barrier {
    return new Barrier(new Core(Count.open(token, "barrier")));
  }

  /**
   * Comes to the barrier, and waits until the others have come. It keeps the event loop alive meanwhile.
   *
   * @returns whether this call leads: of those that go on together exactly one does, the last one to come.
   * @throws (by rejecting, as all of these) {TimeoutError} the others had not come within `timeoutMs`.
   * @throws `signal.reason`: the signal was aborted, before or meanwhile.
   * @throws {DroppedError} the handle was dropped, before or meanwhile.
   * @throws {OutOfMemoryError} to wait needs a block of a few bytes.
   */
  wait(options?: WaitOptions): Promise<boolean> {
    try {
      const limits = options === undefined ? UNLIMITED : limitsOf(options);
      const core = coreOf(this);
      const ask = new PassAsk(core);
      return ask.arrives() ? Promise.resolve(true) : until(ask, core.stake, limits);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Comes to the barrier, and blocks the thread until the others have come. Otherwise as `wait`.
   *
   * @throws {ShmolError} with code `ERR_SHMOL_MAY_NOT_BLOCK`: the others have not come, and this thread may not block.
   */
  waitSync(options?: WaitSyncOptions): boolean {
    const timeoutMs = options === undefined ? Number.POSITIVE_INFINITY : timeoutOf(options);
    const core = coreOf(this);
    const ask = new PassAsk(core);
    return ask.arrives() || untilSync(ask, core.stake, timeoutMs);
  }

  /** What the barrier is at the moment: for people, and for tests. Others may change it at any time. */
  stats(): BarrierStats {
    const { kernel, lock } = coreOf(this);
    return {
      parties: kernel.tagType(lock) >>> 0,
      waiting: kernel.wordAt(lock, 0) >>> 0,
      generation: kernel.wordAt(lock, 4) >>> 0,
    };
  }

  /** A token with which other threads open this barrier. */
  share(options?: ShareOptions): BarrierToken {
    return coreOf(this).stake.count.share("barrier", options);
  }

  /** @internal */
  protected override describe(isDropped: boolean): Record<string, unknown> {
    return isDropped ? {} : { ...this.stats() };
  }
}
