/**
 * select: one message, from the first of several channels that has one.
 *
 *   look at all, listen to all, look at all, wait for any        from the start again, until one has something
 *
 * Only one receiver's channel loses a message. Notifications that the others got meanwhile go on to other listeners: a listener
 * that is dropped passes its own on, and for those that have taken their notification it is done here.
 */
import { ClosedError, DroppedError, TimeoutError, TypeMismatchError } from "../heap/errors.js";
import { describe } from "../heap/token.js";
import type { Listener, WaitOptions } from "../listener/listener.js";
import { sideOf } from "./end.js";
import { Receiver } from "./receiver.js";
import type { Side } from "./side.js";
import { inNextTurn, isOverdue } from "./turn.js";
import { admitted, deadlineOf, type Limits, optionsOf } from "./waiting.js";

/** What {@link select} resolves with: a message, and where it comes from. */
export type Selected<R extends readonly Receiver<unknown>[]> = {
  [I in keyof R]: {
    /** The receiver's index in the array that was passed. */
    readonly index: number;
    /** That receiver itself. */
    readonly receiver: R[I];
    /** What it received. */
    readonly message: R[I] extends Receiver<infer T> ? T : never;
  };
}[number];

/** The receiver to look at first. Not always the same one, or a busy channel would starve those after it. */
let start = 0;

/**
 * Takes one message from the first of these receivers that has one, and waits until one has. Nothing is taken from the
 * others. Receivers whose channels are closed and empty do not count.
 *
 * @throws (by rejecting, as all of these) {ClosedError} all of the channels are closed and empty.
 * @throws {TimeoutError} no message within `timeoutMs`; 0 only looks.
 * @throws `signal.reason`: the signal was aborted, before or meanwhile.
 * @throws {DroppedError} one of the receivers was dropped, before or meanwhile.
 * @throws {TypeMismatchError} `receivers` is not an array of receivers, or is empty.
 *
 * @example
 * ```js
 * import { channel, i32, select, utf8 } from "shmol";
 *
 * const jobs = channel(i32);
 * const commands = channel(utf8);
 * await commands.sender.send("stop");
 * const { index, receiver, message } = await select([jobs.receiver, commands.receiver]);
 * console.log(index, receiver === commands.receiver, message); // 1 true stop
 * ```
 */
export async function select<const R extends readonly Receiver<unknown>[]>(
  receivers: R,
  options?: WaitOptions,
): Promise<Selected<R>> {
  if (!Array.isArray(receivers) || receivers.length === 0 || !receivers.every((one) => one instanceof Receiver)) {
    throw new TypeMismatchError(`receivers must be an array of one Receiver or more: ${describe(receivers)}`);
  }
  const limits = admitted(options);
  const sides = receivers.map((receiver) => sideOf(receiver));
  const { index, message } = takeFromAny(sides) ?? (await waitForAny(sides, limits));
  const selected = { index, receiver: receivers[index], message } as Selected<R>;
  return isOverdue() ? inNextTurn(selected) : selected;
}

interface Found {
  readonly index: number;
  readonly message: unknown;
}

/** The first message that is found; undefined: there is none now. */
function takeFromAny(sides: readonly Side[]): Found | undefined {
  let finished = 0;
  const first = start++;
  for (let i = 0; i < sides.length; i++) {
    const index = (first + i) % sides.length;
    const side = sides[index] as Side;
    const message = side.take();
    if (message !== undefined) return { index, message };
    if (side.queue.isFinished) finished++;
  }
  if (finished === sides.length) throw new ClosedError("all of the channels are closed and empty");
  return undefined;
}

async function waitForAny(sides: readonly Side[], limits: Limits): Promise<Found> {
  const deadline = deadlineOf(limits.timeoutMs);
  for (;;) {
    const round = new Round(sides);
    try {
      let found = round.look();
      if (found === undefined) {
        await round.notified(limits, deadline);
        found = round.look();
      }
      if (found !== undefined) return found;
    } finally {
      round.end();
    }
  }
}

/** A listener to each, until one of them is notified. */
class Round {
  readonly #sides: readonly Side[];
  readonly #listeners: Listener[] = [];
  /** Those whose notification was taken, and may have to go on. */
  readonly #owed = new Set<Side>();
  #isOver = false;

  constructor(sides: readonly Side[]) {
    this.#sides = sides;
    try {
      for (const side of sides) this.#listeners.push(side.recvReady.listen());
    } catch (error) {
      this.end();
      throw error;
    }
  }

  look(): Found | undefined {
    const found = takeFromAny(this.#sides);
    // There was nothing behind any notification so far; or there was behind this one.
    if (found === undefined) this.#owed.clear();
    else this.#owed.delete(this.#sides[found.index] as Side);
    return found;
  }

  /** Waits until one of them is notified. */
  async notified({ timeoutMs, signal }: Limits, deadline: number): Promise<void> {
    const waits = this.#listeners.map((listener, i) => {
      const side = this.#sides[i] as Side;
      side.awaits(listener);
      const wait = listener.wait(optionsOf(deadline, signal)).then(() => this.#take(side));
      // Only the first of them is waited for.
      return wait.finally(() => side.awaitsNoMore(listener));
    });
    for (const wait of waits) wait.catch(() => {});
    try {
      await Promise.race(waits);
    } catch (error) {
      if (signal?.aborted === true && error === signal.reason) throw error;
      if (error instanceof TimeoutError) throw new TimeoutError(`there was no message within ${timeoutMs} ms`);
      throw error instanceof DroppedError ? new DroppedError("receiver") : error;
    }
  }

  #take(side: Side): void {
    if (this.#isOver) passOn(side);
    else this.#owed.add(side);
  }

  end(): void {
    this.#isOver = true;
    for (const listener of this.#listeners) listener.drop();
    for (const side of this.#owed) passOn(side);
  }
}

/** Notifies another receiver: the message that this side was notified of is still there. */
function passOn(side: Side): void {
  if (!side.isDropped) side.recvReady.notifyAdditional();
}
