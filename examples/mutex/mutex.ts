// A mutex for threads: a word in shared memory says whether it is taken, and an event lets the others sleep until it is not.
import {
  Arc,
  type ArcToken,
  type EventToken,
  SharedEvent,
  type ShareOptions,
  type WaitOptions,
  type WaitSyncOptions,
} from "shmol";

const [FREE, TAKEN] = [0, 1] as const;
const left = (deadline: number) => Math.max(0, deadline - performance.now());

/** What `share` makes and `open` takes. */
export interface MutexToken {
  readonly state: ArcToken;
  readonly event: EventToken;
}

export class Mutex {
  readonly #state: Arc;
  readonly #event: SharedEvent;
  readonly #word: Int32Array;

  constructor(state = Arc.create(Int32Array.of(FREE)), event: SharedEvent = SharedEvent.create()) {
    this.#state = state;
    this.#event = event;
    this.#word = state.view(Int32Array);
  }

  static open({ state, event }: MutexToken): Mutex {
    return new Mutex(Arc.open(state), SharedEvent.open(event));
  }

  share(options?: ShareOptions): MutexToken {
    return { state: this.#state.share(options), event: this.#event.share(options) };
  }

  tryLock(): boolean {
    return Atomics.compareExchange(this.#word, 0, FREE, TAKEN) === FREE;
  }

  // Listeners to wait for, one after the other, until the mutex is ours.
  *#untilLocked() {
    while (!this.tryLock()) {
      const listener = this.#event.listen();
      // Listen first, then look once more: whoever unlocks after this look notifies the listener.
      if (this.tryLock()) {
        listener.drop();
        return;
      }
      yield listener;
    }
  }

  async lock({ timeoutMs = Infinity, signal }: WaitOptions = {}): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    for (const listener of this.#untilLocked()) await listener.wait({ timeoutMs: left(deadline), signal });
  }

  lockSync({ timeoutMs = Infinity }: WaitSyncOptions = {}): void {
    const deadline = performance.now() + timeoutMs;
    for (const listener of this.#untilLocked()) listener.waitSync({ timeoutMs: left(deadline) });
  }

  unlock(): void {
    Atomics.store(this.#word, 0, FREE);
    this.#event.notify(1);
  }

  drop(): void {
    this.#event.drop();
    this.#state.drop();
  }
}
