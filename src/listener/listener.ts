/**
 * Listener: a place in an event's list, and the ways to wait there.
 *
 * There are four objects, because each lives for a different time. A listener that is awaited, and whose handle is forgotten, shows
 * all four:
 *
 *   when       create()    listen()    wait()    collected    notified    drop()
 *                 |           |           |          |            |          |
 *   Stake         +----------------------------------------------------------+    the count that keeps the event alive
 *   Place                     +-----------------------------------+               the node in the list, and the cell that owns it
 *   Listener                  +----------------------+                            the user's handle
 *   Wait                                  +-----------------------+               the promise, its timer, its signal
 *
 *   - A Place is not a part of its Listener: the backstop keeps the Place, and must not keep the handle alive.
 *   - A Wait is not a part of its Place: it goes on when the handle is forgotten, and a listener that blocks has none.
 *   - A Stake is shared by a SharedEvent and all of its listeners: it ends when that is dropped and all of these have left,
 *     whichever comes last.
 *
 * What may happen to a listener:
 *
 *   SharedEvent.listen()            Listener -> Place -> Stake          the node is in the list, and may be notified
 *     |
 *     +-- waitSync()                parks on the node                   takes the notification, or throws TimeoutError
 *     +-- wait()                    Listener -> Wait -> Place           the thread's Doorbell has the Wait, too
 *     |     +-- notified            Doorbell                            takes it: resolves
 *     |     +-- time-out, signal    Wait                                takes one that is there: resolves, or else rejects
 *     |     +-- drop(), discard()   as below                            rejects with DroppedError
 *     +-- discard()                                                     a notification is gone
 *     +-- drop(), or collected                                          a notification goes on to another listener
 *     +-- the thread ends           Doorbell.leaveAll, or a reaper      likewise
 *
 * Each branch calls `Place.leave` in the end. Only the first call of it has an effect: the listener is used up. (A reaper uses the
 * cell that owns the node instead.)
 */

import { dropped } from "../arc/counted.js";
import { backstop } from "../heap/backstop.js";
import { TypeMismatchError } from "../heap/errors.js";
import { brand, notByNew, refuseCloning } from "../heap/handle.js";
import { DISCARD, PASS, TAKE } from "../heap/kernel/numbers.js";
import { optionsOf } from "../heap/options.js";
import { checkTimeout, describe } from "../heap/token.js";
import { block } from "./block.js";
import { Doorbell } from "./doorbell.js";
import { door, Place } from "./stake.js";
import { timedOut, type Wait } from "./wait.js";

/** The options of {@link SharedEvent.listen}. */
export interface ListenOptions {
  /** Whether the event loop stays alive while the listener is awaited; by default true. As for timers, `ref()` and `unref()` change it. */
  ref?: boolean;
}

/** The options of {@link Listener.waitSync}. */
export interface WaitSyncOptions {
  /** Milliseconds on the monotonic clock after which to give up; by default never. 0 only looks. */
  timeoutMs?: number | undefined;
}

/** The options of {@link Listener.wait}. */
export interface WaitOptions extends WaitSyncOptions {
  /** Ends the wait when it is aborted. */
  signal?: AbortSignal | undefined;
}

/** The names of those options. */
export const WAIT_OPTIONS = ["timeoutMs", "signal"] as const;
export const WAIT_SYNC_OPTIONS = ["timeoutMs"] as const;

// A door for the components above; the class opens it in its static block.
/**
 * Blocks until the listener is notified, for `timeoutMs` at most, and returns whether it was. It listens on, and has not left: for
 * waits that look for themselves in between.
 */
export let blockOn: (listener: Listener, timeoutMs: number) => boolean;

/**
 * One place in an event's list, from `SharedEvent.listen` on until it is waited for, discarded or dropped: exactly one of
 * these. event-listener's `EventListener`.
 *
 * A listener that was notified and is not waited for holds a notification that another listener may need. `drop` passes the
 * notification on. A forgotten listener is dropped when it is collected, whenever that is.
 *
 * A listener belongs to the thread that listened. When the thread ends, for whatever reason, its listeners leave, and their
 * notifications go on to others.
 *
 * @example
 * ```js
 * import { SharedEvent } from "shmol";
 *
 * const event = SharedEvent.create();
 * const first = event.listen();
 * const second = event.listen();
 * event.notify(1);
 * first.drop(); // it was notified, and did not take it: the notification goes on
 * await second.wait();
 * console.log(event.totalListeners); // 0
 * ```
 */
export class Listener<Tag = void> implements Disposable {
  #place: Place<Tag> | undefined;
  #wait: Wait<Tag> | undefined;
  #isRef: boolean;

  /**
   * For `SharedEvent.listen`, which has come into the list.
   *
   * @internal
   */
  constructor(place: Place<Tag>, isRef: boolean) {
    if (!(place instanceof Place)) throw notByNew("Listener", "event.listen()");
    this.#place = place;
    this.#wait = undefined;
    this.#isRef = isRef;
    place.backs(this);
    refuseCloning(this);
  }

  static {
    brand(Listener, "Listener");
    blockOn = (listener, timeoutMs) => {
      const place = listener.#idle();
      listener.#block(place, timeoutMs);
      return place.isNotified;
    };
  }

  /**
   * Waits for a notification without blocking the thread. Afterwards the listener is used up. A notification that is already
   * there, or comes before the time is up or the signal aborted, is always returned: it wins over a time-out of 0 and over a
   * signal that was aborted before.
   *
   * All awaited listeners of a thread share one `Atomics.waitAsync`, and those that are notified together are settled by one
   * wake-up, in the order in which they were notified. While it waits the event loop stays alive, unless it is `unref`'d.
   *
   * @returns the notification's tag.
   * @throws (by rejecting, as all of these) {TimeoutError} not notified within `timeoutMs`; the listener has left the list.
   * @throws `signal.reason`: the signal was aborted; the listener has left the list.
   * @throws {DroppedError} the listener was waited for, discarded or dropped before, or is while it waits.
   * @throws {OutOfMemoryError} the thread's first awaited listener needs a block of a few bytes; it still listens.
   * @throws what a codec of your own throws when it decodes the tag; the notification is used up.
   *
   * @example
   * ```js
   * import { SharedEvent } from "shmol";
   *
   * const event = SharedEvent.create();
   * const signal = AbortSignal.timeout(10);
   * try {
   *   await event.listen().wait({ signal });
   * } catch (error) {
   *   console.log(error === signal.reason, event.totalListeners); // true 0
   * }
   * ```
   */
  wait(options?: WaitOptions): Promise<Tag> {
    try {
      const { timeoutMs, signal } = optionsOf(options, WAIT_OPTIONS);
      checkTimeout(timeoutMs);
      checkSignal(signal);
      const aborted = signal?.aborted === true;
      // Not before: the options' getters are users' code.
      const place = this.#idle();
      if (timeoutMs === 0 || aborted || place.isNotified) {
        const notified = this.#leave(place, TAKE);
        if (notified) return Promise.resolve(place.takeTag());
        throw aborted ? signal.reason : timedOut(timeoutMs as number);
      }
      const wait = Doorbell.of(place.stake.inside).add(place, { timeoutMs, signal }, this.#isRef);
      if (wait === undefined) {
        this.#leave(place, TAKE);
        return Promise.resolve(place.takeTag());
      }
      // From here on the wait lets the place go.
      backstop.remove(place);
      this.#wait = wait;
      return wait.promise;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Blocks the thread until a notification comes. Afterwards the listener is used up. The thread spins for 30 µs at most before
   * it parks. A notification that is already there wins over a time-out of 0; one that comes while the time runs out is returned.
   *
   * Now and then during the wait, first after 10 ms and then up to once a second, and when the time is up, it looks for threads
   * that have died and returns what they owned. That may be what the listener waits for. It may also call listeners of `Heap.on`;
   * for them this listener is used up. In a checked heap, the first wait of a thread that takes ten seconds emits a process
   * warning, `ShmolLongWaitWarning`.
   *
   * @returns the notification's tag.
   * @throws {TimeoutError} not notified within `timeoutMs`; the listener has left the list.
   * @throws {DroppedError} the listener was waited for, discarded or dropped before.
   * @throws {ShmolError} with code `ERR_SHMOL_MAY_NOT_BLOCK`: this thread may not block, as a browser's main thread. Nothing
   * has changed: `wait` works.
   * @throws what a codec of your own throws when it decodes the tag; the notification is used up.
   */
  waitSync(options?: WaitSyncOptions): Tag {
    const { timeoutMs } = optionsOf(options, WAIT_SYNC_OPTIONS);
    checkTimeout(timeoutMs);
    const place = this.#idle();
    this.#block(place, timeoutMs);
    // A notification that came in the very last moment, or by the last look for the dead, is taken, too.
    if (!this.#leave(place, TAKE)) throw timedOut(timeoutMs as number);
    return place.takeTag();
  }

  /** Users' code that runs meanwhile must not have the listener leave during its own wait. */
  #block(place: Place<Tag>, timeoutMs: number | undefined): void {
    block(place as Place<unknown>, timeoutMs, (lookUp) => {
      this.#place = undefined;
      try {
        lookUp();
      } finally {
        this.#place = place;
      }
    });
  }

  /**
   * Whether the listener was notified. Once true, true until it is waited for. False may be out of date when you read it.
   *
   * @throws {DroppedError} the listener is used up.
   */
  get isNotified(): boolean {
    return this.#current().isNotified;
  }

  /**
   * Whether this listener listens to that event, by whichever handles of it.
   *
   * @throws {DroppedError} the listener is used up, or the handle was dropped.
   */
  listensTo(event: { listen(options?: ListenOptions): Listener<Tag> }): boolean {
    return door.isOf(event, this.#current().stake);
  }

  /**
   * Whether both listen to the same event.
   *
   * @throws {DroppedError} one of the listeners is used up.
   */
  sameEvent(other: Listener<Tag>): boolean {
    const { stake } = this.#current();
    if (!(other instanceof Listener)) throw new TypeMismatchError(`other must be a Listener: ${describe(other)}`);
    const theirs = other.#current().stake;
    return stake.event === theirs.event && stake.inside === theirs.inside;
  }

  /**
   * Leaves the list. Unlike `drop`, it does not pass a notification on, and frees its tag. A `wait` that is under way is
   * rejected with `DroppedError`.
   *
   * @returns whether there was a notification.
   * @throws {DroppedError} the listener is used up.
   *
   * @example
   * ```js
   * import { SharedEvent } from "shmol";
   *
   * const event = SharedEvent.create();
   * const [first, second] = [event.listen(), event.listen()];
   * event.notify(1);
   * console.log(first.discard(), second.isNotified); // true false
   * second.drop();
   * ```
   */
  discard(): boolean {
    const place = this.#current();
    const wait = this.#wait;
    if (wait === undefined) return this.#leave(place, DISCARD);
    this.#place = undefined;
    return wait.discard();
  }

  /** Has the event loop stay alive while this listener is awaited, now or later. Does nothing to one that is used up. */
  ref(): this {
    return this.#setRef(true);
  }

  /** Lets the event loop end although this listener is awaited, now or later. Does nothing to one that is used up. */
  unref(): this {
    return this.#setRef(false);
  }

  #setRef(isRef: boolean): this {
    this.#isRef = isRef;
    if (this.#wait !== undefined) this.#wait.isRef = isRef;
    return this;
  }

  /**
   * Leaves the list. A notification that was not taken goes on to the next listener in the same step, of the same kind and
   * with the same tag. An additional one always goes on; a plain one does only if no other listener is notified. A `wait` that
   * is under way is rejected with `DroppedError`. A second `drop()`, or one after a wait has ended, does nothing.
   */
  drop(): void {
    const place = this.#place;
    if (place === undefined) return;
    const wait = this.#wait;
    if (wait === undefined) {
      this.#leave(place, PASS);
      return;
    }
    this.#place = undefined;
    if (!wait.ended) wait.drop();
  }

  /** `drop()`, at the end of the block that a `using` declaration stands in. */
  [Symbol.dispose](): void {
    this.drop();
  }

  /** What inspectors and loggers show of it. */
  toJSON(): Record<string, unknown> {
    const place = this.#wait?.ended === true ? undefined : this.#place;
    if (place === undefined) return { dropped: true };
    return { notified: place.isNotified, awaited: this.#wait !== undefined, dropped: false };
  }

  /** The place of a listener that is not awaited. */
  #idle(): Place<Tag> {
    if (this.#wait !== undefined) used();
    return this.#place ?? used();
  }

  /** The place of one that may be. */
  #current(): Place<Tag> {
    if (this.#wait?.ended === true) used();
    return this.#place ?? used();
  }

  #leave(place: Place<Tag>, how: typeof DISCARD | typeof PASS | typeof TAKE): boolean {
    this.#place = undefined;
    return place.leave(how);
  }
}

function used(): never {
  return dropped("listener, which is used up by its first wait or discard,");
}

/** A signal, or none; else a `TypeMismatchError`. By what it can do and not by its class, which each realm has of its own. */
export function checkSignal(signal: unknown): void {
  if (signal === undefined) return;
  const { aborted, addEventListener, removeEventListener } = (signal ?? {}) as Partial<AbortSignal>;
  const listens = typeof addEventListener === "function" && typeof removeEventListener === "function";
  if (typeof aborted === "boolean" && listens && "reason" in (signal as object)) return;
  const remedy = signal instanceof AbortController ? ". Pass its signal" : "";
  throw new TypeMismatchError(`signal must be an AbortSignal: ${describe(signal)}${remedy}`);
}
