/**
 * The backstop: what handles have that nobody dropped is given back when they are collected.
 *
 *   handle -> what it has (`Backed`)
 *                 ^
 *                 |
 *      fresh, until the job ends; then the host's finalization registry
 *
 * Nothing is collected out of a job that is running, and most handles are dropped in the job that made them. To register these would
 * cost more than all the rest of them. So the registry is told only of what is left at the end of the job, or when there are many.
 */

/** What one handle has, and what is to be given back once. */
export interface Backed {
  /** For the backstop: the handle, while it is fresh; `KNOWN`, once it is registered. */
  backing: object | undefined;
  /** Gives it back, as the handle was collected. */
  collected(): void;
}

const KNOWN: object = Object.freeze({});
/** At most this many handles are fresh: a thread may never come to the end of its job. */
const MOST = 256;

const fresh: Backed[] = [];
/** Its reactions are jobs. `queueMicrotask` costs more, and tests may have replaced it. */
const job = Promise.resolve();
let isDue = false;
let isOver = false;

const registry = new FinalizationRegistry<Backed>((held) => {
  if (!isOver) held.collected();
});

/** This may be cut short anywhere, and done again. */
function registerAll(): void {
  for (const held of fresh) {
    const handle = held.backing;
    if (handle === undefined || handle === KNOWN) continue;
    registry.register(handle, held, held);
    held.backing = KNOWN;
  }
  fresh.length = 0;
}

function atEndOfJob(): void {
  isDue = false;
  registerAll();
}

export const backstop = {
  /**
   * From now on `held` is given back when `handle` is collected. If this is cut short, or throws, nothing has changed.
   */
  add(handle: object, held: Backed): void {
    if (fresh.length >= MOST) registerAll();
    if (!isDue) {
      void job.then(atEndOfJob);
      isDue = true;
    }
    // From here on no call: that is where it could be cut short.
    held.backing = handle;
    fresh[fresh.length] = held;
  },

  /** It was given back. A second time does nothing. */
  remove(held: Backed): void {
    const handle = held.backing;
    if (handle === undefined) return;
    held.backing = undefined;
    if (handle === KNOWN) registry.unregister(held);
    // Mostly it is the one that was made last. Others are left there until the end of the job.
    else if (fresh[fresh.length - 1] === held) fresh.pop();
  },

  /**
   * The thread has given up everything: nothing is given back any more. After the last exit handler of a worker that has thrown,
   * Node still tells of what was collected.
   */
  end(): void {
    isOver = true;
  },
};
