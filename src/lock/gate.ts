/** How calls wait for a mutex: the one that users have, and the one in a readers-writer lock. */
import { now } from "../heap/host.js";
import type { Core } from "./lock.js";
import { Ask } from "./waiting.js";

/** After this time a call that was notified and found the mutex taken lets nobody overtake it any more. */
const STARVES_AFTER_MS = 0.5;

/** A call that waits for the mutex that a lock begins with. */
export class GateAsk<R> extends Ask<R> {
  protected readonly late: string;
  readonly #core: Core;
  readonly #cell: number;
  readonly #kind: number;
  readonly #since = now();
  /** What becomes of a mutex that was taken with that cell. */
  readonly #taken: (cell: number, state: number) => R;
  #isStarved = false;
  #state = 0;

  /** @param kind what the cell says of a thread that has taken it. */
  constructor(core: Core, kind: number, late: string, taken: (cell: number, state: number) => R) {
    super(core);
    this.#kind = kind;
    this.late = late;
    this.#core = core;
    this.#taken = taken;
    this.#cell = core.account.take(kind);
  }

  tries(): boolean {
    const { kernel, lock } = this.#core;
    this.#state = kernel.tryLock(lock, this.#cell, this.#isStarved ? 1 : 0, this.#kind);
    return this.#state !== 0;
  }

  /** The others that wait come after it, but threads that come now would be faster. */
  protected override misses(): void {
    if (this.#isStarved || now() - this.#since < STARVES_AFTER_MS) return;
    this.#core.kernel.starve(this.#core.lock, this.#cell);
    this.#isStarved = true;
  }

  giveUp(): void {
    const { kernel, account, lock } = this.#core;
    if (this.#isStarved) kernel.letGo(lock, this.#cell, 0);
    account.give(this.#cell);
  }

  result(): R {
    return this.#taken(this.#cell, this.#state);
  }
}
