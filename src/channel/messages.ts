/**
 * The async iterator of a receiver. It takes one message at a time, when it is asked for one: that costs a pop each, where a
 * batch would cost less, but nothing is held back that another receiver could have, or that a loop that is left would lose.
 * While there are messages no event is touched.
 */
import { offAbort, onAbort } from "../listener/wait.js";
import { NOT_YET, type WaitFor } from "./line.js";
import { FINISHED, type Side } from "./side.js";
import { inNextTurn, isOverdue } from "./turn.js";
import { UNLIMITED, until } from "./waiting.js";

type Result<T> = IteratorResult<T, undefined>;

const OVER: IteratorReturnResult<undefined> = Object.freeze({ value: undefined, done: true });

export class Messages<T> implements AsyncIterableIterator<T> {
  readonly #side: Side<T>;
  /** What all calls of `next` wait for. */
  readonly #next: WaitFor<Result<T>>;
  readonly #signal: AbortSignal | undefined;
  #isOver = false;

  /** @param signal ends the loop when it is aborted, as `return` does. */
  constructor(side: Side<T>, signal: AbortSignal | undefined) {
    this.#side = side;
    this.#next = side.forMessage(this.#poll);
    this.#signal = signal;
    if (signal === undefined) return;
    const refusal = onAbort(signal, this.#end);
    if (refusal !== undefined) throw refusal;
    if (signal.aborted) this.#end();
  }

  next(): Promise<Result<T>> {
    if (this.#isOver) return Promise.resolve(OVER);
    try {
      const value = this.#side.lines.messages.isEmpty ? this.#side.take() : undefined;
      if (value === undefined) return until(this.#next, UNLIMITED);
      const result: IteratorYieldResult<T> = { value, done: false };
      return isOverdue() ? inNextTurn(result) : Promise.resolve(result);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The loop is left. Calls of `next` that wait take nothing any more. */
  return(): Promise<Result<T>> {
    this.#end();
    return Promise.resolve(OVER);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  readonly #end = (): void => {
    this.#isOver = true;
    if (this.#signal !== undefined) offAbort(this.#signal, this.#end);
    this.#next.line.cancel(this.#next, OVER);
  };

  readonly #poll = (): Result<T> | typeof NOT_YET => {
    const found = this.#side.takeOrFinished();
    if (found === NOT_YET) return NOT_YET;
    if (found !== FINISHED) return { value: found, done: false };
    this.#end();
    return OVER;
  };
}
