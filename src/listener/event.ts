/**
 * SharedEvent: a handle of an event in shared memory.
 */

import { Count, dropped } from "../arc/counted.js";
import { TypeMismatchError } from "../heap/errors.js";
import { brand, notByNew, refuseCloning } from "../heap/handle.js";
import { checkHeap, Heap, type HeapInternals, internals } from "../heap/heap.js";
import type { Kernel } from "../heap/instance.js";
import { KIND_EVENT } from "../heap/kernel/numbers.js";
import { optionsOf } from "../heap/options.js";
import { describe, type ObjectToken, own, type ShareOptions } from "../heap/token.js";
import type { Codec, ElementType } from "../queue/codec.js";
import { elementType, openTyped } from "../queue/elements.js";
import { Listener, type ListenOptions } from "./listener.js";
import { door, Stake } from "./stake.js";
import { Tags } from "./tags.js";

/** The options of a new event; see {@link SharedEvent.create}. */
export interface EventOptions<Tag> {
  /** The heap to take its memory from; by default `Heap.default()`. */
  heap?: Heap;
  /** The type of the values that go with notifications; by default there are none. */
  tag?: Codec<Tag>;
}

/** The options of a notification; see {@link SharedEvent.notify}. */
export interface NotifyOptions<Tag> {
  /** Whether listeners that are notified already do not count. */
  additional?: boolean;
  /** The tag of an event with tags, which must have one: a value for all listeners, or a function that makes one for each. */
  tag?: Tag | (() => Tag);
}

/** The token of an event whose tags are of type `Tag`; see {@link SharedEvent.share}. */
export interface EventToken<Tag = void> extends ObjectToken<"event"> {
  /** The name of the tags' type; absent: there are no tags. */
  readonly tag?: string;
  /** Only for the type system: what a tag is. */
  readonly tagged?: Tag;
}

/** What the kernel counts listeners in; more than there can be, as the signed number that it takes. */
const MAX_LISTENERS = 0xffffffff;
const ALL = -1;
const NOTIFY_OPTIONS = ["additional", "tag"] as const;

// Doors for the components above; the class opens them in its static block.
/** A handle for an event without tags that the caller knows to be alive, by its control block. */
export let eventAt: (inside: HeapInternals, control: number) => SharedEvent;
/** A new event without tags. Of the listeners that wait, the one that came last is notified first. */
export let newestFirst: (heap: Heap) => SharedEvent;

/**
 * Threads wait for an event, and other threads notify them: event-listener's `Event` for JavaScript threads. The event stores
 * nothing: the state that threads wait for lies in shared memory of your own. The event lets threads sleep until they should look
 * again. Listen first, then look, then wait: a notification that comes in between is not lost.
 *
 * An event has any number of listeners, of any threads, blocking and awaited ones. The listener that came first is notified
 * first. A notifier that is killed has woken every listener that it notified.
 *
 * Each thread has a handle of its own, by `open`ing a token that another thread `share`d. A handle owns one count, which
 * its listeners share; when the last count goes the event is freed.
 *
 * @example
 * ```js
 * import { Worker } from "node:worker_threads";
 * import { Arc, SharedEvent } from "shmol";
 *
 * const event = SharedEvent.create();
 * const state = Arc.create(4);
 * const flag = state.view(Int32Array);
 * const workerData = { event: event.share({ opens: 1 }), state: state.share({ opens: 1 }) };
 * new Worker(new URL("./worker.mjs", import.meta.url), { workerData });
 *
 * while (Atomics.load(flag, 0) === 0) {
 *   const listener = event.listen();
 *   if (Atomics.load(flag, 0) === 0) await listener.wait();
 *   else listener.drop();
 * }
 * console.log("the flag is set"); // the flag is set
 * ```
 * ```js
 * // worker.mjs
 * import { workerData } from "node:worker_threads";
 * import { Arc, SharedEvent } from "shmol";
 *
 * Atomics.store(Arc.open(workerData.state).view(Int32Array), 0, 1);
 * SharedEvent.open(workerData.event).notify(Infinity);
 * ```
 */
export class SharedEvent<Tag = void> implements Disposable {
  /** The kernel's pointer to the event; 0 once dropped. Hot, and therefore apart from `#stake`. */
  #event: number;
  readonly #kernel: Kernel;
  readonly #stake: Stake<Tag>;

  private constructor(count: Count, type: ElementType<Tag> | undefined) {
    if (!(count instanceof Count))
      throw notByNew("SharedEvent", "SharedEvent.create(options) or SharedEvent.open(token)");
    const stake = new Stake(count, type === undefined ? undefined : new Tags(type, count.internals));
    this.#event = stake.event;
    this.#kernel = count.internals.kernel;
    this.#stake = stake;
    count.backs(this, stake);
    refuseCloning(this);
  }

  static {
    brand(SharedEvent, "SharedEvent");
    door.isOf = (event, stake) => {
      if (!(event instanceof SharedEvent)) {
        throw new TypeMismatchError(`event must be a SharedEvent: ${describe(event)}`);
      }
      event.#held();
      return event.#event === stake.event && event.#stake.inside === stake.inside;
    };
    eventAt = (inside, control) => new SharedEvent<void>(Count.of(inside, control), undefined);
    newestFirst = (heap) => SharedEvent.#create<void>(heap, undefined, true);
  }

  /**
   * A new event without listeners.
   *
   * @throws {TypeMismatchError} `tag` is not an element type.
   * @throws {OutOfMemoryError} nothing was taken.
   *
   * @example
   * ```js
   * import { SharedEvent, utf8 } from "shmol";
   *
   * const event = SharedEvent.create({ tag: utf8 });
   * const listener = event.listen();
   * event.notify(1, { tag: "it is ready" });
   * console.log(listener.waitSync()); // it is ready
   * ```
   */
  static create<Tag = void>(options?: EventOptions<Tag>): SharedEvent<Tag> {
    const { tag, heap = Heap.default() } = optionsOf(options, ["tag", "heap"]);
    const type = tag === undefined ? undefined : elementType(tag);
    checkHeap(heap);
    return SharedEvent.#create(heap, type, false);
  }

  static #create<Tag>(heap: Heap, type: ElementType<Tag> | undefined, isNewestFirst: boolean): SharedEvent<Tag> {
    const inside = internals(heap);
    const { kernel } = inside;
    const count = Count.create(inside, KIND_EVENT, kernel.eventSize(), heap.alignment);
    kernel.constructEvent(count.value, Tags.contentOf(type), Tags.typeOf(type?.name), isNewestFirst ? 1 : 0, 0);
    return new SharedEvent(count, type);
  }

  /**
   * A handle for the event that a token, an {@link EventToken}, names.
   *
   * @param tag the type of its tags, if that is not a built-in one; checked by its name.
   * @throws {TokenError} the event is gone, the token's opens are used up, it is not an event's token, or `tag` is not the
   * type that the event was made with.
   */
  static open<Tag>(token: EventToken<Tag>, tag?: Codec<Tag>): SharedEvent<Tag> {
    const { count, type } = openTyped<Tag>(token, "event", {
      name: own(token, "tag"),
      passed: tag,
      what: "the event's tags",
      without: "the event has no tags",
      tagIn: (kernel, event) => kernel.tagType(event),
    });
    return new SharedEvent<Tag>(count, type);
  }

  /**
   * A new listener, behind all others. From now on it can be notified, also before it is waited for.
   *
   * @throws {OutOfMemoryError} nothing was taken.
   */
  listen(options?: ListenOptions): Listener<Tag> {
    const ref = options === undefined ? undefined : optionsOf(options, ["ref"]).ref;
    if (ref !== undefined && typeof ref !== "boolean")
      throw new TypeMismatchError(`ref must be true or false: ${describe(ref)}`);
    this.#held();
    return new Listener(this.#stake.listen(), ref !== false);
  }

  /**
   * Makes sure that at least `count` listeners are notified. If fewer are, it notifies the missing number, in the order in which
   * the listeners came. With `additional` it notifies `count` more, whatever the number of those that are. Without listeners
   * the call is one atomic load, and the notification is lost.
   *
   * Listeners that came after the call began are not reached. The call is not one atomic step: listeners are notified one by
   * one, and other threads may notify, listen or leave in between.
   *
   * @param count the number of listeners, by default 1; `Infinity`: all.
   * @returns the number of listeners that this call notified.
   * @throws {TypeMismatchError} `count` is not an integer from 0 up, or `Infinity`; a tag is missing, not of the event's
   * type, or there is one and the event has none.
   * @throws {OutOfMemoryError} for a tag that needs memory. Listeners that were notified before that stay notified, as with
   * what `tag` or a codec of your own throws.
   *
   * @example
   * ```js
   * import { SharedEvent } from "shmol";
   *
   * const event = SharedEvent.create();
   * const listeners = [event.listen(), event.listen(), event.listen()];
   * console.log(event.notify(2)); // 2
   * console.log(event.notify(1)); // 0
   * console.log(event.notify(1, { additional: true })); // 1
   * for (const listener of listeners) listener.waitSync();
   * ```
   */
  notify(count = 1, options?: NotifyOptions<Tag>): number {
    const event = this.#held();
    const n = numberOf(count);
    if (options === undefined && this.#stake.tags === undefined) return this.#kernel.notifyMany(event, n, 0) >>> 0;
    const { additional = false, tag } = optionsOf(options, NOTIFY_OPTIONS);
    return this.#notify(n, additional, tag);
  }

  /** `notify(count, { additional: true })`: `count` more listeners, however many are notified. */
  notifyAdditional(count = 1, options?: Pick<NotifyOptions<Tag>, "tag">): number {
    this.#held();
    return this.#notify(numberOf(count), true, optionsOf(options, ["tag"]).tag);
  }

  #notify(n: number, additional: boolean, tag: Tag | (() => Tag) | undefined): number {
    if (typeof additional !== "boolean")
      throw new TypeMismatchError(`additional must be true or false: ${describe(additional)}`);
    const { tags } = this.#stake;
    const kind = additional ? 1 : 0;
    if (tags !== undefined) return this.#notifyTagged(n, kind, tags, tag as Tag | (() => Tag));
    if (tag !== undefined)
      throw new TypeMismatchError(
        `this event was made without tags: ${describe(tag)}. Use SharedEvent.create({ tag: type })`,
      );
    // Not before: the options' getters are users' code.
    return this.#kernel.notifyMany(this.#held(), n, kind) >>> 0;
  }

  /**
   * Each tag is made before the step that hands it out, and taken back if no listener is left for it. To make a tag may run users'
   * code, which may listen, or drop the event. So the last listener that the call may reach is fixed before, and the event is
   * checked after.
   */
  #notifyTagged(n: number, kind: number, tags: Tags<Tag>, tag: Tag | (() => Tag)): number {
    const kernel = this.#kernel;
    if (tag === undefined)
      throw new TypeMismatchError(`notifications of this event carry a tag of ${tags.type.name}: pass { tag }`);
    let done = 0;
    let limit = -1;
    let quota = n >>> 0;
    if ((typeof tag === "function" || tags.runsCode) && kernel.isNotifyIdle(this.#held(), n, kind) === 0) {
      // Notifies nobody, and says who is the last listener now.
      kernel.notifyTagged(this.#event, 0, 0, -1, 0, 0);
      limit = kernel.notifyLimit();
      if (kind === 0) quota -= Math.min(quota, kernel.notifiedCount(this.#event) >>> 0);
    }
    while (done < quota && kernel.isNotifyIdle(this.#held(), n, kind) === 0) {
      const value = typeof tag === "function" ? (tag as () => Tag)() : tag;
      if (!this.#give(n, kind, limit, tags, value)) break;
      if (limit < 0) {
        limit = kernel.notifyLimit();
        quota = kernel.notifyQuota() >>> 0;
      }
      done++;
    }
    return done;
  }

  /** One step of `notifyTagged`. False: there was nobody. */
  #give(n: number, kind: number, limit: number, tags: Tags<Tag>, value: Tag): boolean {
    const kernel = this.#kernel;
    const cell = tags.hand();
    try {
      const slot = tags.put(value, cell);
      const event = this.#event;
      const given =
        event !== 0 &&
        (typeof slot === "bigint"
          ? kernel.notifyTaggedBits(event, n, kind, limit, slot)
          : kernel.notifyTagged(event, n, kind, limit, slot, cell)) !== 0;
      if (!given) tags.undo(slot, value, cell);
      if (event === 0) dropped("event");
      return given;
    } finally {
      if (cell !== 0) this.#stake.inside.account.handBack();
    }
  }

  /**
   * Listeners in the list at one moment during the call. Notified ones count until they have taken their notification. 0 once
   * the handle was dropped.
   */
  get totalListeners(): number {
    return this.#event === 0 ? 0 : this.#kernel.listenerCount(this.#event) >>> 0;
  }

  /**
   * Whether some listener was notified and has not taken its notification, at one moment during the call. False for an event
   * without listeners; event-listener returns true for one that was used.
   */
  get isNotified(): boolean {
    return this.#kernel.notifiedCount(this.#held()) !== 0;
  }

  /** The heap that the event lies in. */
  get heap(): Heap {
    this.#held();
    return this.#stake.inside.heap;
  }

  /** A token, an {@link EventToken}, with which other threads open this event. */
  share(options?: ShareOptions): EventToken<Tag> {
    this.#held();
    const { count, tags } = this.#stake;
    if (tags === undefined) return count.share("event", options);
    const { name: tag } = tags.type;
    return { ...count.share("event", options), tag };
  }

  /**
   * Gives this handle up. Its listeners live on, and hold its count until the last has left; other handles may still notify
   * them. A second `drop()` does nothing. From then on `totalListeners` is 0, and any other use throws `DroppedError`.
   */
  drop(): void {
    if (this.#event === 0) return;
    this.#event = 0;
    this.#stake.drop();
  }

  /** `drop()`, at the end of the block that a `using` declaration stands in. */
  [Symbol.dispose](): void {
    this.drop();
  }

  /** What inspectors and loggers show of it. */
  toJSON(): Record<string, unknown> {
    const tag = this.#stake.tags?.type.name;
    if (this.#event === 0) return { tag, dropped: true };
    const { totalListeners, isNotified } = this;
    return { tag, totalListeners, isNotified, dropped: false };
  }

  #held(): number {
    return this.#event === 0 ? dropped("event") : this.#event;
  }
}

/** A count as the kernel takes it. */
function numberOf(count: unknown): number {
  if (typeof count === "number" && count >= 0) {
    if (Number.isInteger(count)) return count <= MAX_LISTENERS ? count | 0 : ALL;
    if (count === Number.POSITIVE_INFINITY) return ALL;
  }
  throw new TypeMismatchError(`count must be an integer that is not negative, or Infinity: ${describe(count)}`);
}
