// A mutex for threads: a word in shared memory says whether it is taken, and an event lets the others sleep until it is not.
import { Arc, SharedEvent } from "shmol";

const [FREE, TAKEN] = [0, 1];
const left = (deadline) => Math.max(0, deadline - performance.now());

export class Mutex {
  constructor(state = Arc.create(Int32Array.of(FREE)), event = SharedEvent.create()) {
    this.state = state;
    this.event = event;
    this.word = state.view(Int32Array);
  }

  static open = ({ state, event }) => new Mutex(Arc.open(state), SharedEvent.open(event));

  share = (options) => ({ state: this.state.share(options), event: this.event.share(options) });

  tryLock = () => Atomics.compareExchange(this.word, 0, FREE, TAKEN) === FREE;

  // Listeners to wait for, one after the other, until the mutex is ours.
  *#untilLocked() {
    while (!this.tryLock()) {
      const listener = this.event.listen();
      // Listen first, then look once more: whoever unlocks after this look notifies the listener.
      if (this.tryLock()) {
        listener.drop();
        return;
      }
      yield listener;
    }
  }

  /** @param {{ timeoutMs?: number, signal?: AbortSignal }} limits */
  async lock({ timeoutMs = Infinity, signal } = {}) {
    const deadline = performance.now() + timeoutMs;
    for (const listener of this.#untilLocked()) await listener.wait({ timeoutMs: left(deadline), signal });
  }

  lockSync({ timeoutMs = Infinity } = {}) {
    const deadline = performance.now() + timeoutMs;
    for (const listener of this.#untilLocked()) listener.waitSync({ timeoutMs: left(deadline) });
  }

  unlock() {
    Atomics.store(this.word, 0, FREE);
    this.event.notify(1);
  }

  drop() {
    this.event.drop();
    this.state.drop();
  }
}
