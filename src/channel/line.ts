/**
 * The calls of one thread that await the same event of a channel, in the order in which they came.
 *
 *   recv() -> Call <- Place <-> Place <-> Place        one Line for each event, and one listener for each Line
 *               |       |
 *            promise   poll
 *
 * The first call polls until it finds something. Then it leaves the line, and the next one is the first. When the first finds
 * nothing the line listens, polls once more, and waits for the event: so a message that comes in between is not missed, and however
 * many calls wait, the event has one listener of this thread, and one notification serves as many calls as it can.
 *
 * Invariants
 *   - Only the first call polls. So calls of one thread take messages, and room, in their order, and a call that was given up takes
 *     nothing: it has left the line, or it is being served.
 *   - While there is a call in the line, the line listens, or is at polling (`#isServing`).
 *   - Handles that were cloned share their lines. Those that were opened on their own have lines of their own, as if on another thread.
 *
 * A notification that the line has used up, and behind which is more than it takes, goes on to another listener (`passOn`).
 */
import { DroppedError, TimeoutError } from "../heap/errors.js";
import { clearTimeout, setTimeout } from "../heap/host.js";
import { inMs } from "../heap/token.js";
import type { SharedEvent } from "../listener/event.js";
import type { Listener } from "../listener/listener.js";
import { Alarm, offAbort, onAbort } from "../listener/wait.js";

/** What a poll returns when there is reason to wait. */
export const NOT_YET = Symbol("not yet");

/** What waits: one side of a channel, as lines see it. */
export interface Waiting {
  readonly name: string;
  readonly isDropped: boolean;
  readonly capacity: number;
  readonly sendReady: SharedEvent;
  readonly recvReady: SharedEvent;
  readonly closed: SharedEvent;
  tellOfMessages(): void;
  tellOfRoom(taken: number): void;
}

/** How long to wait, and for whom; checked. */
export interface Limits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** What to wait for. Calls that wait for the same thing may share it. */
export interface WaitFor<R> {
  readonly side: Waiting;
  /** Where calls of this thread wait for it; its event is notified when a poll may succeed. */
  readonly line: Line;
  /** `NOT_YET`, or something that ends the wait; so does what it throws. */
  poll(): R | typeof NOT_YET;
  /** What the error of a time-out says, before the time. */
  readonly timeoutMessage: string;
  /** The wait is over; otherwise than by a poll that found something, what is kept for it is let go of. */
  readonly ended: ((isFound: boolean) => void) | undefined;
}

/** How a line goes about its event. */
export interface Way {
  /** Which event. */
  event(side: Waiting): SharedEvent;
  /** Sees to it that another listener looks, if there is something for it. `isUsed`: a call has used the notification. */
  passOn(side: Waiting, isUsed: boolean): void;
  /** After how many milliseconds the first call looks although it was not notified; twice as long each time. */
  firstLookMs(side: Waiting): number;
}

/** The longest time between two such looks. */
export const LONGEST_LOOK_MS = 1000;

export class Line {
  readonly #way: Way;
  #first: Place | undefined;
  #last: Place | undefined;
  #listener: Listener | undefined;
  #isServing = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lookMs = 0;

  constructor(way: Way) {
    this.#way = way;
  }

  /** Whether no call of this thread waits here. */
  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  firstLookMs(side: Waiting): number {
    return this.#way.firstLookMs(side);
  }

  listen(side: Waiting): Listener {
    return this.#way.event(side).listen();
  }

  passOn(side: Waiting, isUsed: boolean): void {
    this.#way.passOn(side, isUsed);
  }

  /** Puts a call behind all others. */
  enter(place: Place): void {
    const last = this.#last;
    place.isIn = true;
    place.previous = last;
    this.#last = place;
    if (last !== undefined) {
      last.next = place;
      return;
    }
    this.#first = place;
    this.#serve(false);
  }

  /** A call has found something, or was given up. */
  leave(place: Place): void {
    if (!place.isIn) return;
    place.isIn = false;
    const { previous, next } = place;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    if (this.#first === undefined && !this.#isServing) this.#stopListening();
  }

  /** Ends the calls that wait for this with a result: they have taken nothing. */
  cancel<R>(waitFor: WaitFor<R>, result: R): void {
    for (let place = this.#first; place !== undefined; place = place.next) {
      if (place.waitFor === waitFor) (place.call as Call<R>).cancel(result);
    }
  }

  /** Ends the calls that wait with a handle that was dropped. */
  drop(side: Waiting): void {
    for (let place = this.#first; place !== undefined; place = place.next) {
      if (place.side === side) place.call.fail(new DroppedError(side.name));
    }
  }

  /** The first call looks now, if it is this one: its time is up. */
  lookOnce(place: Place): void {
    if (place === this.#first && !this.#isServing) place.poll();
  }

  /** Serves calls until there are none, or the first finds nothing; then the line listens, and looks after `lookMs` at the latest. */
  #serve(wasNotified: boolean, lookMs?: number): void {
    const side = this.#first?.side;
    if (this.#isServing || side === undefined) return;
    this.#isServing = true;
    let listener: Listener | undefined;
    try {
      for (let first = this.#serveAll(); first !== undefined; first = this.#serveAll()) {
        if (listener !== undefined) {
          this.#listenWith(listener, first.side, lookMs ?? this.#way.firstLookMs(first.side));
          listener = undefined;
          return;
        }
        listener = this.listen(first.side);
      }
      if (wasNotified && !side.isDropped) this.#way.passOn(side, true);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isServing = false;
      listener?.drop();
    }
  }

  /** Serves calls until one finds nothing, and returns that; undefined: nobody waits any more. */
  #serveAll(): Place | undefined {
    for (let place = this.#first; place !== undefined; place = this.#first) if (!place.poll()) return place;
    return undefined;
  }

  #listenWith(listener: Listener, side: Waiting, lookMs: number): void {
    this.#listener = listener;
    listener.wait().then(
      () => {
        if (this.#listener !== listener) {
          // All calls were given up after it was notified.
          if (!side.isDropped) this.#way.passOn(side, false);
          return;
        }
        this.#listener = undefined;
        this.#stopLooking();
        this.#serve(true);
      },
      (error) => {
        // Dropped by the line itself, which has no use for it any more.
        if (this.#listener !== listener) return;
        this.#stopListening();
        this.#fail(error);
      },
    );
    if (lookMs === Number.POSITIVE_INFINITY) return;
    this.#lookMs = lookMs;
    this.#timer = setTimeout(this.#look, lookMs);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  /** Looks without having been notified. If that is in vain, the line listens anew, and is the newest then. */
  readonly #look = (): void => {
    this.#stopListening();
    this.#serve(false, Math.min(2 * this.#lookMs, LONGEST_LOOK_MS));
  };

  #stopLooking(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #stopListening(): void {
    this.#stopLooking();
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.drop();
  }

  /** Nothing can be waited for: the heap is exhausted. */
  #fail(error: unknown): void {
    for (let place = this.#first; place !== undefined; place = this.#first) place.call.fail(error);
  }
}

/** Where a call stands in a line, and what it does when its turn has come. */
class Place<R = unknown> {
  readonly call: Call<R>;
  readonly waitFor: WaitFor<R>;
  isIn = false;
  next: Place | undefined;
  previous: Place | undefined;

  constructor(call: Call<R>, waitFor: WaitFor<R>) {
    this.call = call;
    this.waitFor = waitFor;
  }

  get side(): Waiting {
    return this.waitFor.side;
  }

  /** False: it found nothing. Otherwise the call has ended. */
  poll(): boolean {
    return this.call.poll(this.waitFor);
  }
}

/** A call that awaits something: in one line, or, as `select` does, in several. */
export class Call<R> {
  readonly #promise: Promise<R>;
  readonly #places: readonly Place<R>[];
  readonly #limits: Limits;
  readonly #timeoutMessage: string;
  #resolve!: (found: R) => void;
  #reject!: (reason: unknown) => void;
  #isOver = false;
  /** At polling, which may run code of users: what ends the call meanwhile has to wait for what it finds. */
  #isPolling = false;
  #failed: { readonly reason: unknown } | undefined;
  #alarm: Alarm | undefined;
  #abort: (() => void) | undefined;

  constructor(waits: readonly WaitFor<R>[], limits: Limits) {
    this.#promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#limits = limits;
    this.#timeoutMessage = (waits[0] as WaitFor<R>).timeoutMessage;
    this.#places = waits.map((waitFor) => new Place(this, waitFor));
  }

  /** Enters the lines of what it waits for. */
  start(): Promise<R> {
    const { signal, timeoutMs } = this.#limits;
    // Its caller has looked.
    if (timeoutMs === 0) {
      this.#timeOut();
      return this.#promise;
    }
    if (signal !== undefined) {
      this.#abort = () => this.fail(signal.reason);
      const refusal = onAbort(signal, this.#abort);
      if (refusal !== undefined) this.fail(refusal);
      // Code of users may have aborted it while a value was encoded. Then the signal will not say so again.
      else if (signal.aborted) this.fail(signal.reason);
    }
    if (timeoutMs !== Number.POSITIVE_INFINITY && !this.#isOver) {
      this.#alarm = new Alarm(timeoutMs, () => this.#timeOut());
    }
    for (const place of this.#places) {
      // It was refused, or found something at once in the line that it entered.
      if (this.#isOver) break;
      place.waitFor.line.enter(place as Place);
    }
    return this.#promise;
  }

  /** Looks whether there is what it waits for. False: there is not. */
  poll({ poll }: WaitFor<R>): boolean {
    if (this.#isOver) return true;
    this.#isPolling = true;
    try {
      const found = poll();
      if (found !== NOT_YET) {
        this.#end(true);
        this.#resolve(found);
        return true;
      }
    } catch (error) {
      this.#failed ??= { reason: error };
    } finally {
      this.#isPolling = false;
    }
    if (this.#failed === undefined) return false;
    this.fail(this.#failed.reason);
    return true;
  }

  /** Ends the call otherwise: it has taken nothing. */
  fail(reason: unknown): void {
    if (this.#isOver) return;
    if (this.#isPolling) {
      this.#failed ??= { reason };
      return;
    }
    this.#end(false);
    this.#reject(reason);
  }

  /** Ends the call with this result: it has taken nothing. */
  cancel(result: R): void {
    if (this.#isOver || this.#isPolling) return;
    this.#end(false);
    this.#resolve(result);
  }

  #timeOut(): void {
    // Twice, as a select without time does it (select.ts).
    for (const place of [...this.#places, ...this.#places]) place.waitFor.line.lookOnce(place as Place);
    this.fail(new TimeoutError(`${this.#timeoutMessage} within ${inMs(this.#limits.timeoutMs)}`));
  }

  #end(isFound: boolean): void {
    this.#isOver = true;
    if (this.#abort !== undefined) offAbort(this.#limits.signal as AbortSignal, this.#abort);
    this.#alarm?.clear();
    for (const place of this.#places) {
      place.waitFor.line.leave(place as Place);
      place.waitFor.ended?.(isFound);
    }
  }
}
