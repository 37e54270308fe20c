/**
 * select: one message, from one of several channels.
 *
 * A call looks at all of them, and then stands in the line of each (line.ts), until one of them has something for it. Only the receiver
 * whose message it is gives something up: a call that leaves a line has taken nothing from it.
 */
import { TypeMismatchError } from "../heap/errors.js";
import { optionsOf } from "../heap/options.js";
import { describe } from "../heap/token.js";
import { WAIT_OPTIONS, type WaitOptions } from "../listener/listener.js";
import { sideOf } from "./end.js";
import { Call, NOT_YET, type WaitFor } from "./line.js";
import { Receiver } from "./receiver.js";
import { FINISHED, type Side } from "./side.js";
import { inNextTurn, isOverdue } from "./turn.js";
import { limitsIn, throwIfAborted } from "./waiting.js";

/** The options of {@link select}. */
export interface SelectOptions extends WaitOptions {
  /** Whether receivers are looked at in their order; by default each one that has something has the same chance. */
  biased?: boolean;
}

/**
 * The result of {@link select}: a message and where it comes from, or a receiver whose channel is closed and empty.
 */
export type Selected<R extends readonly Receiver<unknown>[]> = {
  [I in keyof R]: {
    /** The receiver's index in the array that was passed. */
    readonly index: number;
    /** That receiver itself. */
    readonly receiver: R[I];
  } & (
    | {
        /** It received a message. */
        readonly closed: false;
        /** What it received. */
        readonly message: R[I] extends Receiver<infer T> ? T : never;
      }
    | {
        /** The channel is closed and empty: there will be no message again. */
        readonly closed: true;
        /** None. */
        readonly message?: undefined;
      }
  );
}[number];

/**
 * Waits until one of these receivers has a message, and takes it. Nothing is taken from the others. A channel that is closed and
 * empty is a result as well, which says so; a loop leaves that receiver out from then on. If several receivers have a message,
 * each has the same chance. With `biased` the first of them is served.
 *
 * @throws (by rejecting, as all of these) {TimeoutError} no message within `timeoutMs`; 0 only looks.
 * @throws `signal.reason`: the signal was aborted, before or meanwhile.
 * @throws {DroppedError} one of the receivers was dropped, before or meanwhile.
 * @throws {TypeMismatchError} `receivers` is not an array of receivers, or is empty; an option is wrong.
 *
 * @example
 * ```js
 * import { channel, i32, select, utf8 } from "shmol";
 *
 * const jobs = channel(i32);
 * const commands = channel(utf8);
 * await commands.sender.send("stop");
 * commands.sender.drop();
 * const arms = [jobs.receiver, commands.receiver];
 * const { index, receiver, message } = await select(arms);
 * console.log(index, receiver === commands.receiver, message); // 1 true stop
 *
 * const next = await select(arms);
 * if (next.closed) arms.splice(next.index, 1);
 * console.log(arms.length); // 1
 * ```
 */
export async function select<const R extends readonly Receiver<unknown>[]>(
  receivers: R,
  options?: SelectOptions,
): Promise<Selected<R>> {
  if (!Array.isArray(receivers) || receivers.length === 0) {
    const found = Array.isArray(receivers) ? "an empty array" : describe(receivers);
    throw new TypeMismatchError(`receivers must be an array of one Receiver or more: ${found}`);
  }
  for (const [i, one] of receivers.entries()) {
    if (one instanceof Receiver) continue;
    throw new TypeMismatchError(`receivers must be an array of one Receiver or more: ${describe(one)} at ${i}`);
  }
  const { biased = false, timeoutMs, signal } = optionsOf(options, ["biased", ...WAIT_OPTIONS]);
  if (typeof biased !== "boolean") throw new TypeMismatchError(`biased must be true or false: ${describe(biased)}`);
  const limits = limitsIn({ timeoutMs, signal });
  throwIfAborted(limits);
  const waits = receivers.map((receiver, index) => armOf(sideOf(receiver), index));
  const arms = biased ? waits : shuffled(waits);
  const found = lookAtAll(arms, timeoutMs === 0 ? 2 : 1) ?? (await new Call(waits, limits).start());
  const selected = { ...found, receiver: receivers[found.index] } as Selected<R>;
  return isOverdue() ? inNextTurn(selected) : selected;
}

interface Found {
  readonly index: number;
  readonly closed: boolean;
  readonly message?: unknown;
}

function armOf(side: Side, index: number): WaitFor<Found> {
  const poll = (): Found | typeof NOT_YET => {
    const found = side.takeOrFinished();
    if (found === NOT_YET) return NOT_YET;
    return found === FINISHED ? { index, closed: true } : { index, closed: false, message: found };
  };
  return side.forMessage(poll);
}

/**
 * The first that is found; undefined: there is nothing now. To look at several is not one step: another thread may close a channel
 * that was looked at before, and then take the message of one that is looked at next. A second look finds the closed one.
 */
function lookAtAll(arms: readonly WaitFor<Found>[], looks: number): Found | undefined {
  for (let look = 0; look < looks; look++) {
    for (const { line, poll } of arms) {
      const found = line.isEmpty ? poll() : NOT_YET;
      if (found !== NOT_YET) return found;
    }
  }
  return undefined;
}

/** In a random order, so that the first that has something is each of these with the same probability (Fisher and Yates). */
function shuffled<T>(all: readonly T[]): T[] {
  const order = [...all];
  for (let left = order.length; left > 1; left--) {
    const i = Math.floor(Math.random() * left);
    [order[i], order[left - 1]] = [order[left - 1] as T, order[i] as T];
  }
  return order;
}
